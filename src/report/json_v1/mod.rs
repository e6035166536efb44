//! The JSON that machines read, format version 1: frozen. A field is never renamed or taken out;
//! what changes shape gets a new version in a folder of its own.

mod access;
mod applied;
mod drift;
mod nodes;
mod rules;
mod safe;
mod state;
mod state_log;
mod validation;

use std::io::{self, Write};

use serde::Serialize;

pub use access::{Reached, WhoOpens, WhyAnswer};
pub use applied::{Applied, NodeErrorV1, OutcomeV1};
pub use drift::{Drift, PlaceStatus, PlaceV1};
pub use nodes::{AskedKey, NodeProblemV1, NodeStatus, NodeVerified, NodesVerified};
pub use rules::{DefaultSeverity, ExplainedRule, RuleList};
pub use state::{ListedResource, ResourceList, StateCopied, StateExport, StateReleased, StateVerified};
pub use state_log::{LoggedEntry, RevisionChange, StateLog};
pub use validation::{Diagnostic, Position, Range, Related, SeverityWord, Summary, Validation};

/// The version of this shape.
pub const FORMAT_VERSION: &str = "1.0";

/// Writes a value as JSON, indented, with a line end. It is safe to print as it is.
pub fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(safe::Safe::new(&mut *out), value)?;
    writeln!(out)
}
