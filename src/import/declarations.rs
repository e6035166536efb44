//! What an import comes to: resources that are to be declared, each with what has to be said of it.

use crate::model::{Address, Cluster, Project, SshKey, Team};

/// Resources that are to be declared, in the order in which they are to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declarations {
    pub teams: Vec<Noted<Team>>,
    pub projects: Vec<Noted<Project>>,
    pub keys: Vec<Noted<SshKey>>,
    pub clusters: Vec<Noted<Cluster>>,
}

impl Declarations {
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        let Self { teams, projects, keys, clusters } = self;
        let teams = teams.iter().map(|noted| noted.resource.address());
        let projects = projects.iter().map(|noted| noted.resource.address());
        let keys = keys.iter().map(|noted| noted.resource.address());
        teams.chain(projects).chain(keys).chain(clusters.iter().map(|noted| noted.resource.address()))
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let Self { teams, projects, keys, clusters } = self;
        teams.is_empty() && projects.is_empty() && keys.is_empty() && clusters.is_empty()
    }

    /// Each resource alone, in their order.
    pub(super) fn each(&self) -> impl Iterator<Item = Self> {
        let Self { teams, projects, keys, clusters } = self;
        let teams = teams.iter().map(|team| Self { teams: vec![team.clone()], ..Self::default() });
        let projects =
            projects.iter().map(|project| Self { projects: vec![project.clone()], ..Self::default() });
        let keys = keys.iter().map(|key| Self { keys: vec![key.clone()], ..Self::default() });
        let clusters =
            clusters.iter().map(|cluster| Self { clusters: vec![cluster.clone()], ..Self::default() });
        teams.chain(projects).chain(keys).chain(clusters)
    }
}

/// A resource, and notes for whoever reads its declaration: each becomes a comment of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted<T> {
    pub resource: T,
    pub notes: Vec<String>,
}

impl<T> From<T> for Noted<T> {
    fn from(resource: T) -> Self {
        Self { resource, notes: Vec::new() }
    }
}
