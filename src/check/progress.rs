//! How far a check has come: counted by the threads that do the work, to be shown by a command.
//! Nothing depends on these numbers, and no clock is read here.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How far a check has come.
#[derive(Debug, Default)]
pub struct CheckProgress {
    /// Files of declarations that were read.
    pub files: Counter,
    /// SSH keys that were looked at, and proven where they were not known.
    pub keys: Counter,
}

/// How many of how many are done.
#[derive(Debug, Default)]
pub struct Counter {
    done: AtomicUsize,
    of: AtomicUsize,
}

impl Counter {
    pub(super) fn expect(&self, of: usize) {
        self.of.store(of, Ordering::Relaxed);
    }

    pub(super) fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// How many are done, and how many there are; nothing before that is known, and nothing at the end.
    #[must_use]
    pub fn under_way(&self) -> Option<(usize, usize)> {
        let (done, of) = (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed));
        (done < of).then_some((done, of))
    }
}

#[cfg(test)]
mod tests {
    use super::Counter;

    #[test]
    fn is_under_way_from_the_first_to_the_last() {
        let tally = Counter::default();
        assert_eq!(tally.under_way(), None);
        tally.expect(2);
        assert_eq!(tally.under_way(), Some((0, 2)));
        tally.count();
        assert_eq!(tally.under_way(), Some((1, 2)));
        tally.count();
        assert_eq!(tally.under_way(), None);
    }
}
