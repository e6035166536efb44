//! What is asked of a place: who opens it, where it is declared, where it is named, what can stand there.

use serde_json::{Value, json};

use super::client::{Client, position};
use crate::support::{Workspace, repository};

const SETTINGS: &str = "\
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: w}
spec:
  owners: [\"team:sre\"]
  rules: {unused-key: warning}
";

const ACCESS: &str = "\
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre, description: ßü🙂}
spec: {members: [ana@example.com]}
---
apiVersion: keyplan/v1
kind: Project
metadata: {name: p}
spec:
  members:
    - {team: sre, role: Cluster Admin}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: p}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/
  owner: team:sre
  expires: 2099-12-31
";

const CLUSTERS: &str = "\
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: c, project: p}
spec: {sshKey: ops, sshd: \"9.6\"}
---
apiVersion: keyplan/v1
kind: AccessTest
metadata: {name: t}
spec:
  clusters: {names: [p/c]}
  openedBy: [\"team:sre\"]
";

fn workspace() -> (Workspace, Client) {
    let files = [("keyplan.yaml", SETTINGS), ("a.yaml", ACCESS), ("b/c.yaml", CLUSTERS)];
    let workspace = Workspace::with(&files.map(|(path, text)| (path, text.as_bytes())));
    let mut client = Client::open_folder(&workspace.root);
    client.open("b/c.yaml", CLUSTERS);
    client.settle();
    assert!(client.found.is_empty(), "{:?}", client.found);
    (workspace, client)
}

fn hover(client: &mut Client, path: &str, text: &str, before: &str) -> Option<String> {
    let place = client.place(path, text, before);
    let hover = client.ask("textDocument/hover", &place).unwrap();
    hover["contents"]["value"].as_str().map(str::to_owned)
}

#[test]
fn a_cluster_and_its_key_tell_who_opens_it() {
    let (_workspace, mut client) = workspace();
    for before in ["metadata: {name: ", "spec: {sshKey: o"] {
        let told = hover(&mut client, "b/c.yaml", CLUSTERS, before).unwrap();
        for part in [
            "cluster/p/c, as declared",
            "1 person opens it",
            "ana@example.com",
            "which owns key/p/ops",
            "SHA256:",
            "last day 2099-12-31",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(told.starts_with("```text\n") && told.ends_with("```"), "{told}");
    }
    assert_eq!(hover(&mut client, "b/c.yaml", CLUSTERS, "apiVer"), None);
    client.end();
}

#[test]
fn keys_teams_projects_people_roles_and_rules_tell_what_they_are() {
    let (_workspace, mut client) = workspace();
    for (path, text, before, parts) in [
        (
            "a.yaml",
            ACCESS,
            "metadata: {name: op",
            &["key/p/ops", "1 person holds it", "cluster/p/c", "of team:sre", "SHA256:"][..],
        ),
        ("a.yaml", ACCESS, "owner: team:s", &["team/sre", "1 member", "opens 1 cluster"]),
        ("b/c.yaml", CLUSTERS, "[\"team:sr", &["team/sre", "1 member"]),
        ("keyplan.yaml", SETTINGS, "[\"team:sre", &["team/sre"]),
        ("a.yaml", ACCESS, "members: [an", &["ana@example.com", "opens 1 cluster"]),
        (
            "a.yaml",
            ACCESS,
            "project: ",
            &["project/p", "1 cluster, 1 key", "ana@example.com: Cluster Admin through team/sre"],
        ),
        ("a.yaml", ACCESS, "role: Cl", &["Cluster Admin", "may give clusters"]),
        ("keyplan.yaml", SETTINGS, "rules: {unused", &["**unused-key**", "### Remedy"]),
    ] {
        let told = hover(&mut client, path, text, before).unwrap_or_else(|| panic!("{before}"));
        for part in parts {
            assert!(told.contains(part), "{before}: {part}: {told}");
        }
    }
    client.end();
}

#[test]
fn while_there_are_errors_it_is_told_of_what_was_declared_before_them() {
    let (_workspace, mut client) = workspace();
    let broken = CLUSTERS.replace("name: c,", "name: c, x: 1,");
    client.replace("b/c.yaml", &broken);
    let told = hover(&mut client, "b/c.yaml", &broken, "spec: {sshKey: o").unwrap();
    assert!(told.starts_with("The workspace has errors.") && told.contains("1 person opens it"), "{told}");
    client.end();
}

#[test]
fn a_name_leads_to_its_declaration_and_back() {
    let (_workspace, mut client) = workspace();
    let place = client.place("b/c.yaml", CLUSTERS, "spec: {sshKey: op");
    let found = client.ask("textDocument/definition", &place).unwrap();
    let start = position(ACCESS, "name: ops", "name: ");
    assert_eq!((&found[0]["uri"], &found[0]["range"]["start"]), (&json!(client.uri("a.yaml")), &start));
    for (path, text, before, declared, named) in [
        ("b/c.yaml", CLUSTERS, "spec: {sshKey: op", 1, 1),
        ("a.yaml", ACCESS, "metadata: {name: sre", 1, 4),
        ("b/c.yaml", CLUSTERS, "[p", 1, 3),
        ("b/c.yaml", CLUSTERS, "[p/c", 1, 1),
        ("a.yaml", ACCESS, "role: Cl", 0, 1),
        ("a.yaml", ACCESS, "members: [an", 0, 1),
        ("b/c.yaml", CLUSTERS, "kind: Cl", 0, 0),
    ] {
        let mut place = client.place(path, text, before);
        let definition = client.ask("textDocument/definition", &place).unwrap();
        assert_eq!(definition.as_array().unwrap().len(), declared, "{before}");
        for (has_declaration, expected) in [(false, named), (true, named + declared)] {
            place["context"] = json!({"includeDeclaration": has_declaration});
            let references = client.ask("textDocument/references", &place).unwrap();
            assert_eq!(references.as_array().unwrap().len(), expected, "{before}: {references}");
        }
    }
    client.end();
}

#[test]
fn a_file_is_outlined_by_what_it_declares() {
    let (_workspace, mut client) = workspace();
    let document = json!({"textDocument": {"uri": client.uri("a.yaml")}});
    let outline = client.ask("textDocument/documentSymbol", &document).unwrap();
    let names: Vec<_> = outline
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str(), one["detail"].as_str()))
        .collect();
    assert_eq!(
        names,
        [(Some("sre"), Some("Team")), (Some("p"), Some("Project")), (Some("ops"), Some("SSHKey of p"))]
    );
    client.end();
}

/// What can stand at a place, as it would be written.
fn completed(client: &mut Client, path: &str, text: &str, before: &str) -> Vec<String> {
    client.replace(path, text);
    let place = client.place(path, text, before);
    let items = client.ask("textDocument/completion", &place).unwrap();
    let written = |item: &Value| item["textEdit"]["newText"].as_str().unwrap().to_owned();
    items.as_array().unwrap().iter().map(written).collect()
}

#[test]
fn names_words_and_fields_are_completed_where_they_may_stand() {
    let (_workspace, mut client) = workspace();
    let cluster = "apiVersion: keyplan/v1\nkind: Cluster\nmetadata:\n  name: d\n  project: p\n";
    let with = |rest: &str| format!("{cluster}{rest}");
    for (text, before, expected) in [
        (with("spec:\n  sshKey: \n"), "sshKey: ", &["ops"][..]),
        (with("spec: {sshKey: o}\n"), "sshKey: o", &["ops"]),
        (with("spec:\n  cloud: v\n"), "cloud: v", &["vsphere", "maas"]),
        (with("spec:\n  ss\n"), "  ss", &["sshKey: ", "cloud: ", "nodes: "]),
        (with("spec:\n  \n"), "spec:\n  ", &["sshKey: "]),
        (cluster.replace("project: p", "project: "), "project: ", &["p"]),
        (cluster.replace("Cluster", "Cl"), "kind: Cl", &["Cluster", "Team"]),
        ("apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: t}\nspec:\n  members:\n    - \n".into(), "    - ", &["ana@example.com"]),
        ("apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: k, project: p}\nspec: {owner: t}\n".into(), "owner: t", &["team:sre", "ana@example.com"]),
        ("apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: q}\nspec:\n  members: [{team: , role: C}]\n".into(), "team: ", &["sre"]),
        ("apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: q}\nspec:\n  members: [{team: sre, role: C}]\n".into(), "role: C", &["Cluster Admin"]),
        ("apiVersion: keyplan/v1\nkind: AccessTest\nmetadata: {name: q}\nspec:\n  clusters: {names: [p]}\n".into(), "names: [p", &[]),
    ] {
        let found = completed(&mut client, "b/c.yaml", &text, before);
        for one in expected {
            assert!(found.iter().any(|found| found == one), "{before}: {one} is not in {found:?}");
        }
    }
    // A field that is there already is not proposed again, nor is anything where a text of the user's own stands.
    let found = completed(
        &mut client,
        "b/c.yaml",
        &with("spec:\n  cloud: aws\n  s\n"),
        "  s\n".trim_end_matches('\n'),
    );
    assert!(!found.contains(&"cloud: ".to_owned()), "{found:?}");
    assert_eq!(completed(&mut client, "b/c.yaml", cluster, "name: d"), Vec::<String>::new());
    client.open("keyplan.yaml", SETTINGS);
    let rules = completed(&mut client, "keyplan.yaml", &SETTINGS.replace("unused-key", "unu"), "rules: {unu");
    assert!(rules.contains(&"unused-key".to_owned()), "{rules:?}");
    client.end();
}

#[test]
fn every_place_of_every_file_can_be_asked_about() {
    let root = repository().join("examples/acme");
    let mut client = Client::open_folder(&root);
    for path in ["teams.yaml", "keyplan.yaml", "payments/clusters.yaml", "payments/project.yaml"] {
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        client.open(path, &text);
        for (line, content) in text.lines().enumerate() {
            for character in [0, content.len() / 2, content.len(), content.len() + 5] {
                let place = json!({"textDocument": {"uri": client.uri(path)}, "position": {"line": line, "character": character}});
                for method in ["hover", "definition", "references", "completion", "prepareRename"] {
                    let mut place = place.clone();
                    place["context"] = json!({"includeDeclaration": true});
                    client.ask(&format!("textDocument/{method}"), &place).unwrap();
                }
            }
        }
    }
    client.end();
}
