//! Paths as CSV, a row each: RFC 4180, with a header.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{AccessOf, AccessPath, Effect};
use crate::diagnostics::visible;

/// The columns, in their order.
pub const COLUMNS: [&str; 14] = [
    "as_of",
    "revision",
    "user",
    "cluster",
    "login_user",
    "effect",
    "through",
    "role",
    "key",
    "fingerprint",
    "expires",
    "options",
    "file",
    "line",
];

/// How many rows there are of each effect.
pub type Counts = BTreeMap<Effect, usize>;

/// Prints a row for each path, and counts them.
pub fn csv<'a>(
    out: &mut dyn Write,
    of: &AccessOf,
    paths: impl Iterator<Item = AccessPath<'a>>,
) -> io::Result<Counts> {
    let mut counts = Counts::new();
    row(out, &COLUMNS.map(Into::into))?;
    for path in paths {
        *counts.entry(path.effect).or_default() += 1;
        row(out, &cells(of, &path))?;
    }
    Ok(counts)
}

/// "2 rows: 1 opens, 1 may-change".
#[must_use]
pub fn count(counts: &Counts) -> String {
    let total: usize = counts.values().sum();
    let each: Vec<_> = counts.iter().map(|(effect, number)| format!("{number} {effect}")).collect();
    let rows = super::plural(total, "row");
    if each.is_empty() { rows } else { format!("{rows}: {}", each.join(", ")) }
}

fn cells<'p>(of: &AccessOf, path: &'p AccessPath<'_>) -> [Cow<'p, str>; 14] {
    let AccessPath { user, at, login_user, effect, through, role, key, fingerprint, expires, place } = path;
    let text = |shown: Option<String>| Cow::Owned(shown.unwrap_or_default());
    let teams: Vec<_> = through.iter().map(|team| format!("team:{team}")).collect();
    let options = key.map(|key| &key.options).filter(|options| !options.is_none());
    [
        of.day.to_string().into(),
        text(of.revision.map(|revision| revision.to_string())),
        user.as_ref().map_or("", |user| user.as_str()).into(),
        at.to_string().into(),
        login_user.unwrap_or_default().into(),
        effect.word().into(),
        teams.join(" ").into(),
        role.unwrap_or_default().into(),
        text(key.map(|key| key.address().to_string())),
        text(fingerprint.map(|fingerprint| fingerprint.to_string())),
        text(expires.map(|expires| expires.to_string())),
        text(options.map(|options| options.to_string())),
        text(place.as_ref().map(|place| place.file.clone())),
        text(place.as_ref().map(|place| place.line.to_string())),
    ]
}

fn row(out: &mut dyn Write, cells: &[Cow<'_, str>; 14]) -> io::Result<()> {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        if is_plain(cell) {
            out.write_all(cell.as_bytes())?;
        } else {
            write!(out, "{}", quoted(&inert(cell)))?;
        }
    }
    out.write_all(b"\r\n")
}

/// Whether a cell is written as it is, as most are.
fn is_plain(cell: &str) -> bool {
    let begins = cell.bytes().next().is_none_or(|first| first.is_ascii_alphanumeric());
    begins && cell.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@._-:/+".contains(&byte))
}

/// A text that no spreadsheet takes for a formula: before one that begins like a formula comes an apostrophe, by which
/// spreadsheets know text. Each character that does not show itself is escaped.
fn inert(text: &str) -> String {
    const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let is_formula = text.starts_with(FORMULA) || text.starts_with(char::is_control);
    format!("{}{}", if is_formula { "'" } else { "" }, visible(text))
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{inert, quoted};

    #[test]
    fn no_cell_becomes_a_formula_or_breaks_its_row() {
        for (text, cell) in [
            ("ana@example.com", "ana@example.com"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\tx", "'\\u{9}x"),
            ("\r\nx", "'\\u{d}\\u{a}x"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("command=\"a,b\"", "\"command=\"\"a,b\"\"\""),
            ("", ""),
        ] {
            assert_eq!(quoted(&inert(text)), cell, "{text:?}");
        }
    }
}
