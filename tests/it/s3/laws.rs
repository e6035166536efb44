//! The laws of every object store over the fake of S3, and what is particular to it: its clock, its region, and how often
//! it is asked.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use keyplan::model::Recorded;
use keyplan::state::Clock;
use keyplan::state::store::StateStore;

use super::fake::{Bucket, Effect, Fault, Heard, InProcess, Trusted, store};
use crate::object_laws::{ObjectFake, object_laws};
use crate::state_faults::{apply, holds, world};
use crate::support::TestClock;

object_laws!(InProcess);

impl ObjectFake for InProcess {
    fn empty() -> Self {
        Self(Arc::new(Mutex::new(Bucket::new(Arc::default()))))
    }

    fn store<'a>(&self, clock: &'a dyn Clock) -> Trusted<'a> {
        store(self, clock)
    }

    fn plant(&self, trouble: impl FnMut(&Heard) -> Option<Fault> + Send + 'static) {
        self.0.lock().unwrap().trouble = Box::new(trouble);
    }

    fn page(&self, size: usize) {
        self.0.lock().unwrap().page = size;
    }
}

/// A bucket whose clock goes wrong by so much, or that of this machine.
fn off_by(seconds: i64) -> InProcess {
    let bucket = <InProcess>::empty();
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
    let (bucket, clock) = (<InProcess>::empty(), TestClock::default());
    let store = store(&bucket, &clock);
    let signed_for = |number: usize| bucket.0.lock().unwrap().heard.len() == number;
    assert_eq!(store.get("a"), Ok(None));
    assert!(signed_for(2));
    assert_eq!(store.get("a"), Ok(None));
    assert!(signed_for(3));
}

#[test]
fn a_create_is_sent_once_when_its_answer_is_lost() {
    let (bucket, clock) = (<InProcess>::empty(), TestClock::default());
    let store = store(&bucket, &clock);
    assert_eq!(store.get("a"), Ok(None));
    bucket.plant(|heard| heard.is_write().then_some(Fault::NoAnswer(Effect::After)));
    store.create("a", b"x").unwrap_err();
    let heard = bucket.0.lock().unwrap().heard.clone();
    assert_eq!(heard.iter().filter(|line| line.starts_with("PUT")).count(), 1);
}
