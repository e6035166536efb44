//! What is said on standard error: why a command could not do its work, and notes. Whatever is in such a
//! text, it is one line where there is no terminal, and a terminal obeys none of it.

use std::io::{self, Write};

use super::page::{Page, words};
use super::view::View;

/// Prints what went wrong and what to do about it.
pub fn failure(out: &mut dyn Write, problem: &str, help: Option<&str>, view: View) -> io::Result<()> {
    let mut page = Page::new(out, view);
    page.flow(0, 2, words(&format!("error: {problem}")))?;
    help.map_or(Ok(()), |help| page.flow(2, 4, words(&format!("help: {help}"))))
}

/// Prints a note.
pub fn note(out: &mut dyn Write, text: &str, view: View) -> io::Result<()> {
    Page::new(out, view).flow(0, 2, words(text))
}

#[cfg(test)]
mod tests {
    use super::failure;
    use crate::report::view::View;

    fn printed(problem: &str, help: &str, width: usize) -> String {
        let mut text = Vec::new();
        let view = View { width, color: false, unicode: true, accessible: false };
        failure(&mut text, problem, Some(help), view).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn nothing_of_the_texts_ends_a_line_or_is_obeyed() {
        let hostile = "`a\nb\u{1b}[2K\u{202e}\u{2028}c`";
        let shown = "`a\\u{a}b\\u{1b}[2K\\u{202e}\\u{2028}c`";
        assert_eq!(printed(hostile, hostile, usize::MAX), format!("error: {shown}\n  help: {shown}\n"));
    }

    #[test]
    fn lines_are_as_wide_as_the_terminal() {
        assert_eq!(
            printed("one two three", "\u{4f60}\u{597d} \u{4f60}\u{597d} ok", 14),
            "error: one two\n  three\n  help: \u{4f60}\u{597d}\n    \u{4f60}\u{597d} ok\n"
        );
    }
}
