//! Time, handed in.

use std::time::Duration;

use jiff::Timestamp;

/// The clocks, handed in, and what is said of waiting.
pub trait Clock: Sync {
    /// The time of day, as this machine has it.
    fn now(&self) -> Timestamp;

    /// The time since some moment, by a monotonic clock.
    fn monotonic(&self) -> Duration;
    fn pause(&self, time: Duration);

    /// Tells the user what is waited for.
    fn notice(&self, text: &str);
}
