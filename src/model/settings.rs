//! What `keyplan.yaml` says of the workspace as a whole.

use super::{Name, NodeFormat};

/// Most deletions that one plan may hold.
pub const DEFAULT_DELETES: u32 = 10;
/// Most deletions that one plan may hold, in percent of the recorded resources of a kind.
pub const DEFAULT_DELETES_PERCENT: u32 = 30;

/// Where files are kept from which nodes are born with their key.
pub const DEFAULT_DIRECTORY: &str = ".rendered";

/// The files from which nodes are born with their key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesSettings {
    /// The folder that they are kept in, relative to the workspace.
    pub directory: Box<str>,
    /// The formats, in their order, each once.
    pub formats: Vec<NodeFormat>,
}

impl Default for FilesSettings {
    fn default() -> Self {
        Self { directory: DEFAULT_DIRECTORY.into(), formats: Vec::new() }
    }
}

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
    /// The files that the target `files` keeps.
    pub files: FilesSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            state: ".keyplan/state".into(),
            deletes: DEFAULT_DELETES,
            deletes_percent: DEFAULT_DELETES_PERCENT,
            files: FilesSettings::default(),
        }
    }
}
