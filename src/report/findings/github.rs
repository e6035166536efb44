//! Annotations, as the runner of GitHub Actions and those that follow it take them from the output of a job:
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>.

use std::io::{self, Write};

use super::annotation::{Annotation, Region};
use crate::diagnostics::{has_weight, visible};

/// Most characters of a message that are shown.
const LONGEST: usize = 4_096;

/// Writes a line for each finding; of each severity, no more than so many.
pub(super) fn write(out: &mut dyn Write, annotations: &[Annotation], most: usize) -> io::Result<()> {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        annotations.iter().partition(|annotation| annotation.is_error());
    let shown = errors.into_iter().take(most).chain(warnings.into_iter().take(most));
    shown.into_iter().try_for_each(|annotation| writeln!(out, "{}", command(annotation)))
}

fn command(annotation: &Annotation) -> String {
    let name = if annotation.is_error() { "error" } else { "warning" };
    let Region { path, start, end } = &annotation.region;
    // Columns are only taken where they are on one line.
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    inert(&format!(
        "::{name} file={},line={},endLine={}{columns},title={}::{}",
        property(&visible(path)),
        start.line,
        end.line,
        property(&format!("keyplan {}", annotation.rule.name)),
        data(&cut(&annotation.lines().join("\n"))),
    ))
}

/// A command in which runners of others see none: to them `##` may begin one anywhere in a line, also with characters
/// between that do not count where texts are compared.
fn inert(command: &str) -> String {
    let mut inert = String::with_capacity(command.len());
    let mut before = None;
    for letter in command.chars() {
        if !has_weight(letter) || (before == Some('#') && letter == '#') {
            inert.extend(letter.escape_unicode());
        } else {
            inert.push(letter);
        }
        before = Some(letter);
    }
    inert
}

/// A text that is not longer than what is shown.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some(_) => text.chars().take(LONGEST - 1).chain(['…']).collect(),
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, cut, inert};

    #[test]
    fn others_see_no_command() {
        assert_eq!(inert("::error ::###[a]#b"), "::error ::#\\u{23}\\u{23}[a]#b");
        assert_eq!(inert("#\u{fe0f}#[a]"), "#\\u{fe0f}#[a]");
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let most = "ß".repeat(LONGEST);
        assert_eq!(cut(&most), most);
        let cut = cut(&"ß".repeat(LONGEST + 1));
        assert_eq!(cut.chars().count(), LONGEST);
        assert!(cut.ends_with('…'));
    }
}
