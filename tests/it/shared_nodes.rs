//! Clusters that have a node in common: what a plan says, what refuses it, and what it does not.

use serde_json::{Value, json};

use crate::support::{Workspace, keyplan, stderr, stdout};

const KEYS: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n---\n\
    apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: q}\n---\n\
    apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: k, project: p}\nspec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/}\n---\n\
    apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: m, project: q}\nspec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMRDZQkF1FucKnu2ZkM8jMGvAvxOx/cWuwVPhLPz8fPc}\n";

/// Clusters, each as `project/name key user nodes`.
fn declare(workspace: &Workspace, clusters: &[&str]) {
    let mut text = KEYS.to_owned();
    for cluster in clusters {
        let words: Vec<_> = cluster.splitn(4, ' ').collect();
        let (project, name) = words[0].split_once('/').unwrap();
        let cluster = format!(
            "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: {name}, project: {project}}}\n\
             spec: {{sshKey: {}, loginUser: {}, nodes: [{}]}}\n",
            words[1], words[2], words[3]
        );
        text.push_str(&cluster);
    }
    workspace.write("access.yaml", text.as_bytes());
}

fn run(workspace: &Workspace, args: &[&str]) -> String {
    let output = keyplan(&workspace.root, args);
    assert!(output.status.success(), "{args:?}\n{}{}", stdout(&output), stderr(&output));
    stdout(&output)
}

fn shared(workspace: &Workspace) -> Value {
    let plan: Value = serde_json::from_str(&run(workspace, &["plan", "--format", "json"])).unwrap();
    plan.get("shared_nodes").cloned().unwrap_or_default()
}

#[test]
fn a_plan_tells_of_a_node_that_it_brings_a_second_cluster_to() {
    let workspace = Workspace::with(&[]);
    let one = "p/one k root 10.0.0.1, node1.example.com";
    declare(&workspace, &[one, "q/two m root 10.0.0.2", "q/three m root 10.0.0.2"]);
    run(&workspace, &["apply", "--auto-approve"]);
    assert!(
        run(&workspace, &["plan"]).starts_with("No changes."),
        "what is shared already is a finding alone"
    );
    // The other cluster is in a project in which nothing changes.
    let two = "q/two m root NODE1.example.com:22, 10.0.0.2";
    declare(&workspace, &[one, two, "q/three m root 10.0.0.2"]);
    let text = run(&workspace, &["plan"]);
    let told = "\n  1 node is then in several clusters, with the same login user:\n    \
                root on node1.example.com: cluster/p/one, cluster/q/two\n\nPlan: 0 to create";
    assert!(text.contains(told), "{text}");
    let clusters = ["cluster/p/one", "cluster/q/two"];
    let expected = json!([{"node": "node1.example.com", "login_user": "root", "clusters": clusters}]);
    assert_eq!(shared(&workspace), expected);
    // A saved plan keeps it.
    run(&workspace, &["plan", "--out", "saved.json"]);
    assert!(run(&workspace, &["show", "saved.json"]).contains(told));
    run(&workspace, &["apply", "saved.json"]);
    assert!(run(&workspace, &["plan"]).starts_with("No changes."));
}

#[test]
fn a_node_that_moves_or_has_another_user_is_not_shared() {
    let workspace = Workspace::with(&[]);
    declare(&workspace, &["p/one k root 10.0.0.1", "q/two m root 10.0.0.2"]);
    run(&workspace, &["apply", "--auto-approve"]);
    declare(&workspace, &["p/one k root 10.0.0.2", "q/two m root 10.0.0.1"]);
    assert_eq!(shared(&workspace), Value::Null);
    declare(&workspace, &["p/one k root 10.0.0.1", "q/two m deploy 10.0.0.1"]);
    assert_eq!(shared(&workspace), Value::Null);
    declare(&workspace, &["p/one k root 10.0.0.1", "q/two m root \"10.0.0.1:2222\""]);
    assert_eq!(shared(&workspace), Value::Null);
}

#[test]
fn of_many_shared_nodes_some_are_told() {
    let workspace = Workspace::with(&[]);
    let nodes: Vec<_> = (10..30).map(|number| format!("10.0.0.{number}")).collect();
    let nodes = nodes.join(", ");
    declare(&workspace, &[&format!("p/one k root {nodes}"), &format!("q/two m root {nodes}")]);
    let text = run(&workspace, &["plan"]);
    assert!(text.contains("  20 nodes are then in several clusters, with the same login user:\n"), "{text}");
    assert_eq!(text.matches("\n    root on 10.0.0.").count(), 8);
    assert!(text.contains("\n    and 12 more\n"), "{text}");
    assert_eq!(shared(&workspace).as_array().unwrap().len(), 20);
}
