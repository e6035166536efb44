//! A state is founded only where, of several who write one name, one alone has won.

use jiff::Timestamp;
use keyplan::state::store::{StateStore, StoreError};
use keyplan::state::{Clock, RecordError, copy};

use crate::state_faults::{Memory, Remote, apply, holds, now, world};
use crate::support::TestClock;

/// What a store does with a name that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// It is written over, as by a server that does not know of conditions.
    Overwritten,
    /// Of those who come at once, all are told that they have won.
    Race,
    /// Nobody has ever won, and other bytes are there.
    Nobody,
}

/// A store of which it is not known whether it keeps the promise.
struct Unknown {
    inner: Memory,
    fault: Fault,
}

impl Unknown {
    fn new(fault: Fault) -> Self {
        Self { inner: Memory::default(), fault }
    }
}

impl StateStore for Unknown {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(name)
    }
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list(folder, after)
    }
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        match self.fault {
            Fault::None => self.inner.create(name, bytes),
            Fault::Overwritten => {
                self.inner.damage(name, bytes);
                Ok(true)
            }
            Fault::Race => {
                let is_race = name.starts_with("probe/") && !name.ends_with("-0.json");
                Ok(self.inner.create(name, bytes)? || is_race)
            }
            Fault::Nobody => {
                self.inner.create(name, b"others")?;
                Ok(false)
            }
        }
    }
    fn is_exclusive(&self) -> bool {
        false
    }
    fn now(&self, clock: &dyn Clock) -> Timestamp {
        clock.now()
    }
    fn place(&self) -> String {
        "unknown".into()
    }
}

#[test]
fn a_store_that_lets_two_win_or_none_is_refused_before_anything_is_recorded() {
    for fault in [Fault::Overwritten, Fault::Race, Fault::Nobody] {
        let store = Unknown::new(fault);
        let refused = apply(&store, &world(&[("one", "a")])).unwrap_err();
        assert!(matches!(refused, RecordError::Untrusted { .. }), "{fault:?}: {refused}");
        for folder in ["log", "objects", "leases"] {
            assert!(store.list(folder, "").unwrap().is_empty(), "{fault:?}: {folder}");
        }
        // Neither is a state copied there.
        let good = Memory::default();
        apply(&good, &world(&[("one", "a")])).unwrap();
        let refused = copy(&good, (&store, "unknown"), &now(), &TestClock::default()).unwrap_err();
        assert!(refused.to_string().contains("unknown"), "{fault:?}: {refused}");
        assert!(store.list("log", "").unwrap().is_empty(), "{fault:?}");
        apply(&good, &world(&[("one", "b")])).unwrap();
    }
}

#[test]
fn a_store_that_keeps_the_promise_is_tried_out_once() {
    let store = Unknown::new(Fault::None);
    let wanted = world(&[("one", "a")]);
    apply(&store, &wanted).unwrap();
    let tried = store.list("probe", "").unwrap();
    assert_eq!(tried.len(), 4, "{tried:?}");
    apply(&store, &world(&[("one", "b")])).unwrap();
    assert_eq!(store.list("probe", "").unwrap(), tried);
    holds(&store, &[(&world(&[("one", "b")])).into()], &wanted, "probed");
}

#[test]
fn lost_answers_are_no_sign_of_a_bad_store() {
    let (store, clock) = (Unknown::new(Fault::None), TestClock::default());
    apply(&Remote::retrying(&store, &clock), &world(&[("one", "a")])).unwrap();
}
