//! Private keys, made here and never kept, in every form that they are pasted in: nothing of them survives.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use keyplan::check::resolve::public_key::read_public_key;
use keyplan::diagnostics::{LocatedText, Location};
use keyplan::rules::private_key::{mask, scan};
use keyplan::source::FileId;
use proptest::prelude::*;

/// A private key, and its public half.
struct Pair {
    name: String,
    private: String,
    public: String,
}

fn make(folder: &Path, name: &str, arguments: &[&str]) -> Option<Pair> {
    let file = folder.join(name);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-C", "ops@example", "-f"]).arg(&file).args(arguments);
    match command.output() {
        Ok(output) => assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            crate::support::skipped(&format!("ssh-keygen cannot be run: {error}"));
            return None;
        }
    }
    let private = std::fs::read_to_string(&file).unwrap();
    let public = std::fs::read_to_string(file.with_extension("pub")).unwrap();
    Some(Pair { name: name.to_owned(), private, public })
}

fn pairs() -> Vec<Pair> {
    let scratch = tempfile::tempdir().unwrap();
    let mut pairs = Vec::new();
    for (key, size) in [("ed25519", "256"), ("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "521")] {
        for format in ["RFC4716", "PEM", "PKCS8"] {
            for passphrase in ["", "a passphrase"] {
                // OpenSSH writes Ed25519 keys in its own format only.
                if key == "ed25519" && format != "RFC4716" {
                    continue;
                }
                let name = format!("{key}{size}-{format}-{}", passphrase.len());
                let arguments = ["-t", key, "-b", size, "-m", format, "-N", passphrase];
                pairs.extend(make(scratch.path(), &name, &arguments));
            }
        }
    }
    pairs
}

/// The base64 of a key without its armour and its headers.
fn body(private: &str) -> String {
    private.lines().filter(|line| !line.contains("--") && !line.contains(':')).collect()
}

/// Masks a text, and holds what must hold of that.
fn masked(text: &str) -> String {
    let ranges = scan(text);
    assert!(ranges.is_sorted_by_key(|range| range.start));
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
    let mut masked = text.to_owned();
    mask(&mut masked, &ranges);
    assert_eq!(masked.len(), text.len());
    assert!(text.bytes().zip(masked.bytes()).all(|(before, after)| (before == b'\n') == (after == b'\n')));
    assert!(scan(&masked).is_empty(), "{masked}");
    masked
}

/// Checks that no run of so many base64 characters of the body is left, however it is folded.
fn assert_gone(pair: &Pair, what: &str, text: &str, body: &str) {
    let digits = |text: &str| -> String {
        text.replace("\\n", "").chars().filter(|c| c.is_ascii_alphanumeric() || "+/=".contains(*c)).collect()
    };
    let rest = digits(&masked(text));
    // Of the public line, its words run together here just as they do in the rest.
    let public = digits(&pair.public);
    let survivors: HashSet<_> = rest.as_bytes().windows(12).collect();
    for window in body.as_bytes().windows(12).filter(|window| survivors.contains(window)) {
        let window = std::str::from_utf8(window).unwrap();
        // A private key contains its public key, which may stand beside it.
        assert!(public.contains(window), "{}, {what}: {window} survives", pair.name);
    }
}

fn fold(text: &str, width: usize, between: &str) -> String {
    let chunks: Vec<_> = text.as_bytes().chunks(width).map(|chunk| String::from_utf8_lossy(chunk)).collect();
    chunks.join(between)
}

/// The forms that a key is pasted in, each within a document.
fn forms(pair: &Pair) -> Vec<(&'static str, String)> {
    let key = pair.private.trim_end();
    let each = |begin: &str, end: &str| {
        let lines: Vec<_> = key.lines().map(|line| [begin, line, end].concat()).collect();
        lines.concat()
    };
    let lines = |begin: &str| each(begin, "\n");
    let around =
        |value: String| format!("kind: SSHKey\nspec:\n  publicKey: {value}\n  owner: ana\n---\nkind: Team\n");
    vec![
        ("as it is", key.to_owned()),
        ("indented", around(format!("|\n{}", lines("    ")))),
        ("commented out", format!("# old:\n{}kind: Team\n", lines("# "))),
        ("quoted in a mail", lines("> ")),
        ("in one line", around(key.replace('\n', " "))),
        ("folded anew", around(fold(&key.replace('\n', " "), 30, "\n    "))),
        ("escaped", around(format!("\"{}\\n\"", key.replace('\n', "\\n")))),
        ("escaped for windows", around(format!("\"{}\"", key.replace('\n', "\\r\\n")))),
        ("in quoted lines", around(each("\"", "\\n\" "))),
        ("with other line ends", key.replace('\n', "\r\n")),
        ("as a list", around(format!("\n{}", lines("    - ")))),
        ("behind a public key", around(format!("{} {}", pair.public.trim(), key.replace('\n', " ")))),
        ("below a public key", format!("{}{key}", pair.public)),
        ("without its end", around(format!("|\n{}", lines("    ").replace("-----END", "")))),
        ("twice", format!("{key}\n{key}\n")),
    ]
}

#[test]
fn nothing_survives_in_any_form() {
    for pair in pairs() {
        let body = body(&pair.private);
        for (what, text) in forms(&pair) {
            assert_gone(&pair, what, &text, &body);
            let mut findings = Vec::new();
            let key = read_public_key(&LocatedText::new(&text, Location::File(FileId(0))), &mut findings);
            assert!(key.is_none(), "{}, {what}", pair.name);
            assert!(
                findings.iter().all(|finding| finding.rule.name == "private-key"),
                "{}, {what}",
                pair.name
            );
            if text.contains("\n---\n") {
                assert!(masked(&text).ends_with("\n---\nkind: Team\n"), "{}, {what}", pair.name);
            }
        }
        assert!(scan(&pair.public).is_empty());
    }
}

#[test]
fn nothing_survives_without_armour() {
    for pair in pairs() {
        // What an older PEM encrypts begins with random bytes: its headers are what tells it.
        if pair.private.contains("DEK-Info") {
            let text =
                pair.private.lines().filter(|line| !line.contains("--")).collect::<Vec<_>>().join("\n");
            assert_gone(&pair, "headers and body", &text, &body(&pair.private));
            continue;
        }
        let body = body(&pair.private);
        for (what, text) in [
            ("one line", format!("key: {body}\nkept: yes\n")),
            ("folded", format!("key: |\n  {}\nkept: yes\n", fold(&body, 50, "\n  "))),
            ("folded narrowly", format!("key: {}\nkept: yes\n", fold(&body, 7, " "))),
            ("escaped", format!("key: \"\\n{}\\n\"\nkept: yes\n", fold(&body, 64, "\\n"))),
            ("as a comment", format!("key: {} {}\nkept: yes\n", pair.public.trim(), body)),
            ("commented out", format!("#{}\nkept: yes\n", fold(&body, 64, "\n# "))),
        ] {
            assert_gone(&pair, what, &text, &body);
            assert!(masked(&text).ends_with("\nkept: yes\n"), "{}, {what}", pair.name);
        }
    }
}

#[test]
fn nothing_survives_of_a_torn_key() {
    for pair in pairs() {
        let whole = body(&pair.private);
        for end in (0..pair.private.len()).step_by(if pair.private.len() > 800 { 13 } else { 3 }) {
            let torn = &pair.private[..end];
            assert_gone(&pair, "torn", torn, &whole);
            // Without its beginning, a key is told by its end, as long as there is one.
            let rest = &pair.private[end..];
            if rest.contains("-----END") && !rest.contains(':') {
                assert_gone(&pair, "without its beginning", rest, &whole);
            }
        }
    }
}

#[test]
fn nothing_survives_when_encoded_once_more() {
    for pair in pairs() {
        let encoded = keyplan::openssh::base64::encode(pair.private.as_bytes());
        for text in [
            format!("data: {encoded}\nkept: yes\n"),
            format!("data: {}\nkept: yes\n", fold(&encoded, 76, "\n  ")),
        ] {
            assert_gone(&pair, "encoded", &text, &encoded);
            assert!(masked(&text).ends_with("\nkept: yes\n"));
        }
    }
}

#[test]
fn every_public_case_is_left_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys/cases");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if let Ok(text) = std::fs::read_to_string(&path) {
            assert!(scan(&text).is_empty(), "{}", path.display());
        }
    }
}

/// What a text is made of that is hard on the scanner.
const PIECES: &str = "-----BEGIN |-----END |---- BEGIN |OPENSSH |RSA |PRIVATE KEY|PRIVATE |KEY-----|-----|\n---\n|\n|    |\
    |# |\\\\n|\\\\u003d|\\\\x41|\"|: |- |é|\u{200b}|b3BlbnNzaC1rZXktdjEA|b3Blbn|MIIEpAIBAAKCAQEA|MC4CAQAwBQYDK2Vw|MHcCAQEE\
    |LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZLS0tLS0|AGE-SECRET-KEY-1QQ|PuTTY-User-Key-File-2|Private-MAC: 00\
    |Proc-Type: 4,ENCRYPTED|[A-Za-z0-9+/]{1,70}|==";

proptest! {
    #[test]
    fn any_text_is_masked_within_its_own_bytes(text in proptest::collection::vec(PIECES, 0..24)) {
        let text = text.concat();
        for range in scan(&text) {
            prop_assert!(range.start < range.end && text.get(range).is_some());
        }
        masked(&text);
    }
}
