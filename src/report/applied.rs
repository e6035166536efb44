//! The outcome of a plan, for people.

use std::io::{self, Write};

use crate::apply::{NodeError, NodeNote, Outcome, Report, TargetError};
use crate::diagnostics::visible;
use crate::plan::{Action, Plan};

/// Prints what was not done, and why, and then one line that counts what was.
pub fn applied(out: &mut dyn Write, plan: &Plan, report: &Report) -> io::Result<()> {
    let each = || plan.changes.iter().zip(&report.outcomes);
    for (change, outcome) in each() {
        let (what, why, nodes) = match outcome {
            Outcome::Applied => continue,
            Outcome::Failed(TargetError { kind: _, why, nodes }) => ("failed", why, nodes.as_slice()),
            Outcome::Skipped(why) => ("skipped", why, &[][..]),
        };
        let address = visible(&change.address().to_string());
        writeln!(out, "{what}: {} {address}: {}", change.action(), visible(why))?;
        for NodeError { node, kind: _, why } in nodes {
            writeln!(out, "    {}: {}", visible(node), visible(why))?;
        }
    }
    for NodeNote { node, what } in &report.notes {
        writeln!(out, "note: {}: {}", visible(node), visible(what))?;
    }
    for node in &plan.forgotten {
        writeln!(out, "given up: {node}: its files stay as they are")?;
    }
    let count = |action| {
        let done = |(change, outcome): &(&crate::plan::Change, &Outcome)| {
            change.action() == action && **outcome == Outcome::Applied
        };
        each().filter(done).count()
    };
    let (created, updated, deleted) = (count(Action::Create), count(Action::Update), count(Action::Delete));
    let done = created + updated + deleted;
    let rest = match plan.changes.len() - done {
        0 => String::new(),
        rest => format!(" {rest} not done: plan again to see what is left."),
    };
    let revision = report.revision;
    writeln!(
        out,
        "Applied: {created} created, {updated} updated, {deleted} deleted. The state is at revision {revision}.{rest}"
    )
}
