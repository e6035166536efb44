//! Which resources of two sides are the same under two names.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Cluster, Name, Project};

/// The project and the name of a cluster.
pub type ClusterName<'a> = (&'a Name, &'a Name);

#[must_use]
pub const fn cluster_name(cluster: &Cluster) -> ClusterName<'_> {
    (&cluster.project, &cluster.name)
}

/// New names by old ones, of projects and of clusters.
#[derive(Debug, Default)]
pub struct Renames<'a> {
    projects: BTreeMap<&'a Name, &'a Name>,
    /// A cluster whose project is renamed too is found under the new name of the project.
    clusters: BTreeMap<ClusterName<'a>, ClusterName<'a>>,
    new_projects: BTreeSet<&'a Name>,
    new_clusters: BTreeSet<ClusterName<'a>>,
}

impl<'a> Renames<'a> {
    pub fn add_project(&mut self, before: &'a Project, after: &'a Project) {
        if before.name != after.name {
            self.projects.insert(&before.name, &after.name);
            self.new_projects.insert(&after.name);
        }
    }

    /// `before` has the new name of its project.
    pub fn add_cluster(&mut self, before: &'a Cluster, after: &'a Cluster) {
        let (old, new) = (cluster_name(before), cluster_name(after));
        if old != new {
            self.clusters.insert(old, new);
            self.new_clusters.insert(new);
        }
    }

    #[must_use]
    pub fn project(&self, name: &'a Name) -> &'a Name {
        self.projects.get(name).copied().unwrap_or(name)
    }

    /// Whether a project of before is gone, and another one has taken its name.
    pub(super) fn is_replaced(&self, name: &Name) -> bool {
        self.new_projects.contains(name) && !self.projects.contains_key(name)
    }

    /// What a cluster of before is called after, if it is still there.
    #[must_use]
    pub fn cluster(&self, cluster: &'a Cluster) -> ClusterName<'a> {
        let moved = (self.project(&cluster.project), &cluster.name);
        self.clusters.get(&moved).copied().unwrap_or(moved)
    }

    /// Whether a cluster of before is gone, and another one has taken its name.
    pub(super) fn is_cluster_replaced(&self, cluster: &'a Cluster) -> bool {
        let moved = (self.project(&cluster.project), &cluster.name);
        self.is_replaced(&cluster.project)
            || (self.new_clusters.contains(&moved) && !self.clusters.contains_key(&moved))
    }
}
