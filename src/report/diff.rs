//! How a file differs from what it would be, as a unified diff.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use crate::diagnostics::{visible, without_secrets};

/// Lines that are shown around those that differ.
const AROUND: usize = 3;

/// Writes a unified diff of a file, which `patch -p0` takes. What a terminal would obey, a reader could not see, or
/// may be secret is escaped or masked in it.
pub fn unified(out: &mut dyn Write, path: &str, before: &str, after: &str) -> io::Result<()> {
    let diff = TextDiff::from_lines(before, after);
    writeln!(out, "--- {path}\n+++ {path}")?;
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        writeln!(out, "{}", hunk.header())?;
        for change in hunk.iter_changes() {
            let mark = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            let line = change.value();
            let text = line.trim_end_matches(['\n', '\r']);
            writeln!(out, "{mark}{}{}", shown(text), line[text.len()..].trim_end_matches('\n'))?;
            if change.missing_newline() {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

/// A line; tabs show themselves.
fn shown(line: &str) -> String {
    without_secrets(line).split('\t').map(visible).collect::<Vec<_>>().join("\t")
}
