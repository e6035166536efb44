//! The corpus of pasted keys: each gives exactly the findings that it should, and what is accepted is the key
//! that OpenSSH reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use keyplan::check::resolve::proof::prove;
use keyplan::check::resolve::public_key::read_public_key;
use keyplan::diagnostics::{Finding, LocatedText, Location, Severity};
use keyplan::openssh::PublicKey;
use keyplan::rules::hidden_character;
use keyplan::source::{FileId, SourceSpan, Span};
use proptest::prelude::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys")
}

fn whole(text: &str) -> Location {
    let end = u32::try_from(text.len()).unwrap();
    Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(0, end) })
}

/// Reads and proves, and checks what holds for every finding.
fn read(bytes: &[u8]) -> (Option<PublicKey>, Vec<Finding>) {
    let mut findings = Vec::new();
    let Ok(text) = std::str::from_utf8(bytes) else {
        return (None, vec![hidden_character::not_text(bytes, Location::File(FileId(0)))]);
    };
    let located = LocatedText::new(text, whole(text));
    let key =
        read_public_key(&located, &mut findings).filter(|key| prove(key, &located.whole(), &mut findings));
    for finding in &findings {
        assert!(!finding.labels.is_empty(), "{finding:?}");
        for label in &finding.labels {
            let Location::Bytes(place) = &label.at else { panic!("{label:?}") };
            assert!(text.get(place.span.range()).is_some(), "{label:?}");
        }
        let words = format!("{} {:?} {:?}", finding.summary, finding.help, finding.labels);
        assert!(!words.chars().any(char::is_control), "{words:?}");
        for encoded in text.split_whitespace().filter(|word| word.starts_with("AAAA") && word.len() > 30) {
            let beginning: String = encoded.chars().take(30).collect();
            assert!(!words.contains(&beginning), "{words}");
        }
    }
    let is_refused = findings.iter().any(|finding| finding.rule.fixed && finding.severity == Severity::Error);
    assert_eq!(key.is_none(), is_refused, "{findings:?}");
    (key, findings)
}

/// What `ssh-keygen -l` says of a file, or nothing when there is no `ssh-keygen`.
fn ssh_keygen_fingerprint(path: &Path) -> Option<String> {
    let output = match Command::new("ssh-keygen").args(["-l", "-f"]).arg(path).output() {
        Ok(output) => output,
        Err(error) => {
            crate::support::skipped(&format!("ssh-keygen cannot be run: {error}"));
            return None;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.split_whitespace().nth(1).unwrap_or_default().to_owned())
}

#[test]
fn every_case_gives_exactly_its_findings() {
    let table = std::fs::read_to_string(folder().join("cases.tsv")).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for line in table.lines().skip(1) {
        let [case, severity, rules] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        count += 1;
        let bytes = std::fs::read(folder().join("cases").join(format!("{case}.pub"))).unwrap();
        let (key, findings) = read(&bytes);
        let found: BTreeSet<_> = findings.iter().map(|finding| finding.rule.name).collect();
        let expected: BTreeSet<_> = rules.split(',').filter(|rule| *rule != "-").collect();
        let worst = findings.iter().map(|finding| finding.severity).max();
        let worst = worst.map_or("ok", Severity::word);
        if found != expected || worst != severity {
            wrong.push(format!("{case}: expected {severity} {expected:?}, found {worst} {found:?}"));
        }
        if let Some(key) = key.filter(|_| worst != "error") {
            let path = scratch.path().join(case);
            std::fs::write(&path, key.line_with_comment() + "\n").unwrap();
            if let Some(theirs) = ssh_keygen_fingerprint(&path) {
                assert_eq!(theirs, key.fingerprint().to_string(), "{case}");
            }
        }
    }
    assert_eq!(count, 111);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_has_its_file() {
    let files = std::fs::read_dir(folder().join("cases")).unwrap().count();
    assert_eq!(files, 111);
}

const KEYS: [&str; 3] = [
    include_str!("../fixtures/keys/cases/ok_ed25519.pub"),
    include_str!("../fixtures/keys/cases/ok_ecdsa521.pub"),
    include_str!("../fixtures/keys/cases/ok_sk_ed25519.pub"),
];

/// Accepted means: one line, which is read again as the same key, and with nothing more to be said.
fn accepted_is_canonical(text: &str) {
    if let (Some(key), before) = read(text.as_bytes()) {
        let line = key.line_with_comment();
        assert!(!line.contains(['\n', '\r', '\0']), "{line:?}");
        let (again, findings) = read(line.as_bytes());
        assert_eq!(again.unwrap().fingerprint(), key.fingerprint());
        let rules = |findings: &[Finding]| -> Vec<_> {
            let rules = findings.iter().map(|finding| finding.rule.name);
            rules.filter(|rule| *rule != "untidy-key").collect()
        };
        assert_eq!(rules(&findings), rules(&before), "{line:?}");
        assert!(findings.iter().all(|finding| finding.rule.name != "untidy-key"), "{line:?}");
        assert_eq!(PublicKey::from_line(&line).unwrap().comment(), key.comment());
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,80}|(ssh-rsa|ssh-ed25519|AAAA|[ \t\r\n\"#=,\u{200b}é]|[A-Za-z0-9+/]{1,9}){0,30}") {
        accepted_is_canonical(&text);
    }

    #[test]
    fn a_mutated_key_is_read_without_panic(
        which in 0..KEYS.len(), at in 0_usize..300, drop in 0_usize..3,
        insert in "|[ \t\r\n\"#=,\0]{1,3}|[A-Za-z0-9+/]{1,4}|\u{feff}|\u{2028}ssh-rsa AAAA|\nssh-rsa AAAA|é",
    ) {
        let mut text = KEYS[which].to_owned();
        let start = at.min(text.len());
        let end = (start + drop).min(text.len());
        text.replace_range(start..end, &insert);
        accepted_is_canonical(&text);
    }

    #[test]
    fn no_second_line_is_smuggled(which in 0..KEYS.len(), end in "\n|\r|\r\n|\u{2028}|\u{85}|\u{b}| | \n ", other in 0..KEYS.len()) {
        let text = format!("{}{end}{}", KEYS[which].trim_end(), KEYS[other]);
        let (key, findings) = read(text.as_bytes());
        prop_assert!(key.is_none());
        prop_assert!(findings.iter().any(|finding| finding.rule.name == "several-keys"));
    }
}
