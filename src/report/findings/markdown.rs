//! Findings that keep a plan from being made, for a comment of a review in its place.

use std::io::{self, Write};

use crate::check::Validated;
use crate::diagnostics::Diagnostic;
use crate::model::Name;
use crate::report::markdown::{Document, mark, span};
use crate::report::paths::Shown;

/// Writes the findings, the errors first, with how many there are.
pub(super) fn write(
    out: &mut dyn Write,
    (validated, tally): (&Validated, &str),
    shown: &Shown,
    max_bytes: usize,
) -> io::Result<()> {
    let mut document = Document::new(&mark(validated.settings.name.as_ref().map(Name::as_str)), max_bytes);
    document.paragraph(&format!("### keyplan: not valid: {tally}"));
    let mut all: Vec<_> = validated.diagnostics.iter().collect();
    all.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    document.section(
        "There is no plan before the errors are mended:",
        "finding",
        all.into_iter().map(|diagnostic| item(diagnostic, validated, shown)),
    );
    out.write_all(document.text().as_bytes())
}

fn item(diagnostic: &Diagnostic, validated: &Validated, shown: &Shown) -> String {
    let place = diagnostic.place();
    let file = validated.sources.file(place.file);
    let line = file.position(place.span.start).line;
    let at = span(&format!("{}:{line}", shown.path(file.path())));
    let summary = span(&diagnostic.summary);
    let help = diagnostic.help.as_ref().map(|help| format!("  \n  help: {}", span(help)));
    format!(
        "- {} **{}** at {at}: {summary}{}",
        diagnostic.severity,
        diagnostic.rule.name,
        help.unwrap_or_default()
    )
}
