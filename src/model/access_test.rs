//! Access tests: what must be true of access to some clusters.

use super::{Cluster, Name, Subject};
use crate::openssh::{KeyOptions, KeyType};
use crate::words::words;

/// What must be true of access to some clusters. It is no resource: nothing of it is planned, recorded or applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTest {
    /// Unique among tests.
    pub name: Name,
    pub clusters: ClusterSelector,
    /// Nobody else opens them; nothing where the test does not say so.
    pub opened_only_by: Option<Vec<Subject>>,
    /// Each of these opens all of them, a team with all of its members.
    pub opened_by: Vec<Subject>,
    /// The fewest and the most people who open each.
    pub people_at_least: Option<u32>,
    pub people_at_most: Option<u32>,
    pub key: KeyConditions,
    /// Nobody else may change their keys; nothing where the test does not say so.
    pub changed_only_by: Option<Vec<Subject>>,
}

/// Which clusters a test is about: those that meet all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterSelector {
    /// Labels that they have, all of them.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// Projects that they are in, one of them; any where there are none.
    pub projects: Vec<Name>,
    /// Their projects and names, one of them; any where there are none.
    pub names: Vec<(Name, Name)>,
}

impl ClusterSelector {
    /// Whether clusters of a project can be selected.
    #[must_use]
    pub fn takes_project(&self, project: &Name) -> bool {
        let is_named = || self.names.iter().any(|(of, _)| of == project);
        (self.projects.is_empty() || self.projects.contains(project)) && (self.names.is_empty() || is_named())
    }

    #[must_use]
    pub fn takes(&self, cluster: &Cluster) -> bool {
        let is_named = || self.names.iter().any(|(of, name)| *name == cluster.name && *of == cluster.project);
        (self.projects.is_empty() || self.projects.contains(&cluster.project))
            && self.labels.iter().all(|label| cluster.metadata.labels.contains(label))
            && (self.names.is_empty() || is_named())
    }
}

/// What the key of a cluster must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyConditions {
    /// Whether each cluster must have one.
    pub required: bool,
    /// In how many days, at most, its last day must come.
    pub last_day_within: Option<u32>,
    /// The types that it may have; any where there are none.
    pub types: Vec<KeyType>,
    /// Options that it must have.
    pub options: Vec<LimitingOption>,
}

words! {
    /// An option that limits what a key may do, by the name of its field.
    pub enum LimitingOption {
        Restrict = "restrict",
        From = "from",
        Command = "command",
        PermitOpen = "permitOpen",
        PermitListen = "permitListen",
        VerifyRequired = "verifyRequired",
    }
}

impl LimitingOption {
    #[must_use]
    pub fn is_set(self, options: &KeyOptions) -> bool {
        match self {
            Self::Restrict => options.restrict,
            Self::From => !options.from.is_empty(),
            Self::Command => options.command.is_some(),
            Self::PermitOpen => !options.permit_open.is_empty(),
            Self::PermitListen => !options.permit_listen.is_empty(),
            Self::VerifyRequired => options.verify_required,
        }
    }
}
