//! What differs between recorded and desired: every change, in the order in which it can be done.
//!
//! The order keeps this true at every step: a cluster never names a key that does not exist. Teams
//! and projects come first, then keys, then clusters; after that clusters, keys, projects and teams
//! go. So on a rekey the new key exists before the cluster changes, and the old one goes last. Where a
//! name is used again, what had it before is renamed first.

use std::cell::LazyCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rayon::prelude::*;

use super::previous_names::{PreviousNames, Renames};
use super::{Action, Change, Resource};
use crate::model::{
    Address, Cluster, Declared, Desired, DesiredProject, Name, Recorded, RecordedProject, ResourceKind,
    SshKey,
};

/// All changes from what is recorded to what is desired.
#[must_use]
pub fn diff(recorded: &Recorded, desired: &Desired) -> Vec<Change> {
    changes(recorded, desired, PreviousNames::Claimed)
}

/// All changes from what is recorded to what was or will be recorded, where the previous names are those of history.
/// What is deleted may have the name that something else is renamed to.
#[must_use]
pub fn diff_of_history(recorded: &Recorded, desired: &Desired) -> Vec<Change> {
    changes(recorded, desired, PreviousNames::Known)
}

fn changes(recorded: &Recorded, desired: &Desired, previous_names: PreviousNames) -> Vec<Change> {
    let mut changes = Vec::new();
    teams(recorded, desired, &mut changes);
    let declared = desired.projects.iter().map(|(name, wanted)| (name, &wanted.project));
    let renames = Renames::of(declared, |name| recorded.projects.contains_key(name), previous_names);
    let of_project = |(name, wanted): (&Name, &DesiredProject)| {
        let mut changes = Vec::new();
        match renames.recorded_name(name).and_then(|previous| recorded.projects.get(previous)) {
            Some(before) => project(before, wanted, previous_names, &mut changes),
            None => new_project(wanted, &mut changes),
        }
        changes
    };
    let of_projects: Vec<_> = desired.projects.par_iter().map(of_project).collect();
    changes.extend(of_projects.into_iter().flatten());
    let goes_on = |name: &Name| renames.goes_on(name, desired.projects.contains_key(name));
    for (_, gone) in recorded.projects.iter().filter(|(name, _)| !goes_on(name)) {
        project_gone(gone, &mut changes);
    }
    let turns = turns(&changes);
    changes.par_sort_by_cached_key(|change| {
        let address = change.address();
        (phase(change), turns.get(&address).copied().unwrap_or_default(), address)
    });
    changes
}

/// What has a name that another resource gives up in the same plan comes after that one: for each of these, how
/// many come before it.
fn turns(changes: &[Change]) -> BTreeMap<Address, usize> {
    let renamed = |change: &Change| Some((change.previous_address()?, change.address()));
    let new_names: BTreeMap<_, _> = changes.iter().filter_map(renamed).collect();
    let mut turns = BTreeMap::new();
    for freed in new_names.keys() {
        // A chain of renames ends: its last name was free, but in a circle, which history may tell.
        let chain =
            std::iter::successors(Some(freed), |name| new_names.get(*name).filter(|next| *next != freed));
        let chain: Vec<_> = chain.take_while(|name| !turns.contains_key(*name)).collect();
        let known = chain.last().and_then(|last| turns.get(new_names.get(*last)?)).map_or(0, |turn| turn + 1);
        turns.extend(chain.into_iter().rev().cloned().zip(known..));
    }
    turns
}

/// When a change can be done.
fn phase(change: &Change) -> u8 {
    match (change.action(), change.address().kind()) {
        (Action::Create | Action::Update, ResourceKind::Team) => 0,
        (Action::Create | Action::Update, ResourceKind::Project) => 1,
        (Action::Create | Action::Update, ResourceKind::Key) => 2,
        (Action::Create | Action::Update, ResourceKind::Cluster) => 3,
        (Action::Delete, ResourceKind::Cluster) => 4,
        (Action::Delete, ResourceKind::Key) => 5,
        (Action::Delete, ResourceKind::Project) => 6,
        (Action::Delete, ResourceKind::Team) => 7,
    }
}

fn teams(recorded: &Recorded, desired: &Desired, changes: &mut Vec<Change>) {
    for (name, Declared { origin, value, .. }) in &desired.teams {
        let after = Resource::from(value.clone());
        match recorded.teams.get(name) {
            Some(before) => {
                changes.extend(Change::update(before.clone().into(), after, Some(*origin)));
            }
            None => changes.push(Change::create(after, Some(*origin))),
        }
    }
    let gone = recorded.teams.values().filter(|team| !desired.teams.contains_key(&team.name));
    changes.extend(gone.map(|team| Change::delete(team.clone().into())));
}

fn new_project(wanted: &DesiredProject, changes: &mut Vec<Change>) {
    let DesiredProject { project, keys, clusters } = wanted;
    changes.push(Change::create(project.value.clone().into(), Some(project.origin)));
    parts(&RecordedProject::new(project.value.clone()), (keys, clusters), PreviousNames::Claimed, changes);
}

fn project_gone(gone: &RecordedProject, changes: &mut Vec<Change>) {
    parts(gone, (&BTreeMap::new(), &BTreeMap::new()), PreviousNames::Claimed, changes);
    changes.push(Change::delete(gone.project.clone().into()));
}

fn project(
    before: &RecordedProject,
    wanted: &DesiredProject,
    previous_names: PreviousNames,
    changes: &mut Vec<Change>,
) {
    let DesiredProject { project, keys, clusters } = wanted;
    let after = Resource::from(project.value.clone());
    changes.extend(Change::update(before.project.clone().into(), after, Some(project.origin)));
    if before.project.name == project.value.name {
        parts(before, (keys, clusters), previous_names, changes);
    } else {
        // What belongs to a renamed project goes along without a change of its own.
        let before = before.clone().renamed(&project.value.name);
        parts(&before, (keys, clusters), previous_names, changes);
    }
}

type Keys = BTreeMap<Name, Declared<Arc<SshKey>>>;
type Clusters = BTreeMap<Name, Declared<Arc<Cluster>>>;

fn parts(
    before: &RecordedProject,
    (keys, clusters): (&Keys, &Clusters),
    previous_names: PreviousNames,
    changes: &mut Vec<Change>,
) {
    let renamed = renamed_keys(before, keys);
    key_changes(before, keys, clusters, &renamed, changes);
    cluster_changes(before, clusters, &renamed, previous_names, changes);
}

/// New names of keys: those that history tells, and with the recorded names of the same keys those where the old name
/// is gone and the new one is new. Where several names have one key, they pair up in order.
fn renamed_keys<'a>(before: &'a RecordedProject, keys: &'a Keys) -> Renames<'a> {
    // No declaration of a key claims a previous name.
    let mut renames = Renames::of(keys.iter(), |name| before.keys.contains_key(name), PreviousNames::Known);
    let mut gone: BTreeMap<_, VecDeque<_>> = BTreeMap::new();
    for key in before.keys.values().filter(|key| !renames.goes_on(&key.name, keys.contains_key(&key.name))) {
        gone.entry(key.public_key.fingerprint()).or_default().push_back(&key.name);
    }
    let is_new =
        |name: &Name| renames.recorded_name(name).is_none_or(|recorded| !before.keys.contains_key(recorded));
    let new: Vec<_> = keys.iter().filter(|(name, _)| is_new(name)).collect();
    for (name, key) in new {
        let same = gone.get_mut(key.value.public_key.fingerprint()).and_then(VecDeque::pop_front);
        if let Some(old) = same {
            renames.add(name, old);
        }
    }
    renames
}

fn key_changes(
    before: &RecordedProject,
    keys: &Keys,
    clusters: &Clusters,
    renamed: &Renames<'_>,
    changes: &mut Vec<Change>,
) {
    let mut reached = LazyCell::new(|| clusters_by_key(clusters.values().map(|cluster| &cluster.value)));
    for (name, Declared { origin, value, .. }) in keys {
        let after = Resource::Key(value.clone());
        let recorded = renamed.recorded_name(name).and_then(|recorded| before.keys.get(recorded));
        let change = match recorded {
            Some(before) => Change::update(Resource::Key(before.clone()), after, Some(*origin)),
            None => Some(Change::create(after, Some(*origin))),
        };
        changes.extend(change.map(|mut change| {
            change.reach = reached.remove(name).unwrap_or_default();
            change
        }));
    }
    let mut reached = LazyCell::new(|| clusters_by_key(before.clusters.values()));
    for key in before.keys.values().filter(|key| !renamed.goes_on(&key.name, keys.contains_key(&key.name))) {
        let mut change = Change::delete(Resource::Key(key.clone()));
        change.reach = reached.remove(&key.name).unwrap_or_default();
        changes.push(change);
    }
}

fn cluster_changes(
    before: &RecordedProject,
    clusters: &Clusters,
    renamed_keys: &Renames<'_>,
    previous_names: PreviousNames,
    changes: &mut Vec<Change>,
) {
    let new_names: BTreeMap<_, _> = renamed_keys.iter().map(|(new, old)| (old, new)).collect();
    // By now a renamed key has its new name in the clusters that have it.
    let by_now = |cluster: &Arc<Cluster>| {
        let mut cluster = cluster.clone();
        if let Some(new) = cluster.ssh_key.as_ref().and_then(|key| new_names.get(key)) {
            Arc::make_mut(&mut cluster).ssh_key = Some(Name::clone(new));
        }
        cluster
    };
    // A key is gone, and the cluster has the one that took its name.
    let is_other_key = |before: &Cluster, after: &Cluster| {
        before.ssh_key == after.ssh_key
            && before.ssh_key.as_ref().is_some_and(|key| !renamed_keys.goes_on(key, true))
    };
    let renames = Renames::of(clusters.iter(), |name| before.clusters.contains_key(name), previous_names);
    for (name, Declared { origin, previous_name: _, value }) in clusters {
        let after = Resource::Cluster(value.clone());
        let recorded = renames.recorded_name(name).and_then(|previous| before.clusters.get(previous));
        let change = match recorded.map(|before| (by_now(before), is_other_key(before, value))) {
            None => Some(Change::create(after, Some(*origin))),
            Some((mut before, is_other_key)) => {
                if is_other_key {
                    Arc::make_mut(&mut before).ssh_key = None;
                }
                let is_rekeyed = before.ssh_key != value.ssh_key;
                Change::update(Resource::Cluster(before), after, Some(*origin)).map(|mut change| {
                    change.reach.extend(is_rekeyed.then(|| value.address()));
                    change
                })
            }
        };
        changes.extend(change);
    }
    let goes_on = |name: &Name| renames.goes_on(name, clusters.contains_key(name));
    let gone = before.clusters.values().filter(|cluster| !goes_on(&cluster.name));
    changes.extend(gone.map(|cluster| Change::delete(Resource::Cluster(by_now(cluster)))));
}

/// The clusters that have each key.
fn clusters_by_key<'a>(clusters: impl Iterator<Item = &'a Arc<Cluster>>) -> BTreeMap<&'a Name, Vec<Address>> {
    let mut by_key: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for cluster in clusters {
        if let Some(key) = &cluster.ssh_key {
            by_key.entry(key).or_insert_with(|| Vec::with_capacity(1)).push(cluster.address());
        }
    }
    by_key
}
