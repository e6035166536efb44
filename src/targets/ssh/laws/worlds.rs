//! Workspaces by chance: few names and few keys, so that names are reused and swapped, clusters move and are renamed,
//! and one machine has several names.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use super::super::desired::{Login, logins};
use crate::model::{
    Cloud, Cluster, Declared, Desired, DesiredProject, DocumentId, KnownKey, Metadata, Name, NodeAddress,
    Project, Recorded, SshKey,
};
use crate::openssh::{Fingerprint, KeyOptions, PublicKey, SharedOptions};

pub(super) const TODAY: Date = date(2026, 6, 1);

/// Keys. keyplan comes in with the first.
const KEYS: [&str; 4] = [
    "AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6",
    "AAAAC3NzaC1lZDI1NTE5AAAAIKRJe7pr44xXgJUxdm6bfDNkl4mbvQ1sbML2uUMzm9EI",
    "AAAAC3NzaC1lZDI1NTE5AAAAIID63ctlqdhWSl/7rovOssEU5qS2BwhgmfKS0qYDO0aq",
    "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
];
const PROJECTS: [&str; 2] = ["pay", "shop"];
const NAMES: [&str; 3] = ["ops", "old-ops", "night"];
const CLUSTERS: [&str; 3] = ["asia", "eu", "us"];
/// The first letter is the machine.
const NODES: [&str; 5] = ["a", "a-again", "b", "b-again", "c"];
const USERS: [&str; 2] = ["spectro", "root"];

/// SplitMix64: the same seed gives the same run everywhere.
pub(super) struct Random(pub(super) Cell<u64>);

impl Random {
    pub(super) fn below(&self, most: usize) -> usize {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % most as u64).unwrap()
    }

    fn one_of<'a, T: ?Sized>(&self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

pub(super) fn public(number: usize) -> PublicKey {
    PublicKey::from_line(&format!("ssh-ed25519 {}", KEYS[number])).unwrap()
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn declared<T>(value: T, previous_name: Option<Name>) -> Declared<T> {
    Declared { origin: DocumentId { file: 0, document: 0 }, previous_name, value }
}

/// A workspace that may follow on another one: it takes most of it, and changes some.
pub(super) fn world(random: &Random, before: Option<&Desired>) -> Desired {
    let mut projects = BTreeMap::new();
    for project in PROJECTS {
        if random.below(4) == 0 {
            continue;
        }
        let previous = (random.below(4) == 0).then(|| name(random.one_of(&PROJECTS)));
        let known =
            before.and_then(|before| before.projects.get(previous.as_ref().unwrap_or(&name(project))));
        let keys = keys(random, project);
        let clusters = clusters(random, project, &keys, known);
        let of = Project { name: name(project), metadata: Metadata::default(), members: Vec::new() };
        let previous = previous.filter(|previous| previous.as_str() != project);
        projects.insert(name(project), DesiredProject { project: declared(of, previous), keys, clusters });
    }
    Desired { teams: BTreeMap::new(), projects }
}

fn keys(random: &Random, project: &str) -> BTreeMap<Name, Declared<std::sync::Arc<SshKey>>> {
    let mut free: Vec<_> = (0..KEYS.len()).collect();
    let mut keys = BTreeMap::new();
    for key in NAMES {
        if random.below(4) == 0 {
            continue;
        }
        let number = free.swap_remove(random.below(free.len()));
        let expires = match random.below(8) {
            0 => Some(date(2026, 1, 1)),
            1 => Some(date(2027, 1, 1)),
            _ => None,
        };
        let of = SshKey {
            project: name(project),
            name: name(key),
            metadata: Metadata::default(),
            public_key: public(number),
            owner: None,
            expires,
            options: options(random),
        };
        keys.insert(name(key), declared(of.into(), None));
    }
    keys
}

/// Some keys are good from another place than that of keyplan alone.
fn options(random: &Random) -> SharedOptions {
    let text = if random.below(3) == 0 { "from=\"10.0.0.0/8\"" } else { "" };
    KeyOptions::parse(text).unwrap().into()
}

fn clusters(
    random: &Random,
    project: &str,
    keys: &BTreeMap<Name, Declared<std::sync::Arc<SshKey>>>,
    before: Option<&DesiredProject>,
) -> BTreeMap<Name, Declared<std::sync::Arc<Cluster>>> {
    let names: Vec<_> = keys.keys().collect();
    let mut clusters = BTreeMap::new();
    for cluster in CLUSTERS {
        if random.below(4) == 0 {
            continue;
        }
        let known = before.and_then(|before| before.clusters.get(&name(cluster))).map(|known| &known.value);
        let key =
            (!names.is_empty() && random.below(5) > 0).then(|| names[random.below(names.len())].clone());
        let key = match known {
            Some(known) if random.below(2) == 0 => known.ssh_key.clone().filter(|key| keys.contains_key(key)),
            _ => key,
        };
        let nodes: Vec<_> = NODES.iter().filter(|_| random.below(3) == 0).collect();
        let nodes = nodes.into_iter().map(|node| NodeAddress::parse(node).unwrap()).collect();
        let (nodes, user) = match known {
            Some(known) if random.below(2) == 0 => (known.nodes.clone(), known.login_user.clone()),
            _ => (nodes, if random.below(4) == 0 { random.one_of(&USERS).into() } else { USERS[0].into() }),
        };
        let previous = (random.below(3) == 0).then(|| name(random.one_of(&CLUSTERS)));
        let of = Cluster {
            project: name(project),
            name: name(cluster),
            metadata: Metadata::default(),
            ssh_key: key,
            cloud: Cloud::Generic,
            login_user: user,
            nodes,
            sshd: None,
            known_keys: known_keys(random),
        };
        let previous = previous.filter(|previous| previous.as_str() != cluster);
        clusters.insert(name(cluster), declared(of.into(), previous));
    }
    clusters
}

/// They change nothing on nodes.
fn known_keys(random: &Random) -> Vec<KnownKey> {
    let known =
        |byte| KnownKey { fingerprint: Fingerprint::new([byte; 32]), reason: "theirs".into(), until: None };
    (0..2).filter(|_| random.below(3) == 0).map(known).collect()
}

/// The keys that are to open each login, with the clusters that say so.
pub(super) fn given(recorded: &Recorded) -> BTreeSet<(Login, Fingerprint)> {
    let mut given = BTreeSet::new();
    for home in recorded.projects.values() {
        for cluster in home.clusters.values() {
            let key = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key));
            let key = key.filter(|key| key.expires.is_none_or(|last| TODAY <= last));
            if let Some(key) = key {
                given.extend(logins(cluster).map(|login| (login, *key.public_key.fingerprint())));
            }
        }
    }
    given
}
