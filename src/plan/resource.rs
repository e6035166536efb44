//! One resource of any kind.

use std::sync::Arc;

use crate::model::{
    Address, Cluster, Metadata, Name, Project, Recorded, RecordedProject, SshKey, Subject, Team,
};

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

    #[must_use]
    pub const fn is_team(&self) -> bool {
        match self {
            Self::Team(_) => true,
            Self::Project(_) | Self::Key(_) | Self::Cluster(_) => false,
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
    pub fn metadata(&self) -> &Metadata {
        match self {
            Self::Team(team) => &team.metadata,
            Self::Project(project) => &project.metadata,
            Self::Key(key) => &key.metadata,
            Self::Cluster(cluster) => &cluster.metadata,
        }
    }

    pub(super) fn metadata_mut(&mut self) -> &mut Metadata {
        match self {
            Self::Team(team) => &mut Arc::make_mut(team).metadata,
            Self::Project(project) => &mut Arc::make_mut(project).metadata,
            Self::Key(key) => &mut Arc::make_mut(key).metadata,
            Self::Cluster(cluster) => &mut Arc::make_mut(cluster).metadata,
        }
    }

    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.metadata().protected
    }

    /// All that is recorded; each project before what belongs to it.
    pub fn all(recorded: &Recorded) -> impl Iterator<Item = Self> {
        let teams = recorded.teams.values().cloned().map(Self::from);
        let projects = recorded.projects.values().flat_map(|home| {
            let keys = home.keys.values().cloned().map(Self::Key);
            let clusters = home.clusters.values().cloned().map(Self::Cluster);
            std::iter::once(home.project.clone().into()).chain(keys).chain(clusters)
        });
        teams.chain(projects)
    }

    /// What is recorded under an address.
    #[must_use]
    pub fn recorded(recorded: &Recorded, address: &Address) -> Option<Self> {
        let home = |project| recorded.projects.get(project);
        match address {
            Address::Team(name) => recorded.teams.get(name).cloned().map(Self::from),
            Address::Project(name) => home(name).map(|home| home.project.clone().into()),
            Address::Key(project, name) => home(project)?.keys.get(name).cloned().map(Self::Key),
            Address::Cluster(project, name) => home(project)?.clusters.get(name).cloned().map(Self::Cluster),
        }
    }

    /// Records it in the place of what has its address. A key or cluster whose project is not recorded has nothing to
    /// stand in.
    pub fn record_in(self, recorded: &mut Recorded) {
        match self {
            Self::Team(team) => {
                recorded.teams.insert(team.name.clone(), Arc::unwrap_or_clone(team));
            }
            Self::Project(project) => {
                let project = Arc::unwrap_or_clone(project);
                match recorded.projects.get_mut(&project.name) {
                    Some(home) => home.project = project,
                    None => {
                        recorded.projects.insert(project.name.clone(), RecordedProject::new(project));
                    }
                }
            }
            Self::Key(key) => {
                if let Some(home) = recorded.projects.get_mut(&key.project) {
                    home.keys.insert(key.name.clone(), key);
                }
            }
            Self::Cluster(cluster) => {
                if let Some(home) = recorded.projects.get_mut(&cluster.project) {
                    home.clusters.insert(cluster.name.clone(), cluster);
                }
            }
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
