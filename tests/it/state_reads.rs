//! Reads of a store that go wrong, at every read of an apply and of those who only look:
//!
//! - What may pass is tried again, with pauses and within a bound, and nobody notices.
//! - What does not pass is told at once, and what lasts is told after the bound, in the words of the store.
//! - Nothing that could not be read is taken for empty, and the state stays sound.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyplan::model::Recorded;
use keyplan::state::store::{RetryingStore, StateStore, StoreError, StoreErrorKind};
use keyplan::state::{Clock, RecordError, State, StateError, verify};

use crate::state_faults::{Memory, apply, holds, world};
use crate::support::TestClock;

/// How often a call is made before its error is told.
const TRIES: usize = 5;

/// Whether an error may pass, by its kind.
const KINDS: [(StoreErrorKind, bool); 6] = [
    (StoreErrorKind::Unavailable, true),
    (StoreErrorKind::Ambiguous, true),
    (StoreErrorKind::Missing, false),
    (StoreErrorKind::Denied, false),
    (StoreErrorKind::Full, false),
    (StoreErrorKind::Damaged, false),
];

/// A store whose reads fail from the n-th on, so often.
struct Unreadable<'a> {
    inner: &'a dyn StateStore,
    kind: StoreErrorKind,
    at: usize,
    times: usize,
    reads: AtomicUsize,
}

impl<'a> Unreadable<'a> {
    fn new(inner: &'a dyn StateStore, kind: StoreErrorKind, at: usize, times: usize) -> Self {
        Self { inner, kind, at, times, reads: AtomicUsize::new(0) }
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    fn read<T>(&self, read: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let number = self.reads.fetch_add(1, Ordering::Relaxed);
        if number >= self.at && number - self.at < self.times {
            return Err(StoreError::new(self.kind, "out to lunch"));
        }
        read()
    }
}

impl StateStore for &Unreadable<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|| self.inner.get(name))
    }
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.read(|| self.inner.list(folder, after))
    }
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.inner.create(name, bytes)
    }
    fn place(&self) -> String {
        self.inner.place()
    }
}

/// Runs something once for each way in which its reads may go wrong: where, how, and how often.
fn every_read_may_go_wrong(mut run: impl FnMut(usize, (StoreErrorKind, bool), usize) -> bool) {
    for kind in KINDS {
        for times in [1, TRIES - 1, usize::MAX] {
            let mut reached = 0;
            while run(reached, kind, times) {
                reached += 1;
            }
            assert!(reached > 3, "there were but {reached} reads");
        }
    }
}

#[test]
fn an_apply_overcomes_what_passes_and_tells_what_does_not() {
    let before = world(&[("one", "a"), ("two", "a")]);
    let after = world(&[("one", "b"), ("three", "a")]);
    for base in [None, Some(&before)] {
        let (old, new) = (base.map(Recorded::from).unwrap_or_default(), Recorded::from(&after));
        every_read_may_go_wrong(|at, (kind, passes), times| {
            let what = format!("{kind:?} at read {at}, {times} times");
            let store = Memory::default();
            base.map(|base| apply(&store, base).unwrap());
            let failing = Unreadable::new(&store, kind, at, times);
            let clock = TestClock::default();
            let ended = apply(&RetryingStore::new(&failing, &clock), &after);
            let was_reached = failing.reads() > at;
            match &ended {
                Ok(_) => assert!(!was_reached || (passes && times < TRIES), "{what}: it is not told"),
                Err(
                    error @ (RecordError::State(StateError::Unreadable { source, .. })
                    | RecordError::Unwritable { source, .. }),
                ) => {
                    assert!(!passes || times > TRIES, "{what}: it could be overcome");
                    assert_eq!((source.kind, &*source.words), (kind, "out to lunch"), "{what}");
                    assert!(error.to_string().contains("out to lunch"), "{what}: {error}");
                }
                Err(error) => panic!("{what}: {error}"),
            }
            // A write is tried again as well when it cannot be seen whether it was done.
            assert!(times < usize::MAX || failing.reads() <= at + TRIES * TRIES, "{what}: no bound");
            assert!(clock.monotonic() < Duration::from_secs(10), "{what}: {:?}", clock.monotonic());
            holds(&store, &[old.clone(), new.clone()], &after, &what);
            was_reached
        });
    }
}

#[test]
fn who_only_looks_sees_all_or_is_told_why_not() {
    type Look = fn(&dyn StateStore) -> Result<String, StateError>;
    let looks: [Look; 3] = [
        |store| State::open(store)?.recorded().map(|recorded| format!("{recorded:?}")),
        |store| State::newest(store)?.recorded().map(|recorded| format!("{recorded:?}")),
        |store| {
            let mut verified = verify(store);
            if verified.problems.is_empty() {
                Ok(format!("{verified:?}"))
            } else {
                Err(verified.problems.remove(0))
            }
        },
    ];
    let store = Memory::default();
    apply(&store, &world(&[("one", "a"), ("two", "a")])).unwrap();
    for look in looks {
        let seen = look(&store).unwrap();
        every_read_may_go_wrong(|at, (kind, passes), times| {
            let what = format!("{kind:?} at read {at}, {times} times");
            let failing = Unreadable::new(&store, kind, at, times);
            let clock = TestClock::default();
            let looked = look(&RetryingStore::new(&failing, &clock));
            let was_reached = failing.reads() > at;
            match looked {
                Ok(looked) => {
                    assert!(!was_reached || (passes && times < TRIES), "{what}: it is not told");
                    assert_eq!(looked, seen, "{what}");
                }
                Err(StateError::Unreadable { source, .. }) => {
                    assert!(was_reached && (!passes || times > TRIES), "{what}: it could be overcome");
                    assert_eq!((source.kind, &*source.words), (kind, "out to lunch"), "{what}");
                }
                Err(error) => panic!("{what}: {error}"),
            }
            was_reached
        });
    }
}

#[test]
fn a_read_is_tried_five_times_within_a_second() {
    let store = Memory::default();
    for (kind, passes) in KINDS {
        let failing = Unreadable::new(&store, kind, 0, usize::MAX);
        let clock = TestClock::default();
        let retrying = RetryingStore::new(&failing, &clock);
        let error = Err(StoreError::new(kind, "out to lunch"));
        assert_eq!(retrying.get("format.json"), error);
        let (tries, pause) = if passes { (TRIES, 1) } else { (1, 0) };
        assert_eq!((failing.reads(), clock.monotonic()), (tries, Duration::from_secs(pause)), "{kind:?}");
        assert_eq!(retrying.list("log", "").map(|_| None), error);
        assert_eq!(failing.reads(), tries * 2, "{kind:?}");
    }
}
