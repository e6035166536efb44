//! The log of a state as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::state::entry::{Digest, Entry};
use crate::state::{LoggedChange, LoggedRevision};

/// How many changes of one revision are listed.
const MOST: usize = 1000;

/// What `keyplan state log` prints as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state log")]
pub struct StateLog {
    /// The version of this shape.
    pub format_version: &'static str,
    /// The entries of the log that were asked for, the newest first.
    pub revisions: Vec<LoggedEntry>,
}

/// An entry of the log, and what it changed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LoggedEntry {
    /// The digest of `entry`, as it is written here.
    pub digest: Digest,
    /// The entry.
    pub entry: Entry,
    /// The resources that it changed, at most 1,000; of an address those changes alone that are its own.
    pub changes: Vec<RevisionChange>,
    /// How many more there are.
    pub more_changes: usize,
}

/// A resource that a revision changed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RevisionChange {
    /// `create`, `update` or `delete`
    pub action: &'static str,
    /// What it is called since, or was called when it was deleted.
    pub address: String,
    /// What it was called before; nothing where it kept its name.
    pub previous_address: Option<String>,
    /// Why, as in a plan: `declared`, `changed`, `renamed`, `rekey`, `replaced` or `not-declared`
    pub action_reason: &'static str,
}

impl StateLog {
    /// Revisions in their order.
    #[must_use]
    pub fn new(revisions: &[LoggedRevision]) -> Self {
        let change = |change: &LoggedChange| RevisionChange {
            action: change.action.word(),
            address: change.address.to_string(),
            previous_address: change.previous_address.as_ref().map(ToString::to_string),
            action_reason: change.reason.word(),
        };
        let logged = |LoggedRevision { head, changes }: &LoggedRevision| LoggedEntry {
            digest: head.digest.clone(),
            entry: head.entry.clone(),
            changes: changes.iter().take(MOST).map(change).collect(),
            more_changes: changes.len().saturating_sub(MOST),
        };
        Self { format_version: FORMAT_VERSION, revisions: revisions.iter().map(logged).collect() }
    }
}
