//! Private keys, made here and never kept, in every form that they are pasted in: nothing of them survives.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use data_encoding::{BASE64, HEXLOWER};
use keyplan::check::resolve::public_key::read_public_key;
use keyplan::diagnostics::{LocatedText, Location};
use keyplan::openssh::base64;
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
        let encoded = BASE64.encode(pair.private.as_bytes());
        for text in [
            format!("data: {encoded}\nkept: yes\n"),
            format!("data: {}\nkept: yes\n", fold(&encoded, 76, "\n  ")),
        ] {
            assert_gone(&pair, "encoded", &text, &encoded);
            assert!(masked(&text).ends_with("\nkept: yes\n"));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The base64 of a gzip file that holds a text, as it is.
fn gzipped_by_hand(text: &str) -> String {
    let length = u16::try_from(text.len()).unwrap();
    let block = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), text.as_bytes()].concat();
    BASE64.encode(&[&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &block, &[0; 8]].concat())
}

/// The same, compressed by gzip.
fn gzipped(text: &str) -> Option<String> {
    let mut gzip = match Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
        Ok(gzip) => gzip,
        Err(error) => {
            crate::support::skipped(&format!("gzip cannot be run: {error}"));
            return None;
        }
    };
    gzip.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Some(BASE64.encode(&gzip.wait_with_output().unwrap().stdout))
}

/// What other programs make of a private key.
fn encodings(pair: &Pair) -> Vec<(&'static str, String)> {
    let (text, body) = (&pair.private, body(&pair.private));
    let bytes = base64::bytes_of(&body);
    let mut encodings = vec![
        ("hexadecimal text", hex(text.as_bytes())),
        ("base64 of base64 of the text", BASE64.encode(BASE64.encode(text.as_bytes()).as_bytes())),
        ("base64 of gzip, stored", gzipped_by_hand(text)),
    ];
    encodings.extend(gzipped(text).map(|encoded| ("base64 of gzip", encoded)));
    // What an older PEM encrypts begins with random bytes.
    if !text.contains("DEK-Info") {
        encodings.extend([
            ("hexadecimal", hex(&bytes)),
            ("hexadecimal capitals", hex(&bytes).to_uppercase()),
            ("base64 of base64", BASE64.encode(body.as_bytes())),
        ]);
    }
    if text.contains("OPENSSH") {
        encodings.push(("hexadecimal base64", hex(body.as_bytes())));
    }
    encodings
}

#[test]
fn nothing_survives_in_another_encoding() {
    for pair in pairs() {
        for (what, encoded) in encodings(&pair) {
            for text in [
                format!("key: {encoded}\nkept: yes\n"),
                format!("key: |\n  {}\nkept: yes\n", fold(&encoded, 76, "\n  ")),
                format!("key: \"{}\"\nkept: yes\n", fold(&encoded, 60, "\\n")),
                format!("key: {} {encoded}\nkept: yes\n", pair.public.trim()),
            ] {
                assert_eq!(scan(&text).len(), 1, "{}, {what}: {text}", pair.name);
                assert_gone(&pair, what, &text, &encoded);
                assert!(masked(&text).ends_with("\nkept: yes\n"), "{}, {what}", pair.name);
            }
        }
    }
}

/// A JSON Web Key of such a type with these members, each with a value that looks like chance.
fn web_key(key_type: &str, members: &[(&str, usize)]) -> String {
    let value = |length: usize, seed: usize| -> String {
        let digit = |place: usize| b"0aZ_b9Y-c8Xd7We"[(place * place + seed * 7 + place / 3) % 15];
        (0..length).map(|place| char::from(digit(place))).collect()
    };
    let members = members.iter().enumerate();
    let members = members.map(|(seed, (name, length))| format!(",\"{name}\":\"{}\"", value(*length, seed)));
    format!("{{\"kty\":\"{key_type}\"{}}}", members.collect::<String>())
}

#[test]
fn the_secret_numbers_of_a_web_key_are_found() {
    const RSA: [(&str, usize); 8] =
        [("n", 342), ("e", 4), ("d", 342), ("p", 171), ("q", 171), ("dp", 171), ("dq", 171), ("qi", 171)];
    for (key_type, members) in [
        ("OKP", &[("crv", 7), ("d", 43), ("x", 43)][..]),
        ("EC", &[("crv", 5), ("x", 43), ("y", 43), ("d", 43)]),
        ("RSA", &RSA),
    ] {
        let plain = web_key(key_type, members);
        let secret = |name: &str| ["d", "p", "q", "dp", "dq", "qi"].contains(&name);
        let last = members.iter().rfind(|(name, _)| secret(name)).unwrap().0;
        for key in [
            plain.clone(),
            plain.replace(':', ": ").replace(',', ",\n  "),
            plain.replace('"', "\\\""),
            plain.replacen(&format!("\"kty\":\"{key_type}\","), "", 1).replace('}', ",\"kty\":\"OKP\"}"),
        ] {
            let text = format!("publicKey: '{key}' # kept\n");
            let (found, value) = (scan(&text), |name: &str| {
                let quote = if key.contains('\\') { "\\\"" } else { "\"" };
                let start = text.find(&format!("\"{name}{quote}:")).unwrap() + name.len() + quote.len() + 2;
                let start = start + text[start..].find(|it: char| !" \\\"".contains(it)).unwrap();
                start..start + text[start..].find(['"', '\\']).unwrap()
            });
            assert!(found.iter().eq([&(value("d").start..value(last).end)]), "{text}");
            masked(&text);
        }
        let public: Vec<_> = members.iter().copied().filter(|(name, _)| !secret(name)).collect();
        let members: Vec<_> = members.iter().filter(|(name, _)| *name != "kty").copied().collect();
        assert!(scan(&web_key(key_type, &public)).is_empty());
        // Without a type it may be anything.
        assert!(scan(&web_key(key_type, &members).replacen("kty", "sha", 1)).is_empty());
    }
}

/// A public key, and what only speaks of a private one.
#[test]
fn other_compressed_texts_are_left_alone() {
    let public = include_str!("../fixtures/keys/cases/ok_dsa1024.pub").repeat(2);
    let public = [public, include_str!("../fixtures/keys/cases/ok_sk_ed25519.pub").to_owned()].into_iter();
    let texts = public.chain(["A key begins with -----BEGIN OPENSSH PRIVATE KEY-----.\n".repeat(9)]);
    for text in texts.filter_map(|text| gzipped(&text)) {
        assert!(scan(&format!("data: {text}\n")).is_empty(), "{text}");
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

/// What bytes begin with that are no private key.
const PUBLIC_HEADS: [&[u8]; 10] = [
    b"",
    b"\x1f\x8b\x08\0",
    b"TU",
    b"openssh-key-v",
    b"\x30\x82\x01\x22\x30",
    b"\x30\x82\x04\0\x02\x82\x01",
    b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
    b"-----BEGIN CERTIFICATE-----\nMII",
    b"-----BEGIN PUBLIC KEY-----\nMCow",
    b"\0\0\0\x0bssh-ed25519",
];

proptest! {
    #[test]
    fn any_text_is_masked_within_its_own_bytes(text in proptest::collection::vec(PIECES, 0..24)) {
        let text = text.concat();
        for range in scan(&text) {
            prop_assert!(range.start < range.end && text.get(range).is_some());
        }
        masked(&text);
    }

    /// Digits of chance, and what is public, in each of the encodings: none is a private key.
    #[test]
    fn digits_of_chance_are_left_alone(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        head in 0..PUBLIC_HEADS.len(),
    ) {
        let bytes = [PUBLIC_HEADS[head], &bytes].concat();
        let once = BASE64.encode(&bytes);
        let url = once.replace('+', "-").replace('/', "_");
        for digits in [
            BASE64.encode(once.as_bytes()), hex(&bytes), hex(&bytes).to_uppercase(), hex(once.as_bytes()),
            format!("{{\"kty\":\"EC\",\"x\":\"{url}\",\"y\":\"{url}\"}}"), format!("{{\"d\":\"{url}\",\"a\":\"{url}\"}}"),
            gzipped_by_hand(&once), once,
        ] {
            prop_assert!(scan(&format!("a: {digits}\nb: ssh-ed25519 {digits} ops\n")).is_empty(), "{}", digits);
        }
    }
}
