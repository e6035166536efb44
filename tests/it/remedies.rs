//! Every help works when it is followed: the words that it gives, put where its label points, leave nothing of the
//! finding.

use camino::Utf8PathBuf;
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::diagnostics::Diagnostic;
use keyplan::source::walk::Texts;

use crate::support::TODAY;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@payments";

/// A clean workspace, with one piece of it replaced.
fn with(piece: &str, other: &str) -> String {
    let clean = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata:\n  name: p\n  labels: {{tier: gold}}\n\
         spec:\n  members:\n    - {{team: sre, role: Cluster Admin}}\n---\n\
         apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: q}}\n\
         spec:\n  members:\n    - {{user: ana, role: Project Admin}}\n---\n\
         apiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: sre}}\nspec:\n  members: [ana, ben]\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: p}}\nspec:\n  publicKey: {KEY}\n  \
         owner: team:sre\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata:\n  name: c\n  project: p\nspec:\n  sshKey: ops\n  \
         nodes: [n1, \"[fd00::1]:22\"]\n"
    );
    assert_eq!(clean.matches(piece).count(), 1, "{piece}");
    clean.replace(piece, other)
}

fn findings(text: &str) -> Vec<Diagnostic> {
    let files = [(Utf8PathBuf::from("a.yaml"), text.as_bytes().to_vec())];
    validate(&Texts(files.into()), TODAY, &Proofs::default()).unwrap().diagnostics
}

/// A piece of the clean workspace, what somebody writes in its place, what the help says, and what stands there when
/// it is followed.
const ROWS: &[(&str, &str, &str, &str)] = &[
    ("sshKey: ops", "sshKey: {a: 1}", "name one key, as in `sshKey: ops`", "sshKey: ops"),
    ("sshKey: ops", "sshKey: {name: ops}", "write `sshKey: ops`", "sshKey: ops"),
    ("n1, ", "n1: 22, ", "write `n1:22`", "n1:22, "),
    ("\"[fd00::1]:22\"", "[fd00::1]:22", "write `\"[fd00::1]:22\"`", "\"[fd00::1]:22\""),
    ("owner: team:sre", "owner: {team: sre}", "write `owner: team:sre`", "owner: team:sre"),
    ("owner: team:sre", "owner: {user: ana}", "write `owner: ana`", "owner: ana"),
    ("{name: sre}", "{name: sre, project: p}", "delete it: a team belongs to no project", "{name: sre}"),
    ("{user: ana,", "{name: ana,", "did you mean `user`?", "{user: ana,"),
    ("members: [ana, ben]", "users: [ana, ben]", "did you mean `members`?", "members: [ana, ben]"),
    ("[ana, ben]", "[ana, team:sre]", "name the users: a team has no teams as members", "[ana, ben]"),
    ("[ana, ben]", "[ana, {team: ops}]", "name the users: a team has no teams as members", "[ana, ben]"),
    ("[ana, ben]", "[ana, {user: ben}]", "write `ben`", "[ana, ben]"),
    ("[ana, ben]", "{ana: x, ben: y}", "write `members: [ana, ben]`", "[ana, ben]"),
    ("nodes: [n1, \"[fd00::1]:22\"]", "nodes: {n1: 22}", "write `nodes: [n1:22]`", "nodes: [n1:22]"),
    (
        "\n    - {user: ana, role: Project Admin}",
        " {ana: Project Admin}",
        "write `members: [{user: ana, role: Project Admin}]`",
        " [{user: ana, role: Project Admin}]",
    ),
    (
        "\n    - {user: ana, role: Project Admin}",
        "\n    user: ana\n    role: Project Admin",
        "begin each item of the list with `- `",
        "\n    - user: ana\n      role: Project Admin",
    ),
    ("{user: ana,", "{user:\"ana\",", "write `user: \"ana\"`", "{user: \"ana\","),
    ("{name: sre}", "\n  name:\u{a0}sre", "write a plain space behind the `:`", "\n  name: sre"),
    ("tier: gold", "no: gold", "quote it: `\"no\"`", "\"no\": gold"),
    ("tier: gold", "1.50: gold", "quote it: `\"1.50\"`", "\"1.50\": gold"),
    ("tier: gold", "!secret tier: gold", "delete it, or quote the whole value", "tier: gold"),
    ("spec:\n  sshKey", "spec: !x\n  sshKey", "delete it, or quote the whole value", "spec:\n  sshKey"),
    (
        "spec:\n  sshKey: ops\n  nodes: [n1,",
        "  spec:\n    sshKey: ops\n    nodes: [n1,",
        "move it to the top level",
        "spec:\n  sshKey: ops\n  nodes: [n1,",
    ),
    ("  name: c\n", "\tname: c\n", "replace the tab by two spaces", "  name: c\n"),
    ("  project: p\n", "\tproject: p\n", "replace the tab by two spaces", "  project: p\n"),
    ("  name: c\n", "  name:\u{a0}c\n", "write a plain space in its place", "  name: c\n"),
    (
        "  name: c\n",
        "  name: \"c\\q\"\n",
        "write `\\\\` for a backslash, or use single quotes",
        "  name: 'c'\n",
    ),
    ("  name: c\n", "  name: c # \u{1b}[1m\n", "delete it, or write `\\e`", "  name: c # [1m\n"),
    ("[n1, ", "[n1,\n", "begin the line with spaces", "[n1,\n    "),
];

#[test]
fn a_help_that_is_followed_leaves_nothing_of_its_finding() {
    assert!(findings(&with("name: c", "name: c")).is_empty());
    for (piece, wrong, help, right) in ROWS {
        let found = findings(&with(piece, wrong));
        let said: Vec<_> = found.iter().filter_map(|finding| finding.help.as_deref()).collect();
        assert!(said.iter().any(|said| said.contains(help)), "{wrong}: {said:#?}");
        // What has no name is unknown to what refers to it as well.
        let others = found.iter().filter(|finding| !finding.rule.name.starts_with("unknown-team"));
        assert_eq!(others.count(), 1, "{wrong}: {said:#?}");
        let rest = findings(&with(piece, right));
        assert!(rest.is_empty(), "{right}: {rest:#?}");
    }
}

/// A clean workspace that is tested, and in which every key has an owner and a last day.
const TESTED: &str = "\
apiVersion: keyplan/v1
kind: Project
metadata: {name: p}
spec:
  members:
    - {team: sre, role: Cluster Admin}
---
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana, ben]}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: p}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi
  owner: team:sre
  expires: 2027-06-30
  options: {restrict: true, from: [10.0.0.0/8]}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: c, project: p, labels: {env: prod}}
spec:
  sshd: \"9.6\"
  sshKey: ops
---
apiVersion: keyplan/v1
kind: AccessTest
metadata: {name: t}
spec:
  clusters: {labels: {env: prod}, names: [p/c]}
  openedOnlyBy: [ana, ben]
  openedBy: [team:sre]
  people: {atLeast: 2, atMost: 2}
  key: {required: true, lastDayWithin: 365d, types: [ssh-ed25519], options: [from]}
  changedOnlyBy: [team:sre]
";

const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: w}\n\
                        spec:\n  rules: {missing-owner: warning, missing-last-day: warning, expired-key: off}\n";

/// What is found in the tested workspace after pieces of it are replaced, one after the other.
fn findings_in_tested(edits: &[(&str, &str)]) -> Vec<Diagnostic> {
    let text = edits.iter().fold(TESTED.to_owned(), |text, (piece, other)| {
        assert_eq!(text.matches(piece).count(), 1, "{piece}");
        text.replace(piece, other)
    });
    let files = [("a.yaml", text.as_str()), ("keyplan.yaml", SETTINGS)];
    let files = files.map(|(path, text)| (Utf8PathBuf::from(path), text.as_bytes().to_vec()));
    validate(&Texts(files.into()), TODAY, &Proofs::default()).unwrap().diagnostics
}

/// Pieces of a text, and what stands in their place.
type Edits = &'static [(&'static str, &'static str)];

const TEST: &str = "access-test-failed";
const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBM0quqxYFaIRsZ7tjVuhQYwYimmOOWCdYUD7FKtNkjCDTNfpQEz8FoA6IvGOMBrTYZred9nSUHNtnvGCbZSSsd4=";
const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi";
const EVA_TOO: (&str, &str) = ("openedOnlyBy: [ana, ben]", "openedOnlyBy: [ana, ben, eva]");
const EVA_JOINS: (&str, &str) = ("members: [ana, ben]", "members: [ana, ben, eva]");

/// A rule, what makes the tested workspace break it, what the help says, and what is written when it is followed, where
/// it is.
const ELSEWHERE: &[(&str, Edits, &str, Edits)] = &[
    (
        "owner-without-role",
        &[("{team: sre, role", "{user: ana, role")],
        "add `{team: sre, role: Cluster Viewer}` to the members",
        &[("    - {user", "    - {team: sre, role: Cluster Viewer}\n    - {user")],
    ),
    (
        "owner-without-role",
        &[
            ("{team: sre, role", "{user: ana, role"),
            ("openedBy: [team:sre]", "openedBy: [ana]"),
            ("atLeast: 2", "atLeast: 1"),
        ],
        "or give the key an owner who is one",
        &[("owner: team:sre", "owner: ana")],
    ),
    (
        "missing-owner",
        &[("  owner: team:sre\n", "")],
        "`owner: ana@example.com` or `owner: team:sre`",
        &[("  expires", "  owner: team:sre\n  expires")],
    ),
    (
        "missing-last-day",
        &[("  expires: 2027-06-30\n", "")],
        "below `spec`, as in `expires: 2027-11-22`",
        &[("  owner", "  expires: 2027-11-22\n  owner")],
    ),
    (TEST, &[EVA_JOINS, ("atMost: 2", "atMost: 3")], "take eva out of team/sre", &[("ben, eva]", "ben]")]),
    (
        TEST,
        &[("owner: team:sre", "owner: eva")],
        "give the cluster another key, or the key another owner",
        &[("owner: eva", "owner: team:sre")],
    ),
    (
        TEST,
        &[("    - {team", "    - {user: eva, role: Project Admin}\n    - {team")],
        "delete this member",
        &[("    - {user: eva, role: Project Admin}\n", "")],
    ),
    (
        TEST,
        &[("openedBy: [team:sre]", "openedBy: [eva]"), EVA_TOO, ("atMost: 2", "atMost: 3")],
        "add them to team/sre",
        &[EVA_JOINS],
    ),
    (
        TEST,
        &[("atLeast: 2, atMost: 2", "atLeast: 3"), EVA_TOO],
        "add people to the team that owns the key",
        &[EVA_JOINS],
    ),
    (
        TEST,
        &[("atLeast: 2, atMost: 2", "atMost: 1")],
        "take people out of the team that owns the key",
        &[("members: [ana, ben]", "members: [ana]")],
    ),
    (
        TEST,
        &[("  sshKey: ops\n", "")],
        "give it a key with `sshKey: NAME`",
        &[("  sshd", "  sshKey: ops\n  sshd")],
    ),
    (
        TEST,
        &[("2027-06-30", "2026-06-30")],
        "give the clusters another key, or this one a later day",
        &[("2026-06-30", "2027-06-30")],
    ),
    (TEST, &[("2027-06-30", "2099-06-30")], "write `expires: 2027-11-22`", &[("2099-06-30", "2027-11-22")]),
    (TEST, &[(ED25519, ECDSA)], "use a key of one of the types `ssh-ed25519`", &[(ECDSA, ED25519)]),
    (
        TEST,
        &[(", from: [10.0.0.0/8]", "")],
        "add `from` to the `options` of the key",
        &[("restrict: true", "restrict: true, from: [10.0.0.0/8]")],
    ),
    (
        TEST,
        &[("  owner: team:sre\n", "")],
        "write whose key it is, as in `owner: ana@example.com`",
        &[("  expires", "  owner: team:sre\n  expires")],
    ),
    (TEST, &[("names: [p/c]", "names: [p/cc]")], "did you mean `p/c`?", &[("p/cc", "p/c")]),
    (
        TEST,
        &[("labels: {env: prod}, names", "labels: {env: production}, names")],
        "name labels or projects that clusters have",
        &[("env: production", "env: prod")],
    ),
];

#[test]
fn a_help_that_points_elsewhere_is_followed_there() {
    let clean = findings_in_tested(&[]);
    assert!(clean.is_empty(), "{clean:#?}");
    for (rule, wrong, help, right) in ELSEWHERE {
        let found = findings_in_tested(wrong);
        let of_rule = found.iter().filter(|finding| finding.rule.name == *rule);
        let said: Vec<_> = of_rule.filter_map(|finding| finding.help.as_deref()).collect();
        assert!(said.iter().any(|said| said.contains(help)), "{wrong:?}: {said:#?}");
        let rest = findings_in_tested(&[*wrong, *right].concat());
        assert!(rest.is_empty(), "{right:?}: {rest:#?}");
    }
}

#[test]
fn a_label_points_at_what_is_wrong() {
    for (wrong, at) in [
        ("spec: !x\n  sshKey", "!x"),
        ("\tname: c\n", "\t"),
        ("\tproject: p\n", "\t"),
        ("  name:\u{a0}c\n", "\u{a0}"),
        ("  name: \"c\\q\"\n", "\\q"),
        ("  name: c # \u{1b}[1m\n", "\u{1b}"),
        ("!secret tier: gold", "!secret"),
    ] {
        let (piece, ..) = ROWS.iter().find(|(_, written, ..)| *written == wrong).unwrap();
        let text = with(piece, wrong);
        assert_eq!(&text[findings(&text)[0].place().span.range()], at, "{wrong:?}");
    }
}

#[test]
fn files_of_other_tools_are_told_apart_and_can_be_passed_over() {
    let compose = "services:\n  web: {image: nginx}\n";
    let kustomization =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n";
    let capi =
        "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: a}\nspec: {paused: true}\n";
    let workflow = "name: check\non: [push]\njobs: {check: {steps: []}}\n";
    for (path, text) in [
        ("docker-compose.yml", compose),
        ("k/kustomization.yaml", kustomization),
        ("c.yaml", capi),
        ("ci.yml", workflow),
    ] {
        let file = |path: &str, text: &str| (Utf8PathBuf::from(path), text.as_bytes().to_vec());
        let check = |files: Vec<_>| {
            let files = Texts(files.into_iter().collect());
            validate(&files, TODAY, &Proofs::default()).unwrap().diagnostics
        };
        let found = check(vec![file(path, text)]);
        let [only] = &found[..] else { panic!("{path}: {found:#?}") };
        let help = only.help.as_deref().unwrap();
        let (_, item) = help.split_once("`exclude: ").unwrap();
        let (item, _) = item.split_once('`').unwrap();
        let settings = format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: w}}\nspec:\n  exclude: {item}\n"
        );
        let rest = check(vec![file(path, text), file("keyplan.yaml", &settings)]);
        assert!(rest.is_empty(), "{path}: {rest:#?}");
    }
}
