//! Calls side by side, in threads of their own: the pool that checks files is not to wait for a network.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does something with each item, with so many at the same time: the results, in the order of the items.
///
/// # Panics
/// When `work` does.
pub fn in_parallel<T: Sync, R: Send>(parallel: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take_turns = || {
        let mut done = Vec::new();
        while let Some((at, item)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, item))
        } {
            done.push((at, work(item)));
        }
        done
    };
    let mut done: Vec<_> = thread::scope(|scope| {
        let threads = parallel.clamp(1, items.len().max(1));
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take_turns)).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|why| panic::resume_unwind(why)));
        joined.flatten().collect()
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, Mutex};

    use super::*;

    #[test]
    fn each_is_done_once_and_no_more_than_so_many_at_a_time() {
        let (running, most) = (AtomicUsize::new(0), Mutex::new(0));
        let items: Vec<_> = (0..100).collect();
        let done = in_parallel(4, &items, |item| {
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            let mut most = most.lock().unwrap();
            *most = (*most).max(now);
            drop(most);
            thread::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
            item * 2
        });
        assert_eq!(done, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert!(*most.lock().unwrap() <= 4);
        assert!(in_parallel(0, &Vec::<u8>::new(), |item| *item).is_empty());
    }

    #[test]
    fn they_run_side_by_side() {
        let barrier = Barrier::new(3);
        let leaders = in_parallel(3, &[(); 3], |()| barrier.wait().is_leader());
        assert_eq!(leaders.iter().filter(|is_leader| **is_leader).count(), 1);
    }
}
