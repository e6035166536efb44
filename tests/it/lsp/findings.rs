//! What was found, told as one types: it is what `validate` says of the same text.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::client::Client;
use crate::support::{Workspace, keyplan, stdout};

const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: w}\n";

const ACCESS: &str = "\
apiVersion: keyplan/v1
kind: Project
metadata: {name: p}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: p, description: ßü🙂}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: c, project: p}
spec: {sshKey: ops}
";

/// A finding, as far as both say it.
type Told = (String, String, (u64, u64), (u64, u64), String, usize);

/// What `validate` says of what is saved, with columns as the client counts them.
fn validated(workspace: &Workspace) -> BTreeMap<String, Vec<Told>> {
    let output = keyplan(&workspace.root, &["validate", "--format", "json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let mut all = BTreeMap::<_, Vec<_>>::new();
    for one in report["diagnostics"].as_array().unwrap() {
        let path = one["range"]["filename"].as_str().unwrap();
        let text = std::fs::read_to_string(workspace.root.join(path)).unwrap_or_default();
        let position = |at: &Value| {
            let byte = usize::try_from(at["byte"].as_u64().unwrap()).unwrap();
            // No position is between the two characters of an end of a line.
            let byte = byte - usize::from(text[..byte].ends_with('\r') && text[byte..].starts_with('\n'));
            let start = text[..byte].rfind('\n').map_or(0, |end| end + 1);
            (at["line"].as_u64().unwrap() - 1, text[start..byte].encode_utf16().count() as u64)
        };
        let told = (
            one["rule"].as_str().unwrap().to_owned(),
            one["severity"].as_str().unwrap().to_owned(),
            position(&one["range"]["start"]),
            position(&one["range"]["end"]),
            one["summary"].as_str().unwrap().to_owned(),
            one["related"].as_array().unwrap().len(),
        );
        all.entry(path.trim_matches('.').to_owned()).or_default().push(told);
    }
    all
}

/// What the client was told.
fn told(client: &Client) -> BTreeMap<String, Vec<Told>> {
    let one = |one: &Value| {
        let position = |at: &Value| (at["line"].as_u64().unwrap(), at["character"].as_u64().unwrap());
        let severity = if one["severity"] == 1 { "error" } else { "warning" };
        (
            one["code"].as_str().unwrap().to_owned(),
            severity.to_owned(),
            position(&one["range"]["start"]),
            position(&one["range"]["end"]),
            one["message"].as_str().unwrap().lines().next().unwrap().to_owned(),
            one["relatedInformation"].as_array().map_or(0, Vec::len),
        )
    };
    client.found.iter().map(|(path, all)| (path.clone(), all.iter().map(one).collect())).collect()
}

#[test]
fn what_is_typed_is_checked_in_place_of_what_is_saved() {
    let workspace = Workspace::with(&[("keyplan.yaml", SETTINGS.as_bytes()), ("a.yaml", ACCESS.as_bytes())]);
    let mut client = Client::open_folder(&workspace.root);
    client.settle();
    assert_eq!(told(&client), validated(&workspace));
    client.open("a.yaml", ACCESS);
    client.replace("a.yaml", &ACCESS.replace("sshKey: ops", "sshKey: opps"));
    client.settle();
    let found = &client.found["a.yaml"];
    let unknown = found.iter().find(|one| one["code"] == "unknown-key").unwrap();
    assert_eq!(
        unknown["range"],
        json!({"start": {"line": 12, "character": 15}, "end": {"line": 12, "character": 19}})
    );
    assert_eq!((&unknown["severity"], &unknown["source"]), (&json!(1), &json!("keyplan")));
    assert!(unknown["message"].as_str().unwrap().ends_with("help: did you mean `ops`?"), "{unknown}");
    // Nothing was saved, and what is closed counts as it is saved.
    client.tell("textDocument/didClose", &json!({"textDocument": {"uri": client.uri("a.yaml")}}));
    client.settle();
    assert_eq!(told(&client), validated(&workspace));
    client.end();
}

#[test]
fn a_finding_in_one_file_comes_and_goes_by_typing_in_another() {
    let (first, second) = ACCESS.split_at(ACCESS.rfind("---").unwrap());
    let workspace = Workspace::with(&[
        ("keyplan.yaml", SETTINGS.as_bytes()),
        ("a.yaml", first.as_bytes()),
        ("b/b.yaml", second.as_bytes()),
    ]);
    let mut client = Client::open_folder(&workspace.root);
    client.open("a.yaml", first);
    client.settle();
    assert!(!client.found.contains_key("b/b.yaml"), "{:?}", client.found);
    client.replace("a.yaml", &first.replace("name: ops", "name: daily"));
    client.settle();
    assert_eq!(client.found["b/b.yaml"][0]["code"], "unknown-key");
    client.replace("a.yaml", &first.replace("name: p}", "name: q}"));
    client.settle();
    let related: Vec<_> = client.found.values().flatten().map(|one| one["code"].clone()).collect();
    assert!(related.contains(&json!("unknown-project")), "{related:?}");
    client.replace("a.yaml", first);
    client.settle();
    assert!(!client.found.contains_key("b/b.yaml"), "{:?}", client.found);
    client.end();
}

#[test]
fn findings_stay_while_the_folder_cannot_be_read() {
    let broken = ACCESS.replace("sshKey: ops", "sshKey: opps");
    let workspace =
        Workspace::with(&[("w/keyplan.yaml", SETTINGS.as_bytes()), ("w/a.yaml", broken.as_bytes())]);
    let mut client = Client::open_folder(&workspace.root);
    client.open("w/keyplan.yaml", SETTINGS);
    client.settle();
    let before = client.found.clone();
    assert_eq!(before["w/a.yaml"][0]["code"], "unknown-key");
    std::fs::remove_dir_all(workspace.root.join("w")).unwrap();
    let changes = json!({"changes": [{"uri": client.uri("w/a.yaml"), "type": 2}]});
    client.tell("workspace/didChangeWatchedFiles", &changes);
    client.settle();
    assert_eq!(client.found, before);
    client.end();
}

#[test]
fn other_places_that_matter_are_named_with_their_files() {
    let copy = ACCESS.split("---\n").nth(1).unwrap();
    let workspace = Workspace::with(&[
        ("keyplan.yaml", SETTINGS.as_bytes()),
        ("a.yaml", ACCESS.as_bytes()),
        ("b.yaml", copy.as_bytes()),
    ]);
    let mut client = Client::open_folder(&workspace.root);
    client.settle();
    let twice = client.found.values().flatten().find(|one| one["code"] == "duplicate-key-name").unwrap();
    let other = &twice["relatedInformation"][0];
    assert!(other["location"]["uri"].as_str().unwrap().starts_with(&client.uri("")), "{other}");
    assert_eq!(told(&client), validated(&workspace));
    client.end();
}

#[test]
fn files_of_no_workspace_and_files_that_are_excluded_are_left_alone() {
    let excluding = format!("{SETTINGS}spec: {{exclude: [helm]}}\n");
    let workspace = Workspace::with(&[("access/keyplan.yaml", excluding.as_bytes()), ("other/b.txt", b"")]);
    let mut client = Client::open_folder(&workspace.root);
    let broken = ACCESS.replace("sshKey: ops", "sshKey: opps");
    for path in ["other/a.yaml", "access/helm/values.yaml"] {
        client.open(path, &broken.replace("keyplan/v1", "v1"));
    }
    client.settle();
    assert!(
        client.found.keys().all(|path| path.starts_with("access/keyplan.yaml") || path == "access"),
        "{:?}",
        client.found
    );
    // The nearest `keyplan.yaml` is looked for from the file, and need not be saved.
    client.open("access/a.yaml", &broken);
    client.open("other/keyplan.yaml", SETTINGS);
    client.settle();
    assert!(
        client.found.contains_key("access/a.yaml") && client.found.contains_key("other/a.yaml"),
        "{:?}",
        client.found
    );
    client.tell("textDocument/didClose", &json!({"textDocument": {"uri": client.uri("other/keyplan.yaml")}}));
    client.settle();
    assert!(!client.found.contains_key("other/a.yaml"), "{:?}", client.found);
    client.end();
}

#[test]
fn without_settings_the_folder_of_a_declaration_is_the_workspace() {
    let workspace = Workspace::with(&[("b.yaml", b"a: 1\n")]);
    let mut client = Client::open_folder(&workspace.root);
    client.open("x/values.yaml", "a: 1\n");
    client.settle();
    assert!(client.found.is_empty(), "{:?}", client.found);
    client.open("a.yaml", &ACCESS.replace("sshKey: ops", "sshKey: opps"));
    client.settle();
    assert!(client.found.contains_key("a.yaml") && client.found.contains_key("b.yaml"), "{:?}", client.found);
    client.end();
}

#[test]
fn a_workspace_that_is_named_is_the_only_one() {
    let files = [("w/keyplan.yaml", SETTINGS), ("keyplan.yaml", "x: 1\n"), ("w/x/keyplan.yaml", "")];
    let files = files.map(|(path, text)| (path, text.as_bytes()));
    let workspace = Workspace::with(&files);
    let mut client = Client::start(&workspace.root, &["-w", "w/x/.."]);
    let uri = client.uri("");
    client.ask("initialize", &json!({"rootUri": uri})).unwrap();
    client.open("w/a.yaml", &ACCESS.replace("sshKey: ops", "sshKey: opps"));
    client.open("b.yaml", "kind: 7\n");
    client.settle();
    assert!(client.found.contains_key("w/a.yaml"), "{:?}", client.found);
    assert!(client.found.keys().all(|path| path.starts_with("w/")), "{:?}", client.found);
    client.end();
}

#[test]
fn what_changes_outside_of_the_editor_is_seen_when_it_is_told() {
    let workspace = Workspace::with(&[("keyplan.yaml", SETTINGS.as_bytes()), ("a.yaml", ACCESS.as_bytes())]);
    let mut client = Client::open_folder(&workspace.root);
    client.settle();
    workspace.write("a.yaml", ACCESS.replace("sshKey: ops", "sshKey: opps").as_bytes());
    client.tell(
        "workspace/didChangeWatchedFiles",
        &json!({"changes": [{"uri": client.uri("a.yaml"), "type": 2}]}),
    );
    client.settle();
    assert_eq!(told(&client), validated(&workspace));
    let removed = json!({"event": {"added": [], "removed": [{"uri": client.uri(""), "name": "w"}]}});
    client.tell("workspace/didChangeWorkspaceFolders", &removed);
    client.settle();
    assert!(client.found.is_empty(), "{:?}", client.found);
    client.end();
}

/// An edit: where, as a share of the text, how much of it goes, and what comes.
#[derive(Clone, Debug)]
struct Edit {
    at: f64,
    length: usize,
    text: &'static str,
    is_whole: bool,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let texts = prop::sample::select(vec![
        "",
        "\n",
        "\r\n",
        "---\n",
        "ops",
        "🙂",
        "ß",
        "\t",
        ": ",
        "name: x",
        "  ",
        "\"",
        "#",
        "{",
        "}",
        "null",
        "\u{1b}",
        "\u{202e}",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n",
    ]);
    let edit = (0.0..1.0_f64, 0..12_usize, texts, prop::bool::weighted(0.05));
    let edit = edit.prop_map(|(at, length, text, is_whole)| Edit { at, length, text, is_whole });
    prop::collection::vec(edit, 1..6)
}

/// The change of an edit, in units of UTF-16, and the text that comes of it.
fn change(text: &mut String, edit: &Edit) -> Value {
    if edit.is_whole {
        edit.text.clone_into(text);
        return json!({"text": text});
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a small text"
    )]
    let start = text.floor_char_boundary((edit.at * text.len() as f64) as usize);
    let end = text.ceil_char_boundary((start + edit.length).min(text.len()));
    let is_within_end = |at: usize| text[..at].ends_with('\r') && text[at..].starts_with('\n');
    // No position is between the two characters of an end of a line.
    let (start, end) = (start - usize::from(is_within_end(start)), end + usize::from(is_within_end(end)));
    let position = |at: usize| {
        let before = text[..at].replace("\r\n", "\n").replace('\r', "\n");
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
        json!({"line": line, "character": column})
    };
    let range = json!({"start": position(start), "end": position(end)});
    text.replace_range(start..end, edit.text);
    json!({"range": range, "text": edit.text})
}

#[test]
fn after_any_edits_what_is_told_is_what_validate_says() {
    let workspace = Workspace::with(&[("keyplan.yaml", SETTINGS.as_bytes()), ("a.yaml", ACCESS.as_bytes())]);
    let client = std::cell::RefCell::new(Client::open_folder(&workspace.root));
    client.borrow_mut().open("a.yaml", ACCESS);
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    runner
        .run(&edits(), |edits| {
            let mut client = client.borrow_mut();
            let mut text = ACCESS.to_owned();
            client.replace("a.yaml", &text);
            for edit in &edits {
                let changes = [change(&mut text, edit)];
                let document = json!({"uri": client.uri("a.yaml"), "version": 3});
                client.tell(
                    "textDocument/didChange",
                    &json!({"textDocument": document, "contentChanges": changes}),
                );
            }
            client.settle();
            workspace.write("a.yaml", text.as_bytes());
            // `validate` takes `\n` alone for an end of a line.
            prop_assume!(!text.replace("\r\n", "\n").contains('\r'));
            prop_assert_eq!(told(&client), validated(&workspace), "{:?}", text);
            Ok(())
        })
        .unwrap();
    client.into_inner().end();
}
