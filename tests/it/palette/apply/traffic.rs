//! How many requests are under way at a time.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Longer than any write takes until the next one is sent beside it.
const LONGEST: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Traffic {
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Default)]
struct Counts {
    now: usize,
    most: usize,
    writes: usize,
    most_writes: usize,
    /// Writes wait until so many were under way at a time.
    wanted_writes: usize,
}

impl Traffic {
    /// From now on the first writes wait for each other.
    pub(super) fn want_writes(&self, number: usize) {
        self.counts.lock().unwrap().wanted_writes = number;
    }

    /// The most requests, and the most writes, that were under way at a time.
    pub(super) fn most(&self) -> (usize, usize) {
        let counts = self.counts.lock().unwrap();
        (counts.most, counts.most_writes)
    }

    pub(super) fn during<T>(&self, is_write: bool, request: impl FnOnce() -> T) -> T {
        let mut counts = self.counts.lock().unwrap();
        counts.now += 1;
        counts.most = counts.most.max(counts.now);
        if is_write {
            counts.writes += 1;
            counts.most_writes = counts.most_writes.max(counts.writes);
            self.changed.notify_all();
            let is_alone = |counts: &mut Counts| counts.most_writes < counts.wanted_writes;
            counts = self.changed.wait_timeout_while(counts, LONGEST, is_alone).unwrap().0;
        }
        drop(counts);
        let answer = request();
        let mut counts = self.counts.lock().unwrap();
        counts.now -= 1;
        counts.writes -= usize::from(is_write);
        answer
    }
}
