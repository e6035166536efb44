//! The kinds of documents.

use crate::words::words;

/// The version of the format of declarations.
pub const API_VERSION: &str = "keyplan/v1";

words! {
    /// What follows `kind:` in a document.
    pub enum Kind {
        Project = "Project",
        Team = "Team",
        SshKey = "SSHKey",
        Cluster = "Cluster",
        AccessTest = "AccessTest",
        Workspace = "Workspace",
    }
}

impl Kind {
    /// As part of a sentence: `a project`.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Project => "a project",
            Self::Team => "a team",
            Self::SshKey => "an SSH key",
            Self::Cluster => "a cluster",
            Self::AccessTest => "an access test",
            Self::Workspace => "the workspace",
        }
    }
}
