//! Where changes land. A target does one change at a time, and doing it again does no harm: an apply
//! that was interrupted is done again from what the target says is there.

pub mod files;
pub mod record;

use crate::model::{Name, Recorded};
use crate::plan::Change;

/// Where changes land.
pub trait Target: Sync {
    /// Its name in `keyplan.yaml`.
    fn name(&self) -> &'static str;

    /// Whether changes have effects outside of the state. Without any, an apply is recorded whole or
    /// not at all.
    fn has_effects(&self) -> bool;

    /// Does one change. Doing it again does no harm.
    ///
    /// # Errors
    /// When it could not be done: why, for people. It may have been done in part.
    fn apply(&self, change: &Change) -> Result<(), String>;

    /// What is there of some projects, and of the teams if they are asked for: the truth after an apply
    /// that was interrupted.
    ///
    /// # Errors
    /// When it cannot be seen: why, for people.
    fn observe(&self, projects: &[Name], teams: bool) -> Result<Recorded, String>;
}
