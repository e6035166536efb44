//! Login paths that are gained and lost, cluster by cluster and key by key.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::access::cluster::Opened;
use crate::access::{
    AccessChange, AccessView, ClusterName, Holder, KeyHolders, ProjectView, Renames, cluster_name,
};
use crate::model::{Address, Name, Subject};
use crate::openssh::Fingerprint;

/// Which of the two sides something is told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Before,
    After,
}

/// What opens a cluster before and after.
type Sides<'a> = (Option<Opened<'a>>, Option<Opened<'a>>);

pub(super) fn changes<'a>(
    (before, after): (&'a impl AccessView, &'a impl AccessView),
    changed_teams: BTreeSet<&'a Name>,
    renames: &Renames<'a>,
) -> Vec<AccessChange> {
    let mut holders = HolderChanges::new((before, after), changed_teams);
    let mut differing = Vec::new();
    for (name, sides) in paired(before, after, renames) {
        match sides {
            (Some(before), Some(after)) if before.identity() == after.identity() => {
                holders.kept(name, before, after);
            }
            (None, None) => {}
            sides => differing.push((name, sides)),
        }
    }
    let mut all = moves(&mut differing, &mut holders);
    all.extend(differing.into_iter().map(|(name, (before, after))| {
        let (gained, lost) = match (before, after) {
            (Some(before), Some(after)) if before.is_same_key(after) => holders.between(before, after),
            _ => Default::default(),
        };
        let (before, after) = (before.map(Opened::grant), after.map(Opened::grant));
        AccessChange::Cluster { cluster: address(name), before, after, gained, lost }
    }));
    all.sort_by(|one, other| place(one).cmp(&place(other)));
    all.extend(holders.told());
    all
}

fn address((project, name): ClusterName<'_>) -> Address {
    Address::Cluster(project.clone(), name.clone())
}

/// Where a change of a cluster is told.
const fn place(change: &AccessChange) -> Option<&Address> {
    match change {
        AccessChange::Cluster { cluster, .. } | AccessChange::Forgotten { cluster, .. } => Some(cluster),
        AccessChange::Moved { to, .. } => Some(to),
        AccessChange::Holders { .. } | AccessChange::Role { .. } => None,
    }
}

/// The clusters of both sides that a key opens, by their new names. A cluster that is gone may come under the name that
/// another one has taken.
fn paired<'a>(
    before: &'a impl AccessView,
    after: &'a impl AccessView,
    renames: &Renames<'a>,
) -> Vec<(ClusterName<'a>, Sides<'a>)> {
    let of_before = || {
        let named = |opened: Opened<'a>| {
            let name = (renames.cluster(opened.cluster), renames.is_cluster_replaced(opened.cluster));
            (name, When::Before, opened)
        };
        opened(before).map(named).collect()
    };
    let of_after =
        || opened(after).map(|opened| ((cluster_name(opened.cluster), false), When::After, opened)).collect();
    let (mut all, after): (Vec<_>, Vec<_>) = rayon::join(of_before, of_after);
    all.extend(after);
    all.par_sort_by_key(|&(name, when, _)| (name, when));
    let pair = |cluster: &[((ClusterName<'a>, bool), When, Opened<'a>)]| {
        let side = |side| cluster.iter().find(|(_, when, _)| *when == side).map(|(_, _, opened)| *opened);
        (cluster[0].0.0, (side(When::Before), side(When::After)))
    };
    all.chunk_by(|one, other| one.0 == other.0).map(pair).collect()
}

/// Every cluster that has a key.
fn opened(view: &impl AccessView) -> impl Iterator<Item = Opened<'_>> {
    view.projects().flat_map(|project: ProjectView<'_>| {
        project.clusters().filter_map(move |cluster| Some(Opened { cluster, key: project.key_of(cluster)? }))
    })
}

/// Takes out clusters that are only lost and only gained and come to the same: the same key, in the hands of the same
/// people, opens the same nodes within the same limits. Nodes have to be known.
fn moves<'a, B: AccessView, A: AccessView>(
    differing: &mut Vec<(ClusterName<'a>, Sides<'a>)>,
    holders: &mut HolderChanges<'a, B, A>,
) -> Vec<AccessChange> {
    let has_nodes = |opened: &Opened<'_>| !opened.cluster.nodes.is_empty();
    let mut gone = BTreeMap::<_, Vec<_>>::new();
    for (name, sides) in differing.iter() {
        if let (Some(before), None) = sides
            && has_nodes(before)
        {
            gone.entry(before.identity()).or_default().push((*name, *before));
        }
    }
    if gone.is_empty() {
        return Vec::new();
    }
    let mut moved = BTreeMap::new();
    for (name, sides) in differing.iter() {
        if let (None, Some(after)) = sides
            && let Some(candidates) = gone.get_mut(&after.identity())
            && let Some(at) = candidates.iter().position(|(_, before)| !holders.differ(*before, *after))
        {
            let (from, _) = candidates.remove(at);
            moved.insert(*name, (from, *after));
        }
    }
    let from: BTreeSet<_> = moved.values().map(|(from, _)| *from).collect();
    differing.retain(|(name, sides)| match sides {
        (Some(_), None) => !from.contains(name),
        (None, Some(_)) => !moved.contains_key(name),
        (Some(_), Some(_)) | (None, None) => true,
    });
    let told = |(to, (from, after)): (_, (_, Opened<'_>))| AccessChange::Moved {
        from: address(from),
        to: address(to),
        grant: after.grant(),
    };
    moved.into_iter().map(told).collect()
}

/// Keys that clusters keep, and that are in the hands of others.
struct HolderChanges<'a, B, A> {
    before: &'a B,
    after: &'a A,
    changed_teams: BTreeSet<&'a Name>,
    /// Who gains and who loses, by the owners before and after.
    by_owners: BTreeMap<Owners<'a>, (Vec<Holder>, Vec<Holder>)>,
    /// The clusters that each key opens, by the key's new name and its owners.
    by_key: BTreeMap<HeldKey<'a>, Vec<Address>>,
}

/// The project and the name of a key, its material, and its owners.
type HeldKey<'a> = ((&'a Name, &'a Name), &'a Fingerprint, Owners<'a>);

/// The owners of a key before and after.
type Owners<'a> = (Option<&'a Subject>, Option<&'a Subject>);

impl<'a, B: AccessView, A: AccessView> HolderChanges<'a, B, A> {
    const fn new((before, after): (&'a B, &'a A), changed_teams: BTreeSet<&'a Name>) -> Self {
        Self { before, after, changed_teams, by_owners: BTreeMap::new(), by_key: BTreeMap::new() }
    }

    /// Who holds the one key and not the other.
    fn between(&mut self, before: Opened<'a>, after: Opened<'a>) -> (Vec<Holder>, Vec<Holder>) {
        let owners = (before.key.owner.as_ref(), after.key.owner.as_ref());
        if self.differ(before, after) {
            self.by_owners.get(&owners).cloned().unwrap_or_default()
        } else {
            Default::default()
        }
    }

    /// Whether others hold one key than the other.
    fn differ(&mut self, before: Opened<'a>, after: Opened<'a>) -> bool {
        let owners = (before.key.owner.as_ref(), after.key.owner.as_ref());
        let is_changed = |owner: Option<&Subject>| matches!(owner, Some(Subject::Team(team)) if self.changed_teams.contains(team));
        if owners.0 == owners.1 && !is_changed(owners.0) {
            return false;
        }
        let (gained, lost) = self.by_owners.entry(owners).or_insert_with(|| {
            let (had, has) = (KeyHolders::of(self.before, owners.0), KeyHolders::of(self.after, owners.1));
            (has.without(&had), had.without(&has))
        });
        !gained.is_empty() || !lost.is_empty()
    }

    /// A cluster is opened as before.
    fn kept(&mut self, name: ClusterName<'a>, before: Opened<'a>, after: Opened<'a>) {
        if self.differ(before, after) {
            let owners = (before.key.owner.as_ref(), after.key.owner.as_ref());
            let key = (&after.key.project, &after.key.name);
            let key = (key, after.key.public_key.fingerprint(), owners);
            self.by_key.entry(key).or_default().push(address(name));
        }
    }

    fn told(self) -> impl Iterator<Item = AccessChange> {
        let Self { by_owners, by_key, .. } = self;
        by_key.into_iter().map(move |(((project, name), fingerprint, owners), clusters)| {
            let (gained, lost) = by_owners.get(&owners).cloned().unwrap_or_default();
            AccessChange::Holders {
                key: Address::Key(project.clone(), name.clone()),
                fingerprint: *fingerprint,
                gained,
                lost,
                clusters,
            }
        })
    }
}
