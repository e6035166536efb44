//! What `keyplan.yaml` says of the workspace as a whole.

use super::Name;

/// Most deletions that one plan may hold.
pub const DEFAULT_DELETES: u32 = 10;
/// Most deletions that one plan may hold, in percent of the recorded resources of a kind.
pub const DEFAULT_DELETES_PERCENT: u32 = 30;

/// The settings of a workspace that plan and apply heed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The workspace's name, where it has one.
    pub name: Option<Name>,
    /// Where the state is kept: a folder, relative to the workspace.
    pub state: Box<str>,
    /// Most deletions that one plan may hold.
    pub deletes: u32,
    /// Most deletions that one plan may hold, in percent of the recorded resources of a kind.
    pub deletes_percent: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            state: ".keyplan/state".into(),
            deletes: DEFAULT_DELETES,
            deletes_percent: DEFAULT_DELETES_PERCENT,
        }
    }
}
