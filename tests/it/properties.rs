//! The invariants on generated input: a bounded run of what the fuzz targets do without end.

use proptest::prelude::*;
use proptest::sample::select;

use crate::invariants;

/// Pieces of declarations, so that generated texts get past the first line.
pub(crate) const PIECES: &[&str] = &[
    "apiVersion: keyplan/v1\n",
    "kind: ",
    "Project\n",
    "Team\n",
    "SSHKey\n",
    "Cluster\n",
    "Workspace\n",
    "metadata: ",
    "{name: a}\n",
    "{name: ops, project: a}\n",
    "{name: 0123, project: no}\n",
    "spec:\n",
    "  ",
    "\n",
    "---\n",
    "...\n",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "&a ",
    "*a ",
    "!!str ",
    "# x\n",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{200b}",
    "ä",
    "sshKey: ops\n",
    "sshKey: [ops, b]\n",
    "sshKeys: [ops]\n",
    "publicKey: ",
    "publicKeyFile: keys/a.pub\n",
    "publicKeyFile: ../x\n",
    "fingerprint: SHA256:x\n",
    "expires: 2026-12-01\n",
    "options: {restrict: true, pty: true, from: [10.0.0.0/8, \"!10.0.0.1/8\"]}\n",
    "options: restrict,pty\n",
    "options:\n",
    "  command: |\n    a\n",
    "  environment: {A: b, 2: c}\n",
    "  permitOpen: [\"::1:80\", a:b]\n",
    "members:\n",
    "  - {user: ana@example.com, role: Project Admin}\n",
    "  - {team: sre, role: Boss}\n",
    "nodes: [10.0.0.1, a:b]\n",
    "rules: {unused-key: off}\n",
    "previousName: a\n",
    "\\u002d",
    "\\",
    "%YAML 1.2\n",
    "? ",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 a@b\n",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz\n",
    "-----END OPENSSH PRIVATE KEY-----\n",
    "AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L\n",
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => select(PIECES).prop_map(str::to_owned), 1 => ".{0,4}"];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A clean workspace with one piece of it taken out, doubled or replaced.
fn broken() -> impl Strategy<Value = String> {
    const CLEAN: &str = include_str!("../../examples/quickstart/access.yaml");
    (0..CLEAN.len(), 0..60_usize, text()).prop_map(|(at, length, piece)| {
        let start = CLEAN.floor_char_boundary(at);
        let end = CLEAN.ceil_char_boundary((at + length).min(CLEAN.len()));
        format!("{}{}{}", &CLEAN[..start], piece, &CLEAN[end..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_loader_takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        invariants::loader(&bytes);
    }

    #[test]
    fn the_loader_takes_any_pieces_of_declarations(text in text()) {
        invariants::loader(text.as_bytes());
    }

    #[test]
    fn the_loader_takes_a_workspace_broken_anywhere(text in broken()) {
        invariants::loader(text.as_bytes());
    }

    #[test]
    fn a_public_key_may_be_any_text(text in text()) {
        invariants::public_key(&text);
    }
}

/// What a property once found, kept.
#[test]
fn a_faulty_name_is_not_suggested() {
    let text = "\
apiVersion: keyplan/v1
kind: Project
metadata: {name: \"shop\\t\\u202e\"}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod, project: shop}
";
    invariants::loader(text.as_bytes());
}
