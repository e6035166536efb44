//! The state for people.

use std::io::{self, Write};

use super::view::plural;
use crate::diagnostics::visible;
use crate::model::Address;
use crate::plan::{Change, FieldValue, Resource};
use crate::state::{Copied, Releasable, Verified};

/// Prints addresses, a line each.
pub fn list(out: &mut dyn Write, resources: &[Resource]) -> io::Result<()> {
    resources.iter().try_for_each(|resource| writeln!(out, "{}", visible(&resource.address().to_string())))
}

/// Prints a resource with its fields, and the clusters that have it where it is a key.
pub fn resource(out: &mut dyn Write, resource: &Resource, clusters: Option<&[Address]>) -> io::Result<()> {
    writeln!(out, "{}", visible(&resource.address().to_string()))?;
    for field in Change::create(resource.clone(), None).fields() {
        match field.after {
            Some(FieldValue::Text(text)) => writeln!(out, "  {}: {}", visible(&field.field), visible(&text))?,
            Some(FieldValue::List(items)) => {
                writeln!(out, "  {}:", visible(&field.field))?;
                items.iter().try_for_each(|item| writeln!(out, "    - {}", visible(item)))?;
            }
            None => {}
        }
    }
    match clusters {
        Some([]) => writeln!(out, "  no cluster has it"),
        Some(clusters) => {
            writeln!(out, "  clusters that have it:")?;
            clusters.iter().try_for_each(|cluster| writeln!(out, "    - {}", visible(&cluster.to_string())))
        }
        None => Ok(()),
    }
}

/// Prints what was checked, and what is wrong.
pub fn verified(out: &mut dyn Write, verified: &Verified) -> io::Result<()> {
    for problem in &verified.problems {
        writeln!(out, "{}\n  help: {}", visible(&problem.to_string()), visible(&problem.help()))?;
    }
    for (apply, has_lease) in &verified.open {
        let missing = if *has_lease { "" } else { ", which is missing" };
        let (holder, token) = (visible(&apply.holder), visible(&apply.token));
        writeln!(
            out,
            "the apply of {holder} that began with revision {} has not ended; its lease is {token}{missing}",
            apply.begin
        )?;
    }
    let checked =
        format!("{} and {}", plural(verified.revisions, "revision"), plural(verified.objects, "object"));
    match verified.problems.len() {
        0 => writeln!(out, "sound: {checked}"),
        number => writeln!(out, "not sound: {} in {checked}", plural(number, "problem")),
    }
}

/// Tells what is unknown of an apply that never ended.
pub fn releasable(out: &mut dyn Write, released: &Releasable) -> io::Result<()> {
    let Releasable { apply, resources, .. } = released;
    let (holder, target) = (visible(&apply.holder), visible(&apply.target));
    writeln!(
        out,
        "The apply of {holder} that began with revision {} never ended. Its target was `{target}`.",
        apply.begin
    )?;
    if resources.is_empty() {
        return writeln!(out, "It may have touched nothing.");
    }
    writeln!(
        out,
        "What it has done is unknown. It may have touched {}:",
        plural(resources.len(), "resource")
    )?;
    resources.iter().try_for_each(|resource| writeln!(out, "  {}", visible(&resource.address().to_string())))
}

/// Tells that an apply was given up.
pub fn released(out: &mut dyn Write, released: &Releasable, revision: u64) -> io::Result<()> {
    let resources = match released.resources.len() {
        0 => String::new(),
        number => format!("; the next apply writes {} anew", plural(number, "resource")),
    };
    writeln!(out, "Given up{resources}. The state is at revision {revision}.")
}

/// Tells that a state goes on at another place.
pub fn copied(out: &mut dyn Write, copied: &Copied, place: &str) -> io::Result<()> {
    let Copied { revision, copied, present } = copied;
    let there = if *present == 0 { String::new() } else { format!(", {present} were there") };
    let (number, place) = (plural(*copied, "object"), visible(place));
    writeln!(out, "{number} copied{there}. The state is at revision {revision}, and goes on at {place}.")
}
