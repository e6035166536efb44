//! The line of a key: where it begins, what its parts are, and the bytes of its base64.

use std::ops::Range;

use crate::diagnostics::{Finding, LocatedText, Location};
use crate::openssh::base64::Base64Error;
use crate::openssh::wire::{self, WireErrorKind};
use crate::openssh::{KeyType, base64};
use crate::rules::untidy_key::Parts;
use crate::rules::{
    bad_base64, certificate_as_key, empty_key, key_options, not_an_ssh_key, several_keys, signature_algorithm,
};

/// A key in the making: its parts, and what they say.
pub(super) struct Draft<'a> {
    pub(super) text: &'a LocatedText<'a>,
    pub(super) parts: Parts,
}

impl<'a> Draft<'a> {
    pub(super) fn name(&self) -> &'a str {
        &self.text.text()[self.parts.name.clone()]
    }

    pub(super) fn name_at(&self) -> Location {
        self.text.at(self.parts.name.clone())
    }

    pub(super) fn encoded_at(&self) -> Location {
        self.text.at(self.parts.encoded.clone())
    }

    /// Where bytes of the encoded key are in the text.
    pub(super) fn bytes_at(&self, bytes: &Range<usize>) -> Location {
        let digits = base64::digits_of(bytes);
        let Range { start, end } = self.parts.encoded;
        let from = (start + digits.start).min(end.saturating_sub(1)).max(start);
        self.text.at(from..(start + digits.end).clamp(from, end))
    }
}

/// Where the key begins, unless there is nothing, or something else.
pub(super) fn start(text: &LocatedText<'_>, findings: &mut Vec<Finding>) -> Option<usize> {
    if begins_with_key(text.text()) { Some(0) } else { look_for_key(text, findings) }
}

/// Whether a text is one line that begins with a key: so nothing is before that, and it is nothing else.
/// Nearly every text is such a line, and [`look_for_key`] would look at it a dozen times.
fn begins_with_key(text: &str) -> bool {
    let is_key = |(name, rest): (&str, &str)| KeyType::parse(name).is_some() && rest.starts_with("AAAA");
    text.split_once(' ').is_some_and(is_key) && !text.trim_end().contains(['\n', '\r'])
}

fn look_for_key(text: &LocatedText<'_>, findings: &mut Vec<Finding>) -> Option<usize> {
    if let Some(finding) = empty_key::check(text).or_else(|| not_an_ssh_key::check(text)) {
        findings.push(finding);
        return None;
    }
    start_of_key(text, findings)
}

/// Where the key begins: behind white space, comment lines and options.
fn start_of_key(text: &LocatedText<'_>, findings: &mut Vec<Finding>) -> Option<usize> {
    let whole = text.text();
    let mut start = 0;
    loop {
        start += whole[start..].len() - whole[start..].trim_start().len();
        if !whole[start..].starts_with('#') {
            break;
        }
        start += whole[start..].find(['\n', '\r']).unwrap_or(whole.len() - start);
    }
    let line = line_at(whole, start);
    let Some(prefix) = key_options::end_of_prefix(line) else { return Some(start) };
    let name = line[prefix..].split_whitespace().next().unwrap_or_default();
    if let Some(finding) = not_an_ssh_key::known_hosts(text, &line[..prefix], name) {
        findings.push(finding);
        return None;
    }
    let options = line[..prefix].trim_end().len();
    if is_name(line.split_whitespace().next().unwrap_or_default()) {
        return Some(start);
    }
    findings.push(key_options::finding(text, start..start + options, name));
    Some(start + prefix)
}

fn line_at(whole: &str, start: usize) -> &str {
    whole[start..].split(['\n', '\r']).next().unwrap_or_default()
}

/// Whether a word is the name of a type, of any kind.
fn is_name(word: &str) -> bool {
    KeyType::parse(word).is_some()
        || signature_algorithm::key_type_of(word).is_some()
        || certificate_as_key::is_certificate(word)
}

/// The next word from a place on, over line ends too.
fn word_from(whole: &str, from: usize) -> Option<Range<usize>> {
    let rest = &whole[from..];
    let start = from + (rest.len() - rest.trim_start().len());
    let length = whole[start..].find(char::is_whitespace).unwrap_or(whole.len() - start);
    (length > 0).then_some(start..start + length)
}

/// Splits a key's text, and decodes its base64.
pub(super) fn split(
    text: &LocatedText<'_>,
    start: usize,
    findings: &mut Vec<Finding>,
) -> Option<(Parts, Option<Vec<u8>>)> {
    let whole = text.text();
    let name = word_from(whole, start)?;
    let encoded = word_from(whole, name.end)?;
    if !is_name(&whole[name.clone()]) && !whole[encoded.clone()].starts_with("AAAA") {
        return None;
    }
    let gap = name.end..encoded.start;
    if whole[gap.clone()].contains(['\n', '\r']) {
        findings.push(bad_base64::wrapped(text, gap));
    }
    let decoded = base64::decode(&whole[encoded.clone()]);
    let is_whole = decoded.as_ref().is_ok_and(|blob| !is_cut_off(blob));
    let torn = if is_whole { None } else { unwrap(whole, &encoded) };
    let (blob, end) = match (torn, decoded) {
        (Some((gap, end)), _) => {
            findings.push(bad_base64::wrapped(text, gap));
            (None, end)
        }
        (None, Ok(blob)) => (Some(blob), encoded.end),
        (None, Err(fault)) => {
            let is_short = matches!(fault, Base64Error::MissingPadding(_) | Base64Error::Length)
                && is_cut_off(&base64::bytes_of(&whole[encoded.clone()]));
            findings.push(if is_short {
                bad_base64::cut_off(text, &encoded)
            } else {
                bad_base64::finding(text, &encoded, &fault)
            });
            (None, encoded.end)
        }
    };
    findings.extend(several_keys::check(text, end..whole.len()));
    let line = line_at(whole, end);
    let from = end + (line.len() - line.trim_start().len());
    let comment = from..from + line.trim().len();
    Some((Parts { name, encoded, comment }, blob))
}

/// How many base64 digits a key has at most: those of RSA with 16384 bits for modulus and exponent, and more.
const LONGEST: usize = 8192;

/// Where base64 text that white space breaks is broken first, and where it ends: when its first word ends within
/// a field, and the next words look like more of it.
fn unwrap(whole: &str, first: &Range<usize>) -> Option<(Range<usize>, usize)> {
    let is_base64 = |word: &str| word.trim_end_matches('=').bytes().all(base64::is_digit);
    let word = &whole[first.clone()];
    if !is_base64(word) || word.ends_with('=') || !is_cut_off(&base64::bytes_of(word)) {
        return None;
    }
    let mut joined = word.to_owned();
    let (mut gap, mut end) = (None, first.end);
    while let Some(next) = word_from(whole, end) {
        let word = &whole[next.clone()];
        // A short word may be one of the comment, unless it ends the key.
        let is_end = word.ends_with('=');
        if !is_base64(word) || is_name(word) || (word.len() < 16 && !is_end && gap.is_none()) {
            break;
        }
        if joined.len() > LONGEST || !is_cut_off(&base64::bytes_of(&joined)) {
            break;
        }
        gap = gap.or(Some(end..next.start));
        joined.push_str(word);
        end = next.end;
    }
    gap.map(|gap| (gap, end))
}

/// Whether an encoded key of a known type ends within a field.
fn is_cut_off(blob: &[u8]) -> bool {
    let key_type = match wire::type_name(blob) {
        Ok(name) => std::str::from_utf8(name).ok().and_then(KeyType::parse),
        Err(_) => return true,
    };
    let mut faults = Vec::new();
    if let Some(key_type) = key_type {
        wire::fields(key_type, blob, &mut faults);
    }
    faults.iter().any(|fault| matches!(fault.kind, WireErrorKind::Truncated { .. }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{begins_with_key, is_cut_off, look_for_key, unwrap};
    use crate::diagnostics::{LocatedText, Location};
    use crate::openssh::{KeyType, base64};
    use crate::source::FileId;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    const WHOLE: [&str; 4] = [
        KEY,
        include_str!("../../../tests/fixtures/keys/cases/ok_ecdsa521.pub"),
        include_str!("../../../tests/fixtures/keys/cases/ok_sk_ed25519.pub"),
        include_str!("../../../tests/fixtures/keys/cases/ok_rsa3072.pub"),
    ];

    #[test]
    fn a_line_of_a_key_is_taken_for_one() {
        for line in [KEY, &format!("{KEY} a comment\n"), &format!("{KEY} no-pty ssh-rsa AAAA\r\n\n")] {
            assert!(begins_with_key(line), "{line}");
        }
        for text in [
            "",
            "ssh-rsa",
            "ssh-rsa {{ key }}",
            "ssh-rsa  AAAA",
            " ssh-rsa AAAA",
            "ssh-rsa AAAA\nx",
            "a AAAA",
        ] {
            assert!(!begins_with_key(text), "{text}");
        }
    }

    proptest! {
        /// What decodes to a whole key is not broken by white space, whatever follows it.
        #[test]
        fn a_whole_key_is_not_torn(
            which in 0..WHOLE.len(), cut in 0_usize..4, rest in "[ \\n]([A-Za-z0-9+/]{1,20}=?[ \\n]){0,4}",
        ) {
            let encoded = WHOLE[which].split(' ').nth(1).unwrap().trim();
            let word = 0..encoded.len() - cut;
            let text = format!("{}{rest}", &encoded[word.clone()]);
            if base64::decode(&text[word.clone()]).is_ok_and(|blob| !is_cut_off(&blob)) {
                prop_assert_eq!(unwrap(&text, &word), None);
            }
        }

        /// Where the look for a key is left out, it would have found the beginning of the text and no fault.
        #[test]
        fn a_line_that_begins_with_a_key_needs_no_look(
            which in 0..=KeyType::ALL.len(), gap in " | | |  |\t|\n", head in "AAAA|AAAA|AAAA|[{]{2}|A|",
            rest in "(AAAA|[A-Za-z0-9+/]{1,9}=?|[ \t#\"]|[{]{2}|[}]{2}|<|>|://|no-pty,| ssh-rsa |@revoked|\
                     (\n|\r)(#|--* BEGIN (SSH2|PUBLIC KEY|CERTIFICATE|PGP)|SHA256:|ssh-rsa AAAA)?){0,6}",
        ) {
            let name = KeyType::ALL.get(which).map_or("ssh-", |name| name.name());
            let text = format!("{name}{gap}{head}{rest}");
            if begins_with_key(&text) {
                let mut findings = Vec::new();
                prop_assert_eq!(look_for_key(&LocatedText::new(&text, Location::File(FileId(0))), &mut findings), Some(0));
                prop_assert!(findings.is_empty());
            }
        }
    }
}
