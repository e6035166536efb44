//! Which names changes give to what had others.

use super::{Change, Resource};
use crate::access::Renames;

/// The projects and clusters that changes rename.
#[must_use]
pub fn renames(changes: &[Change]) -> Renames<'_> {
    let mut renames = Renames::default();
    for change in changes {
        match (change.before(), change.after()) {
            (Some(Resource::Project(before)), Some(Resource::Project(after))) => {
                renames.add_project(before, after);
            }
            (Some(Resource::Cluster(before)), Some(Resource::Cluster(after))) => {
                renames.add_cluster(before, after);
            }
            _ => {}
        }
    }
    renames
}
