//! Renames by `metadata.previousName`, by the binary: what is recorded goes on under another name, names are used
//! again, and history tells a rename as one.

use serde_json::Value;

use crate::support::{Workspace, keyplan, stderr, stdout};

const KEYS: [&str; 2] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKnb3Mzh7jlfDdO+JNQCgI/i3uigDcnaRpasEm6zsGq+",
];

/// A project with two keys, and clusters by the rest of their metadata, their key and their node.
fn project(metadata: &str, clusters: &[(&str, &str, &str)]) -> String {
    let name = metadata.split(',').next().unwrap();
    let keys = ["k", "m"].into_iter().zip(KEYS).map(|(key, line)| {
        format!(
            "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {key}, project: {name}}}\n\
             spec: {{publicKey: {line}}}\n"
        )
    });
    let clusters = clusters.iter().map(|(metadata, key, node)| {
        format!(
            "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: {metadata}, project: {name}}}\n\
             spec: {{sshKey: {key}, nodes: [{node}]}}\n"
        )
    });
    let project = format!("apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: {metadata}}}\n");
    std::iter::once(project).chain(keys).chain(clusters).collect()
}

fn declare(workspace: &Workspace, text: &str) {
    workspace.write("access.yaml", text.as_bytes());
}

fn run(workspace: &Workspace, args: &[&str], code: i32) -> String {
    let output = keyplan(&workspace.root, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", stdout(&output), stderr(&output));
    stdout(&output) + &stderr(&output)
}

fn apply(workspace: &Workspace) {
    run(workspace, &["apply", "--auto-approve"], 0);
    assert!(run(workspace, &["plan"], 0).starts_with("No changes.\n"));
}

fn applied(text: &str) -> Workspace {
    let workspace = Workspace::with(&[]);
    declare(&workspace, text);
    apply(&workspace);
    workspace
}

/// What a plan does, as `update cluster/p/b (was cluster/p/a)`.
fn changes(plan: &str) -> Vec<String> {
    let plan: Value = serde_json::from_str(plan).unwrap();
    let change = |change: &Value| {
        let was = change["previous_address"].as_str().map(|was| format!(" (was {was})"));
        let action = change["change"]["actions"][0].as_str().unwrap();
        format!("{action} {}{}", change["address"].as_str().unwrap(), was.unwrap_or_default())
    };
    plan["resource_changes"].as_array().unwrap().iter().map(change).collect()
}

fn planned(workspace: &Workspace) -> Vec<String> {
    changes(&stdout(&keyplan(&workspace.root, &["plan", "--format", "json"])))
}

#[test]
fn a_name_is_used_again_in_the_change_that_gives_it_up() {
    let workspace = applied(&project("p", &[("prod", "k", "10.0.0.1")]));
    let again = [("prod-old, previousName: prod", "k", "10.0.0.1"), ("prod", "m", "10.0.0.9")];
    declare(&workspace, &project("p", &again));
    assert_eq!(
        planned(&workspace),
        ["update cluster/p/prod-old (was cluster/p/prod)", "create cluster/p/prod"]
    );
    apply(&workspace);
    let shown = run(&workspace, &["state", "show", "cluster/p/prod-old"], 0);
    assert!(shown.contains("10.0.0.1") && !shown.contains("10.0.0.9"), "{shown}");
    // The name may also go: the one that goes on does not come back.
    declare(&workspace, &project("p", &again[..1]));
    assert_eq!(planned(&workspace), ["delete cluster/p/prod"]);
}

#[test]
fn renames_form_a_chain() {
    let workspace = applied(&project("p", &[("a", "k", "10.0.0.1"), ("b", "m", "10.0.0.2")]));
    let chain = [("b, previousName: a", "k", "10.0.0.1"), ("c, previousName: b", "m", "10.0.0.2")];
    declare(&workspace, &project("p", &chain));
    assert_eq!(
        planned(&workspace),
        ["update cluster/p/c (was cluster/p/b)", "update cluster/p/b (was cluster/p/a)"]
    );
    let human = run(&workspace, &["plan"], 0);
    assert!(human.contains("nobody gains or loses any"), "{human}");
    apply(&workspace);
}

#[test]
fn two_clusters_swap_their_names() {
    let workspace = applied(&project("p", &[("a", "k", "10.0.0.1"), ("b", "m", "10.0.0.2")]));
    let swapped = [("b, previousName: a", "k", "10.0.0.1"), ("a, previousName: b", "m", "10.0.0.2")];
    declare(&workspace, &project("p", &swapped));
    assert_eq!(planned(&workspace), ["update cluster/p/a", "update cluster/p/b"]);
    apply(&workspace);
    let shown = run(&workspace, &["state", "show", "cluster/p/a"], 0);
    assert!(shown.contains("10.0.0.2"), "{shown}");
}

#[test]
fn a_project_is_renamed_while_its_name_is_used_again() {
    let workspace = applied(&project("p", &[("c", "k", "10.0.0.1")]));
    let both = format!(
        "{}---\n{}",
        project("q, previousName: p", &[("c", "k", "10.0.0.1")]),
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n"
    );
    declare(&workspace, &both);
    assert_eq!(planned(&workspace), ["update project/q (was project/p)", "create project/p"]);
    apply(&workspace);
    assert_eq!(
        run(&workspace, &["state", "list"], 0).lines().collect::<Vec<_>>(),
        ["project/p", "project/q", "key/q/k", "key/q/m", "cluster/q/c"]
    );
}

#[test]
fn a_resource_has_one_successor() {
    let workspace = applied(&project("p", &[("prod", "k", "10.0.0.1")]));
    let both = [("eu, previousName: prod", "k", "10.0.0.1"), ("ap, previousName: prod", "m", "10.0.0.2")];
    declare(&workspace, &project("p", &both));
    let told = run(&workspace, &["validate"], 3);
    assert!(told.contains("previous-name-taken"), "{told}");
    assert!(told.contains("claimed again here") && told.contains("first claimed here"), "{told}");
    run(&workspace, &["plan"], 3);
}

#[test]
fn a_previous_name_that_is_not_recorded_is_told_with_the_one_that_may_be_meant() {
    let workspace = applied(&project("p", &[("prod", "k", "10.0.0.1")]));
    declare(&workspace, &project("p", &[("prod-eu, previousName: prd", "k", "10.0.0.1")]));
    let told = run(&workspace, &["plan"], 0);
    assert!(
        told.contains("note: cluster/p/prod-eu is created and not renamed, because `prd` is not\n  recorded"),
        "{told}"
    );
    assert!(told.contains("help: did you mean `previousName: prod`?"), "{told}");
    // Where nothing was ever applied, every name is new.
    let first = Workspace::with(&[]);
    declare(&first, &project("p, previousName: o", &[("prod-eu, previousName: prd", "k", "10.0.0.1")]));
    assert!(!run(&first, &["plan"], 0).contains("not renamed"));
}

#[test]
fn a_previous_name_of_what_is_recorded_itself_is_told() {
    let workspace = applied(&project("p", &[("a", "k", "10.0.0.1"), ("b", "m", "10.0.0.2")]));
    declare(&workspace, &project("p", &[("b, previousName: a", "k", "10.0.0.1")]));
    let told = run(&workspace, &["plan"], 0);
    assert!(told.contains("is not renamed from `a`"), "{told}");
    assert_eq!(planned(&workspace), ["update cluster/p/b", "delete cluster/p/a"]);
}

#[test]
fn a_reference_to_the_old_name_of_a_project_is_told_the_new_one() {
    let workspace = Workspace::with(&[]);
    let text = project("storefront, previousName: web", &[]);
    declare(&workspace, &text.replace("project: storefront", "project: web"));
    let told = run(&workspace, &["validate"], 3);
    assert!(told.contains("write `storefront`: the project is called so now"), "{told}");
    assert!(!told.contains("declare it with"), "{told}");
}

#[test]
fn history_tells_a_rename_as_one_in_both_directions() {
    let workspace = applied(&project("p", &[("a", "k", "10.0.0.1"), ("b", "m", "10.0.0.2")]));
    let first = run(&workspace, &["state", "list"], 0);
    declare(
        &workspace,
        &project("p", &[("b, previousName: a", "k", "10.0.0.1"), ("c, previousName: b", "m", "10.0.0.2")]),
    );
    apply(&workspace);
    declare(
        &workspace,
        &project("q, previousName: p", &[("d, previousName: b", "k", "10.0.0.1"), ("c", "m", "10.0.0.2")]),
    );
    apply(&workspace);
    let log = run(&workspace, &["state", "log"], 0);
    let revisions = log.lines().filter(|line| line.contains(" deleted")).count();
    let last = revisions.to_string();
    let diff = |from: &str, to: &str| run(&workspace, &["state", "diff", from, to, "--format", "json"], 0);
    let from_first = (1..revisions).find(|number| {
        let before = run(&workspace, &["state", "diff", "0", &number.to_string(), "--format", "json"], 0);
        changes(&before).len() == first.lines().count()
    });
    let from = from_first.unwrap().to_string();
    assert_eq!(
        changes(&diff(&from, &last)),
        [
            "update project/q (was project/p)",
            "update cluster/q/c (was cluster/q/b)",
            "update cluster/q/d (was cluster/q/a)"
        ]
    );
    assert_eq!(
        changes(&diff(&last, &from)),
        [
            "update project/p (was project/q)",
            "update cluster/p/a (was cluster/p/d)",
            "update cluster/p/b (was cluster/p/c)"
        ]
    );
    let human = run(&workspace, &["state", "diff", &from, &last], 0);
    assert!(human.contains("nobody gains or loses any"), "{human}");
}
