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
