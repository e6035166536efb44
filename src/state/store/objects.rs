//! Many objects at a time.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::StateStore;

/// How many calls are made at a time to a store that has latency.
const THREADS: usize = 32;

/// What a function that reads or writes objects of a store makes of each item, in their order.
///
/// A store with latency is called on threads that are made for it: those of rayon are few, and for what computes.
pub(crate) fn each<T: Sync, R: Send>(
    store: &dyn StateStore,
    items: &[T],
    run: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if !store.has_latency() {
        return items.par_iter().map(&run).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, run(item)));
        }
    };
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS.min(items.len())).map(|_| scope.spawn(work)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| -> Vec<(usize, R)> {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic))
        };
        threads.into_iter().flat_map(join).collect()
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::super::StoreError;
    use super::{StateStore, THREADS, each};

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
    }
}
