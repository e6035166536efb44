//! Texts without what is secret in them.

use std::ops::Range;

/// Makes the ranges unreadable, byte for byte: letters, digits, `+`, `/`, `=` and everything that is not ASCII
/// become `x`. Lines, indentation and punctuation stay, and so do offsets.
pub fn mask(text: &mut String, ranges: &[Range<usize>]) {
    let mut bytes = std::mem::take(text).into_bytes();
    for range in ranges {
        // Outward to whole characters.
        let is_inner = |at: usize, bytes: &[u8]| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
        let mut start = range.start.min(bytes.len());
        let mut end = range.end.clamp(start, bytes.len());
        while is_inner(start, &bytes) {
            start -= 1;
        }
        while is_inner(end, &bytes) {
            end += 1;
        }
        mask_range(&mut bytes, start, end);
    }
    *text = String::from_utf8(bytes).unwrap_or_else(|error| "x".repeat(error.as_bytes().len()));
}

fn mask_range(bytes: &mut [u8], start: usize, end: usize) {
    let mut at = start;
    while at < end {
        let is_escape = at > 0 && bytes[at - 1] == b'\\';
        if is_escape {
            // The escape stays valid, and says `w` where it named a character by number.
            let hex: &[u8] = match bytes[at] {
                b'x' => b"77",
                b'u' => b"0077",
                b'U' => b"00000077",
                _ => b"",
            };
            at += 1;
            let number = at..at + hex.len();
            if number.end <= end && bytes[number.clone()].iter().all(u8::is_ascii_hexdigit) {
                bytes[number].copy_from_slice(hex);
                at += hex.len();
            }
            continue;
        }
        if bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'+' | b'/' | b'=' | 0x80..) {
            bytes[at] = b'x';
        }
        at += 1;
    }
}
