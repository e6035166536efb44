//! Requests as they are made: in their turn, again where that does no harm, and with no secret in what comes back.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::clock::{Clock, GoOn, wait_until};
use super::retry::{RequestKind, RetryDecision, TRIES, TryError, decide, pause};
use super::retry_after::retry_after;
use super::{Request, Response, TokenBucket, Transport, TransportError};

/// Sends requests over a transport.
pub struct Sender {
    transport: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    /// The longest time that one try may take.
    timeout: Duration,
    /// A random number, by which pauses differ.
    random: Box<dyn Fn() -> u32 + Send + Sync>,
}

/// How long a request may be tried.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// By the sender's clock: after it nothing is sent.
    pub deadline: Duration,
    /// Asked before each try and while one waits.
    pub go_on: &'a GoOn<'a>,
}

/// Why there is no answer that counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It was not done, or was to change nothing.
    #[error("{0}")]
    Failed(Failure),
    /// Nobody knows whether it was done: look before it is sent again.
    #[error("{0}; whether it was done is not known")]
    Ambiguous(Failure),
    /// It was not done, as it was not to go on: why.
    #[error("{0}")]
    Stopped(String),
}

/// What went wrong with the last try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub cause: FailureCause,
    pub tries: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureCause {
    Transport(TransportError),
    /// Too many requests, or a gateway gave up.
    Response(Response),
    /// There was no time left to try.
    Deadline,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            FailureCause::Transport(error) => write!(f, "{error}")?,
            FailureCause::Response(response) => write!(f, "the answer was {}", response.status)?,
            FailureCause::Deadline => f.write_str("there was no time left")?,
        }
        if self.tries > 1 { write!(f, ", after {} tries", self.tries) } else { Ok(()) }
    }
}

impl Sender {
    pub fn new(
        transport: Box<dyn Transport>,
        clock: Arc<dyn Clock>,
        timeout: Duration,
        random: Box<dyn Fn() -> u32 + Send + Sync>,
    ) -> Self {
        Self { transport, clock, timeout, random }
    }

    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Sends a request in its turn, and again as its kind allows. A status that says that it was refused, or that the
    /// server itself failed, is an answer.
    ///
    /// # Errors
    /// When no answer came that counts.
    pub fn send(
        &self,
        request: &Request,
        kind: RequestKind,
        bucket: &TokenBucket,
        limits: &Limits<'_>,
    ) -> Result<Response, SendError> {
        let is_late = || self.clock.monotonic() >= limits.deadline;
        let in_time = || if is_late() { Err(String::new()) } else { (limits.go_on)() };
        let ended = |why, last| if is_late() { SendError::Failed(last) } else { SendError::Stopped(why) };
        let mut last = Failure { cause: FailureCause::Deadline, tries: 0 };
        loop {
            if let Err(why) = bucket.take(self.clock(), &in_time) {
                return Err(ended(why, last));
            }
            let tries = last.tries + 1;
            let (try_error, cause) = match judged(self.send_once(request, limits)) {
                Ok(response) => return Ok(response),
                Err(try_error) => try_error,
            };
            let next = self.clock.monotonic() + pause(tries, (self.random)(), cause.retry_after());
            last = Failure { cause, tries };
            match decide(kind, try_error) {
                RetryDecision::Ambiguous => return Err(SendError::Ambiguous(last)),
                RetryDecision::Again if tries < TRIES && next < limits.deadline => {}
                RetryDecision::Again | RetryDecision::Failed => return Err(SendError::Failed(last)),
            }
            if try_error == TryError::Limited {
                bucket.hold_until(next);
            }
            if let Err(why) = wait_until(self.clock(), next, &in_time) {
                return Err(ended(why, last));
            }
        }
    }

    fn send_once(&self, request: &Request, limits: &Limits<'_>) -> Result<Response, TransportError> {
        let left = limits.deadline.saturating_sub(self.clock.monotonic());
        let tried = self.transport.send(request, left.min(self.timeout));
        tried.map(|response| response.redacted(request)).map_err(|error| error.redacted(request))
    }
}

/// The answer, or what went wrong: too many requests, a gateway that gave up, or no answer at all.
fn judged(tried: Result<Response, TransportError>) -> Result<Response, (TryError, FailureCause)> {
    match tried {
        Ok(response) => match response.status {
            429 => Err((TryError::Limited, FailureCause::Response(response))),
            408 | 502..=504 => Err((TryError::Broken, FailureCause::Response(response))),
            _ => Ok(response),
        },
        Err(error) => {
            let try_error = match &error {
                TransportError::Refused(_) => TryError::Refused,
                TransportError::NotSent(_) => TryError::NotSent,
                TransportError::Lost(_) => TryError::Broken,
                TransportError::TooLarge(_) => TryError::TooLarge,
            };
            Err((try_error, FailureCause::Transport(error)))
        }
    }
}

impl FailureCause {
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Response(response) => retry_after(response),
            Self::Transport(_) | Self::Deadline => None,
        }
    }
}

#[cfg(test)]
mod tests;
