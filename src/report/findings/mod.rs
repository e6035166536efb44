//! What was found, in the formats that there are: one file each, and a line here. JSON is in `json_v1`, where all frozen
//! shapes are.

mod annotation;
mod github;
mod gitlab;
mod human;
mod junit;
mod markdown;
mod sarif;

use std::io::{self, Write};

use clap::ValueEnum;

use super::json_v1::{self, Validation};
use super::paths::{RepositoryPaths, Shown};
use super::view::{View, plural};
use crate::check::Validated;
use crate::diagnostics::{Diagnostic, Severity};

use annotation::Annotation;

/// A format of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// People
    Human,
    /// Machines
    Json,
    /// Code scanning and editors, SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// The Code Quality report of GitLab
    Gitlab,
    /// CI servers, as tests
    Junit,
}

/// Writes what was found in a workspace. People and JSON are told paths from the caller's directory, the others from the
/// top of the repository.
pub fn findings(
    out: &mut dyn Write,
    validated: &Validated,
    (shown, paths): (&Shown, &RepositoryPaths),
    format: FindingsFormat,
    view: View,
) -> io::Result<()> {
    let annotations = || Annotation::all(validated, paths);
    match format {
        FindingsFormat::Human => draw(out, validated, shown, view),
        FindingsFormat::Json => json_v1::write(out, &Validation::new(validated, shown)),
        FindingsFormat::Sarif => sarif::write(out, annotations()),
        FindingsFormat::Github => github::write(out, &annotations(), usize::MAX),
        FindingsFormat::Gitlab => gitlab::write(out, annotations()),
        FindingsFormat::Junit => junit::write(out, &annotations(), validated, paths),
    }
}

/// Draws what was found in a workspace, for people.
pub fn draw(out: &mut dyn Write, validated: &Validated, shown: &Shown, view: View) -> io::Result<()> {
    human::draw(out, &validated.diagnostics, &validated.sources, shown, view)
}

/// Writes the findings that keep a plan from being made, for a comment in its place.
pub fn markdown(
    out: &mut dyn Write,
    validated: &Validated,
    shown: &Shown,
    max_bytes: usize,
) -> io::Result<()> {
    let tally = tally(&validated.diagnostics).unwrap_or_default();
    markdown::write(out, (validated, &tally), shown, max_bytes)
}

/// Most annotations of a severity that GitHub takes from a step.
const MOST_ANNOTATIONS: usize = 10;

/// Writes annotations of GitHub Actions for as many findings as it shows.
pub fn github_annotations(
    out: &mut dyn Write,
    validated: &Validated,
    paths: &RepositoryPaths,
) -> io::Result<()> {
    github::write(out, &Annotation::all(validated, paths), MOST_ANNOTATIONS)
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
