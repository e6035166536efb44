//! Who acts on a state, and when: handed in, as a clock is.

use jiff::Timestamp;

/// The clock and the user, who are named in the log, and a name for a state that is new.
#[derive(Clone, Debug)]
pub struct Now {
    /// The time in UTC, as in `2026-11-22T18:03:00Z`.
    pub time: String,
    /// Who applies.
    pub actor: String,
    /// A random name, used for a state that is new and for a lease.
    pub lineage: String,
}

impl Now {
    /// The time as one that can be compared.
    pub(super) fn timestamp(&self) -> Timestamp {
        self.time.parse().unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
