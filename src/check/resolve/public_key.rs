//! Reads a public key: private key, hidden characters, its line, its names, its fields. All independent faults
//! of one key are reported; a stage is passed over only where it has no input.
//!
//! What costs more than some microseconds is in [`proof`](super::proof).

use std::ops::Range;

use super::key_line::Draft;
use super::{key_fields, key_line};
use crate::check::proofs::Proofs;
use crate::diagnostics::{Finding, LocatedText, Location};
use crate::openssh::wire::{self, WireError, WireErrorKind};
use crate::openssh::{KeyType, NotCanonical, PublicKey};
use crate::rules::{
    certificate_as_key, hidden_character, key_not_allowed, key_type_mismatch, long_comment, malformed_key,
    new_key_type, not_an_ssh_key, private_key, signature_algorithm, unknown_key_type, untidy_key,
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
    let is_refused = own.iter().any(|finding| finding.rule.fixed && !finding.is_warning());
    findings.append(&mut own);
    key.filter(|_| !is_refused)
}

/// Judges a key by what the workspace wants of it.
pub fn check_policy(
    key: &PublicKey,
    at: &Location,
    allowed: Option<&[KeyType]>,
    findings: &mut Vec<Finding>,
) {
    findings.extend(allowed.and_then(|allowed| key_not_allowed::check(key, allowed, at.clone())));
    findings.extend(long_comment::check(key, at.clone()));
}

fn read_clean(text: &LocatedText<'_>, proofs: &Proofs, findings: &mut Vec<Finding>) -> Option<PublicKey> {
    let start = key_line::start(text, findings)?;
    let Some((parts, blob)) = key_line::split(text, start, findings) else {
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
    key_fields::judge(&draft, key_type, &key.fields()?, is_known, findings);
    if let Some(finding) = new_key_type::check(key_type, draft.name_at()) {
        findings.push(finding);
    }
    if findings.iter().all(Finding::is_warning) {
        findings.extend(untidy_key::check(text, &draft.parts));
    }
    if !is_known && is_disputed(&key) {
        findings.push(malformed_key::disputed(draft.encoded_at()));
        return None;
    }
    findings.extend(private_key::in_comment(text, &draft.parts.comment));
    Some(key)
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

fn wire_finding(draft: &Draft<'_>, key_type: KeyType, fault: &WireError) -> Finding {
    let at = draft.bytes_at(&fault.bytes);
    match &fault.kind {
        WireErrorKind::Curve(curve) => {
            // From the beginning, so that both names are in sight.
            let at = draft.bytes_at(&(4..fault.bytes.end));
            key_type_mismatch::finding(key_type.name(), curve, draft.name_at(), at)
        }
        _ => malformed_key::finding(Some(key_type), fault, at),
    }
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
    use super::read_public_key;
    use crate::diagnostics::{Finding, LocatedText, Location};
    use crate::source::{FileId, SourceSpan, Span};

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    fn located(text: &str) -> LocatedText<'_> {
        LocatedText::new(text, Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(0, 9999) }))
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
        let place = Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(start, start + 1) });
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
            let place = Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(0, end) });
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
            |blob: &[u8]| format!("ssh-mldsa44-ed25519@openssh.com {}", data_encoding::BASE64.encode(blob));
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
    fn a_second_key_behind_one_of_a_token_is_no_host() {
        let token = include_str!("../../../tests/fixtures/keys/cases/ok_sk_ed25519.pub").trim();
        let (key, findings) = read(&format!("{token} {KEY}"));
        assert!(key.is_none());
        assert!(findings.iter().map(|finding| finding.rule.name).eq(["several-keys"]));
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
        let (line, findings) = read(include_str!("../../../tests/fixtures/keys/cases/ok_dsa1024.pub"));
        assert!(line.is_some());
        assert_eq!(findings[0].rule.name, "dsa-key");
    }

    #[test]
    fn says_nothing_else_of_a_private_key() {
        let text = format!("\u{200b}{KEY}\n-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA");
        assert_eq!(rules(&text), ["private-key"]);
    }

    #[test]
    fn a_comment_may_not_be_a_part_of_a_private_key() {
        let half = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let text = format!("{KEY} ops {half}");
        let (key, findings) = read(&text);
        assert!(key.is_none());
        assert!(findings.iter().map(|finding| finding.rule.name).eq(["private-key"]));
        let start = u32::try_from(text.len() - half.len()).unwrap();
        let end = u32::try_from(text.len()).unwrap();
        let place = Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(start, end) });
        assert_eq!(findings[0].labels[0].at, place);
    }
}
