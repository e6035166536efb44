//! The default target: what is recorded is the registry, and nothing else is touched.

use std::collections::BTreeSet;

use super::{Outcome, Seen, Target, Watch};
use crate::model::{Address, Place, Recorded};
use crate::plan::Step;

/// The target `record`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record;

impl Target for Record {
    fn name(&self) -> &'static str {
        "record"
    }

    fn has_effects(&self) -> bool {
        false
    }

    fn apply(&self, steps: &[Step<'_>], _: &dyn Watch) -> Vec<Outcome> {
        vec![Outcome::Applied; steps.len()]
    }

    /// What was not recorded was not done.
    fn observe(&self, steps: &[Step<'_>]) -> Result<Vec<Seen>, String> {
        Ok(vec![Seen::Undone; steps.len()])
    }

    fn drift(&self, _: &Recorded, _: &BTreeSet<Address>, _: &dyn Watch) -> Vec<Place> {
        Vec::new()
    }
}
