//! Runs of base64 words, however they are folded, quoted and escaped.

use crate::openssh::base64;

pub(super) const fn is_base64(byte: u8) -> bool {
    base64::is_digit(byte) || byte == b'='
}

/// Whether the byte at `at` is part of a base64 word: not one that a backslash makes an escape of.
pub(super) fn is_digit(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    base64::is_digit(bytes[at]) && !(at > 0 && bytes[at - 1] == b'\\')
}

/// The place behind a separator of base64 words at `at`, if one stands there: white space, quotes, escapes, and
/// what begins a line of a comment or of a list.
pub(super) fn separator_after(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.get(at)? {
        b'\\' => match bytes.get(at + 1) {
            Some(b'u')
                if bytes.get(at + 2..at + 6).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) =>
            {
                Some(at + 6)
            }
            Some(b'x')
                if bytes.get(at + 2..at + 4).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) =>
            {
                Some(at + 4)
            }
            Some(next) if next.is_ascii() => Some(at + 2),
            _ => Some(at + 1),
        },
        b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | b'"' | b'\'' | b'#' | b'>' | b'|' | b',' | b';'
        | b'*' | b'`' | b'[' | b']' => Some(at + 1),
        b'-' if bytes.get(at + 1) == Some(&b' ') => Some(at + 2),
        _ => None,
    }
}

/// The place before a separator that ends at `at`, if one does.
pub(super) fn separator_before(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let last = *bytes.get(at.checked_sub(1)?)?;
    if at >= 2 && bytes[at - 2] == b'\\' && last.is_ascii() {
        return Some(at - 2);
    }
    match last {
        b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'#' | b'>' | b',' | b'\\' => Some(at - 1),
        _ => None,
    }
}

/// The first `wanted` base64 digits from `start`, without what stands between them.
pub(super) fn head(text: &str, start: usize, wanted: usize) -> String {
    let mut head = String::with_capacity(wanted);
    let mut at = start;
    while head.len() < wanted && at < text.len() && at < start + wanted * 8 {
        if base64::is_digit(text.as_bytes()[at]) {
            head.push(char::from(text.as_bytes()[at]));
            at += 1;
        } else if let Some(next) = separator_after(text, at) {
            at = next;
        } else {
            break;
        }
    }
    head
}

/// The end of a run of words of such bytes. A word that something else follows, such as the colon of the next
/// field, is not part of it.
pub(super) fn run_after(text: &str, start: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    let (mut end, mut at) = (start, start);
    loop {
        let word = at;
        while at < bytes.len() && is_part(bytes[at]) {
            at += 1;
        }
        let next = separator_after(text, at);
        if at > word {
            let is_own = at == bytes.len() || next.is_some() || end == start;
            if !is_own {
                return end;
            }
            end = at;
        }
        match next {
            // A document ends every run.
            Some(_) if text[at..].starts_with("\n---") && end > start => return end,
            Some(next) => at = next,
            None => return end,
        }
    }
}

/// The beginning of a run of base64 words that ends at `end`.
pub(super) fn run_before(text: &str, end: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut start, mut at) = (end, end);
    loop {
        while let Some(before) = separator_before(text, at) {
            at = before;
        }
        let word = at;
        while at > 0 && is_base64(bytes[at - 1]) && !(at > 1 && bytes[at - 2] == b'\\') {
            at -= 1;
        }
        if at == word || (at > 0 && separator_before(text, at).is_none()) {
            return start;
        }
        start = at;
    }
}
