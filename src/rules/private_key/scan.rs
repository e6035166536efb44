//! Where private keys stand in a text: a search for what they begin with, and a judgement of each find.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::armour::{armour_end, dashes_before, end_of_armour, end_of_putty};
use super::der::is_private_der;
use super::run::{head, is_base64, is_digit, run_after, run_before};
use crate::openssh::base64;

/// What to look for. The last ones are all that the base64 of a DER sequence can begin with.
const MARKS: [&str; 19] = [
    "BEGIN",
    "END",
    "PuTTY-User-Key-File-",
    "Private-Lines:",
    "AGE-SECRET-KEY-",
    "age-secret-key-",
    "Proc-Type: 4,ENCRYPTED",
    "b3Blbn",
    "LS0tLS1CRUdJTi",
    "LS0tLSBCRUdJTi",
    "MA",
    "MB",
    "MC",
    "MD",
    "ME",
    "MF",
    "MG",
    "MH",
    "MI",
];

/// Finds the next mark. In text without any it skips many bytes at once, as a search for all of them that overlap
/// cannot.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    builder.kind(Some(AhoCorasickKind::DFA)).match_kind(MatchKind::LeftmostFirst).build(MARKS).ok()
});

/// Every private key of a text: ranges in order that do not overlap and cover all that could be secret.
#[must_use]
pub fn scan(text: &str) -> Vec<Range<usize>> {
    let Some(finder) = FINDER.as_ref() else {
        // Cannot happen with these marks; if it did, everything would count as secret.
        return std::iter::once(0..text.len()).collect();
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(mark) = finder.find(Input::new(text).range(from..)) {
        // Two marks may overlap, but none contains another.
        from = mark.start() + 1;
        if let Some(range) = judge(text, mark.pattern().as_usize(), mark.start(), mark.end()) {
            // A range may reach back, over others.
            let mut range = range;
            while let Some(last) = found.pop_if(|last| last.end > range.start) {
                range = last.start.min(range.start)..last.end.max(range.end);
            }
            from = from.max(range.end);
            found.push(range);
        }
    }
    found
}

/// Whether a mark is that of a private key, and which bytes are.
fn judge(text: &str, mark: usize, start: usize, end: usize) -> Option<Range<usize>> {
    match mark {
        0 => {
            let opened = dashes_before(text, start)?;
            let body = armour_end(text, end)?;
            Some(opened..end_of_armour(text, body))
        }
        1 => {
            let opened = dashes_before(text, start)?;
            let closed = armour_end(text, end)?;
            Some(run_before(text, opened)..closed)
        }
        2 | 3 => Some(start..end_of_putty(text, end)),
        4 | 5 => Some(start..run_after(text, start, |byte| byte.is_ascii_alphanumeric() || byte == b'-')),
        6 => Some(start..end_of_armour(text, end)),
        7 => {
            let head = head(text, start, 20);
            head.starts_with("b3BlbnNzaC1rZXktdjEA").then(|| start..run_after(text, start, is_base64))
        }
        8 | 9 => {
            let (decoded, _) = base64::bytes_of(&head(text, start, 120));
            let armour = String::from_utf8_lossy(&decoded);
            armour_end(&armour, armour.find("BEGIN")? + 5)?;
            Some(start..run_after(text, start, is_base64))
        }
        _ => {
            let stands_alone = start == 0 || !is_digit(text, start - 1);
            (stands_alone && is_private_der(&base64::bytes_of(&head(text, start, 44)).0))
                .then(|| start..run_after(text, start, is_base64))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::{MARKS, judge, scan};

    /// Else a search that goes on behind the beginning of a mark could miss one.
    #[test]
    fn no_mark_contains_another() {
        for (number, mark) in MARKS.iter().enumerate() {
            assert!(mark.is_ascii());
            let others = MARKS.iter().enumerate().filter(|(other, _)| *other != number);
            assert!(others.into_iter().all(|(_, other)| !mark.contains(other)), "{mark}");
        }
    }

    /// What [`scan`] finds, by a search for every mark wherever it stands.
    fn scan_for_all(text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for mark in AhoCorasick::new(MARKS).unwrap().find_overlapping_iter(text) {
            if found.last().is_some_and(|last| mark.start() < last.end) {
                continue;
            }
            if let Some(range) = judge(text, mark.pattern().as_usize(), mark.start(), mark.end()) {
                let mut range = range;
                while let Some(last) = found.pop_if(|last| last.end > range.start) {
                    range = last.start.min(range.start)..last.end.max(range.end);
                }
                found.push(range);
            }
        }
        found
    }

    proptest! {
        #[test]
        fn no_mark_is_missed(
            text in "(BEGIN|END|--+| ?(OPENSSH |RSA )?PRIVATE KEY|[ \\n]|\n(---\n)?|MII?|M[A-I]|M|b3Blbn(NzaC1rZXktdjEA)?|\
                     MC4CAQAwBQYDK2VwBCIEI|MIIEpAIBAAKCAQEA|LS0tLS1CRUdJTi(BPUEVOU1NIIFBSSVZBVEUgS0VZLS0tLS0)?|\
                     AGE-SECRET-KEY-(1Q+)?|PuTTY-User-Key-File-|Private-(Lines|MAC):|[A-Za-z0-9+/]{1,20}=?|é|#|\"){0,24}",
        ) {
            prop_assert_eq!(scan(&text), scan_for_all(&text));
        }

        /// Any two marks, torn and joined in any way.
        #[test]
        fn no_mark_is_missed_beside_another(
            one in 0..MARKS.len(), other in 0..MARKS.len(), cut in 0_usize..24, tail in "[A-I]{0,2}(CAQ|IBAA)?",
        ) {
            let head = &MARKS[one][..cut.min(MARKS[one].len())];
            let text = format!("--{head}{}PRIVATE KEY-- {tail}{head}{}", MARKS[other], MARKS[one]);
            prop_assert_eq!(scan(&text), scan_for_all(&text));
        }
    }
}
