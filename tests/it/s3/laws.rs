//! The laws of every object store over the fake of S3, and what is particular to it: its region, and how often it is
//! asked.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use keyplan::state::Clock;
use keyplan::state::store::StateStore;

use super::fake::{Bucket, Effect, Fault, Heard, InProcess, ObjectMap, Trusted, store};
use crate::object_laws::{ObjectFake, object_laws};
use crate::support::TestClock;

object_laws!(InProcess);

impl ObjectFake for InProcess {
    fn over(objects: ObjectMap) -> Self {
        Self(Arc::new(Mutex::new(Bucket::new(objects))))
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

    fn clock(&self, now: impl Fn() -> Timestamp + Send + 'static) {
        self.0.lock().unwrap().now = Box::new(now);
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
