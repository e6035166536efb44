//! Private keys that were encoded once more: in base64, in hexadecimal digits, or compressed.

use std::ops::Range;

use data_encoding::HEXLOWER_PERMISSIVE;

use super::armour::armour_end;
use super::der::is_private_der;
use super::effort::Effort;
use super::inflate::gunzip;
use super::run::{head, is_base64, is_digit, run_after, separator_after};
use crate::openssh::base64;

/// What each private key of OpenSSH begins with.
const OPENSSH: &[u8] = b"openssh-key-v1\0";

/// The same in base64.
const OPENSSH_IN_BASE64: &str = "b3BlbnNzaC1rZXktdjEA";

/// At most so many bytes of a compressed text are looked at: more than a key of any size has.
const MOST_INFLATED: usize = 16 << 10;

/// The fewest hexadecimal digits that hold a key: those of 24 bytes.
const FEWEST_HEX: usize = 48;

/// Whether the base64 at `start` is that of a private key, or of its text.
pub(super) fn is_key(text: &str, start: usize) -> bool {
    let head = head(text, start, 120);
    head.starts_with(OPENSSH_IN_BASE64) || is_key_of_bytes(&base64::bytes_of(&head))
}

fn is_key_of_bytes(bytes: &[u8]) -> bool {
    bytes.starts_with(OPENSSH) || is_private_der(bytes) || is_armour(bytes)
}

/// Whether bytes are a text that begins as a private key in PEM does.
fn is_armour(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"--") {
        return false;
    }
    let text = String::from_utf8_lossy(bytes);
    text.find("BEGIN").is_some_and(|at| armour_end(&text, at + 5).is_some())
}

/// Base64 of base64 of a private key.
pub(super) fn twice(text: &str, start: usize) -> Option<Range<usize>> {
    let inner = base64::bytes_of(&head(text, start, 240));
    // The outer base64 may break off within a character of the inner one, but both are ASCII.
    let inner = std::str::from_utf8(&inner).ok()?;
    is_key(inner, 0).then(|| start..run_after(text, start, is_base64))
}

/// The base64 of a gzip file with a private key in it, as `holds_key` sees it.
pub(super) fn gzipped(
    text: &str,
    start: usize,
    effort: &Effort,
    holds_key: impl Fn(&str) -> bool,
) -> Option<Range<usize>> {
    let is_gzip = effort.may_inflate() && stands_alone(text, start) && {
        let header = base64::bytes_of(&head(text, start, 16));
        matches!(header[..], [0x1f, 0x8b, 8, 0..0x20, ..])
    };
    if !is_gzip {
        return None;
    }
    // A short one is not read with all that follows it.
    let mut wanted = 512;
    let inner = loop {
        if !effort.is_left() {
            return None;
        }
        let digits = head(text, start, wanted);
        let inner = gunzip(&base64::bytes_of(&digits), MOST_INFLATED);
        effort.spend(digits.len() + inner.bytes.len());
        if !inner.is_torn || digits.len() < wanted || wanted >= MOST_INFLATED * 2 {
            break inner.bytes;
        }
        wanted *= 4;
    };
    holds_key(&String::from_utf8_lossy(&inner)).then(|| start..run_after(text, start, is_base64))
}

/// Hexadecimal digits of a private key or of its text, of which some stand at `at`.
pub(super) fn hexadecimal(text: &str, at: usize) -> Option<Range<usize>> {
    /// Before the first field of DER there are a tag and a length, at most four times.
    const MOST_BEFORE: usize = 24;
    let bytes = text.as_bytes();
    let before = bytes[..at].iter().rev().take(MOST_BEFORE + 1);
    let start = at - before.take_while(|byte| byte.is_ascii_hexdigit()).count();
    if at - start > MOST_BEFORE {
        return None;
    }
    let digits = hex_head(bytes, text, start);
    let whole = &digits[..digits.len() / 2 * 2];
    let decoded = HEXLOWER_PERMISSIVE.decode(whole).unwrap_or_default();
    let is_key = is_key_of_bytes(&decoded)
        || std::str::from_utf8(&decoded).is_ok_and(|inner| inner.starts_with(OPENSSH_IN_BASE64));
    (is_key && digits.len() >= FEWEST_HEX).then(|| start..run_after(text, start, |byte| byte.is_ascii_hexdigit()))
}

/// The first hexadecimal digits from `start`, without what stands between them.
fn hex_head(bytes: &[u8], text: &str, start: usize) -> Vec<u8> {
    const WANTED: usize = 160;
    let (mut digits, mut at) = (Vec::new(), start);
    while digits.len() < WANTED && at < bytes.len() && at < start + WANTED * 8 {
        if bytes[at].is_ascii_hexdigit() {
            digits.push(bytes[at]);
            at += 1;
        } else if let Some(next) = separator_after(text, at) {
            at = next;
        } else {
            break;
        }
    }
    digits
}

/// Whether no base64 word goes on at `start`.
pub(super) fn stands_alone(text: &str, start: usize) -> bool {
    start == 0 || !is_digit(text, start - 1)
}
