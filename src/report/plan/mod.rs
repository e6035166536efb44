//! A plan, in the formats that there are: one file each, and a line here. JSON is what is stored, in `state::plan_v1`.

mod access;
mod fields;
mod human;
mod long_text;
mod markdown;

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
    /// Comments of reviews
    Markdown,
}

/// The least limit of a Markdown document: what always has to be in it fits.
pub const LEAST_BYTES: usize = 2_000;

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
        PlanFormat::Markdown => markdown(out, plan, places, None, usize::MAX),
    }
}

/// Writes a plan as Markdown, of at most so many bytes and at least [`LEAST_BYTES`]; with what was done, where it is known.
pub fn markdown(
    out: &mut dyn Write,
    plan: &Plan,
    places: Places<'_>,
    outcome: Option<&str>,
    max_bytes: usize,
) -> io::Result<()> {
    markdown::draw(out, plan, places, outcome, max_bytes.max(LEAST_BYTES))
}
