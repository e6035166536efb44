//! Secrets that are sent and never shown.

use std::borrow::Cow;
use std::fmt;

/// The fewest characters of a secret: anything shorter would be found in text that has nothing to do with it.
const SHORTEST: usize = 8;
/// What stands in the place of a secret.
const REDACTED: &[u8] = b"[redacted]";

/// A secret that is sent in a header: visible ASCII alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

/// Why a text cannot be a secret. The text is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("it is empty")]
    Empty,
    #[error("it has fewer than {SHORTEST} characters")]
    Short,
    #[error("it has a space, a line break or another character that cannot be sent")]
    Character,
}

impl Secret {
    /// The text without the white space around it.
    ///
    /// # Errors
    /// When it cannot be sent, or could not be kept out of other text.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        match text.len() {
            0 => Err(SecretError::Empty),
            _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => Err(SecretError::Character),
            length if length < SHORTEST => Err(SecretError::Short),
            _ => Ok(Self(text.into())),
        }
    }

    /// Its text, for a signature and for what sends it.
    pub(crate) fn exposed(&self) -> &str {
        &self.0
    }

    /// The text with `[redacted]` wherever the secret stands, also where some or all of its characters are written
    /// as in a URL, in JSON or in HTML.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let (mut redacted, mut kept, mut at) = (Vec::new(), 0, 0);
        while at < text.len() {
            if let Some(end) = self.end_at(text, at) {
                redacted.extend_from_slice(&text[kept..at]);
                redacted.extend_from_slice(REDACTED);
                (kept, at) = (end, end);
            } else {
                at += 1;
            }
        }
        if kept == 0 {
            return Cow::Borrowed(text);
        }
        redacted.extend_from_slice(&text[kept..]);
        Cow::Owned(redacted)
    }

    /// Where the secret ends that begins at a place, if one does.
    fn end_at(&self, text: &[u8], start: usize) -> Option<usize> {
        let first = *self.0.as_bytes().first()?;
        if text[start] != first && !matches!(text[start], b'%' | b'\\' | b'&') {
            return None;
        }
        let mut ends = vec![start];
        for letter in self.0.bytes() {
            let is_it = |(byte, length): (u8, usize)| (byte == letter).then_some(length);
            let after = |at: usize| spellings(&text[at..]).filter_map(is_it).map(move |length| at + length);
            let mut next: Vec<usize> = ends.into_iter().flat_map(after).collect();
            next.sort_unstable();
            next.dedup();
            if next.is_empty() {
                return None;
            }
            ends = next;
        }
        ends.last().copied()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// What the beginning of a text may stand for: an ASCII character, and how many bytes it takes.
fn spellings(text: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let itself = text.first().map(|byte| (*byte, 1));
    let encoded = match text {
        [b'%', high, low, ..] => number(&[*high, *low], 16).map(|byte| (byte, 3)),
        [b'\\', b'u', digits @ ..] => digits.get(..4).and_then(|hex| number(hex, 16)).map(|byte| (byte, 6)),
        [b'\\', b'x', digits @ ..] => digits.get(..2).and_then(|hex| number(hex, 16)).map(|byte| (byte, 4)),
        [b'\\', escaped @ (b'"' | b'\'' | b'/' | b'\\'), ..] => Some((*escaped, 2)),
        [b'&', entity @ ..] => of_entity(entity).map(|(byte, length)| (byte, length + 1)),
        _ => None,
    };
    itself.into_iter().chain(encoded)
}

/// The character of an entity of HTML, behind its `&`.
fn of_entity(text: &[u8]) -> Option<(u8, usize)> {
    const LONGEST: usize = 8;
    let end = text.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let byte = match &text[..end] {
        b"amp" => Some(b'&'),
        b"lt" => Some(b'<'),
        b"gt" => Some(b'>'),
        b"quot" => Some(b'"'),
        b"apos" => Some(b'\''),
        [b'#', b'x' | b'X', hex @ ..] => number(hex, 16),
        [b'#', decimal @ ..] => number(decimal, 10),
        _ => None,
    };
    Some((byte?, end + 1))
}

fn number(digits: &[u8], base: u32) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, base).ok().filter(|_| !digits.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_sent_or_hidden_is_refused_without_being_shown() {
        assert_eq!(Secret::new(" \n").unwrap_err(), SecretError::Empty);
        assert_eq!(Secret::new("abcdefg").unwrap_err(), SecretError::Short);
        for text in ["abcd\nefgh", "abcd efgh", "abcdefgh\u{7f}", "abcdefgä", "abcd\0efgh"] {
            assert_eq!(Secret::new(text).unwrap_err(), SecretError::Character, "{text:?}");
        }
        let secret = Secret::new("\tTopSecret1\r\n").unwrap();
        assert_eq!((secret.exposed(), format!("{secret:?}").as_str()), ("TopSecret1", "Secret([redacted])"));
    }

    #[test]
    fn text_without_it_is_left_alone() {
        let secret = Secret::new("aab/cd=\\%").unwrap();
        for text in
            ["", "aab/cd=\\", "aab/cd", "%", "\\u", "&#", "%6", "aab%2", "\\u00", "&#x61;", "é%ff\\u0100"]
        {
            assert!(matches!(secret.redact(text.as_bytes()), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn each_is_found_beside_another_and_behind_a_false_start() {
        let secret = Secret::new("aabaabaac").unwrap();
        let text = secret.redact(b"aabaabaacaabaabaabaac \xff aabaabaac");
        assert_eq!(text, b"[redacted]aab[redacted] \xff [redacted]".as_slice());
    }

    /// The ways in which a character may be written.
    fn spelled(letter: u8, way: u8) -> String {
        let plain = char::from(letter).to_string();
        match way {
            0 => format!("%{letter:02X}"),
            1 => format!("%{letter:02x}"),
            2 => format!("\\u{letter:04x}"),
            3 => format!("\\u{letter:04X}"),
            4 => format!("\\x{letter:02x}"),
            5 => format!("&#{letter};"),
            6 => format!("&#x{letter:X};"),
            7 => format!("&#{letter:03};"),
            8 => {
                let quoted = serde_json::to_string(&plain).unwrap();
                quoted[1..quoted.len() - 1].to_owned()
            }
            9 if letter == b'/' => "\\/".into(),
            10 => {
                plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
            }
            _ => plain,
        }
    }

    proptest! {
        #[test]
        fn it_is_found_however_it_is_written(
            letters in proptest::collection::vec(0x21_u8..0x7f, 8..40),
            ways in proptest::collection::vec(0_u8..14, 40),
            before in "[^\\\\%&]{0,9}",
            after in ".{0,9}",
        ) {
            let text = String::from_utf8(letters.clone()).unwrap();
            let secret = Secret::new(&text).unwrap();
            let written: String = letters.iter().zip(&ways).map(|(letter, way)| spelled(*letter, *way)).collect();
            prop_assume!(!before.contains(&text));
            let redacted = secret.redact(format!("{before}{written}{after}").as_bytes()).into_owned();
            let redacted = String::from_utf8(redacted).unwrap();
            prop_assert!(redacted.contains("[redacted]"), "{redacted} of {text} in {written}");
            prop_assert!(redacted.len() <= before.len() + after.len() + REDACTED.len(), "{redacted}");
        }
    }
}
