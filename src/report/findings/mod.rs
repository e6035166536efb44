//! What was found, in the formats that there are: one file each, and a line here. JSON is in `json_v1`, where all frozen
//! shapes are.

mod human;

use std::io::{self, Write};

use clap::ValueEnum;

use super::json_v1::{self, Validation};
use super::paths::Shown;
use super::view::{View, plural};
use crate::check::Validated;
use crate::diagnostics::{Diagnostic, Severity};

/// A format of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// People
    Human,
    /// Machines
    Json,
}

/// Writes what was found in a workspace.
pub fn findings(
    out: &mut dyn Write,
    validated: &Validated,
    shown: &Shown,
    format: FindingsFormat,
    view: View,
) -> io::Result<()> {
    match format {
        FindingsFormat::Human => human::draw(out, &validated.diagnostics, &validated.sources, shown, view),
        FindingsFormat::Json => json_v1::write(out, &Validation::new(validated, shown)),
    }
}

/// "3 errors and 1 warning", or nothing when there are none.
#[must_use]
pub fn tally(diagnostics: &[Diagnostic]) -> Option<String> {
    let count = |severity, one: &str| {
        let number = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        (number > 0).then(|| plural(number, one))
    };
    match (count(Severity::Error, "error"), count(Severity::Warning, "warning")) {
        (Some(errors), Some(warnings)) => Some(format!("{errors} and {warnings}")),
        (errors, warnings) => errors.or(warnings),
    }
}
