//! A character that nobody sees, or that only looks like another.

use std::borrow::Cow;

use crate::diagnostics::{Check, Finding, LocatedText, Rule, Severity, Location, is_plain};

pub static RULE: Rule = Rule {
    name: "hidden-character",
    severity: Severity::Error,
    fixed: true,
    summary: "a character in a key that is not seen, or looks like another",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds control characters, zero-width and bidirectional characters, byte order marks, spaces that are no
space, typographic quotes, and bytes that are not UTF-8 in a public key. It names each by code point and
column.

### Why
sshd drops a line that it cannot read, says so only in its debug log, and the user sees `Permission denied
(publickey)`. A reviewer of the change sees nothing at all: the characters are invisible, or reorder the
text.

### Example
```yaml
spec:
  publicKey: \"\\uFEFFssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...\"   # begins with a byte order mark
```

### Remedy
Copy the line again from the `.pub` file, with `cat` and not from a document or a chat. Save files as UTF-8
without a byte order mark.
",
};

/// How many characters are pointed at.
const SHOWN: usize = 8;

/// Finds hidden characters. White space that a line can have is not among them.
#[must_use]
pub fn check(text: &LocatedText<'_>) -> Option<Finding> {
    let mut hidden = text.text().char_indices().filter(|(_, character)| is_hidden(*character));
    let (first_at, first) = hidden.next()?;
    let (line, column) = position(text.text(), first_at);
    let place = if line == 1 { format!("column {column}") } else { format!("line {line}, column {column}") };
    let mut finding = RULE
        .finding(format!("{} in the key, at {place}", name(first)))
        .label(text.at(first_at..first_at + first.len_utf8()), advice(first))
        .help(help(text.text()));
    let mut more = 0;
    for (at, character) in hidden {
        more += 1;
        if more < SHOWN {
            finding =
                finding.label(text.at(at..at + character.len_utf8()), format!("{} here", name(character)));
        }
    }
    if more > 0 {
        finding = finding.detail(format!("{} such characters in all", more + 1));
    }
    Some(finding)
}

/// The finding for bytes that are no UTF-8 text at all.
#[must_use]
pub fn not_text(bytes: &[u8], whole: Location) -> Finding {
    let (what, help) = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => (
            "byte 0xff or 0xfe at column 1: the file is UTF-16".to_owned(),
            "save it as UTF-8: `iconv -f UTF-16 -t UTF-8 FILE > NEW_FILE`",
        ),
        _ => {
            let valid = match std::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
            };
            let (line, column) = position(valid, valid.len());
            let byte = bytes.get(valid.len()).copied().unwrap_or_default();
            (
                format!("byte {byte:#04x} at line {line}, column {column} is not UTF-8"),
                "write the key again: `ssh-keygen -y -f PRIVATE_KEY_FILE` prints it",
            )
        }
    };
    RULE.finding(what).label(whole, "a key is read as UTF-8 text").help(help)
}

/// The text without its hidden characters, where they stand for nothing, or with what they look like; and for
/// each byte the place where it stood. So a hidden character does not hide other faults.
#[must_use]
pub fn without(text: &str) -> (Cow<'_, str>, Vec<usize>) {
    if text.bytes().all(is_seen) || !text.chars().any(is_hidden) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let (mut clean, mut offsets) = (String::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
    for (at, character) in text.char_indices() {
        match seen_as(character) {
            Some(seen) => clean.push(seen),
            None if is_hidden(character) => {}
            None => clean.push(character),
        }
        offsets.resize(clean.len(), at);
    }
    offsets.push(text.len());
    (Cow::Owned(clean), offsets)
}

/// Whether a byte is a character that is not hidden. Most texts have nothing else.
const fn is_seen(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

fn is_hidden(character: char) -> bool {
    !u8::try_from(character).is_ok_and(is_seen)
        && (!is_plain(character) || seen_as(character).is_some() || character == '\u{fffd}')
}

/// What a character is taken for by whoever sees it.
const fn seen_as(character: char) -> Option<char> {
    match character {
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{ff02}' => Some('"'),
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => Some('\n'),
        _ => None,
    }
}

fn name(character: char) -> String {
    let known = match character {
        '\0' => " (NUL)",
        '\u{1b}' => " (escape)",
        '\u{a0}' => " (no-break space)",
        '\u{ad}' => " (soft hyphen)",
        '\u{200b}' => " (zero width space)",
        '\u{200c}' => " (zero width non-joiner)",
        '\u{200d}' => " (zero width joiner)",
        '\u{2060}' => " (word joiner)",
        '\u{feff}' => " (byte order mark)",
        '\u{fffd}' => " (replacement character)",
        '\u{201c}'..='\u{201f}' | '\u{ff02}' => " (typographic quote)",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            " (bidirectional control)"
        }
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => " (control character)",
        _ => "",
    };
    format!("U+{:04X}{known}", u32::from(character))
}

const fn advice(character: char) -> &'static str {
    match seen_as(character) {
        Some('"') => "this only looks like `\"`",
        Some(' ') => "this only looks like a space",
        _ => "nobody sees this, but it is part of the key",
    }
}

fn help(text: &str) -> String {
    if text.matches('\0').count() > text.len() / 3 {
        return "save it as UTF-8: `iconv -f UTF-16LE -t UTF-8 FILE > NEW_FILE`".to_owned();
    }
    "remove it, or copy the line again from the `.pub` file".to_owned()
}

/// Line and column, both from 1, in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::{check, not_text, without};
    use crate::diagnostics::{LocatedText, Location};
    use crate::source::{FileId, SourceSpan, Span};

    fn place(start: u32, end: u32) -> Location {
        Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(start, end) })
    }

    #[test]
    fn is_silent_on_what_is_seen() {
        for text in ["ssh-ed25519 AAAA Zoë Müller 日本 🔑", "ssh-rsa\tAAAA\r\n"] {
            assert!(check(&LocatedText::new(text, place(0, 99))).is_none());
            assert_eq!(without(text).0, text);
        }
    }

    #[test]
    fn every_control_character_is_hidden_but_white_space() {
        for character in '\0'..='\u{9f}' {
            let is_hidden = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
            let text = format!("ssh-rsa {character}AAAA");
            assert_eq!(check(&LocatedText::new(&text, place(0, 99))).is_some(), is_hidden, "{text:?}");
            assert_eq!(!without(&text).1.is_empty(), is_hidden, "{text:?}");
        }
    }

    #[test]
    fn names_code_point_and_column() {
        let text = "ssh-rsa AA\u{200b}AA ops\0";
        let finding = check(&LocatedText::new(text, place(100, 120))).unwrap();
        assert_eq!(finding.summary, "U+200B (zero width space) in the key, at column 11");
        assert_eq!(finding.labels[0].at, place(110, 113));
        assert_eq!(finding.labels.len(), 2);
        let (clean, offsets) = without(text);
        assert_eq!(clean, "ssh-rsa AAAA ops");
        let edited = LocatedText::new(text, place(100, 120)).edited(&clean, &offsets);
        assert_eq!(edited.at(13..16), place(116, 120));
    }

    #[test]
    fn names_bytes_that_are_no_text() {
        assert!(not_text(&[0xff, 0xfe, b's', 0], place(0, 4)).summary.contains("UTF-16"));
        assert_eq!(
            not_text(b"ssh\n-\xe9", place(0, 4)).summary,
            "byte 0xe9 at line 2, column 2 is not UTF-8"
        );
    }
}
