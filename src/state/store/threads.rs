//! Threads for calls that wait for a network.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many calls are made at a time to a store that has latency.
pub(super) const THREADS: usize = 32;

/// Runs this for each number below one, on threads that are made for it: those of rayon are few, and for what computes.
pub(super) fn on_threads(number: usize, run: &(dyn Fn(usize) + Sync)) {
    if number == 1 {
        return run(0);
    }
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= number {
                return;
            }
            run(at);
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS.min(number)).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}
