//! A deterministic simulation: a store and a target that fail and crash at random, a clock that jumps,
//! and applies that go on through all of it. Whatever happens, the state is sound, no revision has a
//! cluster whose key does not exist, no acknowledged change is lost, and in the end all is as desired.
//!
//! `KEYPLAN_SEEDS=100000 cargo test --test it simulation` runs more seeds than the few hundred of every
//! test run.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use keyplan::apply::{
    ApplyError, ApplyMonitor, Cancellation, Outcome, Report, TargetError, TargetErrorKind, apply, recover,
};
use keyplan::model::{Address, Desired, Place, Recorded, Settings};
use keyplan::plan::{Allowed, Blocked, Change, Delivery, Plan, Resource, Step};
use keyplan::planner;
use keyplan::state::Clock;
use keyplan::state::lease::{Begun, LEASE, begin, end};
use keyplan::state::store::{RetryingStore, StateStore, StoreError};
use keyplan::state::{ApplyContext, RecordError, State, StateError, verify};
use keyplan::targets::{Delivered, Observation, Progress, Target};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::object_laws::ObjectFake;
use crate::plan_laws::world;
use crate::s3::fake::{Effect, Fault, InProcess};
use crate::state_faults::names_in;
use crate::{azure, gcs};

/// SplitMix64: the same seed gives the same run everywhere.
pub(crate) struct Random(pub(crate) Mutex<u64>);

impl Random {
    pub(crate) fn below(&self, most: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// What a crashed process leaves: nothing but its name.
struct Crash;

/// The world that keyplan acts in.
struct World {
    random: Random,
    /// One in so many calls goes wrong; 0 for none.
    error: Mutex<u64>,
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    /// What the target has: the truth.
    truth: Mutex<Recorded>,
    /// The time of day, which may be set back.
    seconds: Arc<AtomicI64>,
    /// By how many seconds the clock of an object store is ahead.
    ahead: i64,
    /// The time that has passed.
    uptime: AtomicU64,
}

enum Fate {
    Fine,
    FailBefore,
    FailAfter,
    /// It is not done, and may be tried again.
    Unavailable,
    /// It is done, and said to come too late.
    SaysTaken,
    CrashBefore,
    CrashAfter,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            random: Random(Mutex::new(seed)),
            error: Mutex::new(12),
            objects: Arc::default(),
            truth: Mutex::default(),
            seconds: Arc::new(AtomicI64::new(1_800_000_000)),
            ahead: [90, 0, -90, 1200, -1200, 100_000][usize::try_from(seed % 6).unwrap()],
            uptime: AtomicU64::new(0),
        }
    }

    fn fate(&self) -> Fate {
        let error = *self.error.lock().unwrap();
        if error == 0 || self.random.below(error) > 0 {
            return Fate::Fine;
        }
        match self.random.below(6) {
            0 => Fate::FailBefore,
            1 => Fate::FailAfter,
            2 => Fate::CrashBefore,
            3 => Fate::Unavailable,
            4 => Fate::SaysTaken,
            _ => Fate::CrashAfter,
        }
    }

    /// Puts bytes under a free name, or fails, lies or crashes before or after it.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let error = |kind| Err(io::Error::from(kind).into());
        let fate = self.fate();
        match fate {
            Fate::FailBefore => return error(io::ErrorKind::StorageFull),
            Fate::Unavailable => return error(io::ErrorKind::ConnectionReset),
            Fate::CrashBefore => resume_unwind(Box::new(Crash)),
            Fate::Fine | Fate::FailAfter | Fate::SaysTaken | Fate::CrashAfter => {}
        }
        let mut objects = self.objects.lock().unwrap();
        let is_free = !objects.contains_key(name);
        objects.entry(name.to_owned()).or_insert_with(|| bytes.to_vec());
        drop(objects);
        match fate {
            Fate::FailAfter => error(io::ErrorKind::TimedOut),
            Fate::SaysTaken => Ok(false),
            Fate::CrashAfter => resume_unwind(Box::new(Crash)),
            Fate::Fine | Fate::FailBefore | Fate::Unavailable | Fate::CrashBefore => Ok(is_free),
        }
    }

    fn passes(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
        self.uptime.fetch_add(seconds.try_into().unwrap_or(0), Ordering::Relaxed);
    }
}

impl StateStore for World {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.objects.lock().unwrap().get(name).cloned())
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        Ok(names_in(self.objects.lock().unwrap().keys(), folder, after))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.put(name, bytes)
    }

    fn place(&self) -> String {
        "memory".into()
    }
}

/// A world in which reads go wrong as well.
struct Unsteady<'a>(&'a World);

impl Unsteady<'_> {
    fn read<T>(&self, read: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let error = |kind| Err(io::Error::from(kind).into());
        // There are many reads: were each as unsteady as a write, few applies would come to one.
        let fate = if self.0.random.below(5) == 0 { self.0.fate() } else { Fate::Fine };
        match fate {
            Fate::Fine | Fate::SaysTaken => read(),
            Fate::FailBefore => error(io::ErrorKind::PermissionDenied),
            Fate::Unavailable => error(io::ErrorKind::ConnectionReset),
            Fate::FailAfter => read().and(error(io::ErrorKind::TimedOut)),
            Fate::CrashBefore | Fate::CrashAfter => resume_unwind(Box::new(Crash)),
        }
    }
}

impl StateStore for Unsteady<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|| self.0.get(name))
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.read(|| self.0.list(folder, after))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.0.put(name, bytes)
    }

    fn place(&self) -> String {
        self.0.place()
    }
}

impl Target for World {
    fn apply(&self, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
        let mut undone = Blocked::default();
        let mut outcome = |step: &Step<'_>| {
            let outcome = match (progress.go_on(), undone.needed_by(step.change)) {
                (Ok(()), None) => self.change(step.change),
                (Ok(()), Some(address)) => Outcome::Skipped(address.to_string()),
                (Err(why), _) => Outcome::Skipped(why),
            };
            if outcome != Outcome::Applied {
                undone.add(step.change);
            }
            progress.done();
            outcome
        };
        Delivered { outcomes: delivery.steps.iter().map(&mut outcome).collect(), ..Delivered::default() }
    }

    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
        let truth = self.truth.lock().unwrap();
        let done = delivery.steps.iter().map(|step| is_done(step.change, &truth)).collect();
        Ok(Observation { done, partially_applied: Vec::new() })
    }

    fn drift(
        &self,
        _: &Recorded,
        _: &BTreeSet<Address>,
        _: &dyn Progress,
    ) -> Result<Vec<Place>, TargetError> {
        Ok(Vec::new())
    }
}

impl World {
    /// A failure is clean: nothing was done. A crash is not.
    fn change(&self, change: &Change) -> Outcome {
        match self.fate() {
            Fate::FailBefore | Fate::FailAfter | Fate::Unavailable | Fate::SaysTaken => {
                return Outcome::Failed(TargetError::new(TargetErrorKind::Refused, "no"));
            }
            Fate::CrashBefore => resume_unwind(Box::new(Crash)),
            Fate::CrashAfter => {
                change.apply_to(&mut self.truth.lock().unwrap());
                resume_unwind(Box::new(Crash))
            }
            Fate::Fine => {}
        }
        self.passes(i64::try_from(self.random.below(8)).unwrap());
        change.apply_to(&mut self.truth.lock().unwrap());
        Outcome::Applied
    }
}

/// Whether a resource is there as a change wants it, to the last comment.
pub(crate) fn is_done(change: &Change, truth: &Recorded) -> bool {
    format!("{:?}", Resource::recorded(truth, &change.address())) == format!("{:?}", change.after().cloned())
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds.load(Ordering::Relaxed)).unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.uptime.load(Ordering::Relaxed))
    }

    fn pause(&self, time: Duration) {
        self.passes(i64::try_from(time.as_secs().max(1)).unwrap());
    }

    fn notice(&self, _: &str) {}
}

impl ApplyMonitor for World {
    fn cancellation(&self) -> Cancellation {
        if *self.error.lock().unwrap() > 0 && self.random.below(60) == 0 {
            Cancellation::Finish
        } else {
            Cancellation::Continue
        }
    }

    fn progress(&self, _: usize, _: usize, _: usize) {}
}

fn now(world: &World) -> ApplyContext {
    let token = format!("{:016x}{:016x}", world.random.below(u64::MAX), world.random.below(u64::MAX));
    ApplyContext {
        time: Clock::now(world).to_string(),
        actor: "sim".into(),
        nonce: token,
        ..ApplyContext::default()
    }
}

fn plan_for(world: &World, desired: &Desired) -> Plan {
    plan_on(world, desired).unwrap()
}

fn plan_on(store: &dyn StateStore, desired: &Desired) -> Result<Plan, StateError> {
    let state = State::open(store)?;
    let mut plan = planner::plan(&state, desired.clone(), &Settings::default(), Allowed::default())?;
    // Guards have tests of their own.
    plan.guards.clear();
    Ok(plan)
}

/// What `keyplan apply` does, once.
fn attempt(world: &World, desired: &Desired) -> Result<Option<Report>, ApplyError> {
    attempt_over(&*unsteady(world), world, desired)
}

fn unsteady(world: &World) -> Box<dyn StateStore + '_> {
    Box::new(RetryingStore::new(Unsteady(world), world))
}

/// The same objects in an object store with another clock, of which the requests go wrong.
fn in_a_bucket<F: ObjectFake>(world: &World) -> Box<dyn StateStore + '_> {
    let (seconds, ahead) = (Arc::clone(&world.seconds), world.ahead);
    let bucket = F::over(Arc::clone(&world.objects));
    bucket.clock(move || Timestamp::from_second(seconds.load(Ordering::Relaxed) + ahead).unwrap());
    bucket.page(usize::try_from(1 + world.random.below(4)).unwrap());
    let (random, error) = (Random(Mutex::new(world.random.below(u64::MAX))), *world.error.lock().unwrap());
    let crashes = [Effect::Before, Effect::After].map(Fault::Crash);
    let pages = [200, 302, 403, 404].map(Fault::WebPage);
    let faults: Vec<_> =
        Fault::PASSING.into_iter().chain(Fault::LASTING).chain(crashes).chain(pages).collect();
    bucket.plant(move |_| {
        if error == 0 || random.below(error) > 0 {
            return None;
        }
        Some(faults[usize::try_from(random.below(faults.len() as u64)).unwrap()])
    });
    Box::new(bucket.store(world))
}

fn attempt_over(
    store: &dyn StateStore,
    world: &World,
    desired: &Desired,
) -> Result<Option<Report>, ApplyError> {
    recover(store, (Some(world), "record"), &now(world), world)?;
    let plan = plan_on(store, desired).map_err(RecordError::from)?;
    if plan.is_empty() {
        return Ok(None);
    }
    apply(store, Some(world), &plan.confirm().unwrap(), &now(world), world, world).map(Some)
}

fn recorded(world: &World) -> Recorded {
    State::open(world).unwrap().recorded().unwrap()
}

/// Everything of a world as text: keys compare without their comments otherwise.
fn strict(recorded: &Recorded) -> String {
    format!("{recorded:?}")
}

fn holds(world: &World) {
    let verified = verify(world);
    assert!(verified.problems.is_empty(), "{:?}", verified.problems);
    for project in recorded(world).projects.values() {
        for cluster in project.clusters.values() {
            let has_key = cluster.ssh_key.as_ref().is_none_or(|key| project.keys.contains_key(key));
            assert!(has_key, "{} names a key that does not exist", cluster.address());
        }
    }
}

/// How the store of a world is reached.
type Over = fn(&World) -> Box<dyn StateStore + '_>;

fn simulate(seed: u64, worlds: &[Desired], over: Over) {
    let world = World::new(seed);
    for _ in 0..12 {
        let desired = &worlds[usize::try_from(world.random.below(worlds.len() as u64)).unwrap()];
        let ended = catch_unwind(AssertUnwindSafe(|| attempt_over(&*over(&world), &world, desired)));
        holds(&world);
        if let Ok(Ok(Some(report))) = &ended
            && report.is_complete()
        {
            assert_eq!(
                strict(&recorded(&world)),
                strict(&Recorded::from(desired)),
                "an acknowledged change is lost"
            );
        }
        // Sometimes too short for the lease to run out, sometimes back in time.
        world.passes([1, 30, 90, 10_000, -50][usize::try_from(world.random.below(5)).unwrap()]);
    }
    *world.error.lock().unwrap() = 0;
    world.passes(1_000_000);
    let desired = &worlds[0];
    for _ in 0..3 {
        attempt_over(&*over(&world), &world, desired).unwrap();
    }
    holds(&world);
    assert!(plan_for(&world, desired).is_empty(), "planning again finds changes");
    assert_eq!(strict(&recorded(&world)), strict(&Recorded::from(desired)));
    assert_eq!(
        strict(&world.truth.lock().unwrap()),
        strict(&Recorded::from(desired)),
        "the target is elsewhere"
    );
}

/// Worlds to wish for, the same in every run.
pub(crate) fn wishes(seed: u64, count: usize) -> Vec<Desired> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count).map(|_| world().new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn every_seed_converges() {
    every_seed(300, unsteady);
}

#[test]
fn every_seed_converges_in_a_bucket_of_s3() {
    every_seed(30, in_a_bucket::<InProcess>);
}

#[test]
fn every_seed_converges_in_a_bucket_of_google() {
    every_seed(25, in_a_bucket::<gcs::fake::InProcess>);
}

#[test]
fn every_seed_converges_in_a_container_of_azure() {
    every_seed(25, in_a_bucket::<azure::fake::InProcess>);
}

fn every_seed(count: u64, over: Over) {
    let seeds = std::env::var("KEYPLAN_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(count);
    // On one thread: a seed says in which order things happen.
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    one_thread.install(|| {
        for seed in 0..seeds {
            let worlds = wishes(seed, 4);
            if let Err(failure) = catch_unwind(|| simulate(seed, &worlds, over)) {
                eprintln!("seed {seed}");
                resume_unwind(failure);
            }
        }
    });
}

/// A world without trouble in which one wish came true, and the next one to come.
fn calm() -> (World, Desired, Desired) {
    let world = World::new(7);
    *world.error.lock().unwrap() = 0;
    let mut worlds = wishes(3, 20).into_iter().filter(|world| world.projects.len() > 1);
    let (first, second) = (worlds.next().unwrap(), worlds.next().unwrap());
    assert!(attempt(&world, &first).unwrap().unwrap().is_complete());
    (world, first, second)
}

fn begun(world: &World, desired: &Desired) -> (Plan, Begun) {
    let plan = plan_for(world, desired);
    let begun = begin(world, &plan.clone().confirm().unwrap(), &now(world), world).unwrap();
    (plan, begun)
}

#[test]
fn a_lease_keeps_others_off_its_projects_until_it_runs_out() {
    let (world, _, second) = calm();
    let (plan, _) = begun(&world, &second);
    let again = apply(&world, Some(&world), &plan.confirm().unwrap(), &now(&world), &world, &world);
    assert!(matches!(again, Err(ApplyError::Record(RecordError::Held { .. }))), "{again:?}");
    world.passes(i64::try_from(LEASE.as_secs()).unwrap() + 1);
    assert_eq!(recover(&world, (Some(&world), "record"), &now(&world), &world).unwrap().len(), 1);
    assert!(attempt(&world, &second).unwrap().unwrap().is_complete());
    holds(&world);
}

#[test]
fn who_wakes_after_the_lease_ran_out_records_nothing() {
    let (world, _, second) = calm();
    let (plan, sleeper) = begun(&world, &second);
    world.passes(i64::try_from(LEASE.as_secs()).unwrap() + 1);
    assert!(attempt(&world, &second).unwrap().unwrap().is_complete());
    let before = recorded(&world);
    let done: Vec<_> = plan.changes.iter().collect();
    let ended = end(&world, &sleeper, &done, (0, &[]), &BTreeSet::new(), (&now(&world), &world));
    assert!(matches!(ended, Err(RecordError::LeaseLost { .. })), "{ended:?}");
    assert_eq!(recorded(&world), before);
    assert!(!sleeper.is_alive(&world));
}

#[test]
fn the_first_interruption_finishes_what_is_in_flight_and_records_it() {
    struct After(AtomicI64);
    impl ApplyMonitor for After {
        fn cancellation(&self) -> Cancellation {
            if self.0.fetch_sub(1, Ordering::Relaxed) > 0 {
                Cancellation::Continue
            } else {
                Cancellation::Finish
            }
        }
        fn progress(&self, _: usize, _: usize, _: usize) {}
    }
    let (world, _, second) = calm();
    let plan = plan_for(&world, &second);
    let count = plan.changes.len();
    assert!(count > 3);
    let report = apply(
        &world,
        Some(&world),
        &plan.confirm().unwrap(),
        &now(&world),
        &world,
        &After(AtomicI64::new(3)),
    )
    .unwrap();
    let applied = report.outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count();
    assert_eq!(applied, 2);
    assert!(report.outcomes[2..].iter().all(|outcome| *outcome == Outcome::Skipped("interrupted".into())));
    assert_eq!(strict(&recorded(&world)), strict(&world.truth.lock().unwrap()));
    assert!(attempt(&world, &second).unwrap().unwrap().is_complete());
}
