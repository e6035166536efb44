//! Diagnostics for people: drawn with excerpts, or told in words for screen readers.

use std::fmt::Write as _;
use std::io::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, NarratableReportHandler, ThemeCharacters, ThemeStyles};

use super::paths::Shown;
use crate::diagnostics::{Diagnostic, Excerpt, Severity};
use crate::source::SourceSet;

/// Most diagnostics that are drawn; JSON has them all.
const MOST: usize = 100;

#[derive(Clone, Copy, Debug)]
pub struct View {
    pub width: usize,
    pub color: bool,
    /// Whether to draw frames with Unicode.
    pub unicode: bool,
    /// Whether to tell in words instead of drawing, for screen readers.
    pub accessible: bool,
}

/// Draws diagnostics, and counts those that it leaves out.
pub fn diagnostics(
    out: &mut dyn Write,
    diagnostics: &[Diagnostic],
    sources: &SourceSet,
    shown: &Shown,
    view: View,
) -> io::Result<()> {
    let drawn = worth_drawing(diagnostics);
    for diagnostic in &drawn {
        out.write_all(one(diagnostic, sources, shown, view).as_bytes())?;
        writeln!(out)?;
    }
    if drawn.len() < diagnostics.len() {
        writeln!(out, "... and {} more: `--format json` has them all\n", diagnostics.len() - drawn.len())?;
    }
    Ok(())
}

/// All, in their order; of too many, the errors before the warnings.
fn worth_drawing(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut all: Vec<_> = diagnostics.iter().collect();
    if all.len() > MOST {
        all.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
        all.truncate(MOST);
    }
    all
}

fn one(diagnostic: &Diagnostic, sources: &SourceSet, shown: &Shown, view: View) -> String {
    let report = Excerpt::new(diagnostic, sources, view.width, &|file| shown.path(file.path()));
    let mut text = String::new();
    let drawn = if view.accessible {
        NarratableReportHandler::new().with_context_lines(1).render_report(&mut text, &report)
    } else {
        GraphicalReportHandler::new_themed(theme(view))
            .with_width(view.width)
            .with_links(false)
            .with_context_lines(1)
            .render_report(&mut text, &report)
    };
    if drawn.is_err() {
        let _ = writeln!(text, "{}: {report}", diagnostic.severity);
    }
    // The frame pads lines with blanks, which nobody needs and a diff would show.
    let mut trimmed = String::with_capacity(text.len());
    for line in text.lines() {
        trimmed.push_str(line.trim_end());
        trimmed.push('\n');
    }
    trimmed
}

fn theme(view: View) -> GraphicalTheme {
    GraphicalTheme {
        characters: if view.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if view.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
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

/// "1 key", "2 keys".
#[must_use]
pub fn plural(number: usize, one: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {one}{ending}")
}
