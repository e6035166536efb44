//! Which keys clusters and nodes have had, by the whole log: what once opened a node may still do so.

use std::collections::{BTreeMap, BTreeSet};

use super::log::State;
use super::state_error::StateError;
use super::store::objects::each;
use crate::model::{Address, Cluster, NodeAddress, RecordedProject, SshKey};
use crate::openssh::{Fingerprint, PublicKey};

/// A key that was recorded, perhaps long ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastKey {
    /// What it was called at last.
    pub address: Address,
    pub key: PublicKey,
    /// The newest revision in which the cluster or the node had it.
    pub revision: u64,
}

/// How many entries or objects are in memory at a time.
const AT_A_TIME: usize = 256;

/// Keys with the newest revision that has them.
type Revisions = BTreeMap<Fingerprint, u64>;

/// Which keys clusters and nodes have had, those of today among them.
#[derive(Clone, Debug, Default)]
pub struct History {
    keys: BTreeMap<Fingerprint, SshKey>,
    clusters: BTreeMap<Address, Revisions>,
    nodes: BTreeMap<(NodeAddress, Box<str>), Revisions>,
}

impl History {
    /// Reads the log, from its newest entry to its first.
    pub fn read(state: &State<'_>) -> Result<Self, StateError> {
        let mut history = Self::default();
        let mut seen = BTreeSet::new();
        let mut numbers = state.revisions();
        numbers.reverse();
        for numbers in numbers.chunks(AT_A_TIME) {
            let revisions = each(state.store(), numbers, |number| state.at(*number));
            let revisions = revisions.into_iter().collect::<Result<Vec<_>, _>>()?;
            let mut unread = Vec::new();
            for revision in &revisions {
                for (name, project) in revision.projects() {
                    // The same object was read of a newer revision, which counts.
                    if seen.insert((name.to_owned(), project.object.clone())) {
                        unread.push((revision, name));
                    }
                }
            }
            for unread in unread.chunks(AT_A_TIME) {
                let read = each(state.store(), unread, |(revision, name)| revision.project(name));
                for (project, (revision, _)) in read.into_iter().zip(unread) {
                    history.take(project?, revision.revision());
                }
            }
        }
        Ok(history)
    }

    /// Takes in a project as it was in a revision, which is older than those before.
    fn take(&mut self, project: Option<RecordedProject>, revision: u64) {
        let Some(RecordedProject { project: _, keys, clusters }) = project else { return };
        for cluster in clusters.values() {
            if let Some(key) = cluster.ssh_key.as_ref().and_then(|name| keys.get(name)) {
                self.add(cluster, key, revision);
            }
        }
    }

    /// Takes in that a cluster has a key in a revision, which is older than those before.
    fn add(&mut self, cluster: &Cluster, key: &SshKey, revision: u64) {
        let fingerprint = *key.public_key.fingerprint();
        self.keys.entry(fingerprint).or_insert_with(|| key.clone());
        self.clusters.entry(cluster.address()).or_default().entry(fingerprint).or_insert(revision);
        for node in &cluster.nodes {
            let of_node = self.nodes.entry((node.clone(), cluster.login_user.clone())).or_default();
            of_node.entry(fingerprint).or_insert(revision);
        }
    }

    /// The keys that a cluster has had, or a cluster that the node belonged to with the same user; the
    /// newest first.
    #[must_use]
    pub fn of(&self, cluster: &Cluster, node: &NodeAddress) -> Vec<PastKey> {
        let place = (node.clone(), cluster.login_user.clone());
        let had = self.clusters.get(&cluster.address()).into_iter().chain(self.nodes.get(&place));
        let mut newest = Revisions::new();
        for (fingerprint, revision) in had.flatten() {
            let known = newest.entry(*fingerprint).or_insert(*revision);
            *known = (*known).max(*revision);
        }
        let past = |(fingerprint, revision): (Fingerprint, u64)| {
            let key = self.keys.get(&fingerprint)?;
            Some(PastKey { address: key.address(), key: key.public_key.clone(), revision })
        };
        let mut all: Vec<_> = newest.into_iter().filter_map(past).collect();
        all.sort_by(|one, other| {
            let one_first = (other.revision, one.key.fingerprint());
            one_first.cmp(&(one.revision, other.key.fingerprint()))
        });
        all
    }
}
