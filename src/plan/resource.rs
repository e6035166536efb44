//! One resource of any kind.

use std::sync::Arc;

use crate::model::{Address, Cluster, Name, Project, SshKey, Subject, Team};

/// One resource of any kind. A clone shares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    Team(Arc<Team>),
    /// A project, without what belongs to it.
    Project(Arc<Project>),
    Key(Arc<SshKey>),
    Cluster(Arc<Cluster>),
}

impl Resource {
    #[must_use]
    pub fn address(&self) -> Address {
        match self {
            Self::Team(team) => team.address(),
            Self::Project(project) => project.address(),
            Self::Key(key) => key.address(),
            Self::Cluster(cluster) => cluster.address(),
        }
    }

    /// The project that it is, or belongs to; none of a team.
    #[must_use]
    pub fn home(&self) -> Option<&Name> {
        match self {
            Self::Team(_) => None,
            Self::Project(project) => Some(&project.name),
            Self::Key(key) => Some(&key.project),
            Self::Cluster(cluster) => Some(&cluster.project),
        }
    }

    /// Whether it names a team, which must then be there.
    #[must_use]
    pub fn names_a_team(&self) -> bool {
        let is_team = |subject: &Subject| matches!(subject, Subject::Team(_));
        match self {
            Self::Project(project) => project.members.iter().any(|member| is_team(&member.subject)),
            Self::Key(key) => key.owner.as_ref().is_some_and(is_team),
            Self::Team(_) | Self::Cluster(_) => false,
        }
    }

    #[must_use]
    pub fn is_protected(&self) -> bool {
        match self {
            Self::Team(team) => team.metadata.protected,
            Self::Project(project) => project.metadata.protected,
            Self::Key(key) => key.metadata.protected,
            Self::Cluster(cluster) => cluster.metadata.protected,
        }
    }
}

impl From<Team> for Resource {
    fn from(team: Team) -> Self {
        Self::Team(team.into())
    }
}

impl From<Project> for Resource {
    fn from(project: Project) -> Self {
        Self::Project(project.into())
    }
}

impl From<SshKey> for Resource {
    fn from(key: SshKey) -> Self {
        Self::Key(key.into())
    }
}

impl From<Cluster> for Resource {
    fn from(cluster: Cluster) -> Self {
        Self::Cluster(cluster.into())
    }
}
