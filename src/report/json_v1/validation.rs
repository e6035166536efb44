//! Findings as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::check::{Counts, Validated};
use crate::diagnostics::{self, Applicability, LocatedFix, Rule, Severity, visible, visible_lines};
use crate::report::paths::Shown;
use crate::source::{self, SourceSet};

/// What `keyplan validate --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan validate")]
pub struct Validation {
    /// The version of this shape. Tools of version 1 read every 1.x.
    pub format_version: &'static str,
    /// Whether there is no finding of severity error.
    pub valid: bool,
    /// How many findings are errors.
    pub error_count: usize,
    /// How many findings are warnings.
    pub warning_count: usize,
    /// How much is declared.
    pub summary: Summary,
    /// Every finding, in the order of files and of places in them.
    pub diagnostics: Vec<Diagnostic>,
}

/// How much is declared.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// Files of declarations.
    pub files: usize,
    /// Projects.
    pub projects: usize,
    /// Teams.
    pub teams: usize,
    /// SSH keys.
    pub keys: usize,
    /// Clusters.
    pub clusters: usize,
    /// Access tests.
    pub tests: usize,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: SeverityWord,
    /// The rule that found it; `keyplan explain` tells more.
    pub rule: &'static str,
    /// What is wrong.
    pub summary: String,
    /// Why, where the summary does not say it.
    pub detail: Option<String>,
    /// The next keystroke.
    pub help: Option<String>,
    /// The bytes that are wrong.
    pub range: Range,
    /// What is to be said of these bytes.
    pub label: String,
    /// Other places that matter, perhaps in other files.
    pub related: Vec<Related>,
    /// The help as edits, where what to write is known to the letter.
    pub fix: Option<Fix>,
}

/// A remedy as edits of one file: all of them, or none.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Fix {
    /// Whether it may be applied where nobody has looked at it.
    pub applicability: ApplicabilityWord,
    /// What changes, in the order of the file.
    pub edits: Vec<Edit>,
}

/// Whether a fix may be applied where nobody has looked at it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApplicabilityWord {
    /// Only how something is written changes.
    Safe,
    /// It guesses what was meant, and who gets in may be another.
    Unsafe,
}

impl From<Applicability> for ApplicabilityWord {
    fn from(applicability: Applicability) -> Self {
        match applicability {
            Applicability::Safe => Self::Safe,
            Applicability::Unsafe => Self::Unsafe,
        }
    }
}

/// A change of a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Edit {
    /// The bytes that go.
    pub range: Range,
    /// What stands in their place.
    pub content: String,
}

/// How much a finding matters.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityWord {
    /// It stops plan and apply.
    Error,
    /// It stops nothing.
    Warning,
}

/// Another place that matters to a finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Related {
    /// Where.
    pub range: Range,
    /// What is to be said of it.
    pub message: String,
}

/// Bytes of a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Range {
    /// The file, relative to the caller's directory.
    pub filename: String,
    /// The first character.
    pub start: Position,
    /// The one after the last character.
    pub end: Position,
}

/// A position in a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Offset in bytes, from 0.
    pub byte: usize,
}

impl Validation {
    /// The findings of a workspace.
    #[must_use]
    pub fn new(validated: &Validated, shown: &Shown) -> Self {
        let (errors, warnings) = (validated.count(Severity::Error), validated.count(Severity::Warning));
        let Counts { files, projects, teams, keys, clusters, tests } = validated.counts;
        Self {
            format_version: FORMAT_VERSION,
            valid: errors == 0,
            error_count: errors,
            warning_count: warnings,
            summary: Summary { files, projects, teams, keys, clusters, tests },
            diagnostics: diagnostics(&validated.diagnostics, &validated.sources, shown),
        }
    }
}

/// Findings in their order.
fn diagnostics(all: &[diagnostics::Diagnostic], sources: &SourceSet, shown: &Shown) -> Vec<Diagnostic> {
    all.iter().map(|one| diagnostic(one, sources, shown)).collect()
}

fn diagnostic(one: &diagnostics::Diagnostic, sources: &SourceSet, shown: &Shown) -> Diagnostic {
    let diagnostics::Diagnostic { rule, severity, summary, detail, help, labels, fix } = one;
    let Rule { name, .. } = rule;
    let related = labels.iter().skip(1);
    Diagnostic {
        severity: match severity {
            Severity::Error => SeverityWord::Error,
            Severity::Warning | Severity::Off => SeverityWord::Warning,
        },
        rule: name,
        summary: visible(summary),
        detail: detail.as_deref().map(visible),
        help: help.as_deref().map(visible_lines),
        range: range(one.place(), sources, shown),
        label: labels.first().map(|(_, text)| visible(text)).unwrap_or_default(),
        related: related
            .map(|(place, text)| Related { range: range(*place, sources, shown), message: visible(text) })
            .collect(),
        fix: fix.as_ref().map(|fix| self::fix(fix, sources, shown)),
    }
}

fn fix(fix: &LocatedFix, sources: &SourceSet, shown: &Shown) -> Fix {
    let LocatedFix { applicability, file, edits } = fix;
    let edit = |source::Edit { span, content }: &source::Edit| Edit {
        range: range(source::SourceSpan { file: *file, span: *span }, sources, shown),
        content: content.clone(),
    };
    Fix { applicability: (*applicability).into(), edits: edits.iter().map(edit).collect() }
}

fn range(place: source::SourceSpan, sources: &SourceSet, shown: &Shown) -> Range {
    let file = sources.file(place.file);
    let position = |byte| {
        let source::Position { line, column, byte } = file.position(byte);
        Position { line, column, byte }
    };
    Range {
        filename: shown.path(file.path()),
        start: position(place.span.start),
        end: position(place.span.end),
    }
}
