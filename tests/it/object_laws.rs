//! The laws of every object store, over a fake: whatever goes wrong on the way, nothing is lost, and nothing that could
//! not be read is taken for empty.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use keyplan::model::Recorded;
use keyplan::state::store::StateStore;
use keyplan::state::{Clock, RecordError, StateError, record};

use crate::s3::fake::{Fault, Heard, ObjectMap, Trusted};
use crate::simulation::Random;
use crate::state_faults::{Use, apply, every_write_may_go_wrong, holds, now, plan, recorded, world};
use crate::support::TestClock;

/// A store within this process, in which things go wrong on demand.
pub(crate) trait ObjectFake: Sized + Sync {
    fn over(objects: ObjectMap) -> Self;

    fn empty() -> Self {
        Self::over(ObjectMap::default())
    }

    fn store<'a>(&self, clock: &'a dyn Clock) -> Trusted<'a>;

    /// What goes wrong from now on.
    fn plant(&self, trouble: impl FnMut(&Heard) -> Option<Fault> + Send + 'static);

    /// Pages have no more names than this from now on.
    fn page(&self, size: usize);

    /// The store tells this time from now on.
    fn clock(&self, now: impl Fn() -> Timestamp + Send + 'static);

    fn heal(&self) {
        self.plant(|_| None);
    }
}

fn in_a_bucket<F: ObjectFake>(run: Use<'_>) {
    run(&F::empty().store(&TestClock::default()));
}

pub(crate) fn every_write_of_an_apply<F: ObjectFake>() {
    let before = world(&[("one", "a"), ("two", "a"), ("three", "a")]);
    let after = world(&[("one", "b"), ("two", "a"), ("four", "a")]);
    for base in [None, Some(&before)] {
        every_write_may_go_wrong(&in_a_bucket::<F>, base, &after);
    }
}

/// What is planted goes wrong so often, from the n-th request on to which it can happen.
fn every_request_may_go_wrong<F: ObjectFake>(
    fault: Fault,
    times: usize,
    mut run: impl FnMut(&F, &dyn Fn()) -> bool,
) {
    for at in 0.. {
        let fake = F::empty();
        let fits = Arc::new(AtomicUsize::new(0));
        let planted = || {
            let fits = Arc::clone(&fits);
            fake.plant(move |heard| {
                if fault.is_of_writes() && !heard.is_write() {
                    return None;
                }
                let number = fits.fetch_add(1, Ordering::Relaxed);
                (number >= at && number - at < times).then_some(fault)
            });
        };
        let is_fine = run(&fake, &planted);
        let was_reached = fits.load(Ordering::Relaxed) > at;
        assert!(was_reached || is_fine, "{fault:?} at {at}: it went wrong by itself");
        if !was_reached {
            assert!(at > 2, "{fault:?}: there were but {at} requests");
            return;
        }
    }
}

pub(crate) fn what_passes_is_overcome<F: ObjectFake>() {
    let (before, after) = (world(&[("one", "a"), ("two", "a")]), world(&[("one", "b"), ("three", "a")]));
    for base in [None, Some(&before)] {
        for fault in Fault::PASSING {
            every_request_may_go_wrong::<F>(fault, 1, |fake, plant| {
                let clock = TestClock::default();
                let store = fake.store(&clock);
                base.map(|base| apply(&store, base).unwrap());
                plant();
                apply(&store, &after).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
                fake.heal();
                holds(&store, &[Recorded::from(&after)], &after, &format!("{fault:?}"));
                true
            });
        }
    }
}

pub(crate) fn what_lasts_is_told<F: ObjectFake>() {
    let (before, after) = (world(&[("one", "a"), ("two", "a")]), world(&[("one", "b"), ("three", "a")]));
    let pages = [200, 201, 302, 403, 404, 407].map(Fault::WebPage);
    let unknown = [Fault::Refused(404, "NoSuchThing"), Fault::Refused(418, "Teapot")];
    for base in [None, Some(&before)] {
        let (old, new) = (base.map(Recorded::from).unwrap_or_default(), Recorded::from(&after));
        for fault in Fault::LASTING.into_iter().chain(pages).chain(unknown) {
            every_request_may_go_wrong::<F>(fault, usize::MAX, |fake, plant| {
                let clock = TestClock::default();
                let store = fake.store(&clock);
                base.map(|base| apply(&store, base).unwrap());
                plant();
                let ended = apply(&store, &after);
                fake.heal();
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

pub(crate) fn of_twenty_writers_one_wins<F: ObjectFake>() {
    for seed in 0..4 {
        one_wins::<F>(seed);
    }
}

fn one_wins<F: ObjectFake>(seed: u64) {
    const WRITERS: usize = 20;
    let (fake, clock) = (F::empty(), TestClock::default());
    apply(&fake.store(&clock), &world(&[("one", "a")])).unwrap();
    // Each is planned on the same state.
    let worlds: Vec<_> = (0..WRITERS).map(|number| world(&[("one", &format!("b{number}"))])).collect();
    let planned = |world| plan(&fake.store(&clock), world).unwrap().confirm().unwrap();
    let plans: Vec<_> = worlds.iter().map(planned).collect();
    let random = Random(Mutex::new(seed));
    fake.plant(move |_| {
        let number = usize::try_from(random.below(4 * Fault::PASSING.len() as u64)).unwrap();
        Fault::PASSING.get(number).copied()
    });
    let barrier = Barrier::new(WRITERS);
    let ended: Vec<_> = thread::scope(|scope| {
        let start = |plan| {
            let (fake, clock, barrier) = (&fake, &clock, &barrier);
            scope.spawn(move || {
                let store = fake.store(clock);
                barrier.wait();
                record(&store, plan, &now(), clock)
            })
        };
        let threads: Vec<_> = plans.iter().map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    fake.heal();
    let store = fake.store(&clock);
    let there = recorded(&store);
    let won = worlds.iter().position(|world| Recorded::from(world) == there).expect("one has won");
    for (number, ended) in ended.iter().enumerate() {
        // What goes wrong too often in a row is told: then a writer does not know whether it has won.
        let is_told = match ended {
            Ok(revision) => number == won && *revision == 2,
            Err(RecordError::Stale { .. }) => number != won,
            Err(RecordError::State(StateError::Unreadable { .. }) | RecordError::Unwritable { .. }) => true,
            Err(_) => false,
        };
        assert!(is_told, "{number} of {won}: {ended:?}");
    }
    holds(&store, &[there], &worlds[won], "the winner");
}

pub(crate) fn a_list_is_the_same_whatever_its_pages<F: ObjectFake>() {
    for page in [1, 2, 3, 1000] {
        let (fake, clock) = (F::empty(), TestClock::default());
        fake.page(page);
        let store = fake.store(&clock);
        for name in ["log/2", "log/10", "log/3", "logs/4", "log/a/1", "log/a/2", "log/b&c"] {
            assert_eq!(store.create(name, b"x\r\n--0"), Ok(true), "{name}");
            assert_eq!(store.create(name, b"y"), Ok(false), "{name}");
        }
        assert_eq!(store.list("log", "").unwrap(), ["10", "2", "3", "a", "b&c"]);
        assert_eq!(store.list("log", "2").unwrap(), ["3", "a", "b&c"]);
        assert_eq!(store.list("log", "a").unwrap(), ["b&c"]);
        assert!(store.list("leases/x", "").unwrap().is_empty());
        assert_eq!(store.get("log/3"), Ok(Some(b"x\r\n--0".to_vec())));
        assert_eq!(store.get("log/4"), Ok(None));
    }
}

pub(crate) fn the_store_tells_the_time<F: ObjectFake>() {
    let after = world(&[("one", "a")]);
    for seconds in [-100_000, -1200, -30, 0, 30, 1200, 100_000] {
        let (fake, clock) = (F::empty(), TestClock::default());
        let now = clock.now() + SignedDuration::from_secs(seconds);
        fake.clock(move || now);
        let store = fake.store(&clock);
        apply(&store, &after).unwrap();
        let ahead = store.now(&clock).duration_since(clock.now());
        let off = (ahead - SignedDuration::from_secs(seconds)).abs();
        assert!(off <= SignedDuration::from_secs(1), "{ahead} for {seconds} s");
        holds(&store, &[Recorded::from(&after)], &after, &format!("{seconds} s ahead"));
    }
}

/// The laws as tests of a module.
macro_rules! object_laws {
    ($fake:ty) => {
        #[test]
        fn every_write_of_an_apply_may_go_wrong() {
            crate::object_laws::every_write_of_an_apply::<$fake>();
        }

        #[test]
        fn an_apply_overcomes_what_passes_at_every_request() {
            crate::object_laws::what_passes_is_overcome::<$fake>();
        }

        #[test]
        fn what_lasts_is_told_at_every_request_and_loses_nothing() {
            crate::object_laws::what_lasts_is_told::<$fake>();
        }

        #[test]
        fn a_clock_that_is_off_is_corrected_by_that_of_the_store() {
            crate::object_laws::the_store_tells_the_time::<$fake>();
        }

        #[test]
        fn of_twenty_writers_on_one_project_one_wins() {
            crate::object_laws::of_twenty_writers_one_wins::<$fake>();
        }

        #[test]
        fn a_list_is_the_same_whatever_the_size_of_its_pages() {
            crate::object_laws::a_list_is_the_same_whatever_its_pages::<$fake>();
        }
    };
}
pub(crate) use object_laws;
