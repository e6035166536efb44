//! The laws of every store, over the fake: whatever goes wrong on the way, nothing is lost, and nothing that could not be
//! read is taken for empty.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use keyplan::model::Recorded;
use keyplan::state::store::StateStore;
use keyplan::state::{Clock, RecordError, StateError, record};

use super::fake::{Bucket, Effect, Fault, InProcess, store};
use crate::simulation::Random;
use crate::state_faults::{Use, apply, every_write_may_go_wrong, holds, now, plan, recorded, world};
use crate::support::TestClock;

impl InProcess {
    fn empty() -> Self {
        Self(Arc::new(Mutex::new(Bucket::new(Arc::default()))))
    }

    fn plant(&self, trouble: impl FnMut(&super::fake::Heard) -> Option<Fault> + Send + 'static) {
        self.0.lock().unwrap().trouble = Box::new(trouble);
    }

    fn heal(&self) {
        self.plant(|_| None);
    }
}

fn in_a_bucket(run: Use<'_>) {
    run(&store(&InProcess::empty(), &TestClock::default()));
}

#[test]
fn every_write_of_an_apply_may_go_wrong() {
    let before = world(&[("one", "a"), ("two", "a"), ("three", "a")]);
    let after = world(&[("one", "b"), ("two", "a"), ("four", "a")]);
    every_write_may_go_wrong(&in_a_bucket, Some(&before), &after);
}

/// What is planted goes wrong so often, from the n-th request on to which it can happen.
fn every_request_may_go_wrong(
    fault: Fault,
    times: usize,
    mut run: impl FnMut(&InProcess, &dyn Fn()) -> bool,
) {
    for at in 0.. {
        let bucket = InProcess::empty();
        let fits = Arc::new(AtomicUsize::new(0));
        let plant = || {
            let fits = Arc::clone(&fits);
            bucket.plant(move |heard| {
                if fault.is_of_writes() && !heard.is_write() {
                    return None;
                }
                let number = fits.fetch_add(1, Ordering::Relaxed);
                (number >= at && number - at < times).then_some(fault)
            });
        };
        let is_fine = run(&bucket, &plant);
        let was_reached = fits.load(Ordering::Relaxed) > at;
        assert!(was_reached || is_fine, "{fault:?} at {at}: it went wrong by itself");
        if !was_reached {
            assert!(at > 2, "{fault:?}: there were but {at} requests");
            return;
        }
    }
}

#[test]
fn an_apply_overcomes_what_passes_at_every_request() {
    let (before, after) = (world(&[("one", "a"), ("two", "a")]), world(&[("one", "b"), ("three", "a")]));
    for base in [None, Some(&before)] {
        for fault in Fault::PASSING {
            every_request_may_go_wrong(fault, 1, |bucket, plant| {
                let clock = TestClock::default();
                let store = store(bucket, &clock);
                base.map(|base| apply(&store, base).unwrap());
                plant();
                apply(&store, &after).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
                bucket.heal();
                holds(&store, &[Recorded::from(&after)], &after, &format!("{fault:?}"));
                true
            });
        }
    }
}

#[test]
fn what_lasts_is_told_at_every_request_and_loses_nothing() {
    let (before, after) = (world(&[("one", "a"), ("two", "a")]), world(&[("one", "b"), ("three", "a")]));
    let pages = [200, 302, 403, 404, 407].map(Fault::WebPage);
    let unknown = [Fault::Refused(404, "NoSuchThing"), Fault::Refused(418, "Teapot")];
    for base in [None, Some(&before)] {
        let (old, new) = (base.map(Recorded::from).unwrap_or_default(), Recorded::from(&after));
        for fault in Fault::LASTING.into_iter().chain(pages).chain(unknown) {
            every_request_may_go_wrong(fault, usize::MAX, |bucket, plant| {
                let clock = TestClock::default();
                let store = store(bucket, &clock);
                base.map(|base| apply(&store, base).unwrap());
                plant();
                let ended = apply(&store, &after);
                bucket.heal();
                match &ended {
                    Ok(_)
                    | Err(
                        RecordError::State(StateError::Unreadable { .. }) | RecordError::Unwritable { .. },
                    ) => {}
                    Err(error) => panic!("{fault:?}: {error}"),
                }
                holds(&store, &[old.clone(), new.clone()], &after, &format!("{fault:?}"));
                ended.is_ok()
            });
        }
    }
}

#[test]
fn of_twenty_writers_on_one_project_one_wins() {
    const WRITERS: usize = 20;
    for seed in 0..4 {
        let bucket = InProcess::empty();
        let clock = TestClock::default();
        apply(&store(&bucket, &clock), &world(&[("one", "a")])).unwrap();
        // Each is planned on the same state.
        let worlds: Vec<_> = (0..WRITERS).map(|number| world(&[("one", &format!("b{number}"))])).collect();
        let plans: Vec<_> = worlds
            .iter()
            .map(|world| plan(&store(&bucket, &clock), world).unwrap().confirm().unwrap())
            .collect();
        let random = Random(Mutex::new(seed));
        bucket.plant(move |_| {
            let number = usize::try_from(random.below(4 * Fault::PASSING.len() as u64)).unwrap();
            Fault::PASSING.get(number).copied()
        });
        let barrier = Barrier::new(WRITERS);
        let ended: Vec<_> = thread::scope(|scope| {
            let start = |plan| {
                let (bucket, clock, barrier) = (&bucket, &clock, &barrier);
                scope.spawn(move || {
                    let store = store(bucket, clock);
                    barrier.wait();
                    record(&store, plan, &now(), clock)
                })
            };
            let threads: Vec<_> = plans.iter().map(start).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        bucket.heal();
        let won: Vec<_> = (0..WRITERS).filter(|number| ended[*number].is_ok()).collect();
        assert_eq!(won.len(), 1, "{ended:?}");
        let is_expected = |ended: &_| matches!(ended, Ok(2) | Err(RecordError::Stale { .. }));
        assert!(ended.iter().all(is_expected), "{ended:?}");
        let store = store(&bucket, &clock);
        assert_eq!(recorded(&store), Recorded::from(&worlds[won[0]]));
        holds(&store, &[Recorded::from(&worlds[won[0]])], &worlds[won[0]], "the winner");
    }
}

#[test]
fn a_list_is_the_same_whatever_the_size_of_its_pages() {
    for page in [1, 2, 3, 1000] {
        let bucket = InProcess::empty();
        bucket.0.lock().unwrap().page = page;
        let clock = TestClock::default();
        let store = store(&bucket, &clock);
        for name in ["log/2", "log/10", "log/3", "logs/4", "log/a/1", "log/a/2", "log/b&c"] {
            assert_eq!(store.create(name, b"x"), Ok(true), "{name}");
            assert_eq!(store.create(name, b"y"), Ok(false), "{name}");
        }
        assert_eq!(store.list("log", "").unwrap(), ["10", "2", "3", "a", "b&c"]);
        assert_eq!(store.list("log", "2").unwrap(), ["3", "a", "b&c"]);
        assert_eq!(store.list("log", "a").unwrap(), ["b&c"]);
        assert!(store.list("leases/x", "").unwrap().is_empty());
        assert_eq!(store.get("log/3"), Ok(Some(b"x".to_vec())));
        assert_eq!(store.get("log/4"), Ok(None));
    }
}

/// A bucket whose clock goes wrong by so much, or that of this machine.
fn off_by(seconds: i64) -> InProcess {
    let bucket = InProcess::empty();
    let now = Timestamp::from_second(1_800_000_000 + seconds).unwrap();
    bucket.0.lock().unwrap().now = Box::new(move || now);
    bucket
}

#[test]
fn a_clock_that_is_off_is_corrected_by_that_of_the_store() {
    let after = world(&[("one", "a")]);
    for seconds in [-100_000, -1200, -30, 0, 30, 1200, 100_000] {
        let (bucket, clock) = (off_by(seconds), TestClock::default());
        let store = store(&bucket, &clock);
        apply(&store, &after).unwrap();
        let ahead = store.now(&clock).duration_since(clock.now());
        assert!(
            (ahead - SignedDuration::from_secs(seconds)).abs() <= SignedDuration::from_secs(1),
            "{ahead}"
        );
        holds(&store, &[Recorded::from(&after)], &after, &format!("{seconds} s ahead"));
    }
}

#[test]
fn a_region_that_nobody_names_is_asked_once() {
    let (bucket, clock) = (InProcess::empty(), TestClock::default());
    let store = store(&bucket, &clock);
    let signed_for = |number: usize| bucket.0.lock().unwrap().heard.len() == number;
    assert_eq!(store.get("a"), Ok(None));
    assert!(signed_for(2));
    assert_eq!(store.get("a"), Ok(None));
    assert!(signed_for(3));
}

#[test]
fn a_create_is_sent_once_when_its_answer_is_lost() {
    let (bucket, clock) = (InProcess::empty(), TestClock::default());
    let store = store(&bucket, &clock);
    assert_eq!(store.get("a"), Ok(None));
    bucket.plant(|heard| heard.is_write().then_some(Fault::NoAnswer(Effect::After)));
    store.create("a", b"x").unwrap_err();
    let heard = bucket.0.lock().unwrap().heard.clone();
    assert_eq!(heard.iter().filter(|line| line.starts_with("PUT")).count(), 1);
}
