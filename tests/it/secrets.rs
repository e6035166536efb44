//! Nothing secret is shown, whatever it is taken for: other files that a key is read from, parts of private keys in
//! any encoding, and private keys that lie about.

use std::process::Command;

use data_encoding::{BASE64, HEXLOWER};
use keyplan::openssh::base64;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{PLAIN, Workspace, check, drawn, keyplan, stderr, stdout};

/// A workspace whose one key is given by this line of `spec`.
fn workspace(spec: &str) -> Workspace {
    let text = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: p}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k, project: p}}\nspec:\n  {spec}\n  owner: 7\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: c, project: p}}\nspec: {{sshKey: k}}\n"
    );
    Workspace::with(&[("access.yaml", text.as_bytes())])
}

/// All that is said of a workspace, in each form.
fn said(workspace: &Workspace) -> String {
    let forms: [&[&str]; 3] =
        [&["validate"], &["validate", "--format", "json"], &["--accessible", "validate"]];
    let outputs = forms.map(|words| {
        let output = keyplan(&workspace.root, words);
        assert_ne!(output.status.code(), Some(70), "{}", stderr(&output));
        stdout(&output) + &stderr(&output)
    });
    outputs.concat()
}

#[test]
fn a_file_that_holds_no_public_key_is_not_shown() {
    for (name, content) in [
        (".env", "TOKEN=hunter2-hunter2\nOTHER=hunter2-hunter2\n"),
        (".npmrc", "//registry.npmjs.org/:_authToken=hunter2-hunter2\n"),
        (".git/config", "[remote \"origin\"]\n\turl = https://ana:hunter2-hunter2@example.com/a.git\n"),
        ("word.txt", "hunter2-hunter2"),
        ("path.txt", ".hunter2-hunter2"),
        ("url.txt", "https://ana:hunter2-hunter2@example.com"),
        ("template.txt", "{{ hunter2-hunter2 }}"),
        ("hosts", "hunter2-hunter2,10.0.0.1 password\n"),
        ("mixed.pub", "# hunter2-hunter2\nhunter2-hunter2\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA ops\n"),
        ("behind.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA ops\nhunter2-hunter2\n# hunter2-hunter2\n"),
    ] {
        let workspace = workspace(&format!("publicKeyFile: {name}"));
        workspace.write(name, content.as_bytes());
        let said = said(&workspace);
        assert!(!said.contains("hunter2"), "{name}: {said}");
        assert!(said.contains("not-an-ssh-key") || said.contains("several-keys"), "{name}: {said}");
    }
    let workspace = workspace("publicKeyFile: latin1.txt");
    workspace.write("latin1.txt", b"hunter2-hunter2 \xe9\n");
    assert!(!said(&workspace).contains("hunter2"));
}

/// A private key of a kind, as a PEM or OpenSSH file, without a passphrase.
fn private_keys() -> Vec<String> {
    let scratch = tempfile::tempdir().unwrap();
    let kinds = [
        ("ed25519", "256", "RFC4716"),
        ("rsa", "2048", "RFC4716"),
        ("rsa", "2048", "PEM"),
        ("ecdsa", "256", "PKCS8"),
    ];
    let make = |(number, (kind, bits, format)): (usize, (&str, &str, &str))| {
        let file = scratch.path().join(number.to_string());
        let made = Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-C", "ops", "-t", kind, "-b", bits, "-m", format, "-f"])
            .arg(&file)
            .output();
        match made {
            Ok(_) => Some(std::fs::read_to_string(&file).unwrap()),
            Err(error) => {
                crate::support::skipped(&format!("ssh-keygen cannot be run: {error}"));
                None
            }
        }
    };
    kinds.into_iter().enumerate().filter_map(make).collect()
}

fn body(private: &str) -> String {
    private.lines().filter(|line| !line.contains("--")).collect()
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Runs of digits in a text, as somebody would put them together again.
fn digits(text: &str) -> String {
    text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "+/".contains(*letter)).collect()
}

/// No output has 12 digits in a row of a private key, however it is encoded and cut: but for what its public half has
/// too.
#[test]
fn no_part_of_a_private_key_is_shown() {
    let keys = private_keys();
    if keys.is_empty() {
        return;
    }
    let strategy = (0..keys.len(), 0_usize..6, 0_usize..900, 60_usize..700, 0_usize..5);
    let mut runner = TestRunner::new(Config { cases: 40, ..Config::default() });
    runner
        .run(&strategy, |(which, encoding, from, length, way)| {
            let body = body(&keys[which]);
            let bytes = base64::bytes_of(&body);
            let whole = match encoding {
                0 => body.clone(),
                1 => hex(&bytes),
                2 => hex(&bytes).to_uppercase(),
                3 => BASE64.encode(keys[which].as_bytes()),
                4 => BASE64.encode(BASE64.encode(keys[which].as_bytes()).as_bytes()),
                _ => body.replace('+', "-").replace('/', "_"),
            };
            let from = from % (whole.len() - 59);
            let part = &whole[from..(from + length).min(whole.len())];
            let folded = |width: usize, between: &str| {
                let lines: Vec<_> =
                    part.as_bytes().chunks(width).map(|it| std::str::from_utf8(it).unwrap()).collect();
                lines.join(between)
            };
            let spec = match way {
                0 => format!("publicKey: {part}"),
                1 => format!("publicKey: |\n    {}", folded(64, "\n    ")),
                2 => format!("publicKey: \"{}\"", folded(70, "\\n")),
                3 => format!("publicKey: ssh-ed25519 {part}"),
                _ => format!("publicKey: |\n    ssh-rsa {}", folded(50, "\n    ")),
            };
            let said = digits(&said(&workspace(&spec)));
            let digits_to = |end| base64::digits_of(&(0..end)).end;
            let first_line = keys[which].find('\n').unwrap() + 1;
            let public = match encoding {
                0 | 5 => digits_to(public_head(&bytes)),
                1 | 2 => 2 * public_head(&bytes),
                3 => digits_to(first_line),
                _ => digits_to(digits_to(first_line)),
            };
            let secret = &part[public.saturating_sub(from).min(part.len())..];
            // The public key stands in it once more.
            for window in
                secret.as_bytes().windows(12).filter(|window| window.iter().all(u8::is_ascii_alphanumeric))
            {
                let window = std::str::from_utf8(window).unwrap();
                let is_public = is_public_part(part, window);
                prop_assert!(is_public || !said.contains(window), "{spec}\n{window}\n{said}");
            }
            Ok(())
        })
        .unwrap();
}

/// As a JSON Web Key, and compressed: what is secret there looks like nothing that begins a private key.
#[test]
fn a_private_key_in_the_form_of_another_program_is_not_shown() {
    // Bytes that look like chance, as a private half and compressed text do.
    let bytes: Vec<u8> = (0_u8..=255).map(|byte| byte.wrapping_mul(167) ^ (byte >> 3)).collect();
    let half = BASE64.encode(&bytes[..32]).replace('+', "-").replace('/', "_").replace('=', "");
    let gzip = BASE64.encode(&[&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &bytes].concat());
    let web_key = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}","d":"{half}"}}"#, "A".repeat(43));
    for (spec, secret) in [
        (format!("publicKey: '{web_key}'"), &half[..]),
        (format!("publicKey: {web_key}"), &half),
        (format!("publicKey: {gzip}"), &gzip[20..]),
        (format!("publicKey: ssh-ed25519 {gzip}"), &gzip[20..]),
    ] {
        let said = said(&workspace(&spec));
        assert!(!said.is_empty(), "{spec} is valid");
        for window in secret.as_bytes().windows(12) {
            let window = std::str::from_utf8(window).unwrap();
            assert!(!said.contains(window), "{spec}\n{window}\n{said}");
        }
    }
}

/// How many bytes of a key of OpenSSH stand before its private part: they are alike in all, or public.
fn public_head(bytes: &[u8]) -> usize {
    const MAGIC: &[u8] = b"openssh-key-v1\0";
    if !bytes.starts_with(MAGIC) {
        return 0;
    }
    let length = |at: usize| u32::from_be_bytes(*bytes[at..].first_chunk().unwrap()) as usize;
    let skip = |at: usize| at + 4 + length(at);
    // Cipher, key derivation and its options, the number of keys, the public key.
    skip(skip(skip(skip(MAGIC.len()))) + 4)
}

/// Whether digits stand in a part of a key that is public.
fn is_public_part(part: &str, window: &str) -> bool {
    let at = part.find(window).unwrap_or_default();
    part[..at].rfind("AAAA").is_some_and(|start| {
        let blob = base64::bytes_of(&part[start..]);
        let public = keyplan::openssh::wire::public_length(&blob);
        public > 0 && at + window.len() <= start + base64::digits_of(&(0..public)).end
    })
}

#[test]
fn a_private_key_in_any_file_is_found_and_not_shown() {
    for private in private_keys() {
        let workspace = workspace("publicKeyFile: keys/id.pub");
        workspace.write("keys/id", private.as_bytes());
        workspace.write(
            "keys/id.pub",
            b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 ops\n",
        );
        workspace.write("notes.md", b"A key begins with `-----BEGIN OPENSSH PRIVATE KEY-----`.\n");
        workspace.write(".hidden/id", private.as_bytes());
        let said = said(&workspace);
        assert!(said.contains("a private key lies in `keys/id`"), "{said}");
        assert!(!said.contains("notes.md") && !said.contains(".hidden"), "{said}");
        let shown = digits(&said);
        let body = body(&private);
        assert!(!body.as_bytes().windows(12).any(|it| shown.contains(std::str::from_utf8(it).unwrap())));
    }
}

/// A text that only says how such a key begins holds none, whatever it says next; a key in one line of JSON is one.
#[test]
fn a_file_is_told_by_what_it_holds() {
    let workspace = workspace("publicKeyFile: keys/id.pub");
    workspace.write(
        "README.md",
        b"A key begins with `-----BEGIN OPENSSH PRIVATE KEY-----`.\n\nNever commit a file of that kind to this \
          repository, nor to any other, and ask the team of the platform if you are not sure.\n",
    );
    for private in private_keys() {
        workspace.write(
            "service.json",
            format!("{{\"private_key\": \"{}\"}}\n", private.replace('\n', "\\n")).as_bytes(),
        );
        let said = said(&workspace);
        assert!(said.contains("a private key lies in `service.json`"), "{said}");
        assert!(!said.contains("README.md"), "{said}");
    }
}

/// A workspace in which one text of a declaration is this one, and what is to be valid about it.
fn with_text(place: &str, text: &str) -> Workspace {
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";
    let quoted = serde_json::to_string(text).unwrap();
    let at = |where_it_is: &str, otherwise: &str| {
        if place == where_it_is { quoted.clone() } else { format!("{otherwise:?}") }
    };
    let public_key = match place {
        "comment of a file" => "publicKeyFile: id.pub".to_owned(),
        "comment" => format!("publicKey: {}", serde_json::to_string(&format!("{KEY} ops {text}")).unwrap()),
        _ => format!("publicKey: {KEY} ops"),
    };
    let declarations = format!(
        "apiVersion: keyplan/v1\nkind: Project\n\
         metadata: {{name: p, description: {}, labels: {{a: {}}}}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\n\
         metadata: {{name: k, project: p, description: {}, labels: {{a: {}}}}}\n\
         spec:\n  {public_key}\n  owner: {}\n  options: {{command: {}, environment: {{A: {}}}}}\n---\n\
         apiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: t, description: {}}}\nspec: {{members: [{}]}}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\n\
         metadata: {{name: c, project: p, description: {}, labels: {{a: {}}}}}\nspec: {{sshKey: k}}\n",
        at("project", "x"),
        at("label of a project", "x"),
        at("key", "x"),
        at("label of a key", "x"),
        at("owner", "ana"),
        at("command", "true"),
        at("environment", "x"),
        at("team", "x"),
        at("member", "ana"),
        at("cluster", "x"),
        at("label of a cluster", "x"),
    );
    let workspace = Workspace::with(&[("access.yaml", declarations.as_bytes())]);
    if place == "comment of a file" {
        workspace.write("id.pub", format!("{KEY} ops {text}\n").as_bytes());
    }
    workspace
}

const PLACES: [&str; 13] = [
    "comment",
    "comment of a file",
    "project",
    "label of a project",
    "key",
    "label of a key",
    "owner",
    "command",
    "environment",
    "team",
    "member",
    "cluster",
    "label of a cluster",
];

/// One line of a private key, in each of the forms that are told wherever they stand.
fn lines_of(private: &str) -> Vec<String> {
    let (body, text) = (body(private), private.as_bytes());
    let bytes = base64::bytes_of(&body);
    let length = u16::try_from(text.len()).unwrap();
    let block = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), text].concat();
    let half = BASE64.encode(&bytes[bytes.len() - 40..][..32]).replace('+', "-").replace('/', "_");
    vec![
        private.trim_end().replace('\n', " "),
        body.clone(),
        BASE64.encode(text),
        BASE64.encode(BASE64.encode(text).as_bytes()),
        hex(&bytes),
        hex(text).to_uppercase(),
        BASE64.encode(&[&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &block].concat()),
        format!(r#"{{"kty":"OKP","crv":"Ed25519","d":"{}"}}"#, half.trim_end_matches('=')),
    ]
}

/// No text of a declaration brings a private key into a plan, wherever it stands: it is a `private-key` error, and
/// nothing is desired.
#[test]
fn no_text_with_a_private_key_is_planned() {
    for place in PLACES {
        let validated = check(&with_text(place, "2026").root);
        assert!(validated.desired.is_some(), "{place}: {}", drawn(&validated, PLAIN));
    }
    let keys = private_keys();
    for (number, key) in keys.iter().cycle().take(if keys.is_empty() { 0 } else { 8 }).enumerate() {
        let text = &lines_of(key)[number];
        for place in PLACES {
            let validated = check(&with_text(place, text).root);
            assert!(validated.desired.is_none(), "{place}: {text}");
            let found = validated.diagnostics.iter().any(|diagnostic| diagnostic.rule.name == "private-key");
            assert!(found, "{place}: {text}\n{}", drawn(&validated, PLAIN));
        }
    }
}

/// Nor does a part of one in the comment of a key, in which nothing else looks like it.
#[test]
fn no_comment_with_a_part_of_a_private_key_is_planned() {
    let keys = private_keys();
    if keys.is_empty() {
        return;
    }
    let strategy = (0..keys.len(), 0_usize..2, 0_usize..900, 100_usize..400, any::<bool>());
    let mut runner = TestRunner::new(Config { cases: 64, ..Config::default() });
    runner
        .run(&strategy, |(which, encoding, from, length, in_a_file)| {
            let (body, bytes) = (body(&keys[which]), base64::bytes_of(&body(&keys[which])));
            let public = public_head(&bytes);
            let whole = if encoding == 0 {
                body[base64::digits_of(&(0..public)).end..].to_owned()
            } else {
                hex(&bytes[public..])
            };
            let from = from % (whole.len() - 99);
            let part = &whole[from..(from + length).min(whole.len())];
            let workspace = with_text(if in_a_file { "comment of a file" } else { "comment" }, part);
            let validated = check(&workspace.root);
            prop_assert!(validated.desired.is_none(), "{part}");
            prop_assert!(
                validated.diagnostics.iter().any(|diagnostic| diagnostic.rule.name == "private-key")
            );
            let shown = drawn(&validated, PLAIN);
            prop_assert!(
                !part.as_bytes().windows(12).any(|it| shown.contains(std::str::from_utf8(it).unwrap())),
                "{shown}"
            );
            Ok(())
        })
        .unwrap();
}

/// What the commands print and store, of a secret in the texts that a plan shows.
#[test]
fn no_command_prints_or_stores_a_private_key() {
    for private in private_keys().iter().take(1) {
        let body = body(private);
        let part = &body[body.len() - 120..];
        let texts = [lines_of(private), vec![part.to_owned()]].concat();
        for (text, place) in texts.iter().zip(["comment", "key", "command"].into_iter().cycle()) {
            let place = if text == part { "comment" } else { place };
            let workspace = with_text(place, text);
            let commands: [&[&str]; 5] = [
                &["plan"],
                &["plan", "--format", "json"],
                &["plan", "--out", "saved.plan"],
                &["apply", "--auto-approve"],
                &["validate", "--format", "json"],
            ];
            let said = commands.map(|words| {
                let output = keyplan(&workspace.root, words);
                assert_eq!(output.status.code(), Some(3), "{words:?}");
                stdout(&output) + &stderr(&output)
            });
            let mut texts = said.concat();
            for entry in walkdir::WalkDir::new(&workspace.root).into_iter().map(Result::unwrap) {
                if entry.file_type().is_file() && entry.file_name() != "access.yaml" {
                    texts += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap());
                }
            }
            // Of the words that begin an encoding there is nothing to hide.
            let secret = &text.as_bytes()[text.len().saturating_sub(60)..];
            for window in secret.windows(12).filter(|window| window.iter().all(u8::is_ascii_alphanumeric)) {
                let window = std::str::from_utf8(window).unwrap();
                assert!(!texts.contains(window), "{place}: {window}\n{texts}");
            }
        }
    }
}
