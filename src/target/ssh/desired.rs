//! Which block belongs on which node: from what changes do to clusters, to what is to be done on each node.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::model::{Address, Cluster, NodeAddress, Recorded, SshKey, authorized_line};
use crate::plan::{Door, Effect, Step};

/// A user on a node: whose file of authorized keys it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Login {
    /// The node.
    pub node: NodeAddress,
    /// The user that logs in there.
    pub user: Box<str>,
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.user, self.node)
    }
}

/// What one effect of a change does to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// The number of the change.
    pub step: usize,
    /// The number of the effect of that change.
    pub effect: usize,
    /// Clusters whose block goes.
    pub remove: BTreeSet<Address>,
    /// The cluster that has a block, and the key in it.
    pub put: Option<(Address, Arc<SshKey>)>,
    /// The key that the cluster had before.
    pub had: Option<Arc<SshKey>>,
}

/// The files of a cluster.
pub(super) fn logins(cluster: &Cluster) -> impl Iterator<Item = Login> {
    cluster.nodes.iter().map(|node| Login { node: node.clone(), user: cluster.login_user.clone() })
}

/// The block that belongs on the nodes of a cluster; nothing when it has no key.
#[must_use]
pub(super) fn block(door: &Door) -> Option<(Address, String)> {
    Some((door.cluster.address(), authorized_line(door.key.as_ref()?)))
}

/// What is to be done to each file so that changes are done.
#[must_use]
pub(super) fn edits(steps: &[Step<'_>]) -> BTreeMap<Login, Vec<Edit>> {
    let mut all: BTreeMap<Login, Vec<Edit>> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        for (effect_number, effect) in step.effects.iter().enumerate() {
            for (login, mut edit) in of_effect(effect) {
                (edit.step, edit.effect) = (number, effect_number);
                all.entry(login).or_default().push(edit);
            }
        }
    }
    all
}

/// What an effect does to each file that it touches. A file that stays as it is recorded is not touched.
pub(super) fn of_effect(effect: &Effect) -> BTreeMap<Login, Edit> {
    let Effect { before, after } = effect;
    let (old, new) = (by_login(before.as_ref()), by_login(after.as_ref()));
    let is_sure = before.as_ref().is_none_or(|door| !door.is_unfinished());
    let had = before.as_ref().and_then(|door| door.key.clone());
    let mut edits = BTreeMap::new();
    for login in old.keys().chain(new.keys()) {
        let (old, new) = (old.get(login), new.get(login));
        if is_sure && old.is_some() && old == new {
            continue;
        }
        let put = after.as_ref().filter(|_| new.is_some()).and_then(|door| {
            let key = door.key.clone()?;
            Some((door.cluster.address(), key))
        });
        let mut remove: BTreeSet<_> = before.iter().chain(after).map(|door| door.cluster.address()).collect();
        if let Some((cluster, _)) = &put {
            remove.remove(cluster);
        }
        // A cluster that is new and has no key has no block that could go.
        if put.is_some() || old.is_some() {
            edits.insert(login.clone(), Edit { step: 0, effect: 0, remove, put, had: had.clone() });
        }
    }
    edits
}

/// What a cluster wants in each of its files: its block, or none.
fn by_login(door: Option<&Door>) -> BTreeMap<Login, Option<(Address, String)>> {
    let Some(door) = door else { return BTreeMap::new() };
    logins(&door.cluster).map(|login| (login, block(door))).collect()
}

/// Every file that recorded clusters have, with the blocks that belong into it. A cluster without a key has a
/// file, and no block in it.
#[must_use]
pub(super) fn recorded_files(recorded: &Recorded) -> BTreeMap<Login, BTreeMap<Address, Option<Arc<SshKey>>>> {
    let mut files: BTreeMap<Login, BTreeMap<Address, Option<Arc<SshKey>>>> = BTreeMap::new();
    for home in recorded.projects.values() {
        for cluster in home.clusters.values() {
            let key = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key));
            for login in logins(cluster) {
                files.entry(login).or_default().insert(cluster.address(), key.cloned());
            }
        }
    }
    files
}
