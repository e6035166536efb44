//! Reads a public key: private key, hidden characters, other formats, splitting, base64, wire, meaning. All
//! independent faults of one key are reported; a stage is passed over only where it has no input.
//!
//! What costs more than some microseconds is in [`proof`](super::proof).

use std::ops::Range;

use crate::diagnostics::{Finding, LocatedText, Where};
use crate::model::base64::Base64Fault;
use crate::model::wire::{self, Fields, WireFault, WireFaultKind};
use crate::model::{KeyType, NotCanonical, PublicKey, base64, bits_of};
use crate::proofs::Proofs;
use crate::rules::broken_rsa_key::BrokenModulus;
use crate::rules::skeleton_key::Skeleton;
use crate::rules::untidy_key::Parts;
use crate::rules::{
    bad_base64, broken_rsa_key, certificate_as_key, dsa_key, empty_key, hidden_character, invalid_point,
    key_not_allowed, key_options, key_type_mismatch, long_comment, malformed_key, new_key_type,
    not_an_ssh_key, private_key, rsa_exponent, rsa_size, several_keys, signature_algorithm, sk_application,
    skeleton_key, unknown_key_type, untidy_key,
};

/// Reads the value of `publicKey`, or the content of a `publicKeyFile`.
///
/// There is a key unless a rule found an error that no workspace can lift. It still has to be
/// [proven](super::proof::prove).
pub fn read_public_key(text: &LocatedText<'_>, findings: &mut Vec<Finding>) -> Option<PublicKey> {
    read_with_proofs(text, &Proofs::default(), findings)
}

/// Does the same. Of a key that is known to have passed every proof, its point is not looked at again.
pub fn read_with_proofs(
    text: &LocatedText<'_>,
    proofs: &Proofs,
    findings: &mut Vec<Finding>,
) -> Option<PublicKey> {
    let secrets = private_key::scan(text.text());
    if !secrets.is_empty() {
        // Nothing else is said of such a text, so that nothing of it is shown.
        findings.extend(secrets.into_iter().map(|secret| private_key::finding(text.at(secret))));
        return None;
    }
    let mut own = Vec::new();
    let (clean, offsets) = hidden_character::without(text.text());
    let key = if offsets.is_empty() {
        read_clean(text, proofs, &mut own)
    } else {
        own.extend(hidden_character::check(text));
        read_clean(&text.edited(&clean, &offsets), proofs, &mut own)
    };
    let is_refused = own.iter().any(|finding| finding.rule.fixed && !is_warning(finding));
    findings.append(&mut own);
    key.filter(|_| !is_refused)
}

/// Judges a key by what the workspace wants of it.
pub fn check_policy(key: &PublicKey, at: &Where, allowed: Option<&[KeyType]>, findings: &mut Vec<Finding>) {
    findings.extend(allowed.and_then(|allowed| key_not_allowed::check(key, allowed, at.clone())));
    findings.extend(long_comment::check(key, at.clone()));
}

fn is_warning(finding: &Finding) -> bool {
    finding.severity < crate::diagnostics::Severity::Error
}

/// A key in the making: its parts, and what they say.
struct Draft<'a> {
    text: &'a LocatedText<'a>,
    parts: Parts,
}

impl<'a> Draft<'a> {
    fn name(&self) -> &'a str {
        &self.text.text()[self.parts.name.clone()]
    }

    fn name_at(&self) -> Where {
        self.text.at(self.parts.name.clone())
    }

    fn encoded_at(&self) -> Where {
        self.text.at(self.parts.encoded.clone())
    }

    /// Where bytes of the encoded key stand in the text.
    fn bytes_at(&self, bytes: &Range<usize>) -> Where {
        let digits = base64::digits_of(bytes);
        let Range { start, end } = self.parts.encoded;
        let from = (start + digits.start).min(end.saturating_sub(1)).max(start);
        self.text.at(from..(start + digits.end).clamp(from, end))
    }
}

fn read_clean(text: &LocatedText<'_>, proofs: &Proofs, findings: &mut Vec<Finding>) -> Option<PublicKey> {
    let start = if begins_with_key(text.text()) { 0 } else { look_for_key(text, findings)? };
    let Some((parts, blob)) = split(text, start, findings) else {
        findings.push(not_an_ssh_key::unknown(text));
        return None;
    };
    let draft = Draft { text, parts };
    let named = judge_name(&draft, blob.as_deref(), findings);
    let blob = blob?;
    let key_type = judge_encoded_name(&draft, named, &blob, findings)?;
    let comment = text.text()[draft.parts.comment.clone()].replace('\t', " ");
    let key = match PublicKey::new(blob, comment.trim()) {
        Ok(key) => key,
        Err(NotCanonical::Wire(faults)) => {
            findings.extend(faults.iter().map(|fault| wire_finding(&draft, key_type, fault)));
            return None;
        }
        Err(NotCanonical::Shape | NotCanonical::Type) => {
            findings.push(malformed_key::disputed(draft.encoded_at()));
            return None;
        }
    };
    let is_known = proofs.contains(key.fingerprint());
    judge_meaning(&draft, key_type, &key.fields()?, is_known, findings);
    if let Some(finding) = new_key_type::check(key_type, draft.name_at()) {
        findings.push(finding);
    }
    if findings.iter().all(is_warning) {
        findings.extend(untidy_key::check(text, &draft.parts));
    }
    if !is_known && is_disputed(&key) {
        findings.push(malformed_key::disputed(draft.encoded_at()));
        return None;
    }
    Some(key)
}

/// Whether a text is one line that begins with a key: so nothing stands before that, and it is nothing else.
/// Nearly every text is such a line, and [`look_for_key`] would look at it a dozen times.
fn begins_with_key(text: &str) -> bool {
    let is_key = |(name, rest): (&str, &str)| KeyType::parse(name).is_some() && rest.starts_with("AAAA");
    text.split_once(' ').is_some_and(is_key) && !text.trim_end().contains(['\n', '\r'])
}

/// Where the key begins, unless there is nothing, or something else.
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
fn split(
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
            let is_short = matches!(fault, Base64Fault::MissingPadding(_) | Base64Fault::Length)
                && is_cut_off(&base64::bytes_of(&whole[encoded.clone()]).0);
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
    let is_base64 = |word: &str| word.trim_end_matches('=').bytes().all(|byte| base64::digit(byte).is_some());
    let word = &whole[first.clone()];
    if !is_base64(word) || word.ends_with('=') || !is_cut_off(&base64::bytes_of(word).0) {
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
        if joined.len() > LONGEST || !is_cut_off(&base64::bytes_of(&joined).0) {
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
    faults.iter().any(|fault| matches!(fault.kind, WireFaultKind::Truncated { .. }))
}

/// Judges the name that is written: the type, if it is one.
fn judge_name(draft: &Draft<'_>, blob: Option<&[u8]>, findings: &mut Vec<Finding>) -> Option<KeyType> {
    let name = draft.name();
    let key_type = KeyType::parse(name);
    if key_type.is_none() {
        findings.push(if let Some(key_type) = signature_algorithm::key_type_of(name) {
            signature_algorithm::finding(name, key_type, draft.name_at())
        } else if certificate_as_key::is_certificate(name) {
            let encoded = blob.and_then(|blob| wire::type_name(blob).ok());
            let encoded =
                encoded.map(|name| certificate_as_key::is_certificate(&String::from_utf8_lossy(name)));
            certificate_as_key::finding(true, encoded, draft.name_at())
        } else if let Some(start) = unknown_key_type::before_type(name) {
            let Range { start: from, .. } = draft.parts.name;
            let at = draft.text.at(from..from + start);
            unknown_key_type::prefixed(&name[..start], &name[start..], at)
        } else {
            unknown_key_type::finding(name, draft.name_at())
        });
    }
    key_type
}

/// Judges the name that is encoded, by the one that is written: the type to read the fields of.
fn judge_encoded_name(
    draft: &Draft<'_>,
    named: Option<KeyType>,
    blob: &[u8],
    findings: &mut Vec<Finding>,
) -> Option<KeyType> {
    let name = match wire::type_name(blob) {
        Ok(name) => String::from_utf8_lossy(name),
        Err(fault) => {
            findings.push(malformed_key::finding(named, &fault, draft.bytes_at(&fault.bytes)));
            return None;
        }
    };
    let encoded = KeyType::parse(&name);
    if let Some(named) = named.filter(|named| encoded != Some(*named)) {
        let at = draft.bytes_at(&(4..4 + name.len()));
        findings.push(if certificate_as_key::is_certificate(&name) {
            certificate_as_key::finding(false, Some(true), at)
        } else {
            key_type_mismatch::finding(named.name(), &name, draft.name_at(), at)
        });
    }
    encoded
}

fn wire_finding(draft: &Draft<'_>, key_type: KeyType, fault: &WireFault) -> Finding {
    let at = draft.bytes_at(&fault.bytes);
    match &fault.kind {
        WireFaultKind::Curve(curve) => {
            // From the beginning, so that both names are in sight.
            let at = draft.bytes_at(&(4..fault.bytes.end));
            key_type_mismatch::finding(key_type.name(), curve, draft.name_at(), at)
        }
        _ => malformed_key::finding(Some(key_type), fault, at),
    }
}

/// Whether there can be such a key at all, as far as that is cheap to say.
fn judge_meaning(
    draft: &Draft<'_>,
    key_type: KeyType,
    fields: &Fields<'_>,
    is_known: bool,
    findings: &mut Vec<Finding>,
) {
    let at = || draft.encoded_at();
    let edwards = |point| if is_known { None } else { judge_edwards(key_type, point, at()) };
    let nist = |point| if is_known { None } else { judge_nist(key_type, point, at()) };
    let application = |application: &[u8]| sk_application::check(application, at());
    match fields {
        Fields::Ed25519 { point } | Fields::MlDsa44Ed25519 { point } => {
            findings.extend(edwards(point));
        }
        Fields::SkEd25519 { point, application: name } => {
            findings.extend(edwards(point));
            findings.extend(application(name));
        }
        Fields::Ecdsa { point } => findings.extend(nist(point)),
        Fields::SkEcdsa { point, application: name } => {
            findings.extend(nist(point));
            findings.extend(application(name));
        }
        Fields::Dsa { prime } => findings.push(dsa_key::finding(bits_of(prime), draft.name_at())),
        Fields::Rsa { exponent, modulus } => judge_rsa(exponent, modulus, &at(), findings),
    }
}

fn judge_edwards(key_type: KeyType, bytes: &[u8; 32], at: Where) -> Option<Finding> {
    let point = invalid_point::edwards(bytes);
    if point.as_ref().is_some_and(skeleton_key::is_small_order) {
        return Some(skeleton_key::finding(Skeleton::SmallOrder, at));
    }
    invalid_point::check_edwards(bytes, point.as_ref())
        .map(|fault| invalid_point::finding(key_type, fault, at))
}

fn judge_nist(key_type: KeyType, point: &[u8], at: Where) -> Option<Finding> {
    invalid_point::check_nist(key_type, point).map(|fault| invalid_point::finding(key_type, fault, at))
}

fn judge_rsa(exponent: &[u8], modulus: &[u8], at: &Where, findings: &mut Vec<Finding>) {
    let before = findings.len();
    let had_errors = !findings.iter().all(is_warning);
    let size = rsa_size::check(bits_of(modulus), bits_of(exponent), at);
    let is_swapped = bits_of(modulus) < *rsa_size::USABLE.start() && bits_of(exponent) > bits_of(modulus);
    if exponent == [1] {
        findings.push(skeleton_key::finding(Skeleton::ExponentOne, at.clone()));
    }
    if broken_rsa_key::is_even(modulus) {
        findings.push(broken_rsa_key::finding(BrokenModulus::Even, at.clone()));
    }
    if !is_swapped {
        findings.extend(rsa_exponent::check(exponent, modulus, at.clone()));
    }
    // A key that has to be replaced anyway gets no remark on its size.
    let is_remark = size.as_ref().is_some_and(is_warning);
    findings.extend(size.filter(|_| !is_remark || (findings.len() == before && !had_errors)));
}

/// Whether a second reader does not find the same key in our line. It does not know every type.
fn is_disputed(key: &PublicKey) -> bool {
    if key.key_type() == KeyType::MlDsa44Ed25519 {
        return PublicKey::from_line(&key.line()).ok().as_ref() != Some(key);
    }
    let line = key.line();
    let Ok(second) = ssh_key::PublicKey::from_openssh(&line) else {
        // It refuses some points that `invalid-point` has found, and numbers beyond its limits.
        return PublicKey::from_line(&line).ok().as_ref() != Some(key);
    };
    let fingerprint = second.fingerprint(ssh_key::HashAlg::Sha256);
    fingerprint.as_bytes() != key.fingerprint().as_bytes() || second.to_openssh().ok().as_ref() != Some(&line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{begins_with_key, is_cut_off, look_for_key, read_public_key, unwrap};
    use crate::diagnostics::{Finding, LocatedText, Where};
    use crate::model::{KeyType, base64};
    use crate::source::{FileId, Place, Span};

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    const WHOLE: [&str; 4] = [
        KEY,
        include_str!("../../tests/fixtures/keys/cases/ok_ecdsa521.pub"),
        include_str!("../../tests/fixtures/keys/cases/ok_sk_ed25519.pub"),
        "ssh-rsa XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    ];

    fn located(text: &str) -> LocatedText<'_> {
        LocatedText::new(text, Where::Bytes(Place { file: FileId(0), span: Span::new(0, 9999) }))
    }

    fn read(text: &str) -> (Option<String>, Vec<Finding>) {
        let mut findings = Vec::new();
        let key = read_public_key(&located(text), &mut findings);
        (key.map(|key| key.line_with_comment()), findings)
    }

    fn rules(text: &str) -> Vec<&'static str> {
        read(text).1.iter().map(|finding| finding.rule.name).collect()
    }

    #[test]
    fn reads_a_key() {
        let (line, findings) = read(&format!("{KEY} ops\n"));
        assert_eq!(line.unwrap(), format!("{KEY} ops"));
        assert!(findings.is_empty());
    }

    #[test]
    fn makes_a_key_canonical() {
        let (line, findings) = read(&format!("# mine\n{}\tops \n", KEY.replace(' ', "  ")));
        assert_eq!(line.unwrap(), format!("{KEY} ops"));
        assert_eq!(findings[0].rule.name, "untidy-key");
    }

    #[test]
    fn reports_every_independent_fault() {
        let text = format!("no-pty {} ops\u{200b}\n{KEY}", KEY.replace("ssh-ed25519", "ssh-rsa"));
        assert_eq!(rules(&text), ["hidden-character", "key-options", "several-keys", "key-type-mismatch"]);
    }

    #[test]
    fn a_hidden_character_does_not_shift_places() {
        let text = format!("\u{feff}{}", KEY.replace("fa6", "f.6").replace("Fa6", "F.6"));
        let (_, findings) = read(&text);
        let start = u32::try_from(text.find('.').unwrap()).unwrap();
        let place = Where::Bytes(Place { file: FileId(0), span: Span::new(start, start + 1) });
        assert_eq!(findings[1].labels[0].at, place);
    }

    #[test]
    fn what_stands_before_the_key_is_named() {
        for (prefix, suffix, help) in [
            ("<", ">", "delete it, and the `>` behind the key"),
            ("\"", "\"", "delete it, and the `\"` behind the key"),
            ("spectro:", "", "delete it; the user of the nodes is the `loginUser` of a cluster"),
            ("ops=", "", "delete it"),
        ] {
            let text = format!("{prefix}{KEY} ops{suffix}");
            let (_, findings) = read(&text);
            assert_eq!(rules(&text), ["unknown-key-type"], "{text}");
            assert_eq!(findings[0].help.as_deref(), Some(help));
            let end = u32::try_from(prefix.len()).unwrap();
            let place = Where::Bytes(Place { file: FileId(0), span: Span::new(0, end) });
            assert_eq!(findings[0].labels[0].at, place);
        }
    }

    #[test]
    fn a_key_that_breaks_off_is_not_asked_for_padding() {
        for end in [50, 51, 53] {
            let (_, findings) = read(&KEY[..end]);
            assert_eq!(findings[0].summary, "the base64 text is cut off", "{end}");
        }
        assert_eq!(rules("ssh-rsa XXXXXXXXXXXX ops"), ["malformed-key"]);
        let (_, findings) = read("ssh-rsa XXXXXXXXXXXX ops");
        assert_eq!(findings[0].summary, "the base64 text is not that of a key");
    }

    #[test]
    fn wrapped_base64_is_one_fault() {
        let (head, tail) = KEY.split_at(50);
        assert_eq!(rules(&format!("{head}\n{tail} ops")), ["bad-base64"]);
        assert_eq!(rules(&format!("{head} {tail}")), ["bad-base64"]);
        assert_eq!(rules(&KEY.replacen(' ', "\n", 1)), ["bad-base64"]);
    }

    #[test]
    fn accepts_a_new_key_type_with_a_warning() {
        let name = b"ssh-mldsa44-ed25519@openssh.com";
        let mut blob = [&[0, 0, 0, 31], &name[..], &1344_u32.to_be_bytes(), &[7; 1312]].concat();
        blob.extend(curve25519_dalek::constants::ED25519_BASEPOINT_COMPRESSED.0);
        let line =
            |blob: &[u8]| format!("ssh-mldsa44-ed25519@openssh.com {}", crate::model::base64::encode(blob));
        assert_eq!(rules(&line(&blob)), ["new-key-type"]);
        assert_eq!(read(&line(&blob)).0, Some(line(&blob)));
        assert_eq!(rules(&line(&blob[..1000])), ["malformed-key"]);
        blob.truncate(blob.len() - 32);
        blob.extend([0; 32]);
        assert_eq!(rules(&line(&blob)), ["skeleton-key", "new-key-type"]);
    }

    #[test]
    fn a_comment_may_say_anything() {
        for comment in ["https://example.com/ana", "no -----BEGIN PGP here", "a,b=\"c\"", "#1"] {
            assert_eq!(rules(&format!("{KEY} {comment}")), [""; 0], "{comment}");
        }
    }

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

    #[test]
    fn a_second_key_behind_one_of_a_token_is_no_host() {
        let token = include_str!("../../tests/fixtures/keys/cases/ok_sk_ed25519.pub").trim();
        let (key, findings) = read(&format!("{token} {KEY}"));
        assert!(key.is_none());
        assert!(findings.iter().map(|finding| finding.rule.name).eq(["several-keys"]));
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
                prop_assert_eq!(look_for_key(&located(&text), &mut findings), Some(0));
                prop_assert!(findings.is_empty());
            }
        }
    }

    #[test]
    fn a_long_text_is_read_in_no_time() {
        let text = format!(
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAA//AAAA {}",
            "A".repeat(20).repeat(2) + " A".repeat(99_999).as_str()
        );
        assert_eq!(rules(&text), ["bad-base64"]);
    }

    #[test]
    fn what_a_workspace_may_lift_leaves_a_key() {
        let (line, findings) = read(include_str!("../../tests/fixtures/keys/cases/ok_dsa1024.pub"));
        assert!(line.is_some());
        assert_eq!(findings[0].rule.name, "dsa-key");
    }

    #[test]
    fn says_nothing_else_of_a_private_key() {
        let text = format!("\u{200b}{KEY}\n-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA");
        assert_eq!(rules(&text), ["private-key"]);
    }
}
