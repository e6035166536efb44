//! The default target: what is recorded is the registry, and nothing else is touched.

use std::collections::BTreeSet;

use super::{Delivered, Observation, Progress, Target};
use crate::model::{Address, Place, Recorded};
use crate::plan::Delivery;

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

    fn apply(&self, delivery: &Delivery<'_>, _: &dyn Progress) -> Delivered {
        Delivered::all(&delivery.steps)
    }

    /// What was not recorded was not done.
    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, String> {
        Ok(Observation { done: vec![false; delivery.steps.len()], partially_applied: Vec::new() })
    }

    fn drift(&self, _: &Recorded, _: &BTreeSet<Address>, _: &dyn Progress) -> Vec<Place> {
        Vec::new()
    }
}
