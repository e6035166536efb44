//! What changes touch: projects by both of their names, and teams. A revision keeps each project in an object of its
//! own, so this is what must be written anew, and what another apply must leave alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Resource};
use crate::model::{Name, ResourceKind};

/// The projects that a change touches: one, by its recorded and by its new name.
fn homes(change: &Change) -> impl Iterator<Item = &Name> {
    [change.before(), change.after()].into_iter().flatten().filter_map(Resource::home)
}

/// The projects that changes touch, by their recorded and by their new names.
#[must_use]
pub fn touched_projects<'a>(changes: impl IntoIterator<Item = &'a Change>) -> BTreeSet<Name> {
    let names: BTreeSet<_> = changes.into_iter().flat_map(homes).collect();
    names.into_iter().cloned().collect()
}

/// Changes that touch the same projects: one, or a renamed one under both of its names. Those of teams touch
/// none.
pub struct Group<'a> {
    pub projects: BTreeSet<&'a Name>,
    /// In the order of the plan.
    pub changes: Vec<&'a Change>,
}

/// The changes in groups that touch different projects, each in the order of the changes.
#[must_use]
pub fn groups(changes: &[Change]) -> Vec<Group<'_>> {
    let renamed = |change| {
        let mut homes = homes(change);
        Some((homes.next()?, homes.next()?)).filter(|(old, new)| old != new)
    };
    let new_names: BTreeMap<_, _> = changes.iter().filter_map(renamed).collect();
    let mut groups: BTreeMap<Option<&Name>, Group<'_>> = BTreeMap::new();
    for change in changes {
        // What belongs to a renamed project has its new name, also where it goes. What takes a name that is given
        // up goes with what had it.
        let home = homes(change).last();
        let home = home.map(|home| {
            let later = std::iter::successors(Some(home), |name| new_names.get(*name).copied());
            later.last().unwrap_or(home)
        });
        let group =
            groups.entry(home).or_insert_with(|| Group { projects: BTreeSet::new(), changes: Vec::new() });
        group.projects.extend(homes(change));
        group.changes.push(change);
    }
    groups.into_values().collect()
}

#[must_use]
pub fn touches_teams<'a>(changes: impl IntoIterator<Item = &'a Change>) -> bool {
    changes.into_iter().any(|change| change.address().kind() == ResourceKind::Team)
}
