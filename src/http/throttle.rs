//! How often something is done: a bucket of tokens, first come, first served.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::{Clock, GoOn, wait_until};

/// How often something may be done: never more than `burst + per_second × t` times in any time `t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At least 1, as is `burst`.
    pub per_second: u32,
    pub burst: u32,
}

/// A bucket of tokens that many threads take from.
#[derive(Debug)]
pub struct TokenBucket {
    /// The nanoseconds in which one token comes.
    price: u64,
    most: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What is in the bucket, in nanoseconds, at `since`.
    credit: u64,
    since: Duration,
    /// Before this nothing is taken.
    held_until: Duration,
    /// Who waits, in the order in which they came.
    queue: VecDeque<u64>,
    next: u64,
}

impl TokenBucket {
    /// A full bucket.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        let price = 1_000_000_000_u64.div_ceil(rate.per_second.max(1).into());
        let most = price * u64::from(rate.burst.max(1));
        let (since, held_until) = (Duration::ZERO, Duration::ZERO);
        let state = State { credit: most, since, held_until, queue: VecDeque::new(), next: 0 };
        Self { price, most, state: Mutex::new(state) }
    }

    /// Waits for a token and takes it.
    ///
    /// # Errors
    /// When it may not go on: why.
    pub fn take(&self, clock: &dyn Clock, go_on: &GoOn<'_>) -> Result<(), String> {
        let place = Place { bucket: self, ticket: self.enter() };
        loop {
            match self.try_take(place.ticket, clock.monotonic()) {
                Ok(()) => return go_on(),
                Err(moment) => wait_until(clock, moment, go_on)?,
            }
        }
    }

    /// Lets nobody take anything before a moment, and then one by one: who counts as well says that nothing is left.
    pub fn hold_until(&self, moment: Duration) {
        let mut state = self.state();
        state.held_until = state.held_until.max(moment);
        (state.credit, state.since) = (state.credit.min(self.price), state.held_until);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) -> u64 {
        let mut state = self.state();
        let ticket = state.next;
        state.next += 1;
        state.queue.push_back(ticket);
        ticket
    }

    /// Takes a token for a ticket, or says when to ask again.
    fn try_take(&self, ticket: u64, now: Duration) -> Result<(), Duration> {
        let mut state = self.state();
        let gained = now.saturating_sub(state.since).as_nanos();
        state.credit = u64::try_from(gained).unwrap_or(u64::MAX).saturating_add(state.credit).min(self.most);
        state.since = state.since.max(now);
        if now < state.held_until {
            return Err(state.held_until);
        }
        // There is to be enough for those who came first as well: then none of them need have taken it yet.
        let before = state.queue.iter().take_while(|other| **other != ticket).count();
        let owed = self.price.saturating_mul(before as u64 + 1);
        if owed > state.credit {
            return Err(now + Duration::from_nanos(owed - state.credit));
        }
        state.credit -= self.price;
        state.queue.retain(|other| *other != ticket);
        Ok(())
    }
}

/// A place in the queue, given up by whoever does not wait any more.
struct Place<'a> {
    bucket: &'a TokenBucket,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.bucket.state().queue.retain(|ticket| *ticket != self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread;

    use proptest::prelude::*;

    use super::*;
    use crate::http::virtual_clock::VirtualClock;

    const GO_ON: &GoOn<'static> = &|| Ok(());

    /// Whether there are more moments in some window than may be.
    fn breaks(taken: &[Duration], rate: Rate) -> Option<(Duration, usize)> {
        let most = |window: Duration| {
            f64::from(rate.burst) + f64::from(rate.per_second) * window.as_secs_f64() + 1e-6
        };
        let windows = (0..taken.len()).flat_map(|from| (from..taken.len()).map(move |to| (from, to)));
        let counted = windows.map(|(from, to)| (taken[to].saturating_sub(taken[from]), to - from + 1));
        #[expect(clippy::cast_precision_loss, reason = "there are few")]
        counted.into_iter().find(|(window, number)| *number as f64 > most(*window))
    }

    proptest! {
        #[test]
        fn no_window_has_more_than_the_burst_and_the_rate(
            per_second in 1_u32..60,
            burst in 1_u32..30,
            pauses in proptest::collection::vec(0_u64..400, 1..120),
        ) {
            let (rate, clock) = (Rate { per_second, burst }, VirtualClock::default());
            let bucket = TokenBucket::new(rate);
            let mut taken = Vec::new();
            for pause in pauses {
                clock.pause(Duration::from_millis(pause));
                bucket.take(&clock, GO_ON).unwrap();
                taken.push(clock.monotonic());
            }
            prop_assert_eq!(breaks(&taken, rate), None);
        }

        #[test]
        fn many_threads_are_served_as_fast_as_may_be_and_none_is_left_out(
            per_second in 1_u32..60,
            burst in 1_u32..8,
            threads in 1_usize..8,
            each in 1_usize..8,
        ) {
            let (rate, clock) = (Rate { per_second, burst }, VirtualClock::of_threads(threads));
            let (bucket, taken) = (TokenBucket::new(rate), Mutex::new(Vec::new()));
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        for _ in 0..each {
                            bucket.take(&clock, GO_ON).unwrap();
                            taken.lock().unwrap().push(clock.monotonic());
                        }
                        clock.threads_change(-1);
                    });
                }
            });
            let mut taken = taken.into_inner().unwrap();
            taken.sort_unstable();
            prop_assert_eq!(taken.len(), threads * each);
            prop_assert_eq!(breaks(&taken, rate), None);
            let waited = (threads * each).saturating_sub(burst as usize);
            let least = Duration::from_nanos(bucket.price) * u32::try_from(waited).unwrap();
            prop_assert!(clock.monotonic() <= least, "{:?} > {least:?}", clock.monotonic());
        }
    }

    #[test]
    fn first_come_is_first_served() {
        let bucket = TokenBucket::new(Rate { per_second: 10, burst: 1 });
        let tickets: Vec<_> = (0..3).map(|_| bucket.enter()).collect();
        let at = |millis| Duration::from_millis(millis);
        assert_eq!(bucket.try_take(tickets[1], at(0)), Err(at(100)));
        assert_eq!(bucket.try_take(tickets[2], at(0)), Err(at(200)));
        assert_eq!(bucket.try_take(tickets[0], at(0)), Ok(()));
        assert_eq!(bucket.try_take(tickets[2], at(100)), Err(at(200)));
        // It is full again, and still not its turn.
        assert_eq!(bucket.try_take(tickets[2], at(9000)), Err(at(9100)));
        assert_eq!(bucket.try_take(tickets[1], at(9000)), Ok(()));
        assert_eq!(bucket.try_take(tickets[2], at(9100)), Ok(()));
    }

    #[test]
    fn who_came_first_and_is_slow_holds_up_nobody_for_whom_there_is_enough() {
        let bucket = TokenBucket::new(Rate { per_second: 10, burst: 2 });
        let tickets: Vec<_> = (0..3).map(|_| bucket.enter()).collect();
        let at = |millis| Duration::from_millis(millis);
        assert_eq!(bucket.try_take(tickets[1], at(0)), Ok(()));
        assert_eq!(bucket.try_take(tickets[2], at(0)), Err(at(100)));
        assert_eq!(bucket.try_take(tickets[0], at(0)), Ok(()));
    }

    #[test]
    fn who_stops_waiting_leaves_the_queue_and_the_token() {
        let (bucket, clock) = (TokenBucket::new(Rate { per_second: 1, burst: 1 }), VirtualClock::default());
        bucket.take(&clock, GO_ON).unwrap();
        assert_eq!(bucket.take(&clock, &|| Err("stopped".into())), Err("stopped".into()));
        bucket.take(&clock, GO_ON).unwrap();
        assert_eq!(clock.monotonic(), Duration::from_secs(1));
    }

    #[test]
    fn nothing_is_taken_while_it_is_held_and_then_one_by_one() {
        let (bucket, clock) = (TokenBucket::new(Rate { per_second: 1, burst: 9 }), VirtualClock::default());
        bucket.hold_until(Duration::from_secs(3));
        bucket.hold_until(Duration::from_secs(2));
        for seconds in 3..6 {
            bucket.take(&clock, GO_ON).unwrap();
            assert_eq!(clock.monotonic(), Duration::from_secs(seconds));
        }
    }
}
