//! The remedies of findings, as actions of the editor.

use serde_json::{Value, json};

use super::client::Client;
use crate::support::Workspace;

const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: w}\n";

const ACCESS: &str = "\
apiVersion: keyplan/v1
kind: Project
metadata: {name: p, description: ßü🙂}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: p}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {description: ßü🙂, name: c, project: p}
spec: {sshKey: opps, Cloud: aws}
";

/// The actions at the last line, of a kind or of any.
fn actions(client: &mut Client, only: &Value) -> Vec<Value> {
    let range = json!({"start": {"line": 12, "character": 0}, "end": {"line": 12, "character": 40}});
    let params = json!({
        "textDocument": {"uri": client.uri("a.yaml")},
        "range": range,
        "context": {"diagnostics": [], "only": only},
    });
    client.ask("textDocument/codeAction", &params).unwrap().as_array().unwrap().clone()
}

#[test]
fn each_remedy_that_is_known_mends_its_finding_and_no_more() {
    let files = [("keyplan.yaml", SETTINGS), ("a.yaml", ACCESS)].map(|(path, text)| (path, text.as_bytes()));
    let workspace = Workspace::with(&files);
    let mut client = Client::open_folder(&workspace.root);
    let found = actions(&mut client, &json!(null));
    let told: Vec<_> = found
        .iter()
        .map(|one| (one["diagnostics"][0]["code"].as_str().unwrap(), one["isPreferred"] == true))
        .collect();
    assert_eq!(told, [("unknown-key", false), ("unknown-field", true)], "{found:?}");
    assert_eq!(found[0]["title"], "did you mean `ops`?");
    for (action, mended) in found.iter().zip(["sshKey: ops,", "cloud: aws"]).rev() {
        client.apply(&action["edit"]);
        let uri = client.uri("a.yaml");
        client.tell("workspace/didChangeWatchedFiles", &json!({"changes": [{"uri": uri, "type": 2}]}));
        let text = std::fs::read_to_string(workspace.root.join("a.yaml")).unwrap();
        assert!(text.contains(mended), "{text}");
        client.settle();
        let codes = client.found.get("a.yaml").into_iter().flatten().map(|one| one["code"].clone());
        assert!(!codes.collect::<Vec<_>>().contains(&action["diagnostics"][0]["code"]), "{:?}", client.found);
    }
    let text = std::fs::read_to_string(workspace.root.join("a.yaml")).unwrap();
    assert_eq!(text, ACCESS.replace("opps", "ops").replace("Cloud", "cloud"));
    assert!(client.found.is_empty() && actions(&mut client, &json!(null)).is_empty(), "{:?}", client.found);
    client.end();
}

#[test]
fn other_kinds_of_actions_and_other_places_have_none() {
    let files = [("keyplan.yaml", SETTINGS), ("a.yaml", ACCESS)].map(|(path, text)| (path, text.as_bytes()));
    let workspace = Workspace::with(&files);
    let mut client = Client::open_folder(&workspace.root);
    assert_eq!(actions(&mut client, &json!(["quickfix"])).len(), 2);
    assert_eq!(actions(&mut client, &json!(["refactor"])).len(), 0);
    let start = json!({"line": 0, "character": 0});
    let params = json!({
        "textDocument": {"uri": client.uri("a.yaml")},
        "range": {"start": start, "end": start},
        "context": {"diagnostics": []},
    });
    assert_eq!(client.ask("textDocument/codeAction", &params), Ok(json!([])));
    client.end();
}
