//! Many objects at a time.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::StateStore;

/// What a function that reads or writes objects of a store makes of each item, in their order.
pub(crate) fn each<T: Sync, R: Send>(
    store: &dyn StateStore,
    items: &[T],
    run: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if !store.has_latency() {
        return items.par_iter().map(&run).collect();
    }
    let made: Vec<_> = items.iter().map(|_| Slot::default()).collect();
    store.at_once(items.len(), &|at| made[at].fill(|| run(&items[at])));
    items.iter().zip(made).map(|(item, slot)| slot.take_or(|| run(item))).collect()
}

/// What two functions make that read or write a store: at the same time where it has latency, else one after another.
pub(crate) fn both<A: Send, B: Send>(
    store: &dyn StateStore,
    one: impl Fn() -> A + Sync,
    other: impl Fn() -> B + Sync,
) -> (A, B) {
    let (first, second) = (Slot::default(), Slot::default());
    if store.has_latency() {
        store.at_once(2, &|at| if at == 0 { first.fill(&one) } else { second.fill(&other) });
    }
    (first.take_or(one), second.take_or(other))
}

/// Where a thread puts what it has made.
struct Slot<R>(Mutex<Option<R>>);

impl<R> Default for Slot<R> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<R> Slot<R> {
    fn fill(&self, make: impl FnOnce() -> R) {
        // Without the lock: a panic goes on as it is.
        let result = make();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }

    fn take_or(self, make: impl FnOnce() -> R) -> R {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(make)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, Mutex};

    use super::super::StoreError;
    use super::super::threads::THREADS;
    use super::{StateStore, both, each};

    struct Empty {
        has_latency: bool,
    }

    impl StateStore for Empty {
        fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }
        fn list(&self, _: &str, _: &str) -> Result<Vec<String>, StoreError> {
            Ok(Vec::new())
        }
        fn create(&self, _: &str, _: &[u8]) -> Result<bool, StoreError> {
            Ok(false)
        }
        fn has_latency(&self) -> bool {
            self.has_latency
        }
        fn place(&self) -> String {
            "nowhere".into()
        }
    }

    #[test]
    fn the_order_is_that_of_the_items() {
        for has_latency in [false, true] {
            for number in [0, 1, 31, 500] {
                let items: Vec<usize> = (0..number).collect();
                assert_eq!(each(&Empty { has_latency }, &items, |item| *item), items, "{has_latency}");
            }
        }
    }

    #[test]
    fn calls_of_a_store_with_latency_do_not_wait_for_each_other() {
        let all_at_work = Barrier::new(THREADS);
        each(&Empty { has_latency: true }, &[(); THREADS], |()| {
            assert!(rayon::current_thread_index().is_none(), "on a thread of rayon");
            all_at_work.wait();
        });
        let both_at_work = Barrier::new(2);
        let work = || both_at_work.wait();
        both(&Empty { has_latency: true }, work, work);
    }

    #[test]
    fn two_calls_are_made_once_each_and_in_order_without_latency() {
        for has_latency in [false, true] {
            let calls = Mutex::new(Vec::new());
            let call = |name| calls.lock().map(|mut calls| calls.push(name)).map(|()| name);
            let made = both(&Empty { has_latency }, || call("one").unwrap(), || call("other").unwrap());
            let mut calls = calls.lock().unwrap().clone();
            if has_latency {
                calls.sort_by_key(|name| name.len());
            }
            assert_eq!((made, calls), (("one", "other"), vec!["one", "other"]));
        }
    }
}
