//! Time, handed in.

use std::time::Duration;

/// The longest pause in which nobody is asked whether to go on.
const SLICE: Duration = Duration::from_millis(100);

/// A monotonic clock.
pub trait Clock: Send + Sync {
    /// The time since some moment.
    fn monotonic(&self) -> Duration;
    fn pause(&self, time: Duration);

    /// Told by how many the threads grow that run and may pause. One that waits for another thread does not run. Only a
    /// clock that does not go by itself has to know.
    fn threads_change(&self, _by: isize) {}
}

/// Asked again and again while something is waited for: when nothing more may be begun, why, for people.
pub type GoOn<'a> = dyn Fn() -> Result<(), String> + Sync + 'a;

/// Waits until a moment of this clock.
///
/// # Errors
/// When it may not go on: why.
pub fn wait_until(clock: &dyn Clock, moment: Duration, go_on: &GoOn<'_>) -> Result<(), String> {
    loop {
        go_on()?;
        let left = moment.saturating_sub(clock.monotonic());
        if left.is_zero() {
            return Ok(());
        }
        clock.pause(left.min(SLICE));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::http::virtual_clock::VirtualClock;

    #[test]
    fn waits_to_the_nanosecond_and_not_after_it_was_stopped() {
        let clock = VirtualClock::default();
        let moment = Duration::from_nanos(1_234_567_891);
        wait_until(&clock, moment, &|| Ok(())).unwrap();
        assert_eq!(clock.monotonic(), moment);
        wait_until(&clock, Duration::ZERO, &|| Ok(())).unwrap();
        assert_eq!(clock.monotonic(), moment);

        let asked = AtomicU32::new(0);
        let twice = || match asked.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Ok(()),
            _ => Err("stopped".to_owned()),
        };
        let why = wait_until(&clock, moment * 9, &twice).unwrap_err();
        assert_eq!((why.as_str(), clock.monotonic()), ("stopped", moment + SLICE * 2));
    }
}
