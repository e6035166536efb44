//! Diagnostics for people: drawn with excerpts, or told in words for screen readers.

use std::fmt::Write as _;
use std::io::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, NarratableReportHandler, ThemeCharacters, ThemeStyles};

use crate::diagnostics::{Diagnostic, Excerpt};
use crate::report::paths::Shown;
use crate::report::view::View;
use crate::source::SourceSet;

/// Most diagnostics that are drawn; JSON has them all.
const MOST: usize = 100;

/// Draws diagnostics, and counts those that it leaves out.
pub(super) fn draw(
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
