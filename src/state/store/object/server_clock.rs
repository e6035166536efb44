//! The clock of a store, as the dates of its answers tell it.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::http::Response;
use crate::state::clock::Clock;

/// A date has whole seconds: the moment was up to this much later.
const PRECISION: SignedDuration = SignedDuration::from_secs(1);

/// By how much the clock of the store is ahead of that of this machine: at least and at most. The moment of a date lies
/// between those at which its request was sent and its answer was there, so that each answer gives both; what all of them
/// say is closer than what one says.
#[derive(Debug, Default)]
pub(super) struct ServerClock(Mutex<Option<(SignedDuration, SignedDuration)>>);

impl ServerClock {
    /// Learns from an answer. These times are of this machine.
    pub(super) fn learn(&self, response: &Response, sent: Timestamp, arrived: Timestamp) {
        let Some(date) = response.date() else { return };
        let (least, most) = (date.duration_since(arrived), date.duration_since(sent) + PRECISION);
        if least > most {
            // The clock of this machine was set back meanwhile.
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let both = known.map(|(low, high)| (low.max(least), high.min(most)));
        // Where that is impossible one of the clocks was set: what is new counts.
        *known = both.filter(|(low, high)| low <= high).or(Some((least, most)));
    }

    /// The time of the store, or of this machine as long as the store has told none.
    pub(super) fn now(&self, clock: &dyn Clock) -> Timestamp {
        let now = clock.now();
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead = known.map(|(low, high)| low + (high - low) / 2);
        ahead.and_then(|ahead| now.checked_add(ahead).ok()).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    struct At(Timestamp);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            self.0
        }
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
        fn pause(&self, _: Duration) {}
        fn notice(&self, _: &str) {}
    }

    fn millis(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    fn dated(moment: Timestamp) -> Response {
        let date = moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        Response { status: 200, headers: vec![("date".into(), date.into_bytes())], body: Vec::new() }
    }

    proptest! {
        #[test]
        fn it_is_never_further_off_than_half_of_the_shortest_trip_and_half_a_second(
            ahead in -2_000_000_i64..2_000_000,
            answers in proptest::collection::vec((0_i64..5_000, 0_i64..5_000, 0_i64..100_000), 1..9),
        ) {
            let (server, mut now, mut shortest) = (ServerClock::default(), 0, i64::MAX);
            for (there, back, pause) in answers {
                let (sent, arrived) = (millis(now), millis(now + there + back));
                server.learn(&dated(millis(now + there + ahead)), sent, arrived);
                now += there + back + pause;
                shortest = shortest.min(there + back);
            }
            let told = server.now(&At(millis(now)));
            let off = told.duration_since(millis(now + ahead)).as_millis().abs();
            prop_assert!(off <= i128::from(shortest.midpoint(1000) + 1), "{off} ms, and the shortest trip took {shortest}");
        }
    }

    #[test]
    fn without_a_date_it_is_that_of_this_machine_and_a_clock_that_was_set_is_followed() {
        let server = ServerClock::default();
        let silent = Response { status: 200, headers: Vec::new(), body: Vec::new() };
        server.learn(&silent, millis(0), millis(9));
        assert_eq!(server.now(&At(millis(5))), millis(5));
        server.learn(&dated(millis(0)), millis(0), millis(0));
        assert_eq!(server.now(&At(millis(0))), millis(500));
        server.learn(&dated(millis(90_000)), millis(10), millis(10));
        assert_eq!(server.now(&At(millis(10))), millis(90_500));
    }
}
