//! Private keys as JSON Web Keys (RFC 7517, RFC 7518, RFC 8037).

use std::ops::Range;

use super::effort::Effort;

/// The members of an RSA, EC or OKP key that are secret.
const SECRET: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];

/// The fewest digits of a secret number: 24 bytes, fewer than any key of SSH has.
const FEWEST: usize = 32;

/// A key of RSA with 16,384 bits has less.
const LARGEST: usize = 16 << 10;

/// The secret values of the key in JSON whose member `d` stands at `at`: from the first to the last, if it is one.
pub(super) fn secrets(text: &str, at: usize, effort: &Effort) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    value_of(bytes, end_of_name(bytes, at + 1)).filter(|_| effort.is_left())?;
    let is_brace = |byte: &u8| matches!(byte, b'{' | b'}');
    let first = at.saturating_sub(LARGEST);
    let opened = bytes[first..at].iter().rposition(is_brace).map(|place| first + place);
    effort.spend(at - opened.unwrap_or(first));
    let start = opened?;
    let last = bytes.len().min(at + LARGEST);
    let end = bytes[at..last].iter().position(is_brace).map_or(last, |place| at + place);
    effort.spend(end - at);
    let mut has_type = false;
    let mut secret: Option<Range<usize>> = None;
    for colon in (start..end).filter(|place| bytes[*place] == b':') {
        match name_before(bytes, start, colon) {
            b"kty" => has_type = true,
            name if SECRET.iter().any(|secret| secret.as_bytes() == name) => {
                if let Some(value) = value_after(bytes, colon) {
                    let start = secret.map_or(value.start, |it| it.start);
                    secret = Some(start..value.end);
                }
            }
            _ => {}
        }
    }
    secret.filter(|_| has_type)
}

fn end_of_name(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

/// The value of the member whose name ends at `at`.
fn value_of(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let colon = at + bytes[at..].iter().take_while(|byte| is_around(**byte)).count();
    if bytes.get(colon) == Some(&b':') { value_after(bytes, colon) } else { None }
}

/// The value behind a colon, if it may be a secret number: not one that is masked already.
fn value_after(bytes: &[u8], colon: usize) -> Option<Range<usize>> {
    let start = colon + 1 + bytes[colon + 1..].iter().take_while(|byte| is_around(**byte)).count();
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/');
    let value = start..start + bytes[start..].iter().take_while(|byte| is_digit(byte)).count();
    let is_masked = bytes[value.clone()].iter().all(|byte| !byte.is_ascii_alphanumeric() || *byte == b'x');
    (value.len() >= FEWEST && !is_masked).then_some(value)
}

/// The name that stands before a colon.
fn name_before(bytes: &[u8], start: usize, colon: usize) -> &[u8] {
    let before = &bytes[start..colon];
    let end = before.len() - before.iter().rev().take_while(|byte| is_around(**byte)).count();
    let length = before[..end].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    &before[end - length..end]
}

/// Quotes, the escapes of quotes, and white space.
const fn is_around(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'\\') || byte.is_ascii_whitespace()
}
