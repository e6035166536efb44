//! What the key is called that keyplan itself came in with.

use std::fmt;

use crate::model::Address;
use crate::openssh::Fingerprint;

/// What the key that keyplan came in with is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnName {
    /// By its address.
    Key(Address),
    /// By its fingerprint: where nobody knows its address any more.
    Fingerprint(Fingerprint),
}

impl OwnName {
    /// Reads `key/payments/ops` or `SHA256:...`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let key = Address::parse(text).filter(|address| matches!(address, Address::Key(..)));
        key.map(Self::Key).or_else(|| text.parse().ok().map(Self::Fingerprint))
    }
}

impl fmt::Display for OwnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(address) => address.fmt(f),
            Self::Fingerprint(fingerprint) => fingerprint.fmt(f),
        }
    }
}
