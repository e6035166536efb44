//! The guard `too-much-access-lost`, by the binary: access that goes without a deletion.

use std::fmt::Write as _;

use crate::support::{Workspace, keyplan, stderr, stdout};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/";

/// A project in which each of these users is an admin, half of them through a team, with so many clusters of
/// which so many have a key.
fn declare(workspace: &Workspace, users: usize, clusters: usize, with_key: usize) {
    let name = |number: usize| format!("user{number}@example.com");
    let (own, in_team): (Vec<_>, Vec<_>) = (0..users).map(name).partition(|name| name.len() % 2 == 0);
    let mut members = vec!["{team: sre, role: Project Admin}".to_owned()];
    members.extend(own.iter().map(|user| format!("{{user: {user}, role: Project Admin}}")));
    let mut text = format!(
        "apiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: sre}}\nspec: {{members: [{}]}}\n---\n\
         apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: p}}\nspec: {{members: [{}]}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k, project: p}}\nspec: {{publicKey: {KEY}}}\n",
        in_team.join(", "),
        members.join(", ")
    );
    for number in 0..clusters {
        let spec = if number < with_key { "{sshKey: k}" } else { "{}" };
        writeln!(
            text,
            "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: c{number}, project: p}}\nspec: {spec}"
        )
        .unwrap();
    }
    workspace.write("access.yaml", text.as_bytes());
}

fn run(workspace: &Workspace, args: &[&str], code: i32) -> String {
    let output = keyplan(&workspace.root, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", stdout(&output), stderr(&output));
    stdout(&output) + &stderr(&output)
}

fn applied(users: usize, clusters: usize) -> Workspace {
    let workspace = Workspace::with(&[]);
    declare(&workspace, users, clusters, clusters);
    run(&workspace, &["apply", "--auto-approve"], 0);
    workspace
}

/// Applies what takes so much away: only the exact number lets it through, told or saved.
fn needs(workspace: &Workspace, number: usize) {
    let refused = run(workspace, &["apply", "--auto-approve"], 5);
    assert!(refused.contains("too-much-access-lost"), "{refused}");
    assert!(refused.contains(&format!("pass `--allow-access-loss {number}`")), "{refused}");
    run(workspace, &["plan"], 0);
    for other in [number - 1, number + 1] {
        run(workspace, &["apply", "--auto-approve", "--allow-access-loss", &other.to_string()], 5);
        run(workspace, &["apply", "--auto-approve", "--allow-deletes", &number.to_string()], 5);
    }
    run(workspace, &["plan", "--out", "saved.json"], 0);
    run(workspace, &["apply", "saved.json"], 5);
    run(workspace, &["apply", "saved.json", "--allow-access-loss", &number.to_string()], 0);
    assert!(run(workspace, &["plan"], 0).contains("No changes.\n"));
}

#[test]
fn people_who_lose_a_role_are_counted_once_each() {
    let workspace = applied(40, 1);
    declare(&workspace, 1, 1, 1);
    needs(&workspace, 39);
}

#[test]
fn clusters_that_are_left_without_a_key_are_counted() {
    let workspace = applied(1, 20);
    declare(&workspace, 1, 20, 0);
    needs(&workspace, 20);
}

#[test]
fn a_large_share_of_a_project_is_too_much() {
    let workspace = applied(4, 10);
    // A third of four is one; of ten clusters three are not too many.
    declare(&workspace, 3, 10, 7);
    run(&workspace, &["apply", "--auto-approve"], 0);
    declare(&workspace, 3, 10, 4);
    let refused = run(&workspace, &["apply", "--auto-approve"], 5);
    assert!(
        refused.contains("in project/p 3 of 7 clusters lose or change their key, and 30 % are the most"),
        "{refused}"
    );
}

/// A team of so many that owns the key of one cluster.
fn declare_team(workspace: &Workspace, members: usize) {
    let members: Vec<_> = (0..members).map(|number| format!("user{number}@example.com")).collect();
    let text = format!(
        "apiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: sre}}\nspec: {{members: [{}]}}\n---\n\
         apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: p}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k, project: p}}\n\
         spec: {{publicKey: {KEY}, owner: 'team:sre'}}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: c, project: p}}\nspec: {{sshKey: k}}\n",
        members.join(", ")
    );
    workspace.write("access.yaml", text.as_bytes());
}

#[test]
fn people_who_lose_a_key_are_counted() {
    let workspace = Workspace::with(&[]);
    declare_team(&workspace, 5);
    run(&workspace, &["apply", "--auto-approve"], 0);
    declare_team(&workspace, 4);
    run(&workspace, &["apply", "--auto-approve"], 0);
    declare_team(&workspace, 2);
    let refused = run(&workspace, &["apply", "--auto-approve"], 5);
    assert!(refused.contains("in team/sre 2 of 4 people lose a key, and 30 % are the most"), "{refused}");
    needs(&workspace, 2);
}

#[test]
fn clusters_that_get_another_key_are_counted() {
    const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMRDZQkF1FucKnu2ZkM8jMGvAvxOx/cWuwVPhLPz8fPc";
    let workspace = applied(1, 5);
    let text = std::fs::read_to_string(workspace.root.join("access.yaml")).unwrap();
    workspace.write("access.yaml", text.replace(KEY, OTHER).as_bytes());
    let refused = run(&workspace, &["apply", "--auto-approve"], 5);
    assert!(refused.contains("in project/p 5 of 5 clusters lose or change their key"), "{refused}");
    needs(&workspace, 5);
}

#[test]
fn of_few_the_share_means_little() {
    let workspace = applied(3, 3);
    declare(&workspace, 0, 3, 0);
    run(&workspace, &["apply", "--auto-approve"], 0);
}

#[test]
fn what_is_deleted_counts_as_deleted_alone() {
    let workspace = applied(1, 5);
    declare(&workspace, 1, 4, 4);
    run(&workspace, &["apply", "--auto-approve"], 0);
}

#[test]
fn budgets_move_both_limits() {
    let workspace = applied(40, 1);
    let settings = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: acme}\n\
                    spec: {budgets: {accessLoss: 39, accessLossPercent: 100}}\n";
    workspace.write("keyplan.yaml", settings.as_bytes());
    declare(&workspace, 1, 1, 1);
    run(&workspace, &["apply", "--auto-approve"], 0);
}

/// A project whose one admin is a team, in which a cluster has a key; all of it protected.
const PROTECTED: &str = "apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [ana@example.com]}\n---\n\
    apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p, protected: true}\n\
    spec: {members: [{team: sre, role: Project Admin}, {user: ben@example.com, role: Project Viewer}]}\n---\n\
    apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: k, project: p}\nspec: {publicKey: PUBLIC}\n---\n\
    apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: c, project: p, protected: true}\nspec: {sshKey: k}\n";

#[test]
fn what_is_protected_is_not_left_empty() {
    let workspace = Workspace::with(&[]);
    let text = PROTECTED.replace("PUBLIC", KEY);
    let declare = |text: &str| workspace.write("access.yaml", text.as_bytes());
    declare(&text);
    run(&workspace, &["apply", "--auto-approve"], 0);
    let without_admin = text.replace("[ana@example.com]", "[]");
    let cases = [
        (without_admin.clone(), "project/p is protected and would be left without a Project Admin"),
        (
            without_admin.replace(", {user: ben@example.com, role: Project Viewer}", ""),
            "project/p is protected and would be left without members",
        ),
        (
            // What is declared in the same change lifts nothing.
            text.replace("{sshKey: k}", "{}").replace(", protected: true", ""),
            "cluster/p/c is protected and would be left without a key",
        ),
    ];
    for (changed, sentence) in &cases {
        declare(changed);
        let refused = run(&workspace, &["apply", "--auto-approve"], 5);
        assert!(refused.contains("protected-resource") && refused.contains(sentence), "{refused}");
        assert!(refused.contains("`protected: false` in an apply of its own first"), "{refused}");
    }
    declare(&text.replace("protected: true", "protected: false"));
    run(&workspace, &["apply", "--auto-approve"], 0);
    for (changed, _) in &cases {
        declare(&changed.replace("protected: true", "protected: false"));
        run(&workspace, &["apply", "--auto-approve"], 0);
    }
}
