//! The default target: what is recorded is the registry, and nothing else is touched.

use std::collections::BTreeSet;

use super::{Delivered, Seen, Target, Watch};
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

    fn apply(&self, delivery: &Delivery<'_>, _: &dyn Watch) -> Delivered {
        Delivered::all(&delivery.steps)
    }

    /// What was not recorded was not done.
    fn observe(&self, delivery: &Delivery<'_>) -> Result<Seen, String> {
        Ok(Seen { done: vec![false; delivery.steps.len()], left: Vec::new() })
    }

    fn drift(&self, _: &Recorded, _: &BTreeSet<Address>, _: &dyn Watch) -> Vec<Place> {
        Vec::new()
    }
}
