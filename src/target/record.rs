//! The default target: what is recorded is the registry, and nothing else is touched.

use super::Target;
use crate::model::{Name, Recorded};
use crate::plan::Change;

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

    fn apply(&self, _: &Change) -> Result<(), String> {
        Ok(())
    }

    fn observe(&self, _: &[Name], _: bool) -> Result<Recorded, String> {
        Ok(Recorded::default())
    }
}
