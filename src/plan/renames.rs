//! Which names changes give to what had others.

use super::{Change, Resource};
use crate::access::{Renames, cluster_name};

/// The projects and clusters that changes rename.
#[must_use]
pub fn renames(changes: &[Change]) -> Renames<'_> {
    let mut renames = Renames::default();
    for change in changes {
        match (change.before(), change.after()) {
            (Some(Resource::Project(before)), Some(Resource::Project(after))) => {
                renames.projects.insert(&before.name, &after.name);
            }
            (Some(Resource::Cluster(before)), Some(Resource::Cluster(after))) => {
                renames.clusters.insert(cluster_name(before), cluster_name(after));
            }
            _ => {}
        }
    }
    renames
}
