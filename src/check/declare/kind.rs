//! The kinds of documents.

/// The version of the format of declarations.
pub const API_VERSION: &str = "keyplan/v1";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `kind: Project`
    Project,
    /// `kind: Team`
    Team,
    /// `kind: SSHKey`
    SshKey,
    /// `kind: Cluster`
    Cluster,
    /// `kind: Workspace`
    Workspace,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Project, Self::Team, Self::SshKey, Self::Cluster, Self::Workspace];
    pub(super) const WORDS: [&str; 5] = ["Project", "Team", "SSHKey", "Cluster", "Workspace"];

    /// The word after `kind:`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// As part of a sentence: `a project`.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Project => "a project",
            Self::Team => "a team",
            Self::SshKey => "an SSH key",
            Self::Cluster => "a cluster",
            Self::Workspace => "the workspace",
        }
    }
}
