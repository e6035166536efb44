//! A clock on which no time passes: nobody else applies here.

use std::time::Duration;

use jiff::Timestamp;
use keyplan::state::Clock;

pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn pause(&self, _: Duration) {}

    fn notice(&self, _: &str) {}
}
