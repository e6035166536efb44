//! Why a plan was not recorded.

use super::state_error::StateError;
use super::store::StoreError;

/// How often a lost race for the next entry is run again. Each time another apply has succeeded.
pub(super) const TRIES: u32 = 200;

/// Why a plan was not recorded. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// What the plan was made from is not what is recorded now.
    #[error("the plan is stale: {moved}")]
    Stale { moved: String },
    /// The plan was made for another workspace or another target.
    #[error("the plan was made for {planned}, and this is {here}")]
    Elsewhere {
        /// What it was made for.
        planned: String,
        /// What it would be applied to.
        here: String,
    },
    /// The store cannot be written to.
    #[error("cannot write `{object}` of the state: {source}")]
    Unwritable {
        /// The object, with the place of the store.
        object: String,
        source: StoreError,
    },
    /// Something is larger than the state can keep.
    #[error("{what} would take {bytes} bytes in the state, and {most} are the most")]
    TooLarge {
        what: String,
        bytes: u64,
        /// The largest object that the store keeps.
        most: u64,
    },
    /// Another apply holds the same projects.
    #[error("{holder} is applying to the same projects, and holds them until {until}")]
    Held {
        holder: String,
        /// Until when, unless they go on.
        until: String,
    },
    /// An apply on the same projects began and never ended.
    #[error("the apply of {holder} that began with revision {begin} never ended")]
    Interrupted {
        /// The number of its begin.
        begin: u64,
        holder: String,
    },
    /// An apply that never ended had another target than this one, where nothing of it can be seen.
    #[error(
        "the apply of {holder} that began with revision {begin} never ended, and its target was `{target}`, not \
         `{here}`"
    )]
    OtherTarget {
        /// The number of its begin.
        begin: u64,
        holder: String,
        target: String,
        /// The target of this one.
        here: String,
        /// The name of its lease.
        token: String,
    },
    /// Another run has ended this apply, because its lease was not renewed for a term.
    #[error(
        "the apply that began with revision {begin} was ended by {by} with revision {revision}: its lease was not \
         renewed in time"
    )]
    LeaseLost {
        /// The number of its begin.
        begin: u64,
        by: String,
        /// The revision that ends it.
        revision: u64,
    },
    /// The store let several writers win, or none.
    #[error(
        "`{place}` does not keep what a state rests on: of writers at the same name, not exactly one has won"
    )]
    Untrusted { place: String },
    /// Others were faster again and again.
    #[error("{TRIES} other applies were recorded meanwhile")]
    Crowded,
}

impl RecordError {
    /// The next keystroke.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::State(error) => error.help(),
            Self::Stale { .. } => "make a new plan, and look at it again".into(),
            Self::Elsewhere { .. } => {
                "apply it with the keyplan.yaml that it was made with, or make a new plan".into()
            }
            Self::Unwritable { source, .. } => {
                format!("{}; planning again tells what was recorded", source.help())
            }
            Self::TooLarge { .. } => "make several smaller projects of it, or apply less at a time".into(),
            Self::Held { .. } => "wait until they are done, and make a new plan".into(),
            Self::Interrupted { .. } => "apply again: it is ended with what the target says is there".into(),
            Self::OtherTarget { target, token, .. } => format!(
                "apply with the target `{target}` again, which tells what it has done; or give it up with `keyplan \
                 state release {token}`"
            ),
            Self::LeaseLost { .. } => {
                "what this apply did after that is not recorded: run `keyplan drift`, and apply again".into()
            }
            Self::Untrusted { .. } => {
                "use a store where objects can be created if they are absent, and by one alone; nothing was recorded".into()
            }
            Self::Crowded => "try again when the others are done; nothing was recorded".into(),
        }
    }
}
