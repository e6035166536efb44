//! Renames: every name follows, what is recorded goes on, and nothing else changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, position};
use crate::silent::Silent;
use crate::support::{Workspace, keyplan, repository, stderr, stdout};

fn rename(client: &mut Client, place: &Value, new: &str) -> Result<Value, String> {
    let mut params = place.clone();
    params["newName"] = new.into();
    client.ask("textDocument/rename", &params).map_err(|(_, message)| message)
}

/// A copy of the example, applied.
fn acme() -> Workspace {
    let workspace = Workspace::with(&[]);
    let root = repository().join("examples/acme");
    for entry in walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap) {
        let below = entry.path().strip_prefix(&root).unwrap().to_str().unwrap();
        if entry.file_type().is_file() && !below.starts_with('.') {
            workspace.write(below, &std::fs::read(entry.path()).unwrap());
        }
    }
    let output = keyplan(&workspace.root, &["apply", "--auto-approve"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    workspace
}

fn texts(workspace: &Workspace, paths: &[&str]) -> BTreeMap<String, String> {
    let read = |path: &&str| (path.to_string(), std::fs::read_to_string(workspace.root.join(path)).unwrap());
    paths.iter().map(read).collect()
}

/// What a plan counts.
fn planned(workspace: &Workspace) -> String {
    let output = keyplan(&workspace.root, &["plan"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let text = stdout(&output);
    text.lines()
        .filter(|line| line.starts_with("Plan:") || line.starts_with("Access:"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn whatever_is_renamed_is_valid_and_goes_on_as_it_is_recorded() {
    let workspace = acme();
    let paths = [
        "teams.yaml",
        "payments/clusters.yaml",
        "payments/keys.yaml",
        "payments/project.yaml",
        "data/clusters.yaml",
    ];
    let mut client = Client::open_folder(&workspace.root);
    let mut seen = 0;
    for (path, text) in texts(&workspace, &paths) {
        let document = json!({"textDocument": {"uri": client.uri(&path)}});
        let outline = client.ask("textDocument/documentSymbol", &document).unwrap();
        for one in outline.as_array().unwrap() {
            let place =
                json!({"textDocument": {"uri": client.uri(&path)}, "position": one["selectionRange"]["end"]});
            // A number must be quoted to be a name.
            let edit = rename(&mut client, &place, "2027").unwrap_or_else(|why| panic!("{one}: {why}"));
            let before = client.apply(&edit);
            let plan = planned(&workspace);
            match one["detail"].as_str().unwrap() {
                "Team" => assert!(plan.ends_with(" 1 to delete."), "{one}: {plan}"),
                _ => assert!(
                    plan.contains("nobody gains or loses any")
                        && plan.contains("0 to create")
                        && plan.ends_with("0 to delete."),
                    "{one}: {plan}"
                ),
            }
            for (path, text) in before {
                workspace.write(&path, text.as_bytes());
                client.tell(
                    "workspace/didChangeWatchedFiles",
                    &json!({"changes": [{"uri": client.uri(&path), "type": 2}]}),
                );
            }
            seen += 1;
        }
        assert_eq!(std::fs::read_to_string(workspace.root.join(&path)).unwrap(), text);
    }
    assert!(seen > 10, "{seen}");
    client.end();
}

const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: w}\n";

const ACCESS: &str = "\
apiVersion: keyplan/v1
kind: Project
metadata: {name: p}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: p}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/}
---
apiVersion: keyplan/v1
kind: Cluster
metadata:
  name: c   # the first
  project: p
spec: {sshKey: ops}
";

fn small(text: &str) -> (Workspace, Client) {
    let files = [("keyplan.yaml", SETTINGS), ("a.yaml", text)].map(|(path, text)| (path, text.as_bytes()));
    let workspace = Workspace::with(&files);
    let client = Client::open_folder(&workspace.root);
    (workspace, client)
}

/// Renames what is named behind `before`, and gives the text that comes of it.
fn renamed(text: &str, before: &str, new: &str) -> Result<String, String> {
    let (workspace, mut client) = small(text);
    let place = client.place("a.yaml", text, before);
    let edit = rename(&mut client, &place, new)?;
    client.apply(&edit);
    client.end();
    Ok(std::fs::read_to_string(workspace.root.join("a.yaml")).unwrap())
}

#[test]
fn the_previous_name_stands_beside_the_new_one_as_the_file_is_laid_out() {
    let changed = renamed(ACCESS, "name: c", "d").unwrap();
    assert_eq!(
        changed,
        ACCESS.replace("  name: c   # the first\n", "  name: d   # the first\n  previousName: c\n")
    );
    let windows = ACCESS.replace('\n', "\r\n");
    let changed = renamed(&windows, "name: c", "d").unwrap();
    assert_eq!(
        changed,
        windows.replace("  name: c   # the first\r\n", "  name: d   # the first\r\n  previousName: c\r\n")
    );
    let changed = renamed(ACCESS, "kind: Project\nmetadata: {name: p", "q").unwrap();
    let expected =
        ACCESS.replace("{name: p}", "{name: q, previousName: p}").replace("project: p", "project: q");
    assert_eq!(changed, expected);
    // A key is known by its material.
    let changed = renamed(ACCESS, "sshKey: o", "12").unwrap();
    assert_eq!(
        changed,
        ACCESS.replace("{name: ops", "{name: \"12\"").replace("sshKey: ops", "sshKey: \"12\"")
    );
}

#[test]
fn a_rename_follows_one_that_was_applied_and_not_one_that_was_not() {
    let (workspace, mut client) = small(ACCESS);
    let apply = |workspace: &Workspace| {
        let output = keyplan(&workspace.root, &["apply", "--auto-approve"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    };
    let read = |workspace: &Workspace| std::fs::read_to_string(workspace.root.join("a.yaml")).unwrap();
    apply(&workspace);
    for (new, previous, is_applied) in
        [("d", "c", true), ("e", "d", false), ("f", "d", true), ("g", "f", false)]
    {
        let text = read(&workspace);
        let place = client.place("a.yaml", &text, "kind: Cluster\nmetadata:\n  name: ");
        let edit = rename(&mut client, &place, new).unwrap();
        client.apply(&edit);
        client.tell(
            "workspace/didChangeWatchedFiles",
            &json!({"changes": [{"uri": client.uri("a.yaml"), "type": 2}]}),
        );
        let text = read(&workspace);
        assert!(
            text.contains(&format!("name: {new} ")) && text.contains(&format!("previousName: {previous}\n")),
            "{text}"
        );
        assert!(planned(&workspace).contains("0 to create, 1 to update, 0 to delete"), "{text}");
        if is_applied {
            apply(&workspace);
        }
    }
    // Back to the name that is recorded.
    let text = read(&workspace);
    let place = client.place("a.yaml", &text, "kind: Cluster\nmetadata:\n  name: ");
    assert!(rename(&mut client, &place, "f").unwrap_err().contains("`f` is its `previousName`"));
    client.end();
}

/// Whether something is recorded there is not known: what was recorded goes on in any case.
#[test]
fn a_state_elsewhere_is_not_waited_for() {
    let silent = Silent::start();
    let settings = format!("{SETTINGS}spec: {{state: 'gs://acme-access/keyplan'}}\n");
    let workspace = Workspace::with(&[("keyplan.yaml", settings.as_bytes()), ("a.yaml", ACCESS.as_bytes())]);
    let mut client =
        Client::open_folder_with(&workspace.root, &[("STORAGE_EMULATOR_HOST", &silent.address())]);
    let place = client.place("a.yaml", ACCESS, "name: c");
    let edit = rename(&mut client, &place, "d").unwrap();
    client.apply(&edit);
    client.end();
    let text = std::fs::read_to_string(workspace.root.join("a.yaml")).unwrap();
    assert!(text.contains("  previousName: c\n"), "{text}");
    assert!(!silent.was_asked());
}

#[test]
fn what_would_break_something_is_refused_and_says_why() {
    let twice = format!("{ACCESS}---\n{}", ACCESS.split("---\n").nth(1).unwrap());
    let second = ACCESS.replace("name: ops", "name: daily").split("---\n").nth(1).unwrap().to_owned();
    let escaped = ACCESS.replace("sshKey: ops", "sshKey: \"op\\x73\"");
    let aliased = ACCESS.replace("name: c ", "name: &n ops ").replace("sshKey: ops", "sshKey: *n");
    for (text, before, new, why) in [
        (ACCESS, "sshKey: o", "a/b", "this is no name: it holds `/`"),
        (ACCESS, "sshKey: o", "", "this is no name: it is empty"),
        (ACCESS, "kind: Cl", "x", "there is no name"),
        (
            &format!("{ACCESS}---\n{second}"),
            "sshKey: o",
            "daily",
            "key/p/daily is declared in `a.yaml` already",
        ),
        (&twice, "sshKey: o", "x", "key/p/ops is declared 2 times"),
        (&ACCESS.replace("sshKey: ops", "sshKey: opps"), "sshKey: o", "x", "key/p/opps is not declared"),
        (&format!("{ACCESS}---\na: [\n"), "sshKey: o", "x", "`a.yaml` is not valid YAML"),
        (&escaped, "{name: o", "x", "by an alias"),
        (&aliased, "{name: o", "x", "by an alias"),
        (&aliased, "name: &n o", "x", "would not be valid: project `p` has no key `x`"),
        (
            &ACCESS.replace("  project: p\n", "  project: p\n  previousName: b\n"),
            "name: c",
            "x",
            "`previousName: b` already",
        ),
    ] {
        let refused = renamed(text, before, new).unwrap_err();
        assert!(refused.contains(why), "{before} -> {new}: {refused}");
    }
    assert_eq!(renamed(ACCESS, "sshKey: o", "ops").unwrap(), ACCESS);
}

#[test]
fn what_can_be_renamed_is_told_before() {
    let (_workspace, mut client) = small(ACCESS);
    let place = client.place("a.yaml", ACCESS, "sshKey: o");
    let prepared = client.ask("textDocument/prepareRename", &place).unwrap();
    assert_eq!(prepared["placeholder"], "ops");
    assert_eq!(prepared["range"]["start"], position(ACCESS, "sshKey: ", "sshKey: "));
    let place = client.place("a.yaml", ACCESS, "kind: Cl");
    assert_eq!(client.ask("textDocument/prepareRename", &place).unwrap(), Value::Null);
    client.end();
}
