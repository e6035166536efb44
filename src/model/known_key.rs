//! Keys of others that nodes may have.

use std::fmt;

use jiff::civil::Date;

use crate::openssh::Fingerprint;

/// A key that keyplan does not deliver, and that the nodes of a cluster may have all the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownKey {
    pub fingerprint: Fingerprint,
    /// Why it may be there: text of people, not empty.
    pub reason: Box<str>,
    /// The last day on which it may, in UTC; nothing where it may stay.
    pub until: Option<Date>,
}

impl KnownKey {
    /// Whether its last day is over.
    #[must_use]
    pub fn is_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|last| last < today)
    }
}

/// In one line, as a plan shows it.
impl fmt::Display for KnownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fingerprint, reason, until } = self;
        match until {
            Some(last) => write!(f, "{fingerprint} until {last}: {reason}"),
            None => write!(f, "{fingerprint}: {reason}"),
        }
    }
}
