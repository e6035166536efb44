//! A private key, in any form that it is pasted in. Nothing of it is ever shown.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use crate::diagnostics::{Finding, Rule, Severity, Where, quoted};
use crate::model::base64;

/// A private key.
pub static RULE: Rule = Rule {
    name: "private-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a private key, in any form",
    docs: "\
### What it does
Finds private keys anywhere in a file of the workspace, also in files that no document names, of which the
first 64 KiB are looked at; before anything else is read: OpenSSH, PEM, PKCS #8, EC, PuTTY and age keys,
encrypted or not, indented, commented out, folded to one line, written with `\\n`, torn, or without their
`BEGIN` and `END` lines. Nothing of such a key is shown, in no format.

### Why
Who has the private key has the access. What was written to a repository stays in its history and in every
clone, also when a later commit removes it. A passphrase only delays: it can be guessed offline.

### Example
```yaml
spec:
  publicKey: |
    -----BEGIN OPENSSH PRIVATE KEY-----
    ...
```

### Remedy
Treat the key as stolen. Make a new pair with `ssh-keygen -t ed25519`, declare its `.pub` file here,
apply, and remove the old public key from every other place that trusts it. Then remove the private key
from the file; if the commit was not pushed yet, amend it.
",
};

/// The finding. It says nothing of the key.
#[must_use]
pub fn finding(at: Where) -> Finding {
    RULE.finding("a private key is written here")
        .label(at, "this is secret, and is not shown")
        .detail("whoever can read this file, or its history, can use the key")
        .help(
            "treat it as stolen, since it is in the git history: make a new pair with `ssh-keygen -t ed25519`, \
             write the content of its `.pub` file here, and revoke the old key everywhere",
        )
}

/// The finding for a file that nothing names.
#[must_use]
pub fn lying_about(path: &str, at: Where) -> Finding {
    RULE.finding(format!("a private key lies in {}", quoted(path)))
        .label(at, "this is secret, and is not shown")
        .detail("whoever can read this file, or its history, can use the key")
        .help(
            "treat it as stolen if it is in the git history: make a new pair with `ssh-keygen -t ed25519`, revoke the \
             old key everywhere, and move the file out of the workspace",
        )
}

/// Whether a text holds a private key itself, and does not only speak of one.
#[must_use]
pub fn holds_one(text: &str) -> bool {
    const FEWEST: usize = 40;
    let is_digit = |letter: &char| base64::digit(*letter as u8).is_some() && letter.is_ascii();
    scan(text).into_iter().any(|range| {
        let lines = text[range].split(['\n', '\r']).filter(|line| !line.contains("--"));
        lines.flat_map(str::chars).filter(is_digit).count() >= FEWEST
    })
}

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

/// Where the dashes begin that stand before a `BEGIN` or `END`.
fn dashes_before(text: &str, at: usize) -> Option<usize> {
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
fn armour_end(text: &str, from: usize) -> Option<usize> {
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
fn end_of_armour(text: &str, body: usize) -> usize {
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
fn end_of_putty(text: &str, from: usize) -> usize {
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

const fn is_base64(byte: u8) -> bool {
    base64::digit(byte).is_some() || byte == b'='
}

/// Whether the byte at `at` is part of a base64 word: not one that a backslash makes an escape of.
fn is_digit(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    base64::digit(bytes[at]).is_some() && !(at > 0 && bytes[at - 1] == b'\\')
}

/// The place behind a separator of base64 words at `at`, if one stands there: white space, quotes, escapes, and
/// what begins a line of a comment or of a list.
fn separator_after(text: &str, at: usize) -> Option<usize> {
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
fn separator_before(text: &str, at: usize) -> Option<usize> {
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
fn head(text: &str, start: usize, wanted: usize) -> String {
    let mut head = String::with_capacity(wanted);
    let mut at = start;
    while head.len() < wanted && at < text.len() && at < start + wanted * 8 {
        if base64::digit(text.as_bytes()[at]).is_some() {
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
fn run_after(text: &str, start: usize, is_part: impl Fn(u8) -> bool) -> usize {
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
fn run_before(text: &str, end: usize) -> usize {
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

/// Whether bytes begin as a private key in DER does: a sequence of integer 0 or 1 and the fields of PKCS #1,
/// PKCS #8 or SEC 1, or an encrypted PKCS #8 key. Public keys and certificates begin with a sequence or with a
/// large integer.
fn is_private_der(bytes: &[u8]) -> bool {
    let Some(rest) = behind_header(bytes, 0x30) else { return false };
    match rest {
        [2, 1, version @ (0 | 1), rest @ ..] => match rest {
            [] | [2 | 0x30, ..] => true,
            [4, ..] => *version == 1,
            _ => false,
        },
        // PBES2 and its elders.
        _ => behind_header(rest, 0x30).and_then(|rest| behind_header(rest, 6)).is_some_and(|oid| {
            oid.starts_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05])
                || oid.starts_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01])
        }),
    }
}

/// What follows a DER tag and its length.
fn behind_header(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    match bytes {
        [first, 0..=0x7f, rest @ ..]
        | [first, 0x81, _, rest @ ..]
        | [first, 0x82, _, _, rest @ ..]
        | [first, 0x83, _, _, _, rest @ ..]
            if *first == tag =>
        {
            Some(rest)
        }
        _ => None,
    }
}

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

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::{MARKS, finding, judge, mask, scan};
    use crate::diagnostics::Where;
    use crate::source::FileId;

    fn masked(text: &str) -> String {
        let ranges = scan(text);
        let mut masked = text.to_owned();
        mask(&mut masked, &ranges);
        assert_eq!(masked.len(), text.len());
        assert!(scan(&masked).is_empty(), "{masked}");
        masked
    }

    #[test]
    fn is_silent_on_what_is_public() {
        for text in [
            "publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 my private key",
            "fingerprint: SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUMIIB\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyKwGl\n-----END PUBLIC KEY-----",
            "-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEAyKwGl/mkEudH4Blk0BqFcNA1CBIo\n-----END RSA PUBLIC KEY-----",
            "MCowBQYDK2VwAyEAiKAmhsJq9lvESNzPPgq9+Z7szgtNtCbdir5QXXyEVro=",
            "# the END of the BEGINNING: keep your PRIVATE KEY at home\nMAX: 1\nMC: 2\nMII: 3",
            "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kdhkg5sdsqp7g0h",
        ] {
            assert!(scan(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn covers_to_the_end_mark_and_no_further() {
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\n  aGVsbG8=\n  -----END OPENSSH PRIVATE KEY-----";
        let text = format!("a: |\n  {key}\nb: kept\n");
        assert!(scan(&text).iter().eq([&(7..7 + key.len())]));
        assert!(masked(&text).ends_with("-----\nb: kept\n"));
    }

    #[test]
    fn without_an_end_mark_it_covers_the_document() {
        let text = "a: -----BEGIN EC PRIVATE KEY-----\n  aGVs\nb: c\n---\nkind: Team\n";
        assert!(scan(text).iter().eq([&(3..text.find("---\nkind").unwrap())]));
        assert!(masked(text).ends_with("x: x\n---\nkind: Team\n"));
        let two =
            format!("{text}x: -----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\nk: v\n");
        assert_eq!(scan(&two).len(), 2);
        assert!(masked(&two).contains("kind: Team") && masked(&two).ends_with("k: v\n"));
    }

    #[test]
    fn an_end_mark_alone_covers_what_is_before_it() {
        let text = "note: x\nkey: |\n  aGVsbG8gd29ybGQ\n  aGVsbG8=\n  -----END OPENSSH PRIVATE KEY-----\n";
        assert!(!masked(text).contains("aGVs") && masked(text).starts_with("note: x\nkey: |\n"));
    }

    #[test]
    fn knows_putty_and_age() {
        let putty = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nAAAAIHNlY3JldA==\n\
                     Private-MAC: 00ff\nkept: yes\n";
        assert!(!masked(putty).contains("NlY3Jl") && masked(putty).ends_with("\nkept: yes\n"));
        let age = "key: AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ\nkept: yes\n";
        assert!(!masked(age).contains("QQ") && masked(age).ends_with("\nkept: yes\n"));
    }

    #[test]
    fn knows_base64_without_armour() {
        for head in [
            "b3BlbnNzaC1rZXktdjEAAAAABG5v",
            "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAA",
            "MHcCAQEEIAAAAAAA",
            "MIIEpAIBAAKCAQEA",
        ] {
            let text = format!("key: \"{head}\\nTAIL/+TAIL==\"\nkept: yes\n");
            let masked = masked(&text);
            assert!(!masked.contains("TAIL") && !masked.contains(&head[..8]), "{masked}");
            assert!(masked.contains("\\n") && masked.ends_with("\"\nkept: yes\n"));
        }
    }

    #[test]
    fn escapes_stay_valid() {
        let text = r#"k: "-----BEGIN RSA PRIVATE KEY-----\nAAAA\u003d\n-----END RSA PRIVATE KEY-----""#;
        assert!(masked(text).contains(r"\nxxxx\u0077\n"));
    }

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

    #[test]
    fn the_finding_says_nothing_of_it() {
        let finding = finding(Where::File(FileId(0)));
        assert!(finding.help.unwrap().contains("git history"));
    }
}
