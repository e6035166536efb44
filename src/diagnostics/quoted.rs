//! The user's own words in a message, made safe to print.

use crate::model::is_plain;

/// How many characters of a value a message shows.
const LONGEST: usize = 60;

/// A value from the user in backticks: control, bidirectional and invisible characters are escaped as
/// `\u{200b}`, and a long text is cut with `…`. Of what may be a secret nothing is shown.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().min(LONGEST * 4) + 3);
    quoted.push('`');
    let text = super::without_secrets(text);
    let mut characters = text.chars();
    for character in characters.by_ref().take(LONGEST) {
        push_visible(&mut quoted, character);
    }
    if characters.next().is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

/// A text with every character escaped that a terminal would obey or a reader could not see.
#[must_use]
pub fn visible(text: &str) -> String {
    if is_printable_ascii(text) {
        return text.to_owned();
    }
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        push_visible(&mut visible, character);
    }
    visible
}

/// The same of a text of keyplan's own, which may have several lines.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// Whether a text is nothing but printable ASCII, as most are: then every character shows itself.
#[must_use]
pub fn is_printable_ascii(text: &str) -> bool {
    // It never ends early, so that the compiler may look at many bytes at once.
    text.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~'))
}

/// Adds a character, escaped if it does not show itself.
pub(super) fn push_visible(text: &mut String, character: char) {
    if is_plain(character) {
        text.push(character);
    } else {
        text.extend(character.escape_unicode());
    }
}

#[cfg(test)]
mod tests {
    use super::{is_plain, is_printable_ascii, quoted, visible};

    #[test]
    fn leaves_words_alone() {
        assert_eq!(quoted("Zoë's key"), "`Zoë's key`");
    }

    #[test]
    fn the_quick_look_agrees_with_the_thorough_one() {
        for letter in (0..=0x7f).map(char::from) {
            let text = format!("a{letter}b");
            assert_eq!(is_printable_ascii(&text), is_plain(letter), "{letter:?}");
            assert_eq!(visible(&text) == text, is_plain(letter), "{letter:?}");
        }
        assert_eq!(visible("Zoë"), "Zoë");
    }

    #[test]
    fn shows_what_cannot_be_seen() {
        assert_eq!(quoted("a\u{200b}b\n\u{1b}[31m\u{202e}"), "`a\\u{200b}b\\u{a}\\u{1b}[31m\\u{202e}`");
    }

    #[test]
    fn cuts_a_long_text() {
        let cut = quoted(&"ß".repeat(1000));
        assert_eq!(cut.chars().count(), 63);
        assert!(cut.ends_with("…`"));
    }
}
