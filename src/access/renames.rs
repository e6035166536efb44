//! Which resources of two sides are the same under two names.

use std::collections::BTreeMap;

use crate::model::{Cluster, Name};

/// The project and the name of a cluster.
pub type ClusterName<'a> = (&'a Name, &'a Name);

#[must_use]
pub const fn cluster_name(cluster: &Cluster) -> ClusterName<'_> {
    (&cluster.project, &cluster.name)
}

/// New names by old ones, of projects and of clusters.
#[derive(Debug, Default)]
pub struct Renames<'a> {
    pub projects: BTreeMap<&'a Name, &'a Name>,
    /// A cluster whose project is renamed too is found under the new name of the project.
    pub clusters: BTreeMap<ClusterName<'a>, ClusterName<'a>>,
}

impl<'a> Renames<'a> {
    #[must_use]
    pub fn project(&self, name: &'a Name) -> &'a Name {
        self.projects.get(name).copied().unwrap_or(name)
    }

    /// What a cluster of before is called after, if it is still there.
    #[must_use]
    pub fn cluster(&self, cluster: &'a Cluster) -> ClusterName<'a> {
        let moved = (self.project(&cluster.project), &cluster.name);
        self.clusters.get(&moved).copied().unwrap_or(moved)
    }
}
