//! What the parts of the page are made of.

use std::fmt;
use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use crate::diagnostics::visible;
use crate::report::view::plural;

/// Longest list of clusters that is shown whole; of a longer one, the first few, with a link to all.
const MOST: usize = 10;
const SHOWN: usize = 8;

/// Where in a frame its content goes. No text can be like it, as `<` is escaped.
pub(super) const CONTENT: PreEscaped<&str> = PreEscaped("<!-- content -->");

/// Writes a frame with its content in it: row by row, so that a large page is in memory nowhere.
pub(super) fn framed(
    out: &mut dyn Write,
    frame: &Markup,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let (before, behind) = frame.0.split_once(CONTENT.0).unwrap_or((&frame.0, ""));
    out.write_all(before.as_bytes())?;
    content(out)?;
    out.write_all(behind.as_bytes())
}

/// A part of the page under a heading that can be linked to.
pub(super) fn section(
    out: &mut dyn Write,
    (id, title): (&str, &str),
    about: &str,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let frame = html! {
        section {
            h2 id=(id) { (title) }
            @if !about.is_empty() { p { (about) } }
            (CONTENT)
        }
    };
    framed(out, &frame, content)
}

/// A table that may be wider than the window.
pub(super) fn table(
    out: &mut dyn Write,
    id: &str,
    columns: &[&str],
    mut rows: impl Iterator<Item = Markup>,
) -> io::Result<()> {
    let frame = html! {
        div.scroll role="region" aria-labelledby=(id) tabindex="0" {
            table {
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { (CONTENT) }
            }
        }
    };
    framed(out, &frame, |out| rows.try_for_each(|row| out.write_all(row.0.as_bytes())))
}

/// Text from declarations, with every character visible.
pub(super) fn text(what: impl fmt::Display) -> String {
    visible(&what.to_string())
}

/// Names in code type, with commas between them; of many the first few, and `more` says where all are.
pub(super) fn names(all: &[String], more: &Markup) -> Markup {
    let shown = if all.len() <= MOST { all.len() } else { SHOWN };
    html! {
        @for (at, name) in all.iter().take(shown).enumerate() {
            @if at > 0 { ", " }
            code { (name) }
        }
        @if shown < all.len() { " and " (plural(all.len() - shown, "more cluster")) ", see " (more) }
    }
}
