//! What differs from what is recorded, for people.

use std::io::{self, Write};

use super::view::plural;
use crate::diagnostics::visible;
use crate::model::{Address, Differences, Edited, FieldDifference, Observed, Place, TargetKind};

/// What a target calls its places, and what it puts there for each cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    pub place: &'static str,
    pub part: &'static str,
}

impl Words {
    #[must_use]
    pub const fn of(target: TargetKind) -> Self {
        match target {
            TargetKind::Record | TargetKind::Ssh => Self { place: "node", part: "block" },
            TargetKind::Files => Self { place: "file", part: "file" },
            TargetKind::Palette => Self { place: "resource", part: "resource" },
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub in_sync: usize,
    pub drifted: usize,
    pub unknown: usize,
}

impl Tally {
    #[must_use]
    pub fn of(places: &[Place]) -> Self {
        let mut tally = Self::default();
        for place in places {
            match &place.observed {
                Observed::Unknown(_) => tally.unknown += 1,
                observed if observed.is_drift() => tally.drifted += 1,
                Observed::Known(_) | Observed::Broken(_) => tally.in_sync += 1,
            }
        }
        tally
    }
}

/// Prints each place, and in what it differs, and counts.
pub fn drift(out: &mut dyn Write, places: &[Place], words: Words) -> io::Result<()> {
    let Words { place, part } = words;
    for Place { name, resources: _, observed } in places {
        let name = visible(name);
        match observed {
            Observed::Unknown(why) => writeln!(out, "{name}: unreachable: {}", visible(why))?,
            Observed::Broken(why) => writeln!(out, "{name}: drifted\n    broken: {}", visible(why))?,
            Observed::Known(Differences { missing, extra, edited, foreign_lines }) => {
                let word = if observed.is_drift() { "drifted" } else { "in sync" };
                let foreign = match foreign_lines {
                    0 => String::new(),
                    lines => format!(" ({})", plural(*lines, "foreign line")),
                };
                writeln!(out, "{name}: {word}{foreign}")?;
                list(out, "missing", part, missing)?;
                list(out, "extra", part, extra)?;
                for Edited { address, fields } in edited {
                    list(out, "edited", part, std::slice::from_ref(address))?;
                    fields.iter().try_for_each(|field| difference(out, field))?;
                }
            }
        }
    }
    let Tally { in_sync, drifted, unknown } = Tally::of(places);
    writeln!(
        out,
        "Looked at {}: {in_sync} in sync, {drifted} drifted, {unknown} unreachable.",
        plural(places.len(), place)
    )
}

fn difference(out: &mut dyn Write, difference: &FieldDifference) -> io::Result<()> {
    let FieldDifference { field, recorded, observed } = difference;
    let value = |value: &Option<Vec<String>>| {
        value.as_ref().map_or_else(|| "(none)".into(), |items| visible(&items.join(", ")))
    };
    writeln!(out, "        {field}: recorded {}, observed {}", value(recorded), value(observed))
}

fn list(out: &mut dyn Write, how: &str, part: &str, addresses: &[Address]) -> io::Result<()> {
    addresses
        .iter()
        .try_for_each(|address| writeln!(out, "    {how} {part}: {}", visible(&address.to_string())))
}

#[cfg(test)]
mod tests {
    use super::{Words, drift};
    use crate::model::{Address, Differences, Edited, FieldDifference, Observed, Place};
    use crate::report::json_v1::Drift;

    fn places() -> [Place; 1] {
        let address = |text: &str| Address::parse(text).unwrap();
        let fields = vec![FieldDifference {
            field: "members".into(),
            recorded: Some(vec!["ana@example.com".into(), "ben@example.com".into()]),
            observed: None,
        }];
        let differences = Differences {
            missing: vec![address("key/payments/ops")],
            extra: vec![address("project/shop")],
            edited: vec![
                Edited { address: address("team/sre"), fields },
                Edited::whole(address("cluster/payments/prod")),
            ],
            foreign_lines: 0,
        };
        [Place { name: "acme".into(), resources: Vec::new(), observed: Observed::Known(differences) }]
    }

    #[test]
    fn resources_of_any_kind_are_told_with_their_fields() {
        let mut out = Vec::new();
        drift(&mut out, &places(), Words { place: "tenant", part: "resource" }).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "acme: drifted\n    missing resource: key/payments/ops\n    extra resource: project/shop\n    \
             edited resource: team/sre\n        members: recorded ana@example.com, ben@example.com, observed (none)\n    \
             edited resource: cluster/payments/prod\n\
             Looked at 1 tenant: 0 in sync, 1 drifted, 0 unreachable.\n"
        );
    }

    #[test]
    fn fields_are_told_to_machines() {
        let value = serde_json::to_value(Drift::new(&places())).unwrap();
        let edited = serde_json::json!([
            {"address": "team/sre", "fields": [
                {"field": "members", "recorded": ["ana@example.com", "ben@example.com"], "observed": null},
            ]},
            {"address": "cluster/payments/prod", "fields": []},
        ]);
        assert_eq!(value["places"][0]["edited"], edited);
    }
}
