//! `plan --no-new-access`: a change by which anybody or anything gains access ends with 5, and no other does.

use crate::git::{ACCESS, CLUSTERS, Repository, keyplan, payments, plan};

/// A way to change a file of the workspace: its name, what is replaced, and by what.
type Edit = (&'static str, &'static str, &'static str);

/// What the first edit leads to is at the base, and what the others lead to is in the working tree.
fn planned(base: &[Edit], edits: &[Edit]) -> Option<(Option<i32>, String)> {
    let repository = payments()?;
    edit(&repository, base);
    repository.commit();
    edit(&repository, edits);
    Some(plan(&repository, &["--base", "main", "--no-new-access"]))
}

fn edit(repository: &Repository, edits: &[Edit]) {
    for (file, from, to) in edits {
        let path = format!("access/{file}");
        let text = std::fs::read_to_string(repository.root().join(&path)).unwrap();
        assert!(text.contains(from), "{from}");
        repository.write(&path, &text.replacen(from, to, 1));
    }
}

const OPS: &str = "  owner: ana@example.com";

#[test]
fn gains_are_refused() {
    let ops = "access.yaml";
    let dated = (ops, OPS, "  owner: ana@example.com\n  expires: 2090-01-31");
    let narrow = (ops, OPS, "  owner: ana@example.com\n  options: {restrict: true}");
    let eu = "clusters.yaml";
    for (base, change, words) in [
        (&[][..], (eu, "sshKey: on-call", "sshKey: ops"), "cluster/payments/staging gains another key"),
        (
            &[(eu, "sshKey: on-call", "cloud: generic")],
            (eu, "cloud: generic", "sshKey: ops"),
            "cluster/payments/staging gains a key",
        ),
        (
            &[],
            (eu, "sshKey: ops", "sshKey: ops\n  loginUser: root"),
            "cluster/payments/prod-eu gains another login user",
        ),
        (&[], (eu, "10.10.0.12]", "10.10.0.12, 10.10.0.13]"), "cluster/payments/prod-eu gains nodes"),
        (&[], (eu, "  nodes: [10.30.0.11]\n", ""), "cluster/payments/staging gains nodes"),
        (&[dated], (ops, "2090-01-31", "2091-01-31"), "cluster/payments/prod-eu gains a later last day"),
        (&[dated], (ops, "\n  expires: 2090-01-31", ""), "cluster/payments/prod-eu gains a later last day"),
        (
            &[narrow],
            (ops, "\n  options: {restrict: true}", ""),
            "cluster/payments/prod-eu gains wider options",
        ),
        (&[], (ops, OPS, "  owner: dana@example.com"), "key/payments/ops gains people who hold it"),
        (
            &[],
            (ops, "cleo@example.com]", "cleo@example.com, dana@example.com]"),
            "key/payments/on-call gains people who hold it",
        ),
        (
            &[],
            (ops, "role: Cluster Admin", "role: Project Admin"),
            "project/payments gains ben@example.com as Project Admin",
        ),
    ] {
        let Some((code, text)) = planned(base, &[change]) else { return };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code, Some(5), "{words}: {text}");
        assert!(text.contains(&format!("new-access: {words}")), "{words}: {text}");
        assert!(text.contains("error: refused by new-access"), "{text}");
    }
}

#[test]
fn what_takes_away_or_renames_is_not_refused() {
    let (access, clusters) = ("access.yaml", "clusters.yaml");
    for change in [
        &[(clusters, "sshKey: on-call", "cloud: generic")][..],
        &[(clusters, "10.10.0.11, ", "")],
        &[(access, OPS, "  owner: ana@example.com\n  expires: 2090-01-31")],
        &[(access, OPS, "  owner: ana@example.com\n  options: {restrict: true}")],
        &[(access, ", cleo@example.com", "")],
        &[(access, "\n    - {team: sre, role: Cluster Admin}", "")],
        &[(clusters, "name: staging", "name: stage, previousName: staging")],
        &[
            (access, "name: ops,", "name: op,"),
            (clusters, "sshKey: ops", "sshKey: op"),
            (clusters, "sshKey: ops", "sshKey: op"),
        ],
        &[(access, "name: payments,", "name: payments, description: cards,")],
    ] {
        let Some((code, text)) = planned(&[], change) else { return };
        assert_eq!(code, Some(0), "{change:?}: {text}");
        assert!(!text.contains("No changes.") && !text.contains("new-access"), "{text}");
    }
}

#[test]
fn a_plan_that_is_refused_is_not_saved() {
    let Some(repository) = payments() else { return };
    let run = |args: &[&str]| keyplan(repository.root(), args);
    assert_eq!(run(&["apply", "--auto-approve", "access"]).0, Some(0));
    repository.write(
        "access/access.yaml",
        &ACCESS.replace("cleo@example.com]", "cleo@example.com, dana@example.com]"),
    );
    let (code, text) = run(&["plan", "access", "--no-new-access", "--out", "access.plan"]);
    assert_eq!(code, Some(5), "{text}");
    assert!(!repository.root().join("access.plan").exists());
    assert_eq!(run(&["plan", "access", "--out", "access.plan"]).0, Some(0));
    // Also where the state is what it is compared with, less is no gain.
    repository.write("access/access.yaml", ACCESS);
    repository.write("access/clusters.yaml", &CLUSTERS.replace("sshKey: on-call", "cloud: generic"));
    assert_eq!(run(&["plan", "access", "--no-new-access", "--detailed-exitcode"]).0, Some(2));
}
