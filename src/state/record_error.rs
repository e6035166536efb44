//! Why a plan was not recorded.

use std::io;

use super::log::StateError;

/// How often a lost race is run again. Each time another apply has succeeded.
pub(super) const TRIES: usize = 1_000;

/// Why a plan was not recorded. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// What the plan was made from is not what is recorded now.
    #[error("the plan is stale: {moved}")]
    Stale {
        /// What moved.
        moved: String,
    },
    /// The store cannot be written to.
    #[error("cannot write `{object}` of the state: {}", .source.kind())]
    Unwritable {
        /// The object, with the place of the store.
        object: String,
        /// What the store says.
        source: io::Error,
    },
    /// Somebody else is at work on the same projects.
    #[error("{holder} is applying to the same projects, and holds them until {until}")]
    Held {
        /// Who.
        holder: String,
        /// Until when, unless they go on.
        until: String,
    },
    /// An apply on the same projects began and never ended.
    #[error("the apply of {holder} that began with revision {begin} never ended")]
    Interrupted {
        /// The number of its begin.
        begin: u64,
        /// Who ran it.
        holder: String,
    },
    /// The lease ran out, and another apply has ended this one.
    #[error("the apply that began with revision {begin} was ended by another, because its lease had run out")]
    LeaseLost {
        /// The number of its begin.
        begin: u64,
    },
    /// Others were faster again and again.
    #[error("{TRIES} other applies were recorded meanwhile")]
    Crowded,
}

impl RecordError {
    /// The next keystroke.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::State(error) => error.help(),
            Self::Stale { .. } => "make a new plan, and look at it again",
            Self::Unwritable { .. } => {
                "check the permissions and the disk, and plan again: that tells what was recorded"
            }
            Self::Held { .. } => "wait until they are done, and make a new plan",
            Self::Interrupted { .. } => "apply again: it is ended with what the target says is there",
            Self::LeaseLost { .. } => "make a new plan: what was done is recorded by the other apply",
            Self::Crowded => "try again when the others are done; nothing was recorded",
        }
    }
}
