//! What stands around a private key in a file of its own: its `BEGIN` and `END` lines, and the fields of `PuTTY`.

use super::run::{run_after, separator_after, separator_before};

/// Where the dashes begin that stand before a `BEGIN` or `END`.
pub(super) fn dashes_before(text: &str, at: usize) -> Option<usize> {
    let mut start = at;
    loop {
        let before = &text[..start];
        if let Some(rest) = before.strip_suffix("--") {
            return Some(rest.trim_end_matches('-').len());
        }
        start = separator_before(text, start)?;
    }
}

/// Where the words after `BEGIN` or `END` and the dashes behind them end, if they say `PRIVATE KEY`. Words may
/// be folded, and have anything between them that folding brings.
pub(super) fn armour_end(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut words = String::new();
    let mut at = from;
    while at < bytes.len() && at < from + 400 && words.len() < 60 {
        if bytes[at] == b'-' && bytes.get(at + 1) == Some(&b'-') {
            break;
        }
        if let Some(next) = separator_after(text, at) {
            at = next;
        } else if bytes[at].is_ascii_uppercase() || bytes[at].is_ascii_digit() {
            words.push(char::from(bytes[at]));
            at += 1;
        } else {
            break;
        }
    }
    if !words.contains("PRIVATEKEY") {
        return None;
    }
    let dashes = text[at..].bytes().take_while(|byte| *byte == b'-').count();
    Some(at + dashes)
}

/// Where a key ends whose armour was opened: behind its `END` line, else with its document.
pub(super) fn end_of_armour(text: &str, body: usize) -> usize {
    let document = end_of_document(text, body);
    text[body..document]
        .match_indices("END")
        .find_map(|(offset, _)| {
            let at = body + offset;
            dashes_before(text, at).filter(|dashes| *dashes >= body)?;
            armour_end(text, at + 3)
        })
        .unwrap_or(document)
}

/// Where the next `---` line begins, or the end of the text.
fn end_of_document(text: &str, from: usize) -> usize {
    text[from..]
        .match_indices("\n---")
        .find(|(offset, _)| {
            let after = text.as_bytes().get(from + offset + 4);
            after.is_none_or(u8::is_ascii_whitespace)
        })
        .map_or(text.len(), |(offset, _)| from + offset + 1)
}

/// A key of `PuTTY` ends behind its MAC.
pub(super) fn end_of_putty(text: &str, from: usize) -> usize {
    let document = end_of_document(text, from);
    let body = &text[from..document];
    let Some((mac, word)) = ["Private-MAC:", "Private-Hash:"]
        .into_iter()
        .filter_map(|word| body.find(word).map(|at| (at, word)))
        .min()
    else {
        return document;
    };
    run_after(text, from + mac + word.len(), |byte| byte.is_ascii_hexdigit())
}
