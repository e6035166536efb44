//! A plan, in the formats that there are: one file each, and a line here. JSON is what is stored, in `state::plan_v1`.

mod access;
mod fields;
mod human;
mod long_text;

use std::io::{self, Write};

use clap::ValueEnum;

use super::json_v1;
use super::view::View;
pub use human::{Places, summary};

use crate::plan::Plan;
use crate::state::plan_v1::PlanFile;

/// A format of plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// People
    Human,
    /// Machines
    Json,
}

/// Writes a plan, and a line that sums it up; of an empty plan its notes and the line.
pub fn plan(
    out: &mut dyn Write,
    plan: &Plan,
    places: Places<'_>,
    format: PlanFormat,
    view: View,
) -> io::Result<()> {
    match format {
        PlanFormat::Human => human::draw(out, plan, places, view),
        PlanFormat::Json => json_v1::write(out, &PlanFile::new(plan, places)),
    }
}
