//! Recorded and desired resources, looked at in one way.

use crate::model::{
    Cluster, Desired, DesiredProject, Name, Project, Recorded, RecordedProject, SshKey, Team,
};

/// Resources that give access.
pub trait AccessView: Sync {
    fn team(&self, name: &Name) -> Option<&Team>;

    fn teams(&self) -> impl Iterator<Item = &Team>;

    /// The projects with what belongs to them.
    fn projects(&self) -> impl Iterator<Item = ProjectView<'_>>;
}

/// A project with what belongs to it.
#[derive(Clone, Copy)]
pub struct ProjectView<'a> {
    pub project: &'a Project,
    parts: Parts<'a>,
}

#[derive(Clone, Copy)]
enum Parts<'a> {
    Recorded(&'a RecordedProject),
    Desired(&'a DesiredProject),
}

impl<'a> ProjectView<'a> {
    /// Its clusters, by name.
    #[must_use]
    pub fn clusters(self) -> Box<dyn Iterator<Item = &'a Cluster> + 'a> {
        match self.parts {
            Parts::Recorded(project) => Box::new(project.clusters.values().map(|cluster| &**cluster)),
            Parts::Desired(project) => Box::new(project.clusters.values().map(|cluster| &*cluster.value)),
        }
    }

    /// Its keys, by name.
    #[must_use]
    pub fn keys(self) -> Box<dyn Iterator<Item = &'a SshKey> + 'a> {
        match self.parts {
            Parts::Recorded(project) => Box::new(project.keys.values().map(|key| &**key)),
            Parts::Desired(project) => Box::new(project.keys.values().map(|key| &*key.value)),
        }
    }

    #[must_use]
    pub fn key(self, name: &Name) -> Option<&'a SshKey> {
        match self.parts {
            Parts::Recorded(project) => project.keys.get(name).map(|key| &**key),
            Parts::Desired(project) => project.keys.get(name).map(|key| &*key.value),
        }
    }

    /// The key that a cluster of it has.
    #[must_use]
    pub fn key_of(self, cluster: &Cluster) -> Option<&'a SshKey> {
        self.key(cluster.ssh_key.as_ref()?)
    }
}

impl<'a> From<&'a RecordedProject> for ProjectView<'a> {
    fn from(recorded: &'a RecordedProject) -> Self {
        Self { project: &recorded.project, parts: Parts::Recorded(recorded) }
    }
}

impl<'a> From<&'a DesiredProject> for ProjectView<'a> {
    fn from(desired: &'a DesiredProject) -> Self {
        Self { project: &desired.project.value, parts: Parts::Desired(desired) }
    }
}

impl AccessView for Recorded {
    fn team(&self, name: &Name) -> Option<&Team> {
        self.teams.get(name)
    }

    fn teams(&self) -> impl Iterator<Item = &Team> {
        self.teams.values()
    }

    fn projects(&self) -> impl Iterator<Item = ProjectView<'_>> {
        self.projects.values().map(Into::into)
    }
}

impl AccessView for Desired {
    fn team(&self, name: &Name) -> Option<&Team> {
        self.teams.get(name).map(|team| &team.value)
    }

    fn teams(&self) -> impl Iterator<Item = &Team> {
        self.teams.values().map(|team| &team.value)
    }

    fn projects(&self) -> impl Iterator<Item = ProjectView<'_>> {
        self.projects.values().map(Into::into)
    }
}
