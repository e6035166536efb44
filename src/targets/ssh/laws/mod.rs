//! The laws of the target over random pairs of workspaces, on a fleet in memory, with a kill, a SIGTERM or a failure
//! at every single call:
//!
//! - At no moment does a key open a login that neither what is recorded nor what is desired gives it.
//! - Nobody to whom both give a login is ever without it.
//! - After an apply that says it is done, every desired key is accepted, and no other block is there.
//! - Foreign lines stay, and keyplan never locks itself out.
//! - Whatever went wrong, and whatever is declared next, the next apply ends as declared.

mod fleet;
mod worlds;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use self::fleet::{Fault, FileOf, Fleet, Inner, Killed, file_of, in_blocks, parsed};
use self::worlds::{Random, TODAY, given, public, world};
use super::Ssh;
use super::desired::recorded_files;
use super::own_key::OwnName;
use crate::model::{Desired, Recorded, SshSettings};
use crate::openssh::Fingerprint;
use crate::plan::{Change, ClusterAccess, Resource, delivery, diff, record_partial};
use crate::targets::{Outcome, Target};

/// A fleet, the target that reaches it, and what is recorded.
struct Scene {
    fleet: &'static Fleet,
    ssh: Ssh,
    recorded: Recorded,
}

/// The outcome of an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Whole,
    InPart,
    Killed,
}

impl Scene {
    fn new(own_keys: BTreeSet<OwnName>) -> Self {
        let fleet: &'static Fleet = Box::leak(Box::new(Fleet::new(*public(0).fingerprint())));
        let settings = SshSettings { parallel: 1, timeout: 1 };
        let ssh = Ssh::with(Box::new(fleet), settings, own_keys, TODAY).unwrap();
        Self { fleet, ssh, recorded: Recorded::default() }
    }

    /// Starts anew: two machines have lines of others, and one has no file.
    fn reset(&mut self) {
        let mut inner = self.fleet.inner();
        inner.files.clear();
        inner.refuses.clear();
        inner.elsewhere.clear();
        let mine = format!("# mine\r\nssh-rsa AAAA somebody\n{} mine\nlast", public(0).line());
        inner.files.insert(('a', "spectro".into()), mine.into_bytes());
        inner.files.insert(('b', "spectro".into()), b"\xff\0ssh-rsa AAAA somebody\r\n".to_vec());
        drop(inner);
        self.recorded = Recorded::default();
    }

    /// Says what may and what must be so while one workspace follows another.
    fn expect(&self, desired: &Recorded) {
        let (before, after) = (given(&self.recorded), given(desired));
        let mut inner = self.fleet.inner();
        let files = |given: &BTreeSet<(_, Fingerprint)>| -> BTreeSet<(FileOf, Fingerprint)> {
            given.iter().map(|(login, key)| (file_of(login), *key)).collect()
        };
        let (before, after) = (files(&before), files(&after));
        let there = inner.files.iter().flat_map(|(file, bytes)| {
            in_blocks(&parsed(Some(bytes))).into_iter().map(|key| (file.clone(), key))
        });
        let may_open = there.chain(before.iter().cloned()).chain(after.iter().cloned()).collect();
        let must_open = before.intersection(&after).filter(|(file, key)| inner.opens(file, key)).cloned();
        let must_open = must_open.collect();
        inner.may_open = may_open;
        inner.must_open = must_open;
    }

    /// One apply, which a fault may end.
    fn apply(&mut self, desired: &Desired, fault: Fault) -> Ended {
        let changes = diff(&self.recorded, desired);
        let before = self.recorded.clone();
        let delivery = delivery(&changes, &before, &BTreeSet::new());
        assert_eq!(delivery.after, Recorded::from(desired));
        self.expect(&delivery.after);
        (self.fleet.inner().fault, self.fleet.inner().calls) = (fault, 0);
        let ended = catch_unwind(AssertUnwindSafe(|| self.ssh.apply(&delivery, &self.fleet)));
        self.fleet.inner().fault = Fault::None;
        match ended {
            Ok(delivered) => {
                let each = changes.iter().zip(&delivered.outcomes);
                let done =
                    each.filter(|(_, outcome)| **outcome == Outcome::Applied).map(|(change, _)| change);
                self.record(done, &delivered.partially_applied);
                let is_whole = delivered.outcomes.iter().all(|outcome| *outcome == Outcome::Applied);
                if is_whole { Ended::Whole } else { Ended::InPart }
            }
            Err(killed) if killed.is::<Killed>() => {
                let seen = self.ssh.observe(&delivery).unwrap();
                let done =
                    changes.iter().zip(&seen.done).filter(|(_, done)| **done).map(|(change, _)| change);
                self.record(done, &seen.partially_applied);
                Ended::Killed
            }
            Err(panic) => resume_unwind(panic),
        }
    }

    fn record<'a>(&mut self, done: impl Iterator<Item = &'a Change>, partially_applied: &[Resource]) {
        done.for_each(|change| change.apply_to(&mut self.recorded));
        record_partial(&mut self.recorded, partially_applied);
        for home in self.recorded.projects.values() {
            let has_key = |cluster: &crate::model::Cluster| {
                cluster.ssh_key.as_ref().is_none_or(|key| home.keys.contains_key(key))
            };
            assert!(home.clusters.values().all(|cluster| has_key(cluster)));
        }
    }

    /// All is as desired: what is recorded, the blocks in all files, and what sshd accepts.
    fn is_as(&self, desired: &Desired) {
        let wanted = Recorded::from(desired);
        assert_eq!(format!("{:?}", self.recorded), format!("{wanted:?}"));
        let inner = self.fleet.inner();
        for (login, key) in given(&wanted) {
            assert!(inner.opens(&file_of(&login), &key), "{key} is done and does not open {login}");
        }
        let mut lines: BTreeSet<(FileOf, String, String)> = BTreeSet::new();
        for (login, clusters) in recorded_files(&wanted) {
            for (address, ClusterAccess { cluster, key }) in clusters {
                let valid = key.filter(|key| key.expires.is_none_or(|last| TODAY <= last));
                lines.extend(valid.map(|key| {
                    (file_of(&login), address.to_string(), key.authorized_line(cluster.sshd).to_string())
                }));
            }
        }
        assert_eq!(blocks(&inner), lines);
    }
}

/// Every line of every block.
fn blocks(inner: &Inner) -> BTreeSet<(FileOf, String, String)> {
    let mut lines = BTreeSet::new();
    for (of, bytes) in &inner.files {
        let file = parsed(Some(bytes));
        for cluster in file.clusters() {
            let block = file.block(cluster).unwrap();
            assert!(!block.is_empty() && !file.is_for(cluster).is_empty());
            let line =
                |line: &[u8]| (of.clone(), cluster.to_string(), String::from_utf8(line.to_vec()).unwrap());
            lines.extend(block.into_iter().map(line));
        }
    }
    lines
}

/// Two workspaces, and one that is declared after the second has failed.
fn three(random: &Random) -> [Desired; 3] {
    let first = world(random, None);
    let second = world(random, Some(&first));
    let third = match random.below(3) {
        0 => first.clone(),
        1 => second.clone(),
        _ => world(random, Some(&second)),
    };
    [first, second, third]
}

fn each_seed(seeds: std::ops::Range<u64>, law: impl Fn(&Random)) {
    for seed in seeds {
        let ended = catch_unwind(AssertUnwindSafe(|| law(&Random(Cell::new(seed)))));
        assert!(ended.is_ok(), "seed {seed}");
    }
}

/// keyplan may take away the key that it came in with.
fn bold() -> Scene {
    let scene = Scene::new([OwnName::Fingerprint(*public(0).fingerprint())].into());
    scene.fleet.inner().may_lock_out = true;
    scene
}

/// One workspace after another with a fault, and then whatever is declared by then without any: how the one with the
/// fault ended, and how many calls it made.
fn run(scene: &mut Scene, [first, second, third]: &[Desired; 3], fault: Fault) -> (Ended, usize) {
    scene.reset();
    assert_eq!(scene.apply(first, Fault::None), Ended::Whole);
    scene.is_as(first);
    let ended = scene.apply(second, fault);
    let calls = scene.fleet.inner().calls;
    if ended == Ended::Whole {
        scene.is_as(second);
    }
    assert_eq!(scene.apply(third, Fault::None), Ended::Whole, "{fault:?}");
    scene.is_as(third);
    (ended, calls)
}

const FAULTS: [fn(usize) -> Fault; 5] =
    [Fault::KillBefore, Fault::KillAfter, Fault::Stop, Fault::FailBefore, Fault::FailAfter];

#[test]
fn a_fault_lets_nobody_in_locks_nobody_out_and_the_next_apply_ends_as_declared() {
    let scene = RefCell::new(bold());
    each_seed(0..500, |random| {
        let worlds = three(random);
        let (ended, calls) = run(&mut scene.borrow_mut(), &worlds, Fault::None);
        assert_eq!(ended, Ended::Whole);
        let fault = FAULTS[random.below(FAULTS.len())];
        run(&mut scene.borrow_mut(), &worlds, fault(random.below(calls + 1)));
    });
}

#[test]
fn every_fault_at_every_call_does_so() {
    let scene = RefCell::new(bold());
    each_seed(1_000..1_004, |random| {
        let worlds = three(random);
        let (_, calls) = run(&mut scene.borrow_mut(), &worlds, Fault::None);
        for fault in (0..calls).flat_map(|at| FAULTS.map(|fault| fault(at))) {
            run(&mut scene.borrow_mut(), &worlds, fault);
        }
    });
}

/// A machine refuses some keys, or its sshd reads another file: then nothing is done that sshd does not accept, and
/// every login that a cluster had before still opens.
#[test]
fn what_sshd_refuses_is_not_done_and_old_access_stays() {
    let scene = RefCell::new(bold());
    each_seed(0..500, |random| {
        let scene = &mut *scene.borrow_mut();
        let [first, second, third] = three(random);
        scene.reset();
        assert_eq!(scene.apply(&first, Fault::None), Ended::Whole);
        let machine = ['a', 'b', 'c'][random.below(3)];
        if random.below(3) == 0 {
            scene.fleet.inner().elsewhere.insert(machine);
        } else {
            scene.fleet.inner().refuses.insert((machine, *public(1 + random.below(3)).fingerprint()));
        }
        let old = scene.fleet.inner().clone();
        let wanted = given(&Recorded::from(&second));
        let before = given(&scene.recorded);
        let ended = scene.apply(&second, Fault::None);
        {
            let inner = scene.fleet.inner();
            let is_new = |given: &&(_, _)| !before.contains(*given);
            let missing =
                wanted.iter().filter(is_new).find(|(login, key)| !inner.opens(&file_of(login), key));
            assert!(ended == Ended::InPart || missing.is_none(), "{missing:?} is not proven");
            for (login, key) in before.iter().filter(|given| wanted.contains(*given)) {
                let of = file_of(login);
                assert!(!old.opens(&of, key) || inner.opens(&of, key), "{key} is locked out of {login}");
            }
        }
        let mut inner = scene.fleet.inner();
        inner.elsewhere.clear();
        inner.refuses.clear();
        drop(inner);
        assert_eq!(scene.apply(&third, Fault::None), Ended::Whole);
        scene.is_as(&third);
    });
}

#[test]
fn keyplan_never_locks_itself_out() {
    let scene = RefCell::new(Scene::new(BTreeSet::new()));
    each_seed(0..400, |random| {
        let scene = &mut *scene.borrow_mut();
        let worlds = three(random);
        scene.reset();
        // The fleet says when it happens; what is refused because of it is not done.
        for world in &worlds {
            scene.apply(world, Fault::None);
        }
        scene.fleet.inner().may_lock_out = true;
        let names = [OwnName::Fingerprint(*public(0).fingerprint())].into();
        let careful = std::mem::replace(&mut scene.ssh.may_go, names);
        assert_eq!(scene.apply(&worlds[0], Fault::None), Ended::Whole);
        scene.is_as(&worlds[0]);
        scene.ssh.may_go = careful;
        scene.fleet.inner().may_lock_out = false;
    });
}

#[test]
fn one_fault_after_another_converges() {
    let scene = RefCell::new(bold());
    each_seed(2_000..2_300, |random| {
        let scene = &mut *scene.borrow_mut();
        scene.reset();
        let mut last = world(random, None);
        for _ in 0..4 {
            let fault = FAULTS[random.below(FAULTS.len())];
            scene.apply(&last, fault(random.below(12)));
            last = world(random, Some(&last));
        }
        assert_eq!(scene.apply(&last, Fault::None), Ended::Whole);
        scene.is_as(&last);
    });
}
