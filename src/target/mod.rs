//! Where changes land. A target does changes that do not depend on each other, as many at a time as it likes,
//! and doing one again does no harm: an apply that was interrupted is done again from what the target says is
//! there.

pub mod record;
pub mod ssh;

use std::collections::BTreeSet;

use crate::model::{Address, Cluster, Place, Recorded};
use crate::plan::Step;

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Applied,
    /// It was tried, and could not be done.
    Failed(Trouble),
    /// It was not tried: why.
    Skipped(String),
}

/// Why a change could not be done, and what it left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Why, for people.
    pub why: String,
    /// The nodes on which it could not be done, in their order.
    pub nodes: Vec<NodeTrouble>,
    /// The clusters that are now neither as they were nor as they were to be, as they are to be recorded.
    pub left: Vec<Cluster>,
}

/// Why something could not be done on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTrouble {
    /// The user and the node, as in `spectro@10.0.0.11`.
    pub node: String,
    /// Why, for people.
    pub why: String,
}

/// What an apply that was interrupted has done of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// All of it.
    Done,
    /// Nothing.
    Undone,
    /// A part, or nobody knows: the clusters that are between before and after, as they are to be recorded.
    Between(Vec<Cluster>),
}

/// What a target asks while it works, and tells.
pub trait Watch: Sync {
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
    /// Its name in `keyplan.yaml`.
    fn name(&self) -> &'static str;

    /// Whether changes have effects outside of the state. Without any, an apply is recorded whole or
    /// not at all.
    fn has_effects(&self) -> bool;

    /// Does changes that do not depend on each other; an outcome for each, in their order. Doing one again
    /// does no harm. One that failed may have been done in part.
    fn apply(&self, steps: &[Step<'_>], watch: &dyn Watch) -> Vec<Outcome>;

    /// What an apply that was interrupted has done: for each of its changes, in their order, by what is there
    /// now.
    ///
    /// # Errors
    /// When it cannot be seen: why, for people.
    fn observe(&self, steps: &[Step<'_>]) -> Result<Vec<Seen>, String>;

    /// What is in every place of these clusters, against what is recorded, in the order of the places.
    fn drift(&self, recorded: &Recorded, clusters: &BTreeSet<Address>, watch: &dyn Watch) -> Vec<Place>;
}
