//! Who acts on a state, and when: handed in, as a clock is.

/// The time and the user, who are named in the log, and a random text.
#[derive(Clone, Debug, Default)]
pub struct ApplyContext {
    /// The time in UTC, as in `2026-11-22T18:03:00Z`.
    pub time: String,
    pub actor: String,
    /// Why, in the words of who applies.
    pub message: Option<String>,
    /// The run of a CI service, as it names it.
    pub run: Option<String>,
    /// The commit that is applied, as the CI service names it.
    pub commit: Option<String>,
    /// A random text that no other run has: it marks what this run writes, and names a state that is new and
    /// a lease.
    pub nonce: String,
}
