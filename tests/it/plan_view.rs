//! How a plan looks to people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use keyplan::access::{access_changes, former_holders};
use keyplan::check::proofs::Proofs;
use keyplan::check::{Validated, validate};
use keyplan::model::{Desired, DocumentId, Recorded, ResourceKind};
use keyplan::plan::{
    AccessLoss, Allowed, Base, Change, DeclaredAt, GuardInput, GuardRule, Plan, diff, guards, renames,
};
use keyplan::report::plan::PlanFormat;
use keyplan::report::view::View;
use keyplan::report::{explain, plan};
use keyplan::source::FileId;
use keyplan::source::walk::Texts;
use unicode_width::UnicodeWidthStr;

use crate::support::{PLAIN, TODAY, drawn, keyplan, repository, stderr, stdout};

const ONE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi";
const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFDG+W61jaFoacWtYH1c6MqogHvWz7AZN/+km9IlxfK";
const THIRD: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHzM7HLB0VPZjBFa9D7S2k4xFpSWJTr18LAvGyKmCUCJ";

/// Checks texts; nothing may be wrong with them.
fn checked(texts: &BTreeMap<String, String>) -> Validated {
    let files = texts.iter().map(|(path, text)| (path.into(), text.clone().into_bytes()));
    let validated = validate(&Texts(files.collect()), TODAY, &Proofs::default()).unwrap();
    assert!(validated.desired.is_some(), "{}", drawn(&validated, PLAIN));
    validated
}

fn one_file(text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("access.yaml".to_owned(), text.to_owned())])
}

/// The example, as it stands in the repository.
fn acme() -> BTreeMap<String, String> {
    let root = repository().join("examples/acme");
    let is_shown = |entry: &walkdir::DirEntry| !entry.file_name().to_str().unwrap().starts_with('.');
    // Whoever tries the example out leaves a state in it.
    let files = walkdir::WalkDir::new(&root).into_iter().filter_entry(is_shown).map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let read = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        (path, fs::read_to_string(entry.path()).unwrap())
    };
    files.map(read).collect()
}

/// The example with one text of one file replaced.
fn edited(path: &str, old: &str, new: &str) -> BTreeMap<String, String> {
    let mut texts = acme();
    let text = texts.get_mut(path).unwrap();
    assert!(text.contains(old), "{path} does not have {old}");
    *text = text.replacen(old, new, 1);
    texts
}

fn made(before: &BTreeMap<String, String>, after: &Validated) -> Plan {
    let recorded = Recorded::from(&checked(before).desired.unwrap());
    let desired: &Desired = after.desired.as_ref().unwrap();
    let changes = diff(&recorded, desired);
    let access = access_changes(&recorded, desired, &renames(&changes));
    let former_holders = former_holders(&recorded, desired, &renames(&changes));
    let access_loss = AccessLoss::of(&access, &changes);
    let homes = recorded.projects.values();
    let input = GuardInput {
        recorded: BTreeMap::from([
            (ResourceKind::Team, recorded.teams.len()),
            (ResourceKind::Project, recorded.projects.len()),
            (ResourceKind::Key, homes.clone().map(|home| home.keys.len()).sum()),
            (ResourceKind::Cluster, homes.map(|home| home.clusters.len()).sum()),
        ]),
        nothing_declared: desired.teams.is_empty() && desired.projects.is_empty(),
        lost_shares: access_loss.shares(&recorded, &changes),
        access_loss,
        allowed: Allowed::default(),
        ..GuardInput::default()
    };
    let guards = guards(&changes, &after.settings, &input);
    Plan { base: Base::default(), changes, access, former_holders, guards, ..Plan::default() }
}

/// What people read of the plan from one workspace to another.
fn seen(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>, view: View) -> String {
    let after = checked(after);
    let places = |change: &Change| {
        let at = change.origin.as_ref()?;
        let DeclaredAt::Document(DocumentId { file, document }) = *at else { panic!("it was not saved") };
        let file = after.sources.file(FileId(file));
        Some(format!("{}:{}", file.path(), file.line_of_document(document)?))
    };
    let mut text = Vec::new();
    plan::plan(&mut text, &made(before, &after), &places, PlanFormat::Human, view).unwrap();
    String::from_utf8(text).unwrap()
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({snapshot_path => "../snapshots/plan", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}

fn reads_well(name: &str, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    let text = seen(before, after, PLAIN);
    for line in text.lines().filter(|line| line.width() > 80) {
        assert!(line.contains("AAAA"), "only a public key may be wider than the terminal: {line}");
    }
    snapshot(name, &text);
}

/// The example with the key `backup` for prod-us.
fn rekeyed() -> BTreeMap<String, String> {
    edited("payments/clusters.yaml", "sshKey: ops  # the same", "sshKey: backup  # the same")
}

#[test]
fn the_first_plan_of_the_example() {
    reads_well("first", &BTreeMap::new(), &acme());
}

#[test]
fn nothing_to_change_is_one_line() {
    assert_eq!(seen(&acme(), &acme(), PLAIN), "No changes.\n");
}

#[test]
fn a_renamed_key() {
    let mut after = edited("payments/keys.yaml", "name: ops\n", "name: operations\n");
    let clusters = after.get_mut("payments/clusters.yaml").unwrap();
    *clusters = clusters.replace("sshKey: ops", "sshKey: operations");
    reads_well("renamed-key", &acme(), &after);
}

#[test]
fn renamed_in_place() {
    let mut after = edited("web/project.yaml", "name: web\n", "name: shop\n  previousName: web\n");
    for path in ["web/keys.yaml", "web/clusters.yaml"] {
        let text = after.get_mut(path).unwrap();
        *text = text.replace("project: web", "project: shop");
    }
    let clusters = after.get_mut("web/clusters.yaml").unwrap();
    *clusters = clusters.replace("name: prod-us\n", "name: prod-ohio\n  previousName: prod-us\n");
    reads_well("renamed-project-and-cluster", &acme(), &after);
}

#[test]
fn a_rekeyed_cluster_in_every_view() {
    reads_well("rekey", &acme(), &rekeyed());
    for (name, view) in [
        ("rekey-in-colour", View { color: true, ..PLAIN }),
        ("rekey-in-ascii", View { unicode: false, ..PLAIN }),
        ("rekey-accessible", View { accessible: true, ..PLAIN }),
        ("rekey-narrow", View { width: 40, ..PLAIN }),
    ] {
        snapshot(name, &seen(&acme(), &rekeyed(), view));
    }
}

#[test]
fn clusters_gain_and_lose_a_key() {
    let mut after = edited("data/clusters.yaml", "  sshKey: archive\n", "");
    let clusters = after.get_mut("data/clusters.yaml").unwrap();
    *clusters = clusters.replace("  cloud: generic", "  sshKey: analysts\n  cloud: generic");
    reads_well("gained-and-lost-key", &acme(), &after);
}

#[test]
fn a_replaced_public_key() {
    let payments = &acme()["payments/keys.yaml"];
    let line = payments.lines().find(|line| line.contains("ops@payments")).unwrap();
    let after = edited("payments/keys.yaml", line, &format!("  publicKey: {THIRD} ops@payments.example.com"));
    reads_well("replaced-key", &acme(), &after);
}

#[test]
fn a_key_with_another_comment_and_another_owner() {
    let mut after = edited("payments/keys.yaml", "ops@payments.example.com", "Zoë's ⚷ laptop");
    let keys = after.get_mut("payments/keys.yaml").unwrap();
    *keys = keys.replacen("owner: team:sre", "owner: ben@example.com", 1);
    reads_well("another-comment-and-owner", &acme(), &after);
}

/// The example with other options for the key `archive`, and options for the key of two clusters.
fn other_options() -> BTreeMap<String, String> {
    let mut after = edited("data/keys.yaml", "    command: /usr/local/bin/backup run\n", "    pty: true\n");
    let keys = after.get_mut("payments/keys.yaml").unwrap();
    let options = "  owner: team:sre\n  options: {x11Forwarding: false, from: [10.0.0.0/8, \"!10.1.2.3\"]}\n";
    *keys = keys.replacen("  owner: team:sre\n", options, 1);
    after
}

#[test]
fn a_key_with_other_options() {
    reads_well("other-options", &acme(), &other_options());
    let accessible = View { accessible: true, ..PLAIN };
    snapshot("other-options-accessible", &seen(&acme(), &other_options(), accessible));
    // A key that reads otherwise and means the same is no change.
    let same = edited(
        "data/keys.yaml",
        "    from: [203.0.113.0/24]\n",
        "    from: [203.0.113.0/024]\n    pty: false\n",
    );
    assert_eq!(seen(&acme(), &same, PLAIN), "No changes.\n");
}

#[test]
fn a_dropped_project() {
    let mut after = acme();
    after.retain(|path, _| !path.starts_with("data/"));
    reads_well("dropped-project", &acme(), &after);
}

#[test]
fn everything_dropped() {
    reads_well("everything-dropped", &acme(), &BTreeMap::new());
    let accessible = View { accessible: true, ..PLAIN };
    snapshot("everything-dropped-accessible", &seen(&acme(), &BTreeMap::new(), accessible));
}

#[test]
fn members_come_and_go() {
    let mut after =
        edited("teams.yaml", "ben@example.com, cleo@example.com", "cleo@example.com, ines@example.com");
    let project = after.get_mut("payments/project.yaml").unwrap();
    *project = project.replace(
        "{user: helen@example.com, role: Project Viewer}",
        "{team: web-developers, role: Cluster Viewer}",
    );
    reads_well("members", &acme(), &after);
}

#[test]
fn metadata() {
    let mut after =
        edited("payments/clusters.yaml", "  description: Frankfurt\n", "  description: Frankfurt am Main\n");
    let clusters = after.get_mut("payments/clusters.yaml").unwrap();
    *clusters = clusters.replace("{env: prod, region: us}", "{env: prod, \"site\": \"Ohio → 2\"}");
    *clusters = clusters.replace("  protected: true\n", "");
    *clusters = clusters.replace("10.20.0.12, 10.20.0.13", "10.20.0.13, 10.20.0.14");
    reads_well("metadata", &acme(), &after);
}

fn described(project: &str, key: &str) -> BTreeMap<String, String> {
    one_file(&format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata:\n  name: a\n  description: {project}\nspec: {{members: []}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata:\n  name: k\n  project: a\n  description: {key}\nspec: {{publicKey: {ONE}}}\n"
    ))
}

#[test]
fn long_descriptions() {
    let before = described(
        "every cluster that takes card payments in production, and the vault that holds the keys of the network",
        "|\n    Daily work on the nodes.\n    One.\n    Two.\n    Three.\n    Ask ana before you use it on a Friday.\n    Four.\n    Five.\n    Six.\n    Seven.\n",
    );
    let after = described(
        "every cluster that takes card payments in production or staging, and the vault that holds the keys",
        "|\n    Daily work on the nodes.\n    One.\n    Two.\n    Three.\n    Ask ana or ben before you use it on a Friday or on the day before a holiday, whichever it is.\n    Four.\n    Five.\n    Six.\n    Seven.\n    Eight.\n",
    );
    reads_well("long-description", &before, &after);
    let accessible = View { accessible: true, ..PLAIN };
    snapshot("long-description-accessible", &seen(&before, &after, accessible));
    let anew = described(
        "something else entirely, which has next to no word in common with what was said before",
        "short",
    );
    reads_well("long-description-anew", &before, &anew);
    reads_well("long-description-created", &BTreeMap::new(), &before);
}

/// Scripts without spaces, and characters that take two columns or none.
#[test]
fn descriptions_in_other_scripts() {
    let before = described("短い", "text");
    let after = described(
        "所有处理生产环境信用卡付款的集群以及保管网络密钥的保险库只有值班人员可以登录并且必须在登录之后的二十四小时之内写下原因",
        "|\n    e\u{301}te\u{301} 毎日の作業はこの鍵で行いますので週末に使う前に必ずアナさんに聞いてくださいそれから使ってください お願いします\n",
    );
    reads_well("long-description-wide", &before, &after);
}

#[test]
fn thirty_clusters_reached() {
    let fleet = |key: &str| {
        let mut text = format!(
            "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: fleet}}\nspec: {{members: []}}\n---\n\
             apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: fleet}}\nspec: {{publicKey: {key}}}\n"
        );
        for number in 1..=30 {
            write!(
                text,
                "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: edge-{number:02}, project: fleet}}\nspec: {{sshKey: ops}}\n"
            )
            .unwrap();
        }
        one_file(&text)
    };
    reads_well("thirty-clusters", &fleet(ONE), &fleet(OTHER));
}

#[test]
fn text_of_the_user_is_shown_and_not_obeyed() {
    let hostile =
        described(r#""\u001b[2J\u202eno\nPlan: 0 to create, 0 to update, 0 to delete.""#, r#""a\u0007""#);
    let text = seen(&BTreeMap::new(), &hostile, PLAIN);
    assert!(text.chars().all(|letter| letter == '\n' || keyplan::diagnostics::is_plain(letter)), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("Plan: ")).count(), 1, "{text}");
}

#[test]
fn guards_are_explained_beside_rules() {
    let explained = |words: &[&str]| keyplan(repository(), words);
    let all = stdout(&explained(&["explain"]));
    let names: Vec<_> = all.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(names.is_sorted(), "{all}");
    for guard in GuardRule::ALL {
        assert!(names.contains(&guard.word()), "{all}");
        let one = stdout(&explained(&["explain", guard.word()]));
        assert!(one.starts_with(&format!("{} (guard", guard.word())), "{one}");
        assert!(explain::reference().contains(&format!("| [{0}](#{0}) |", guard.word())));
        assert!(explain::reference().contains(&format!("\n## {}\n", guard.word())));
    }
    let misspelt = explained(&["explain", "protected-resources"]);
    assert!(stderr(&misspelt).contains("did you mean `protected-resource`?"), "{}", stderr(&misspelt));
    assert_eq!(misspelt.status.code(), Some(64));
}
