//! The laws of the target, on nodes in memory that fail in every way: no foreign line is ever lost, no node has
//! two managed keys after a visit that ended, keyplan never locks itself out, and whatever went wrong and
//! whatever is declared next, in the end each node has what is declared and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::Ssh;
use super::block::{KeyFile, keys_of};
use super::desired::Login;
use super::nodes::{Found, Nodes, Replaced};
use super::own_key::{OwnKey, OwnName};
use crate::model::{
    Cloud, Cluster, Fingerprint, Metadata, Name, NodeAddress, PublicKey, SharedOptions, SshKey, SshSettings,
    authorized_line,
};
use crate::plan::{Change, Door, Effect, Resource, Step};
use crate::target::{Outcome, Seen, Target, Watch};

/// The key that keyplan comes in with, and two others.
const KEYS: [(&str, &str); 3] = [
    ("own", "AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6"),
    ("ops", "AAAAC3NzaC1lZDI1NTE5AAAAIKRJe7pr44xXgJUxdm6bfDNkl4mbvQ1sbML2uUMzm9EI"),
    ("night", "AAAAC3NzaC1lZDI1NTE5AAAAIID63ctlqdhWSl/7rovOssEU5qS2BwhgmfKS0qYDO0aq"),
];
const CLUSTERS: [&str; 3] = ["asia", "eu", "us"];

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn key(number: usize) -> SshKey {
    let (name_of, encoded) = KEYS[number];
    SshKey {
        project: name("pay"),
        name: name(name_of),
        metadata: Metadata::default(),
        public_key: PublicKey::from_line(&format!("ssh-ed25519 {encoded}")).unwrap(),
        owner: None,
        expires: None,
        options: SharedOptions::default(),
    }
}

fn own() -> Fingerprint {
    *key(0).public_key.fingerprint()
}

/// SplitMix64: the same seed gives the same run everywhere.
struct Random(Mutex<u64>);

impl Random {
    fn below(&self, most: usize) -> usize {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % most as u64).unwrap()
    }
}

/// Nodes in memory.
struct Memory {
    random: Random,
    files: Mutex<BTreeMap<Login, Vec<u8>>>,
    trouble: Mutex<bool>,
    may_lock_out: Mutex<bool>,
}

impl Memory {
    fn fails(&self) -> bool {
        *self.trouble.lock().unwrap() && self.random.below(6) == 0
    }
}

fn is_foreign_kept(old: &[u8], new: &[u8]) {
    let foreign = |bytes: &[u8]| KeyFile::parse(bytes).unwrap().foreign().collect::<Vec<_>>().concat();
    let (before, after) = (foreign(old), foreign(new));
    assert!(after == before || after == [before, b"\n".to_vec()].concat());
}

impl Nodes for &'static Memory {
    fn observe(&self, login: &Login, _: bool) -> Result<Found, String> {
        if self.fails() {
            return Err("unreachable".into());
        }
        let mut files = self.files.lock().unwrap();
        let file = files.get(login).cloned();
        // Somebody else is at work there as well.
        if self.fails() {
            files.entry(login.clone()).or_default().extend_from_slice(b"ssh-rsa AAAA another\n");
        }
        Ok(Found { file, own_key: OwnKey::Key(own()) })
    }

    fn replace(&self, login: &Login, old: Option<&[u8]>, new: &[u8]) -> Result<Replaced, String> {
        if self.fails() {
            return Err("dropped before".into());
        }
        let mut files = self.files.lock().unwrap();
        let there = files.get(login).cloned();
        if there.as_deref() != old {
            return Ok(Replaced::Changed);
        }
        let there = there.unwrap_or_default();
        is_foreign_kept(&there, new);
        let (before, after) = (KeyFile::parse(&there).unwrap(), KeyFile::parse(new).unwrap());
        for cluster in after.clusters() {
            let lines = after.block(cluster).unwrap();
            assert!((1..=2).contains(&lines.len()), "{lines:?}");
        }
        let is_lost = before.lets_in(&own()) && !after.lets_in(&own());
        assert!(!is_lost || *self.may_lock_out.lock().unwrap(), "locked out");
        files.insert(login.clone(), new.to_vec());
        if self.fails() { Err("dropped after".into()) } else { Ok(Replaced::Done) }
    }

    fn accepts(&self, login: &Login, key: &PublicKey) -> Result<bool, String> {
        if self.fails() {
            return if self.fails() { Err("unreachable".into()) } else { Ok(false) };
        }
        let files = self.files.lock().unwrap();
        let file = files.get(login).cloned().unwrap_or_default();
        Ok(file.split(|byte| *byte == b'\n').any(|line| keys_of(line).contains(key.fingerprint())))
    }
}

/// Interrupts at random.
struct Hand(&'static Memory);

impl Watch for Hand {
    fn go_on(&self) -> Result<(), String> {
        if self.0.fails() && self.0.fails() { Err("interrupted".into()) } else { Ok(()) }
    }
    fn done(&self) {}
    fn node_done(&self) {}
}

/// What is recorded, or declared: a door for each cluster that is there.
type World = BTreeMap<&'static str, Door>;

fn wish(random: &Random) -> World {
    let mut world = World::new();
    for cluster in CLUSTERS {
        if random.below(4) == 0 {
            continue;
        }
        let key = (random.below(4) > 0).then(|| key(random.below(3)));
        let nodes = ["a", "b", "c"].into_iter().filter(|_| random.below(3) > 0);
        let cluster_of = Cluster {
            project: name("pay"),
            name: name(cluster),
            metadata: Metadata::default(),
            ssh_key: key.as_ref().map(|key| key.name.clone()),
            cloud: Cloud::Generic,
            login_user: "spectro".into(),
            nodes: nodes.map(|node| NodeAddress::parse(node).unwrap()).collect(),
        };
        world.insert(cluster, Door { cluster: cluster_of.into(), key: key.map(Into::into) });
    }
    world
}

/// The changes from what is recorded to what is wished for, by their clusters.
fn changes(recorded: &World, wished: &World) -> Vec<(&'static str, Change, Effect)> {
    let change = |cluster: &'static str| {
        let (before, after) = (recorded.get(cluster).cloned(), wished.get(cluster).cloned());
        let resource =
            |door: &Option<Door>| door.as_ref().map(|door| Resource::Cluster(door.cluster.clone()));
        let change = match (resource(&before), resource(&after)) {
            (None, None) => None,
            (None, Some(after)) => Some(Change::create(after, None)),
            (Some(before), None) => Some(Change::delete(before)),
            (Some(before), Some(after)) => Change::update(before, after, None),
        }?;
        Some((cluster, change, Effect { before, after }))
    };
    CLUSTERS.into_iter().filter_map(change).collect()
}

/// Records a cluster as it was left.
fn leave(recorded: &mut World, cluster: &'static str, left: Cluster) {
    let named = |key: &SshKey| Some(&key.name) == left.ssh_key.as_ref();
    let key = (0..KEYS.len()).map(key).find(named);
    recorded.insert(cluster, Door { cluster: left.into(), key: key.map(Into::into) });
}

fn round(target: &Ssh, memory: &'static Memory, recorded: &mut World, wished: &World) {
    let changes = changes(recorded, wished);
    let steps: Vec<_> =
        changes.iter().map(|(_, change, effect)| Step { change, effects: vec![effect.clone()] }).collect();
    let outcomes = target.apply(&steps, &Hand(memory));
    let is_killed = *memory.trouble.lock().unwrap() && memory.random.below(4) == 0;
    if is_killed {
        // Nothing was recorded; somebody looks what is there.
        let seen = target.observe(&steps).unwrap();
        for ((cluster, _, effect), seen) in changes.into_iter().zip(seen) {
            match (seen, effect.after) {
                (Seen::Done, Some(after)) => drop(recorded.insert(cluster, after)),
                (Seen::Done, None) => drop(recorded.remove(cluster)),
                (Seen::Undone, _) => {}
                (Seen::Between(left), _) => {
                    for left in left {
                        leave(recorded, cluster, left);
                    }
                }
            }
        }
        return;
    }
    let is_calm = !*memory.trouble.lock().unwrap();
    let is_complete = outcomes.iter().all(|outcome| *outcome == Outcome::Applied);
    assert!(is_complete || !is_calm, "something fails without any trouble: {outcomes:?}");
    for ((cluster, _, effect), outcome) in changes.into_iter().zip(outcomes) {
        match (outcome, effect.after) {
            (Outcome::Applied, Some(after)) => drop(recorded.insert(cluster, after)),
            (Outcome::Applied, None) => drop(recorded.remove(cluster)),
            (Outcome::Skipped(_), _) => {}
            (Outcome::Failed(trouble), _) => {
                assert!(!trouble.nodes.is_empty());
                for left in trouble.left {
                    leave(recorded, cluster, left);
                }
            }
        }
    }
}

fn simulate(seed: u64) {
    let memory: &'static Memory = Box::leak(Box::new(Memory {
        random: Random(Mutex::new(seed)),
        files: Mutex::default(),
        trouble: Mutex::new(true),
        may_lock_out: Mutex::new(false),
    }));
    let login = |node: &str| Login { node: NodeAddress::parse(node).unwrap(), user: "spectro".into() };
    // One node knows keyplan by a line of its own, one not, and one has no file.
    let line = authorized_line(&key(0));
    memory.files.lock().unwrap().insert(login("a"), format!("# mine\r\n{line}\nlast").into_bytes());
    memory.files.lock().unwrap().insert(login("b"), b"\xff\0ssh-rsa AAAA somebody\r\n".to_vec());
    let settings = SshSettings { parallel: 1, timeout: 1 };
    let careful = Ssh::with(Box::new(memory), settings, BTreeSet::new()).unwrap();
    let mut recorded = World::new();
    for _ in 0..8 {
        round(&careful, memory, &mut recorded, &wish(&memory.random));
    }
    *memory.trouble.lock().unwrap() = false;
    *memory.may_lock_out.lock().unwrap() = true;
    let named = [OwnName::Key(key(0).address())].into();
    let bold = Ssh::with(Box::new(memory), settings, named).unwrap();
    let wished = wish(&memory.random);
    round(&bold, memory, &mut recorded, &wished);
    assert_eq!(recorded, wished);
    let files = memory.files.lock().unwrap();
    for node in ["a", "b", "c"] {
        let file = KeyFile::parse(files.get(&login(node)).map_or(&[][..], Vec::as_slice)).unwrap();
        let has_node = |door: &&Door| door.cluster.nodes.contains(&login(node).node);
        let wanted = wished.values().filter(has_node).filter_map(super::desired::block);
        let wanted: BTreeMap<_, _> = wanted.collect();
        assert_eq!(file.clusters(), wanted.keys().collect::<BTreeSet<_>>());
        for (cluster, line) in &wanted {
            assert!(file.has_exactly(cluster, std::slice::from_ref(line)));
        }
    }
}

#[test]
fn every_seed_converges() {
    for seed in 0..400 {
        let ended = std::panic::catch_unwind(|| simulate(seed));
        assert!(ended.is_ok(), "seed {seed}");
    }
}
