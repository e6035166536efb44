//! Which names changes give to what had others.

use std::collections::BTreeMap;

use super::{Change, Resource};
use crate::access::Renames;
use crate::model::{Address, Name};

/// The names of renamed projects before, by those after.
#[must_use]
pub fn old_project_names(changes: &[Change]) -> BTreeMap<Name, Name> {
    let old_name = |change: &Change| match (change.previous_address()?, change.address()) {
        (Address::Project(old), Address::Project(new)) => Some((new, old)),
        _ => None,
    };
    changes.iter().filter_map(old_name).collect()
}

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
