//! The laws of every object store, over a fake: whatever goes wrong on the way, nothing is lost, and nothing that could
//! not be read is taken for empty.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use keyplan::model::Recorded;
use keyplan::state::store::StateStore;
use keyplan::state::{RecordError, StateError, record};

use crate::object_fakes::{Faulty, Rules, in_process, store};
use crate::s3::fake::{Fault, Heard, InProcess};
use crate::simulation::Random;
use crate::state_faults::{Use, apply, every_write_may_go_wrong, holds, now, plan, recorded, world};
use crate::support::TestClock;

type Fake<R> = InProcess<Faulty<R>>;

fn plant<R: Rules>(fake: &Fake<R>, trouble: impl FnMut(&Heard) -> Option<Fault> + Send + 'static) {
    fake.0.lock().unwrap().trouble = Box::new(trouble);
}

fn heal<R: Rules>(fake: &Fake<R>) {
    plant(fake, |_| None);
}

fn in_a_bucket<R: Rules>(run: Use<'_>) {
    run(&store(&in_process::<R>(), &TestClock::default()));
}

pub(crate) fn every_write_of_an_apply<R: Rules>() {
    let before = world(&[("one", "a"), ("two", "a"), ("three", "a")]);
    let after = world(&[("one", "b"), ("two", "a"), ("four", "a")]);
    for base in [None, Some(&before)] {
        every_write_may_go_wrong(&in_a_bucket::<R>, base, &after);
    }
}

/// What is planted goes wrong so often, from the n-th request on to which it can happen.
fn every_request_may_go_wrong<R: Rules>(
    fault: Fault,
    times: usize,
    mut run: impl FnMut(&Fake<R>, &dyn Fn()) -> bool,
) {
    for at in 0.. {
        let fake = in_process::<R>();
        let fits = Arc::new(AtomicUsize::new(0));
        let planted = || {
            let fits = Arc::clone(&fits);
            plant(&fake, move |heard| {
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

pub(crate) fn what_passes_is_overcome<R: Rules>() {
    let (before, after) = (world(&[("one", "a"), ("two", "a")]), world(&[("one", "b"), ("three", "a")]));
    for fault in Fault::PASSING {
        every_request_may_go_wrong::<R>(fault, 1, |fake, plant| {
            let clock = TestClock::default();
            let store = store(fake, &clock);
            apply(&store, &before).unwrap();
            plant();
            apply(&store, &after).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
            heal(fake);
            holds(&store, &[Recorded::from(&after)], &after, &format!("{fault:?}"));
            true
        });
    }
}

pub(crate) fn what_lasts_is_told<R: Rules>() {
    let (before, after) = (world(&[("one", "a"), ("two", "a")]), world(&[("one", "b"), ("three", "a")]));
    let pages = [200, 201, 302, 403, 404, 407].map(Fault::WebPage);
    let unknown = [Fault::Refused(404, "NoSuchThing"), Fault::Refused(418, "Teapot")];
    let (old, new) = (Recorded::from(&before), Recorded::from(&after));
    for fault in Fault::LASTING.into_iter().chain(pages).chain(unknown) {
        every_request_may_go_wrong::<R>(fault, usize::MAX, |fake, plant| {
            let clock = TestClock::default();
            let store = store(fake, &clock);
            apply(&store, &before).unwrap();
            plant();
            let ended = apply(&store, &after);
            heal(fake);
            match &ended {
                Ok(_)
                | Err(RecordError::State(StateError::Unreadable { .. }) | RecordError::Unwritable { .. }) => {
                }
                Err(error) => panic!("{fault:?}: {error}"),
            }
            holds(&store, &[old.clone(), new.clone()], &after, &format!("{fault:?}"));
            ended.is_ok()
        });
    }
}

pub(crate) fn of_twenty_writers_one_wins<R: Rules>() {
    const WRITERS: usize = 20;
    let (fake, clock) = (in_process::<R>(), TestClock::default());
    apply(&store(&fake, &clock), &world(&[("one", "a")])).unwrap();
    // Each is planned on the same state.
    let worlds: Vec<_> = (0..WRITERS).map(|number| world(&[("one", &format!("b{number}"))])).collect();
    let planned = |world| plan(&store(&fake, &clock), world).unwrap().confirm().unwrap();
    let plans: Vec<_> = worlds.iter().map(planned).collect();
    let random = Random(Mutex::new(7));
    plant(&fake, move |_| {
        let number = usize::try_from(random.below(4 * Fault::PASSING.len() as u64)).unwrap();
        Fault::PASSING.get(number).copied()
    });
    let barrier = Barrier::new(WRITERS);
    let ended: Vec<_> = thread::scope(|scope| {
        let start = |plan| {
            let (fake, clock, barrier) = (&fake, &clock, &barrier);
            scope.spawn(move || {
                let store = store(fake, clock);
                barrier.wait();
                record(&store, plan, &now(), clock)
            })
        };
        let threads: Vec<_> = plans.iter().map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    heal(&fake);
    let won: Vec<_> = (0..WRITERS).filter(|number| ended[*number].is_ok()).collect();
    assert_eq!(won.len(), 1, "{ended:?}");
    let store = store(&fake, &clock);
    assert_eq!(recorded(&store), Recorded::from(&worlds[won[0]]));
    holds(&store, &[Recorded::from(&worlds[won[0]])], &worlds[won[0]], "the winner");
}

pub(crate) fn a_list_is_the_same_whatever_its_pages<R: Rules>() {
    for page in [1, 2, 3, 1000] {
        let (fake, clock) = (in_process::<R>(), TestClock::default());
        fake.0.lock().unwrap().page = page;
        let store = store(&fake, &clock);
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

/// The laws as tests of a module.
macro_rules! object_laws {
    ($rules:ty) => {
        #[test]
        fn every_write_of_an_apply_may_go_wrong() {
            crate::object_laws::every_write_of_an_apply::<$rules>();
        }

        #[test]
        fn an_apply_overcomes_what_passes_at_every_request() {
            crate::object_laws::what_passes_is_overcome::<$rules>();
        }

        #[test]
        fn what_lasts_is_told_at_every_request_and_loses_nothing() {
            crate::object_laws::what_lasts_is_told::<$rules>();
        }

        #[test]
        fn of_twenty_writers_on_one_project_one_wins() {
            crate::object_laws::of_twenty_writers_one_wins::<$rules>();
        }

        #[test]
        fn a_list_is_the_same_whatever_the_size_of_its_pages() {
            crate::object_laws::a_list_is_the_same_whatever_its_pages::<$rules>();
        }
    };
}
pub(crate) use object_laws;
