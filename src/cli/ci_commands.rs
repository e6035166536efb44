//! Commands to CI runners in what is printed. A runner reads the output of its jobs and obeys some of it:
//! GitHub's takes a line that begins with `::command`, and `##[command]` anywhere in a line; Azure's agent
//! `##vso[command]`, and TeamCity `##teamcity[command]`, both anywhere. Text from a pull request must not come
//! to that, so one character of each such beginning is escaped, as [`visible`](crate::diagnostics::visible) does.

use std::io::{self, Write};

use crate::diagnostics::has_weight;

/// The longest word of a runner behind `##`: `teamcity`.
const LONGEST: usize = 8;
/// The words behind `##`, before a bracket.
const WORDS: [&[u8]; 3] = [b"", b"vso", b"teamcity"];

/// A stream whose lines no CI runner takes for commands. Whole characters must be written to it.
#[derive(Debug)]
pub(super) struct Inert<W> {
    out: W,
    scan: Scan,
}

impl<W> Inert<W> {
    /// `on_runner` says that brackets are escaped too, which are in good text and mean nothing elsewhere.
    pub(super) const fn new(out: W, on_runner: bool) -> Self {
        Self { out, scan: Scan::new(on_runner) }
    }
}

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for chunk in bytes.utf8_chunks() {
            let mut rest = chunk.valid();
            while let Some((at, character)) = self.scan.next_command(rest) {
                self.out.write_all(&rest.as_bytes()[..at])?;
                write!(self.out, "{}", character.escape_unicode())?;
                rest = &rest[at + character.len_utf8()..];
            }
            self.out.write_all(rest.as_bytes())?;
            self.out.write_all(chunk.invalid())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether a text can be printed as it is: no line of it is a command.
pub(super) fn is_inert(text: &str, on_runner: bool) -> bool {
    Scan::new(on_runner).next_command(text).is_none()
}

/// How much of a command was seen.
#[derive(Debug)]
struct Scan {
    on_runner: bool,
    line: Line,
    mark: Mark,
}

/// Where in a line the scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Only white space was seen.
    Start,
    Colon,
    Inside,
}

/// What was seen of `##word[`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    None,
    Hash,
    /// `##`, and a word of so many letters.
    Word([u8; LONGEST], usize),
}

impl Scan {
    const fn new(on_runner: bool) -> Self {
        Self { on_runner, line: Line::Start, mark: Mark::None }
    }

    /// The character that completes the beginning of a command, and where it is. All before it has been seen
    /// then, and it too.
    fn next_command(&mut self, text: &str) -> Option<(usize, char)> {
        let mut from = 0;
        loop {
            if self.line == Line::Inside && self.mark == Mark::None {
                let is_of_interest =
                    |byte: u8| matches!(byte, b'\n' | b'\r') || (byte == b'#' && self.on_runner);
                from += text.as_bytes()[from..].iter().position(|byte| is_of_interest(*byte))?;
            }
            let character = text[from..].chars().next()?;
            if self.completes(character) {
                return Some((from, character));
            }
            from += character.len_utf8();
        }
    }

    fn completes(&mut self, character: char) -> bool {
        if matches!(character, '\n' | '\r') {
            (self.line, self.mark) = (Line::Start, Mark::None);
            return false;
        }
        let at_start = self.starts(character);
        let in_brackets = self.on_runner && self.marks(character);
        at_start || in_brackets
    }

    /// Whether this is the second colon of a line that begins with two.
    fn starts(&mut self, character: char) -> bool {
        let before = self.line;
        self.line = match (before, character) {
            (Line::Start, ':') => Line::Colon,
            (Line::Start, blank) if blank.is_whitespace() => Line::Start,
            // .NET passes over such characters where it compares texts.
            (Line::Start | Line::Colon, hidden) if !has_weight(hidden) => before,
            _ => Line::Inside,
        };
        before == Line::Colon && character == ':'
    }

    /// Whether this is the bracket of `##[`, `##vso[` or `##teamcity[`.
    fn marks(&mut self, character: char) -> bool {
        let before = self.mark;
        self.mark = match (before, character) {
            (Mark::Hash | Mark::Word(_, 0), '#') => Mark::Word([0; LONGEST], 0),
            (Mark::None | Mark::Word(..), '#') => Mark::Hash,
            (Mark::Word(mut word, length), letter) if letter.is_ascii_alphabetic() && length < LONGEST => {
                word[length] = letter.to_ascii_lowercase() as u8;
                Mark::Word(word, length + 1)
            }
            (mark, hidden) if !hidden.is_control() && !has_weight(hidden) => mark,
            _ => Mark::None,
        };
        let Mark::Word(word, length) = before else { return false };
        character == '[' && WORDS.contains(&&word[..length])
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Inert, is_inert};

    fn printed(pieces: &[&str], on_runner: bool) -> String {
        let mut text = Vec::new();
        let mut out = Inert::new(&mut text, on_runner);
        for piece in pieces {
            out.write_all(piece.as_bytes()).unwrap();
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in
            ["a::b ::c", "| ::c", ": :", "# ##x[ #[ ##vsox[ [##", "ä::b", "\u{1b}[1m##\u{1b}[0m", "a##b"]
        {
            assert_eq!(printed(&[text], true), text);
            assert!(is_inert(text, true));
        }
        for text in ["##[group]x", "##vso[x.y]"] {
            assert_eq!(printed(&[text], false), text, "a bracket means nothing without a runner");
        }
    }

    #[test]
    fn the_last_character_of_a_beginning_is_escaped() {
        for (text, shown) in [
            ("::a::b", ":\\u{3a}a::b"),
            ("a\n \t\u{a0}::a::b\r::", "a\n \t\u{a0}:\\u{3a}a::b\r:\\u{3a}"),
            ("\u{ad}:\u{fe0f}:a::", "\u{ad}:\u{fe0f}\\u{3a}a::"),
            ("x ##[a]", "x ##\\u{5b}a]"),
            ("###[a]", "###\\u{5b}a]"),
            ("##vso##vso[a.b]", "##vso##vso\\u{5b}a.b]"),
            ("##TeamCity[a]", "##TeamCity\\u{5b}a]"),
            ("#\u{fe0f}#vso\u{200b}[a.b]", "#\u{fe0f}#vso\u{200b}\\u{5b}a.b]"),
        ] {
            assert_eq!(printed(&[text], true), shown);
            assert!(!is_inert(text, true));
            let letters: Vec<_> = text.split("").collect();
            assert_eq!(printed(&letters, true), shown, "written letter by letter");
        }
    }
}
