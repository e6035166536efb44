//! Two applies with effects outside of the state, whose machines have other times of day: whatever the clocks say,
//! they do not work on one project at once as long as the first renews its lease in time; no revision is lost; and
//! an apply whose end is recorded is told so, whatever becomes of the answers of the store.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keyplan::apply::{ApplyError, ApplyMonitor, Cancellation, Outcome, Report, TargetError, apply, recover};
use keyplan::model::{Address, Desired, Place, Recorded};
use keyplan::plan::{Change, Delivery, Step};
use keyplan::state::Clock;
use keyplan::state::lease::{Begun, LEASE, begin, end, renew};
use keyplan::state::store::StateStore;
use keyplan::state::{ApplyContext, RecordError, State, verify};
use keyplan::targets::{Delivered, Observation, Progress, Target};

use crate::simulation::is_done;
use crate::state_faults::{FAULTS, Fault, Faulty, Memory, Remote, now, plan, recorded, survived, world};

/// How far the time of day of the second machine is off, in seconds.
const SKEWS: [i64; 9] = [0, 1, -1, 45, -45, 125, -125, 400 * 86_400, -400 * 86_400];

/// The time that really passes, in milliseconds.
#[derive(Default)]
struct Real(AtomicU64);

/// A machine: its time of day is off, and when it waits, others go on.
struct Machine<'a> {
    real: &'a Real,
    skew: i64,
    meanwhile: &'a (dyn Fn() + Sync),
    told: Mutex<Vec<String>>,
}

impl<'a> Machine<'a> {
    fn new(real: &'a Real, skew: i64, meanwhile: &'a (dyn Fn() + Sync)) -> Self {
        Self { real, skew, meanwhile, told: Mutex::default() }
    }

    fn seconds_passed(&self) -> u64 {
        self.real.0.load(Ordering::Relaxed) / 1_000
    }
}

impl Clock for Machine<'_> {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::from_millis(self.real.0.load(Ordering::Relaxed).try_into().unwrap());
        Timestamp::from_second(1_800_000_000 + self.skew).unwrap() + passed
    }

    fn monotonic(&self) -> Duration {
        // Since another moment on each machine.
        Duration::from_millis(self.real.0.load(Ordering::Relaxed))
            + Duration::from_secs(self.skew.unsigned_abs())
    }

    fn pause(&self, time: Duration) {
        self.real.0.fetch_add(time.as_millis().try_into().unwrap(), Ordering::Relaxed);
        (self.meanwhile)();
    }

    fn notice(&self, text: &str) {
        self.told.lock().unwrap().push(text.into());
    }
}

impl ApplyMonitor for Machine<'_> {
    fn cancellation(&self) -> Cancellation {
        Cancellation::Continue
    }

    fn progress(&self, _: usize, _: usize, _: usize) {}
}

/// What is there.
#[derive(Default)]
struct Nodes(Mutex<Recorded>);

impl Nodes {
    fn change(&self, change: &Change) {
        change.apply_to(&mut self.0.lock().unwrap());
    }
}

impl Target for Nodes {
    fn apply(&self, delivery: &Delivery<'_>, watch: &dyn Progress) -> Delivered {
        let outcome = |step: &Step<'_>| match watch.go_on() {
            Ok(()) => {
                self.change(step.change);
                Outcome::Applied
            }
            Err(why) => Outcome::Skipped(why),
        };
        Delivered { outcomes: delivery.steps.iter().map(outcome).collect(), ..Delivered::default() }
    }

    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
        let truth = self.0.lock().unwrap();
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

fn of(actor: &str) -> ApplyContext {
    ApplyContext { actor: actor.into(), ..now() }
}

/// What `keyplan apply` does on a machine, once.
fn whole(
    store: &dyn StateStore,
    nodes: &Nodes,
    desired: &Desired,
    machine: &Machine<'_>,
) -> Result<Option<Report>, ApplyError> {
    let now = of("second");
    recover(store, (Some(nodes), "record"), &now, machine)?;
    let plan = plan(store, desired).map_err(RecordError::from)?;
    if plan.is_empty() {
        return Ok(None);
    }
    apply(store, Some(nodes), &plan.confirm().unwrap(), &now, machine, machine).map(Some)
}

/// A state of two projects, and nodes on which it is so.
fn start() -> (Memory, Nodes) {
    let (store, nodes, real) = (Memory::default(), Nodes::default(), Real::default());
    let machine = Machine::new(&real, 0, &|| {});
    let desired = world(&[("one", "a"), ("two", "a")]);
    assert!(whole(&store, &nodes, &desired, &machine).unwrap().unwrap().is_complete());
    (store, nodes)
}

fn is_so(store: &Memory, nodes: &Nodes, desired: &Desired, what: &str) {
    assert!(verify(store).problems.is_empty(), "{what}: {:?}", verify(store).problems);
    assert_eq!(recorded(store), Recorded::from(desired), "{what}");
    assert_eq!(
        *nodes.0.lock().unwrap(),
        Recorded::from(desired),
        "{what}: what is there is not what is recorded"
    );
}

/// What happens while an apply is at work.
type During<'a> = &'a dyn Fn(&Mutex<Begun>);

/// The first apply, which does a change at a time, and during one of them something else happens.
fn first(
    store: &dyn StateStore,
    nodes: &Nodes,
    (desired, machine): (&Desired, &Machine<'_>),
    (at, during): (usize, During<'_>),
) -> Result<u64, RecordError> {
    let (now, confirmed) = (of("first"), plan(store, desired).unwrap().confirm().unwrap());
    let begun = Mutex::new(begin(store, &confirmed, &now, machine)?);
    let mut done = Vec::new();
    for (number, change) in confirmed.plan().changes.iter().enumerate() {
        if number == at {
            during(&begun);
        }
        if !begun.lock().unwrap().is_alive(machine) {
            break;
        }
        nodes.change(change);
        done.push(change);
    }
    let undone = confirmed.plan().changes.len() - done.len();
    end(store, &begun.into_inner().unwrap(), &done, (undone, &[]), &BTreeSet::new(), (&now, machine))
}

/// The number of changes in what the first apply does.
const CHANGES: usize = 2;

fn wishes() -> (Desired, Desired) {
    (world(&[("one", "b"), ("two", "b")]), world(&[("one", "c"), ("two", "a")]))
}

/// A state with its nodes, and the first machine, for each skew of the second one's clock and each change at which the
/// second one comes.
fn with_each_skew_and_change(check: impl Fn(i64, usize, &str, (&Memory, &Nodes, &Machine<'_>))) {
    for skew in SKEWS {
        for at in 0..CHANGES {
            let (store, nodes) = start();
            let real = Real::default();
            let machine = Machine::new(&real, 0, &|| {});
            check(skew, at, &format!("{skew} seconds off, at change {at}"), (&store, &nodes, &machine));
        }
    }
}

#[test]
fn who_renews_in_time_is_let_be_whatever_the_clocks_say() {
    let (of_first, of_second) = wishes();
    with_each_skew_and_change(|skew, at, what, (store, nodes, machine)| {
        let during = |begun: &Mutex<Begun>| {
            // The first one goes on while the second one waits.
            let renews = || {
                let mut begun = begun.lock().unwrap();
                assert!(begun.is_alive(machine), "{what}");
                if begun.is_due(machine) {
                    renew(store, &mut begun, machine).unwrap();
                }
            };
            let before = nodes.0.lock().unwrap().clone();
            let second = Machine::new(machine.real, skew, &renews);
            let ended = whole(store, nodes, &of_second, &second);
            assert!(matches!(ended, Err(ApplyError::Record(RecordError::Held { .. }))), "{what}: {ended:?}");
            assert_eq!(*nodes.0.lock().unwrap(), before, "{what}: both at work");
            let is_waiting = !second.told.lock().unwrap().is_empty();
            assert_eq!(is_waiting, second.seconds_passed() > 0, "{what}: nobody waits without a word");
            if skew.abs() <= 45 {
                assert!(!is_waiting, "{what}: clocks that are about right tell at once");
            }
        };
        let ended = first(store, nodes, (&of_first, machine), (at, &during));
        assert!(ended.is_ok(), "{what}: {ended:?}");
        is_so(store, nodes, &of_first, what);
    });
}

#[test]
fn who_slept_too_long_touches_nothing_more_and_is_told_who_went_on() {
    let (of_first, of_second) = wishes();
    with_each_skew_and_change(|skew, at, what, (store, nodes, machine)| {
        let during = |_: &Mutex<Begun>| {
            let second = Machine::new(machine.real, skew, &|| {});
            // Held for as long as a clock that may be right says so.
            let mut ended = whole(store, nodes, &of_second, &second);
            while matches!(ended, Err(ApplyError::Record(RecordError::Held { .. }))) {
                second.pause(Duration::from_secs(10));
                ended = whole(store, nodes, &of_second, &second);
            }
            assert!(ended.unwrap().unwrap().is_complete(), "{what}");
            let waited = second.seconds_passed();
            assert!((LEASE.as_secs()..=3 * LEASE.as_secs() + 20).contains(&waited), "{what}: {waited}");
        };
        let ended = first(store, nodes, (&of_first, machine), (at, &during)).unwrap_err();
        let told = ended.to_string();
        assert!(told.contains("was ended by second with revision"), "{what}: {told}");
        assert!(!ended.help().contains("is recorded by the other"), "{what}: {}", ended.help());
        is_so(store, nodes, &of_second, what);
    });
}

#[test]
fn applies_on_other_projects_go_on_beside_each_other() {
    let (of_first, of_second) = (world(&[("one", "b"), ("two", "a")]), world(&[("one", "a"), ("two", "b")]));
    for skew in SKEWS {
        let (store, nodes) = start();
        let real = Real::default();
        let machine = Machine::new(&real, 0, &|| {});
        let during = |begun: &Mutex<Begun>| {
            let renews = || renew(&store, &mut begun.lock().unwrap(), &machine).unwrap();
            let second = Machine::new(&real, skew, &renews);
            assert!(whole(&store, &nodes, &of_second, &second).unwrap().unwrap().is_complete(), "{skew}");
        };
        first(&store, &nodes, (&of_first, &machine), (0, &during)).unwrap();
        is_so(&store, &nodes, &world(&[("one", "b"), ("two", "b")]), &format!("{skew} seconds off"));
    }
}

/// Every write of an apply goes wrong in every way; then another machine applies. What was said to be recorded is,
/// what is recorded was said to be where an answer could be given at all, and nothing of the log is lost.
#[test]
fn every_write_of_an_apply_with_effects_may_go_wrong() {
    let (of_first, of_second) = wishes();
    let cases = [false, true].into_iter().flat_map(|is_remote| FAULTS.map(|fault| (is_remote, fault)));
    for (is_remote, fault) in cases {
        for at in 0.. {
            let what = format!("{fault:?} at write {at}");
            let (store, nodes) = start();
            let real = Real::default();
            let machine = Machine::new(&real, 0, &|| {});
            let before = State::open(&store).unwrap().revision();
            let remote = Remote::retrying(&store, &machine);
            let inner: &dyn StateStore = if is_remote { &remote } else { &store };
            let failing = Faulty::new(inner, fault, at);
            let during = |begun: &Mutex<Begun>| {
                machine.pause(LEASE / 2);
                let _ = renew(&failing, &mut begun.lock().unwrap(), &machine);
            };
            let ended = survived(|| first(&failing, &nodes, (&of_first, &machine), (0, &during)));
            let was_reached = failing.was_reached();
            let is_recorded = recorded(&store) == Recorded::from(&of_first);
            match &ended {
                Some(Ok(_)) => assert!(is_recorded, "{what}: said to be recorded"),
                Some(Err(error)) => {
                    assert!(!fault.is_overcome(), "{what}: it could be overcome: {error}");
                    assert!(matches!(error, RecordError::Unwritable { .. }), "{what}: {error}");
                    assert!(!is_recorded, "{what}: it is recorded, and said not to be");
                }
                None => assert!(was_reached, "{what}"),
            }
            let second = Machine::new(&real, 125, &|| {});
            second.pause(LEASE * 3);
            let again = whole(&store, &nodes, &of_second, &second);
            assert!(again.as_ref().is_ok_and(Option::is_some), "{what}: {again:?}");
            is_so(&store, &nodes, &of_second, &what);
            assert!(State::open(&store).unwrap().revision() > before, "{what}");
            if !was_reached {
                assert!(at > 5, "{what}: there were but {at} writes");
                break;
            }
        }
    }
}

/// A lease that says nothing of sense is watched like one that has run out.
#[test]
fn a_lease_that_cannot_be_read_is_watched() {
    let (of_first, of_second) = wishes();
    for damage in [&b""[..], b"{", b"{\"until\": \"never\"}"] {
        let (store, nodes) = start();
        let real = Real::default();
        let machine = Machine::new(&real, 0, &|| {});
        let during = |_: &Mutex<Begun>| {
            for token in store.list("leases", "").unwrap() {
                for renewal in store.list(&format!("leases/{token}"), "").unwrap() {
                    store.damage(&format!("leases/{token}/{renewal}"), damage);
                }
            }
            let second = Machine::new(&real, 0, &|| {});
            assert!(whole(&store, &nodes, &of_second, &second).unwrap().unwrap().is_complete());
            assert!(second.seconds_passed() >= LEASE.as_secs());
            let told = second.told.lock().unwrap().join("\n");
            assert!(told.contains("the apply of first that began with revision"), "{told}");
        };
        assert!(first(&store, &nodes, (&of_first, &machine), (0, &during)).is_err());
        is_so(&store, &nodes, &of_second, "damaged");
    }
}

#[test]
fn faults_that_are_overcome_are_among_the_faults() {
    assert!(FAULTS.into_iter().filter(|fault: &Fault| fault.is_overcome()).count() >= 4);
}
