//! Bytes of a text and positions as editors count them.

use gen_lsp_types::{Position, PositionEncodingKind, Range};

use crate::source::Span;

/// What a character of a position is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// A byte.
    Utf8,
    /// A unit of UTF-16: characters beyond U+FFFF are two. What every editor knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// The best of those that a client offers: that which costs nothing.
    #[must_use]
    pub fn of(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    #[must_use]
    pub const fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    const fn length(self, letter: char) -> usize {
        match self {
            Self::Utf8 => letter.len_utf8(),
            Self::Utf16 => letter.len_utf16(),
        }
    }
}

/// A text and where its lines begin. A line ends with `\n`, `\r\n` or `\r`, as the protocol has it.
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a str,
    encoding: Encoding,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    #[must_use]
    pub fn new(text: &'a str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { text, encoding, starts }
    }

    /// Where a byte is; of the end of a line, that it begins.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        let line = self.starts.partition_point(|&start| start <= byte) - 1;
        let content = self.content(line);
        let column = content.char_indices().take_while(|(at, _)| self.starts[line] + at < byte);
        let column: usize = column.map(|(_, letter)| self.encoding.length(letter)).sum();
        Position { line: clamp(line), character: clamp(column) }
    }

    /// The byte at a position: the end of its line, or of the text, where it is beyond that, and the first byte of a
    /// character that it is within.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        let Some(&start) = self.starts.get(line) else { return self.text.len() };
        let content = self.content(line);
        let mut left = position.character as usize;
        for (at, letter) in content.char_indices() {
            let length = self.encoding.length(letter);
            if left < length {
                return start + at;
            }
            left -= length;
        }
        start + content.len()
    }

    #[must_use]
    pub fn range(&self, span: Span) -> Range {
        let bytes = span.range();
        Range { start: self.position(bytes.start), end: self.position(bytes.end) }
    }

    /// A line without its end.
    fn content(&self, line: usize) -> &'a str {
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        let whole = &self.text[self.starts[line]..end];
        let content = whole.strip_suffix('\n').unwrap_or(whole);
        content.strip_suffix('\r').unwrap_or(content)
    }
}

fn clamp(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::Position;
    use proptest::prelude::*;

    use super::{Encoding, Lines};

    #[test]
    fn counts_as_editors_do() {
        let text = "aß🙂b\r\nc\rd\n";
        let at = |encoding, byte| Lines::new(text, encoding).position(byte);
        for (byte, line, utf8, utf16) in [
            (0, 0, 0, 0),
            (1, 0, 1, 1),
            (3, 0, 3, 2),
            (7, 0, 7, 4),
            (8, 0, 8, 5),
            (9, 0, 8, 5),
            (10, 1, 0, 0),
            (12, 2, 0, 0),
            (14, 3, 0, 0),
        ] {
            assert_eq!(at(Encoding::Utf8, byte), Position { line, character: utf8 }, "{byte}");
            assert_eq!(at(Encoding::Utf16, byte), Position { line, character: utf16 }, "{byte}");
        }
    }

    #[test]
    fn a_position_within_or_beyond_goes_to_the_nearest_one() {
        let lines = Lines::new("a🙂\r\nb", Encoding::Utf16);
        let at = |line, character| lines.offset(Position { line, character });
        assert_eq!([at(0, 2), at(0, 3), at(0, 99), at(1, 9), at(7, 0)], [1, 5, 5, 8, 8]);
    }

    fn encodings() -> impl Strategy<Value = Encoding> {
        prop_oneof![Just(Encoding::Utf8), Just(Encoding::Utf16)]
    }

    proptest! {
        #[test]
        fn a_byte_comes_back(text in "[a\r\nß🙂\u{2028}\u{10ffff}]{0,40}|\\PC{0,40}", encoding in encodings()) {
            let lines = Lines::new(&text, encoding);
            let mut before = Position::default();
            for byte in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let position = lines.position(byte);
                prop_assert!(before <= position);
                before = position;
                let is_within_end = text[..byte].ends_with('\r') && text[byte..].starts_with('\n');
                prop_assert_eq!(lines.offset(position), byte - usize::from(is_within_end));
            }
        }

        #[test]
        fn any_position_is_a_boundary(text in "[a\r\nß🙂]{0,20}", line in 0..9_u32, character in 0..30_u32, encoding in encodings()) {
            let lines = Lines::new(&text, encoding);
            let offset = lines.offset(Position { line, character });
            prop_assert!(text.is_char_boundary(offset));
            prop_assert_eq!(lines.offset(lines.position(offset)), offset);
        }
    }
}
