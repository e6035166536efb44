//! The user's own words in a message: in backticks, short, and free of what a terminal obeys.

/// Most characters of the user's text that a message repeats.
const MOST: usize = 60;

/// A text of the user in backticks: control, bidirectional and invisible characters escaped, and
/// long text cut.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("`");
    for (count, letter) in text.chars().enumerate() {
        if count == MOST {
            quoted.push('…');
            break;
        }
        push_visible(&mut quoted, letter);
    }
    quoted.push('`');
    quoted
}

/// A text with everything escaped that a terminal would obey or a reader could not see.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.chars() {
        push_visible(&mut visible, letter);
    }
    visible
}

fn push_visible(text: &mut String, letter: char) {
    if is_hidden(letter) {
        text.extend(letter.escape_unicode());
    } else {
        text.push(letter);
    }
}

/// Whether a character is a control, changes the direction of text, or is invisible.
#[must_use]
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
                | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}'
                | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::{quoted, visible};

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        assert_eq!(quoted("ops"), "`ops`");
        assert_eq!(quoted("a\u{1b}[2J"), "`a\\u{1b}[2J`");
        assert_eq!(visible("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(visible("é 日本"), "é 日本");
    }

    #[test]
    fn long_text_is_cut() {
        let quoted = quoted(&"x".repeat(1000));
        assert_eq!(quoted.chars().count(), 63);
        assert!(quoted.ends_with("…`"));
    }
}
