//! Bytes as the fast lane tells them apart.

/// What a byte may be in a plain document.
pub(super) struct Class;

impl Class {
    /// Looked at on its own in a scalar without quotes.
    pub(super) const STOP: u8 = 1;
    /// Ends a scalar without quotes inside of brackets.
    pub(super) const BRACKET: u8 = 2;
    /// Ends a line, or is in no plain document: a control character, or the first byte of a
    /// character that may be a space, a line end or invisible.
    pub(super) const ODD: u8 = 4;
    /// May begin a scalar without quotes.
    pub(super) const FIRST: u8 = 8;
    /// May stand in the name of a field.
    pub(super) const KEY: u8 = 16;

    const OF: [u8; 256] = {
        let mut classes = [0; 256];
        let mut byte = 0_u8;
        loop {
            classes[byte as usize] = match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'/' | b'.' => Self::FIRST | Self::KEY,
                b'-' => Self::KEY,
                b'~' | b'+' | b'(' => Self::FIRST,
                b':' | b'#' => Self::STOP,
                b',' | b'[' | b']' | b'{' | b'}' => Self::BRACKET,
                // Inside of a character, and first bytes of letters and the like.
                b' '..=b'~' | 0x80..=0xc1 | 0xc3..=0xe1 | 0xe3..=0xee | 0xf0.. => 0,
                _ => Self::STOP | Self::ODD,
            };
            if byte == u8::MAX {
                break;
            }
            byte += 1;
        }
        classes
    };

    pub(super) const fn is(byte: u8, class: u8) -> bool {
        Self::OF[byte as usize] & class != 0
    }
}
