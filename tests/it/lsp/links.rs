//! Folders that are reached through a link: what is found comes under the names that the editor has for the files.

use std::os::unix::fs::symlink;

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::client::Client;
use crate::support::Workspace;

const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: w}\n";
const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n";
const CLUSTER: &str =
    "apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: c, project: p}\nspec: {nodes: [10.0.0.1]}\n";

/// `real`, a workspace in which one file has a finding while `project.yaml` is as it is saved, and `link`, which names it.
fn linked() -> Workspace {
    let workspace = Workspace::with(&[
        ("real/keyplan.yaml", SETTINGS.as_bytes()),
        ("real/project.yaml", PROJECT.replace("name: p", "name: q").as_bytes()),
        ("real/more/cluster.yaml", CLUSTER.as_bytes()),
    ]);
    symlink("real", workspace.root.join("link")).unwrap();
    workspace
}

/// A client in the folder above both, with a folder of these open, or with a workspace that the command line names.
fn client(workspace: &Workspace, folder: Option<&str>, args: &[&str]) -> Client {
    let mut client = Client::start(&workspace.root, args);
    let uri = folder.map(|folder| client.uri(folder));
    client.ask("initialize", &json!({"rootUri": uri})).unwrap();
    client.tell("initialized", &json!({}));
    client
}

/// The files in which a project or a key is not known.
fn unknown(client: &Client) -> Vec<&str> {
    let is_unknown = |one: &Value| one["code"] == "unknown-project";
    let found = client.found.iter().filter(|(_, found)| found.iter().any(is_unknown));
    found.map(|(path, _)| path.as_str()).collect()
}

/// How the workspace is opened, and how its files that are not open are then called.
const OPENED: [(Option<&str>, &[&str], &str); 6] = [
    (Some("link"), &[], "link"),
    (Some("real"), &[], "real"),
    (Some("link"), &["-w", "real"], "link"),
    (Some("real"), &["-w", "link"], "real"),
    (Some("link/more"), &[], "link"),
    (Some("link/more"), &["-w", "real"], "link"),
];

#[test]
fn findings_come_under_the_names_of_the_editor() {
    for (folder, args, top) in OPENED {
        for document in ["link", "real"] {
            let workspace = linked();
            let mut client = client(&workspace, folder, args);
            client.settle();
            let cluster = format!("{top}/more/cluster.yaml");
            assert_eq!(unknown(&client), [cluster.as_str()], "{folder:?} {args:?}");
            // What is typed counts, whatever the document is called.
            let project = format!("{document}/project.yaml");
            client.open(&project, PROJECT);
            client.settle();
            assert_eq!(unknown(&client), [""; 0], "{folder:?} {args:?} {document}");
            client.replace(&project, "kind: Nothing\n");
            client.settle();
            assert_eq!(unknown(&client), [cluster.as_str()]);
            assert!(client.found.contains_key(&project), "{:?}", client.found);
            // Each file has one name at a time, and the one that it had before is taken back.
            let open = format!("{document}/more/cluster.yaml");
            client.open(&open, CLUSTER);
            client.settle();
            assert_eq!(unknown(&client), [open.as_str()], "{folder:?} {args:?} {document}");
            client.tell("textDocument/didClose", &json!({"textDocument": {"uri": client.uri(&open)}}));
            client.settle();
            assert_eq!(unknown(&client), [cluster.as_str()], "{folder:?} {args:?} {document}");
            client.end();
        }
    }
}

/// No folder is open, as where an editor is started with a file alone.
#[test]
fn without_a_folder_the_first_document_says_how_files_are_called() {
    for (args, document) in [(&["-w", "real"][..], "link"), (&["-w", "link"], "real"), (&[], "link")] {
        let workspace = linked();
        let mut client = client(&workspace, None, args);
        client.open(&format!("{document}/project.yaml"), &PROJECT.replace("name: p", "name: r"));
        client.settle();
        assert_eq!(unknown(&client), [format!("{document}/more/cluster.yaml")], "{args:?}");
        client.end();
    }
}

#[test]
fn answers_are_under_the_names_of_the_editor_too() {
    let workspace = linked();
    workspace.write("real/project.yaml", PROJECT.as_bytes());
    let mut client = client(&workspace, Some("link"), &["-w", "real"]);
    let path = "link/more/cluster.yaml";
    client.open(path, CLUSTER);
    let place = client.place(path, CLUSTER, "project: p");
    let answer = client.ask("textDocument/definition", &place).unwrap();
    assert_eq!(answer[0]["uri"], client.uri("link/project.yaml"));
    client.end();
}

#[test]
fn a_change_outside_of_the_editor_is_seen_by_either_name() {
    for name in ["link", "real"] {
        let workspace = linked();
        let mut client = client(&workspace, Some("link"), &[]);
        client.settle();
        assert_eq!(unknown(&client).len(), 1);
        workspace.write("real/project.yaml", PROJECT.as_bytes());
        let uri = client.uri(&format!("{name}/project.yaml"));
        client.tell("workspace/didChangeWatchedFiles", &json!({"changes": [{"uri": uri, "type": 2}]}));
        client.settle();
        assert_eq!(unknown(&client), [""; 0], "{name}");
        let gone: Utf8PathBuf = workspace.root.join("link");
        let removed =
            json!({"event": {"added": [], "removed": [{"uri": format!("file://{gone}"), "name": "w"}]}});
        client.tell("workspace/didChangeWorkspaceFolders", &removed);
        client.settle();
        assert!(client.found.is_empty(), "{:?}", client.found);
        client.end();
    }
}
