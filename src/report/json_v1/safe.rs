//! JSON that can be printed anywhere: values are the same, and what a terminal or a CI runner would obey, or a
//! reader could not see, is written as `\u001b` is.

use std::io::{self, Write};

use crate::diagnostics::has_weight;

/// A stream that JSON is written to, whole characters at a time. Outside of its strings JSON has none of the
/// characters that are escaped.
#[derive(Debug)]
pub(super) struct Safe<W> {
    out: W,
    after_hash: bool,
}

impl<W> Safe<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out, after_hash: false }
    }
}

impl<W: Write> Write for Safe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_safe = |byte: &u8| !matches!(byte, b'#' | 0x7f..);
        if bytes.iter().all(is_safe) {
            self.after_hash &= bytes.is_empty();
            self.out.write_all(bytes)?;
            return Ok(bytes.len());
        }
        for chunk in bytes.utf8_chunks() {
            let text = chunk.valid();
            let mut written = 0;
            for (at, character) in text.char_indices() {
                // No runner knows a command with one `#`.
                let is_second_hash = character == '#' && self.after_hash;
                self.after_hash = character == '#';
                if is_second_hash || (character != '\n' && !has_weight(character)) {
                    self.out.write_all(&text.as_bytes()[written..at])?;
                    written = at + character.len_utf8();
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(self.out, "\\u{unit:04x}")?;
                    }
                }
            }
            self.out.write_all(&text.as_bytes()[written..])?;
            self.out.write_all(chunk.invalid())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::diagnostics::is_plain;
    use crate::report::json_v1::write;

    #[test]
    fn values_stay_equal_and_nothing_in_them_is_obeyed() {
        let every: String = (0..=0x10_ffff).filter_map(char::from_u32).collect();
        let value = json!({"##[a]": "##vso[x]#", "b": ["#", "##", "###[", "\\##["], "every": every});
        let mut text = Vec::new();
        write(&mut text, &value).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.chars().all(|letter| letter == '\n' || is_plain(letter)));
        assert!(!text.contains("##"));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
