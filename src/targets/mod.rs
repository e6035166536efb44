//! Where changes land outside of the state. What the workspace calls the target `record` is no target: then the state is
//! the registry, and nothing else is touched. A target is handed all changes of a plan at once, and doing them again does no harm: an
//! apply that was interrupted is done again from what the target says is there.

mod error;
pub mod files;
pub mod palette;
pub mod ssh;
mod transitions;

use std::collections::BTreeSet;

pub use error::{NodeError, TargetError, TargetErrorKind};

use crate::model::{Address, Place, Recorded};
use crate::plan::{Delivery, Resource};

/// The outcome of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Applied,
    /// It was tried, and could not be done.
    Failed(TargetError),
    /// It was not tried: why.
    Skipped(String),
}

/// A note on a node on which all was done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeNote {
    /// The user and the node, as in `spectro@10.0.0.11`.
    pub node: String,
    /// What, for people.
    pub what: String,
}

/// The outcomes of the changes of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// One for each change, in their order.
    pub outcomes: Vec<Outcome>,
    /// What is now neither as it was nor as it was to be, as it is to be recorded.
    pub partially_applied: Vec<Resource>,
    /// Notes on nodes on which all was done.
    pub notes: Vec<NodeNote>,
}

/// What an apply that was interrupted has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Whether each change was done, in their order.
    pub done: Vec<bool>,
    /// What is between before and after, or of which nobody knows, as it is to be recorded.
    pub partially_applied: Vec<Resource>,
}

/// What a target asks while it works, and tells.
pub trait Progress: Sync {
    /// Asked before anything is begun.
    ///
    /// # Errors
    /// When nothing more may be begun: why, for people.
    fn go_on(&self) -> Result<(), String>;

    /// A change has its outcome.
    fn done(&self);

    /// A node of a change has its outcome.
    fn node_done(&self);
}

/// Where changes land.
pub trait Target: Sync {
    /// Does all changes of a plan. Doing one again does no harm. One that failed may have been done in part.
    fn apply(&self, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered;

    /// What an apply that was interrupted has done of its changes, by what is there now.
    ///
    /// # Errors
    /// When it cannot be seen.
    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, TargetError>;

    /// What is in every place of these resources, against what is recorded, in the order of the places. Resources of
    /// kinds that it has no places for are in none.
    ///
    /// # Errors
    /// When none of its places can be looked at.
    fn drift(
        &self,
        recorded: &Recorded,
        selected: &BTreeSet<Address>,
        progress: &dyn Progress,
    ) -> Result<Vec<Place>, TargetError>;
}
