//! One try of a request.

use std::time::Duration;

use super::{Request, Response};

/// What sends a request once.
pub trait Transport: Send + Sync {
    /// Sends it, and reads the answer to its end, in no more time than this. Redirects are answers.
    ///
    /// # Errors
    /// When there is no whole answer.
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError>;
}

/// Why there is no whole answer. The words are the system's; of the server there is nothing in them but what it was
/// sent may have come back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It is not to be sent, and will not be the next time: the server's certificate is not trusted, for example.
    #[error("{0}")]
    Refused(String),
    /// The server has not got it, or not in full: nothing was done.
    #[error("{0}")]
    NotSent(String),
    /// No answer came, or not all of it: nobody knows whether it was done.
    #[error("{0}")]
    Lost(String),
    /// The answer has more bytes than this: nobody knows whether it was done.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
}

impl TransportError {
    /// The same without the secrets of its request.
    pub(super) fn redacted(self, request: &Request) -> Self {
        let redact = |words: String| String::from_utf8_lossy(&request.redact(words.as_bytes())).into_owned();
        match self {
            Self::Refused(words) => Self::Refused(redact(words)),
            Self::NotSent(words) => Self::NotSent(redact(words)),
            Self::Lost(words) => Self::Lost(redact(words)),
            Self::TooLarge(limit) => Self::TooLarge(limit),
        }
    }
}
