//! What is done when a try brings no answer: by what it asks for, and by what went wrong.

use std::time::Duration;

/// How often a request is sent at most.
pub(super) const TRIES: u32 = 5;
/// The longest pause that a server is granted.
const LONGEST: Duration = Duration::from_mins(1);

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// Nothing is changed by it, whatever its method.
    Read,
    /// Something is put or deleted: twice is as good as once, if nobody else wrote meanwhile.
    Write,
    /// Something new comes of each.
    Create,
}

/// What went wrong with a try that has no answer that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TryError {
    /// It is not to be sent.
    Refused,
    /// The server has not got it.
    NotSent,
    /// The server has got too many, and refused this one before it looked at it.
    Limited,
    /// A gateway gave up, or the answer broke off: nobody knows whether it was done.
    Broken,
    TooLarge,
}

/// What is done then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryDecision {
    /// It is sent again.
    Again,
    /// It failed.
    Failed,
    /// Whoever asked for it has to look whether it was done.
    Ambiguous,
}

pub(super) const fn decide(kind: RequestKind, try_error: TryError) -> RetryDecision {
    match (kind, try_error) {
        (_, TryError::NotSent | TryError::Limited) | (RequestKind::Read, TryError::Broken) => {
            RetryDecision::Again
        }
        (_, TryError::Refused) | (RequestKind::Read, TryError::TooLarge) => RetryDecision::Failed,
        (RequestKind::Write | RequestKind::Create, TryError::Broken | TryError::TooLarge) => {
            RetryDecision::Ambiguous
        }
    }
}

/// How long is waited after so many tries: 1, 2, 4, 8 seconds, and of that a half to the whole by `random`; or as long
/// as the server asks for, within limits.
pub(super) fn pause(tries: u32, random: u32, asked: Option<Duration>) -> Duration {
    let whole = Duration::from_secs(1 << tries.saturating_sub(1).min(3));
    let share = f64::from(random) / f64::from(u32::MAX);
    whole.mul_f64(0.5 + share / 2.0).max(asked.unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_a_table() {
        use RetryDecision::{Again, Ambiguous, Failed};
        use TryError::{Broken, Limited, NotSent, Refused, TooLarge};
        let of =
            |kind| [Refused, NotSent, Limited, Broken, TooLarge].map(|try_error| decide(kind, try_error));
        assert_eq!(of(RequestKind::Read), [Failed, Again, Again, Again, Failed]);
        assert_eq!(of(RequestKind::Write), [Failed, Again, Again, Ambiguous, Ambiguous]);
        assert_eq!(of(RequestKind::Create), [Failed, Again, Again, Ambiguous, Ambiguous]);
    }

    #[test]
    fn pauses_double_and_differ_and_have_an_end() {
        let millis = |tries, random, asked: Option<u64>| {
            pause(tries, random, asked.map(Duration::from_secs)).as_millis()
        };
        assert_eq!(
            [1, 2, 3, 4, 5].map(|tries| millis(tries, u32::MAX, None)),
            [1000, 2000, 4000, 8000, 8000]
        );
        assert_eq!([1, 4].map(|tries| millis(tries, 0, None)), [500, 4000]);
        assert_eq!([0, 7, 9999].map(|asked| millis(1, 0, Some(asked))), [500, 7000, 60_000]);
    }
}
