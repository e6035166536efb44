//! Which block belongs on which node: from what is recorded and desired of clusters, to what each file is to hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::Stray;
use crate::model::{Address, Cluster, NodeAddress, Recorded, SshKey};
use crate::openssh::OpenSshVersion;
use crate::plan::{ClusterAccess, Effect};
use crate::targets::transitions::ClusterTransition;

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

/// What a cluster is to have in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Want {
    /// The number of the cluster's chain.
    pub transition: usize,
    /// Names under which it may have a block there, and is to have none.
    pub remove: BTreeSet<Address>,
    /// The name under which it is to have a block, and the key in it.
    pub put: Option<(Address, Arc<SshKey>)>,
    /// The key that it had before.
    pub had: Option<Arc<SshKey>>,
    /// The oldest OpenSSH on its nodes, where that is said: how the line of the key is written.
    pub sshd: Option<OpenSshVersion>,
}

/// The files of a cluster.
pub(super) fn logins(cluster: &Cluster) -> impl Iterator<Item = Login> {
    cluster.nodes.iter().map(|node| Login { node: node.clone(), user: cluster.login_user.clone() })
}

/// The key that a cluster is to be opened by on a day: none when it is past its last.
fn key_on(access: &ClusterAccess, today: Date) -> Option<&Arc<SshKey>> {
    access.key.as_ref().filter(|key| !is_expired(key, today))
}

/// Whether a key is past its last day.
pub(super) fn is_expired(key: &SshKey, today: Date) -> bool {
    key.expires.is_some_and(|last| last < today)
}

/// The block that is to stand on the nodes of a cluster on a day; nothing when it has no key that is valid then.
#[must_use]
pub(super) fn block(access: &ClusterAccess, today: Date) -> Option<(Address, String)> {
    Some((access.cluster.address(), key_on(access, today)?.authorized_line(access.cluster.sshd).to_string()))
}

/// What is to be in each file so that clusters are as they were to be.
#[must_use]
pub(super) fn wants(transitions: &[ClusterTransition], today: Date) -> BTreeMap<Login, Vec<Want>> {
    let mut files: BTreeMap<Login, Vec<Want>> = BTreeMap::new();
    for (number, transition) in transitions.iter().enumerate() {
        for (login, mut want) in of_effect(&transition.whole, today) {
            want.transition = number;
            files.entry(login).or_default().push(want);
        }
    }
    files
}

/// The files in which a cluster is to have a block when this is recorded.
#[must_use]
pub(super) fn homes_of(recorded: &Recorded, cluster: &Address, today: Date) -> Vec<Login> {
    let Address::Cluster(project, name) = cluster else { return Vec::new() };
    let Some(home) = recorded.projects.get(project) else { return Vec::new() };
    let cluster = home.clusters.get(name).filter(|cluster| {
        let key = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key));
        key.is_some_and(|key| !is_expired(key, today))
    });
    cluster.into_iter().flat_map(|cluster| logins(cluster)).collect()
}

/// What an effect means for each file that it touches. A file that stays as it is recorded is not touched.
pub(super) fn of_effect(effect: &Effect, today: Date) -> BTreeMap<Login, Want> {
    let Effect { before, after } = effect;
    let line = |access: &ClusterAccess, key: &SshKey| {
        (access.cluster.address(), key.authorized_line(access.cluster.sshd).to_string())
    };
    let old = by_login(before.as_ref(), |access| Some(line(access, access.key.as_deref()?)));
    let new = by_login(after.as_ref(), |access| Some(line(access, key_on(access, today)?)));
    let strays = strays(effect);
    let is_sure = before.as_ref().is_none_or(|access| !access.is_partially_applied());
    let had = before.as_ref().and_then(|access| access.key.clone());
    let sshd = after.as_ref().and_then(|access| access.cluster.sshd);
    let mut wants = BTreeMap::new();
    for login in old.keys().chain(new.keys()).chain(strays.keys()) {
        let (old, new, strays) = (old.get(login), new.get(login), strays.get(login));
        if is_sure && strays.is_none() && old.is_some() && old == new {
            continue;
        }
        let put = after.as_ref().filter(|_| new.is_some()).and_then(|access| {
            let key = key_on(access, today)?;
            Some((access.cluster.address(), key.clone()))
        });
        let mut remove: BTreeSet<_> =
            before.iter().chain(after).map(|access| access.cluster.address()).collect();
        remove.extend(strays.into_iter().flatten().cloned());
        if let Some((cluster, _)) = &put {
            remove.remove(cluster);
        }
        // A cluster that is new and has no key has no block that could go.
        if put.is_some() || old.is_some() || strays.is_some() {
            wants.insert(login.clone(), Want { transition: 0, remove, put, had: had.clone(), sshd });
        }
    }
    wants
}

/// What a cluster has in each of its files.
fn by_login<'a, B: Clone>(
    access: Option<&'a ClusterAccess>,
    block: impl Fn(&'a ClusterAccess) -> Option<B>,
) -> BTreeMap<Login, Option<B>> {
    let Some(access) = access else { return BTreeMap::new() };
    logins(&access.cluster).map(|login| (login, block(access))).collect()
}

/// The names under which a cluster may have blocks besides, by their files: a change of it was done in part.
fn strays(effect: &Effect) -> BTreeMap<Login, BTreeSet<Address>> {
    let accesses = || effect.before.iter().chain(&effect.after);
    let mut strays: BTreeMap<Login, BTreeSet<Address>> = BTreeMap::new();
    for Stray { address, login_user } in accesses().flat_map(ClusterAccess::strays) {
        let Some(user) = login_user else { continue };
        for node in accesses().flat_map(|access| &access.cluster.nodes) {
            let login = Login { node: node.clone(), user: user.clone() };
            strays.entry(login).or_default().insert(address.clone());
        }
    }
    strays
}

/// Every file that recorded clusters have, with the clusters whose block belongs into it. One without a key has a
/// file, and no block in it.
#[must_use]
pub(super) fn recorded_files(recorded: &Recorded) -> BTreeMap<Login, BTreeMap<Address, ClusterAccess>> {
    let mut files: BTreeMap<Login, BTreeMap<Address, ClusterAccess>> = BTreeMap::new();
    for home in recorded.projects.values() {
        for cluster in home.clusters.values() {
            let key = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key));
            for login in logins(cluster) {
                let access = ClusterAccess { cluster: cluster.clone(), key: key.cloned() };
                files.entry(login).or_default().insert(cluster.address(), access);
            }
        }
    }
    files
}
