//! The message that is kept with a revision: why it was applied.

/// The longest message, in characters.
const LONGEST_MESSAGE: usize = 500;

/// Reads the message of an option: one line that says something.
pub(super) fn message(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Err("it says nothing; write why this is done".into());
    }
    if text.chars().any(char::is_control) {
        return Err("it has a control character, such as the end of a line; write one line of text".into());
    }
    if length > LONGEST_MESSAGE {
        return Err(format!(
            "it has {length} characters, and at most {LONGEST_MESSAGE} are kept; write less"
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_MESSAGE, message};

    #[test]
    fn a_message_is_one_bounded_line_that_says_something() {
        for good in ["x", "Rotate müller's key: off-boarding ☃", &"é".repeat(LONGEST_MESSAGE)] {
            assert_eq!(message(good).as_deref(), Ok(good));
        }
        for bad in ["", "  ", "a\nb", "a\r", "\u{1b}[31m", "a\u{85}b", &"é".repeat(LONGEST_MESSAGE + 1)] {
            assert!(message(bad).is_err(), "{bad:?}");
        }
    }
}
