//! Where private keys stand in a text: a search for what they begin with, and a judgement of each find.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::armour::{armour_end, dashes_before, end_of_armour, end_of_putty};
use super::der::is_private_der;
use super::effort::Effort;
use super::run::{head, is_base64, run_after, run_before};
use super::{encoded, holds_body, web_key};
use crate::openssh::base64;

/// What a mark may be the mark of.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// The line before a key in PEM.
    Begin,
    End,
    /// The headers of an encrypted key in PEM.
    Headers,
    /// A key of `PuTTY`.
    Putty,
    Age,
    /// The base64 of a key of OpenSSH or of a text in PEM.
    Encoded,
    /// The base64 of DER.
    Der,
    /// The base64 of base64.
    Twice,
    /// The same, where the mark alone says little.
    TwiceAlone,
    /// The base64 of a gzip file.
    Gzip,
    Hexadecimal,
    /// A secret number of a JSON Web Key.
    WebKey,
}

/// What to look for. The base64 of a DER sequence can begin with nothing else than what is here.
const MARKS: [(&str, Form); 35] = [
    ("BEGIN", Form::Begin),
    ("END", Form::End),
    ("PuTTY-User-Key-File-", Form::Putty),
    ("Private-Lines:", Form::Putty),
    ("AGE-SECRET-KEY-", Form::Age),
    ("age-secret-key-", Form::Age),
    ("Proc-Type: 4,ENCRYPTED", Form::Headers),
    ("b3Blbn", Form::Encoded),
    ("LS0tLS1CRUdJTi", Form::Encoded),
    ("LS0tLSBCRUdJTi", Form::Encoded),
    ("MA", Form::Der),
    ("MB", Form::Der),
    ("MC", Form::Der),
    ("MD", Form::Der),
    ("ME", Form::Der),
    ("MF", Form::Der),
    ("MG", Form::Der),
    ("MH", Form::Der),
    ("MI", Form::Der),
    // `b3Bl` and `LS0tLS`, and the `M` of DER with a capital behind it.
    ("YjNCbG", Form::Twice),
    ("TFMwdExT", Form::Twice),
    ("TU", Form::TwiceAlone),
    ("H4sI", Form::Gzip),
    // `openssh`, `b3Blbn` and `-BEGIN`.
    ("6f70656e737368", Form::Hexadecimal),
    ("6F70656E737368", Form::Hexadecimal),
    ("6233426c626e", Form::Hexadecimal),
    ("6233426C626E", Form::Hexadecimal),
    ("2d424547494e", Form::Hexadecimal),
    ("2D424547494E", Form::Hexadecimal),
    // The integer 0 or 1 in DER, and what an encrypted key names its cipher by.
    ("020100", Form::Hexadecimal),
    ("020101", Form::Hexadecimal),
    ("2a864886f70d010", Form::Hexadecimal),
    ("2A864886F70D010", Form::Hexadecimal),
    ("\"d\"", Form::WebKey),
    ("\"d\\", Form::WebKey),
];

/// Finds the next mark. In text without any it skips many bytes at once, as a search for all of them that overlap
/// cannot. Building it is a part of every run: a table of all states would take a fiftieth of a small check.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    let builder = builder.kind(Some(AhoCorasickKind::ContiguousNFA)).match_kind(MatchKind::LeftmostFirst);
    builder.build(MARKS.map(|(mark, _)| mark)).ok()
});

/// Every private key of a text: ranges in order that do not overlap and cover all that could be secret.
#[must_use]
pub fn scan(text: &str) -> Vec<Range<usize>> {
    search(text, &Effort::for_text(text))
}

fn search(text: &str, effort: &Effort) -> Vec<Range<usize>> {
    let Some(finder) = FINDER.as_ref() else {
        // Cannot happen with these marks; if it did, everything would count as secret.
        return std::iter::once(0..text.len()).collect();
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(mark) = finder.find(Input::new(text).range(from..)) {
        // Two marks may overlap, but none contains another.
        from = mark.start() + 1;
        if let Some(range) = judge(text, MARKS[mark.pattern().as_usize()].1, mark.start()..mark.end(), effort) {
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
fn judge(text: &str, form: Form, mark: Range<usize>, effort: &Effort) -> Option<Range<usize>> {
    let Range { start, end } = mark;
    let base64_run = || start..run_after(text, start, is_base64);
    match form {
        Form::Begin => {
            let opened = dashes_before(text, start)?;
            let body = armour_end(text, end)?;
            Some(opened..end_of_armour(text, body))
        }
        Form::End => {
            let opened = dashes_before(text, start)?;
            let closed = armour_end(text, end)?;
            Some(run_before(text, opened)..closed)
        }
        Form::Headers => Some(start..end_of_armour(text, end)),
        Form::Putty => Some(start..end_of_putty(text, end)),
        Form::Age => Some(start..run_after(text, start, |byte| byte.is_ascii_alphanumeric() || byte == b'-')),
        Form::Encoded => encoded::is_key(text, start).then(base64_run),
        Form::Der => (encoded::stands_alone(text, start)
            && is_private_der(&base64::bytes_of(&head(text, start, 44))))
        .then(base64_run),
        Form::Twice => encoded::twice(text, start),
        Form::TwiceAlone => encoded::stands_alone(text, start).then(|| encoded::twice(text, start))?,
        Form::Gzip => {
            let holds_key = |inner: &str| {
                let found = search(inner, &Effort::for_inflated(inner));
                found.into_iter().any(|range| holds_body(&inner[range]))
            };
            encoded::gzipped(text, start, effort, holds_key)
        }
        Form::Hexadecimal => encoded::hexadecimal(text, start),
        Form::WebKey => web_key::secrets(text, start, effort),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::{Effort, MARKS, judge, scan};

    /// Else a search that goes on behind the beginning of a mark could miss one.
    #[test]
    fn no_mark_contains_another() {
        for (number, (mark, _)) in MARKS.iter().enumerate() {
            assert!(mark.is_ascii());
            let others = MARKS.iter().enumerate().filter(|(other, _)| *other != number);
            assert!(others.into_iter().all(|(_, (other, _))| !mark.contains(other)), "{mark}");
        }
    }

    /// What [`scan`] finds, by a search for every mark wherever it stands.
    fn scan_for_all(text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for mark in AhoCorasick::new(MARKS.map(|(mark, _)| mark)).unwrap().find_overlapping_iter(text) {
            if found.last().is_some_and(|last| mark.start() < last.end) {
                continue;
            }
            if let Some(range) = judge(text, MARKS[mark.pattern().as_usize()].1, mark.start()..mark.end(), &Effort::for_text(text)) {
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
                     AGE-SECRET-KEY-(1Q+)?|TU|YjNCbGJuTnphQzFyWlhrdGRqRUE|H4sIAAAA|30?2e?020100|6f70656e7373682d6b65792d7631|\
                     \\{?\"(d|kty)\": ?\"[A-Za-z0-9_-]{0,40}\"|PuTTY-User-Key-File-|Private-(Lines|MAC):|[A-Za-z0-9+/]{1,20}=?|é|#|\"){0,24}",
        ) {
            prop_assert_eq!(scan(&text), scan_for_all(&text));
        }

        /// Any two marks, torn and joined in any way.
        #[test]
        fn no_mark_is_missed_beside_another(
            one in 0..MARKS.len(), other in 0..MARKS.len(), cut in 0_usize..24, tail in "[A-I]{0,2}(CAQ|IBAA)?",
        ) {
            let head = &MARKS[one].0[..cut.min(MARKS[one].0.len())];
            let text = format!("--{head}{}PRIVATE KEY-- {tail}{head}{}", MARKS[other].0, MARKS[one].0);
            prop_assert_eq!(scan(&text), scan_for_all(&text));
        }
    }
}
