//! Calls side by side, in threads of their own: the pool that checks files is not to wait for a network. The clock is
//! told how many of these threads run.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::http::Clock;

/// Does something with each item, with so many at the same time: the results, in the order of the items.
///
/// # Panics
/// When `work` does.
pub(super) fn in_parallel<T: Sync, R: Send>(
    clock: &dyn Clock,
    parallel: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let tasks: Vec<_> = items.iter().enumerate().collect();
    let mut done = work_off(clock, parallel.min(tasks.len()), tasks, |(at, item), _| (at, work(item)));
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does all tasks, with so many at the same time, and those that `work` adds. Added ones come first. The results are in
/// no order.
///
/// # Panics
/// When `work` does.
pub(super) fn work_off<T: Send, R: Send>(
    clock: &dyn Clock,
    parallel: usize,
    mut tasks: Vec<T>,
    work: impl Fn(T, &mut Vec<T>) -> R + Sync,
) -> Vec<R> {
    let threads = parallel.max(1);
    let running = Running::new(clock, threads);
    tasks.reverse();
    let queue = Queue {
        clock,
        state: Mutex::new(State { tasks, working: 0, idle: 0, woken: 0 }),
        changed: Condvar::new(),
    };
    let take_turns = || {
        let _running = running.thread();
        let mut done = Vec::new();
        while let Some(task) = queue.take() {
            let mut turn = Turn { queue: &queue, added: Vec::new() };
            done.push(work(task, &mut turn.added));
        }
        done
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take_turns)).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|why| panic::resume_unwind(why)));
        joined.flatten().collect()
    })
}

/// Does two things at the same time.
///
/// # Panics
/// When one of them does.
pub(super) fn both<A, B: Send>(
    clock: &dyn Clock,
    one: impl FnOnce() -> A,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    let running = Running::new(clock, 2);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let _running = running.thread();
            other()
        });
        let one = {
            let _running = running.thread();
            one()
        };
        (one, other.join().unwrap_or_else(|why| panic::resume_unwind(why)))
    })
}

/// Threads for which one waits. The last to end leaves its place to that one.
struct Running<'a> {
    clock: &'a dyn Clock,
    threads: AtomicUsize,
}

impl<'a> Running<'a> {
    fn new(clock: &'a dyn Clock, threads: usize) -> Self {
        clock.threads_change(isize::try_from(threads).unwrap_or(isize::MAX) - 1);
        Self { clock, threads: AtomicUsize::new(threads) }
    }

    /// A thread runs until this is dropped.
    const fn thread(&self) -> RunningThread<'_> {
        RunningThread(self)
    }
}

struct RunningThread<'a>(&'a Running<'a>);

impl Drop for RunningThread<'_> {
    fn drop(&mut self) {
        if self.0.threads.fetch_sub(1, Ordering::SeqCst) > 1 {
            self.0.clock.threads_change(-1);
        }
    }
}

/// Tasks that threads share.
struct Queue<'a, T> {
    clock: &'a dyn Clock,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// The next one is the last.
    tasks: Vec<T>,
    /// Threads that do a task, and may add others.
    working: usize,
    /// Threads that wait for a task.
    idle: usize,
    /// Of those that waited, how many are to go on.
    woken: usize,
}

impl<T> Queue<'_, T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; nothing when there will be none any more.
    fn take(&self) -> Option<T> {
        let mut state = self.state();
        loop {
            if let Some(task) = state.tasks.pop() {
                state.working += 1;
                return Some(task);
            }
            if state.working == 0 {
                return None;
            }
            state.idle += 1;
            self.clock.threads_change(-1);
            while state.woken == 0 {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.woken -= 1;
        }
    }

    fn end_turn(&self, added: Vec<T>) {
        let mut state = self.state();
        state.working -= 1;
        let more = added.len();
        state.tasks.extend(added.into_iter().rev());
        let is_over = state.working == 0 && state.tasks.is_empty();
        let woken = if is_over { state.idle } else { state.idle.min(more) };
        state.idle -= woken;
        state.woken += woken;
        self.clock.threads_change(isize::try_from(woken).unwrap_or(isize::MAX));
        self.changed.notify_all();
    }
}

/// A task that is being done, also if that fails.
struct Turn<'a, T> {
    queue: &'a Queue<'a, T>,
    added: Vec<T>,
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.queue.end_turn(std::mem::take(&mut self.added));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Barrier;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::http::virtual_clock::VirtualClock;

    #[test]
    fn each_is_done_once_and_no_more_than_so_many_at_a_time() {
        let clock = VirtualClock::default();
        let (running, most) = (AtomicUsize::new(0), Mutex::new(0));
        let items: Vec<_> = (0..100).collect();
        let done = in_parallel(&clock, 4, &items, |item| {
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
        assert!(in_parallel(&clock, 0, &Vec::<u8>::new(), |item| *item).is_empty());
    }

    #[test]
    fn they_run_side_by_side() {
        let (clock, barrier) = (VirtualClock::default(), Barrier::new(3));
        let leaders = in_parallel(&clock, 3, &[(); 3], |()| barrier.wait().is_leader());
        assert_eq!(leaders.iter().filter(|is_leader| **is_leader).count(), 1);
    }

    proptest! {
        /// A task `n` takes a second and leads to `n / 2` and `n / 3`.
        #[test]
        fn tasks_that_are_added_are_done_as_well_and_nobody_is_idle(
            first in proptest::collection::vec(1_u64..40, 0..6), parallel in 1_usize..6
        ) {
            let (clock, second) = (VirtualClock::default(), Duration::from_secs(1));
            let mut wanted = first.clone();
            let mut at = 0;
            while let Some(n) = wanted.get(at).copied() {
                wanted.extend([n / 2, n / 3].iter().filter(|n| **n > 0));
                at += 1;
            }
            let mut done = work_off(&clock, parallel, first, |n, added| {
                clock.pause(second);
                added.extend([n / 2, n / 3].iter().filter(|n| **n > 0));
                n
            });
            done.sort_unstable();
            wanted.sort_unstable();
            prop_assert_eq!(&done, &wanted);
            // No more than the work of all, divided, and then the longest way from a task to the last it leads to.
            let most = done.len().div_ceil(parallel) + 6;
            prop_assert!(clock.monotonic() <= second * u32::try_from(most).unwrap(), "{:?}", clock.monotonic());
            // The caller runs again.
            clock.pause(second);
        }
    }

    #[test]
    fn two_things_take_as_long_as_the_longer() {
        let clock = VirtualClock::default();
        let pause = |seconds: u64| clock.pause(Duration::from_secs(seconds));
        both(&clock, || pause(3), || both(&clock, || pause(5), || pause(1)));
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
        pause(1);
        assert_eq!(clock.monotonic(), Duration::from_secs(6));
    }

    #[test]
    fn a_task_that_fails_ends_all() {
        let clock = VirtualClock::default();
        let done = Mutex::new(BTreeSet::new());
        let failed = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            work_off(&clock, 3, (0..9).collect(), |n, _| {
                assert_ne!(n, 4);
                done.lock().unwrap().insert(n);
            })
        }));
        assert!(failed.is_err());
        assert_eq!(done.into_inner().unwrap().len(), 8);
    }
}
