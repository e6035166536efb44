//! A pull request in which a person gives herself access, as those see it who review it: one annotation, one result of
//! SARIF, and one plan that names who must approve.

use std::process::Output;

use serde_json::Value;

use crate::git::Repository;
use crate::github;
use crate::support::{command, stdout};

const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: acme}\n\
    spec: {owners: [team:security], rules: {access-test-failed: warning}}\n";

const ACCESS: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: payments}\n\
    spec:\n  members:\n  - {user: ana@example.com, role: Project Admin}\n  - {team: sre, role: Cluster Viewer}\n---\n\
    apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: ops, project: payments}\n\
    spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/, owner: 'team:sre'}\n\
    ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: prod-eu, project: payments}\n\
    spec: {sshKey: ops, nodes: [10.0.0.1]}\n";

const TEAMS: &str = "apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: security}\n\
    spec: {members: [oli@example.com, pat@example.com]}\n---\n\
    apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec:\n  members:\n  - eva@example.com\n";

const TESTS: &str = "apiVersion: keyplan/v1\nkind: AccessTest\nmetadata: {name: prod-is-for-eva}\n\
    spec: {clusters: {names: [payments/prod-eu]}, openedOnlyBy: [eva@example.com]}\n";

/// The repository with the change in it.
fn pull_request() -> Option<Repository> {
    let files = [
        ("infra/access/keyplan.yaml", SETTINGS),
        ("infra/access/payments.yaml", ACCESS),
        ("infra/access/teams.yaml", TEAMS),
        ("infra/access/tests.yaml", TESTS),
    ];
    let repository = Repository::with(&files.map(|(path, text)| (path, text.as_bytes())))?;
    repository.write("infra/access/teams.yaml", &format!("{TEAMS}  - dev@example.com\n"));
    Some(repository)
}

/// Runs keyplan as a job of GitHub does, from a folder below the top.
fn in_job(repository: &Repository, args: &[&str]) -> Output {
    let mut command = command(&repository.root().join("infra"));
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", repository.root());
    command.args(args).arg("access").output().unwrap()
}

#[test]
fn one_annotation_at_the_line_that_gives_access() {
    let Some(repository) = pull_request() else { return };
    let output = in_job(&repository, &["validate"]);
    assert_eq!(output.status.code(), Some(0));
    let printed = stdout(&output);
    let annotations: Vec<_> = printed.lines().filter_map(github::parsed).collect();
    let [annotation] = &annotations[..] else { panic!("{printed}") };
    assert_eq!(annotation.command, "warning");
    let property = |name: &str| {
        annotation.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    assert_eq!(property("file"), Some("infra/access/teams.yaml"));
    let line = TEAMS.lines().count() + 1;
    assert_eq!(property("line"), Some(line.to_string().as_str()));
    assert!(annotation.data.contains("dev@example.com"), "{}", annotation.data);
    assert_eq!(in_job(&repository, &["validate", "--deny-warnings"]).status.code(), Some(3));
}

#[test]
fn one_result_of_sarif() {
    let Some(repository) = pull_request() else { return };
    let output = in_job(&repository, &["validate", "--format", "sarif"]);
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let [result] = &results[..] else { panic!("{sarif:#}") };
    assert_eq!(result["ruleId"], "access-test-failed");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "infra/access/teams.yaml");
    assert_eq!(place["region"]["startLine"], TEAMS.lines().count() + 1);
    let test = &result["relatedLocations"][0]["physicalLocation"];
    assert_eq!(test["artifactLocation"]["uri"], "infra/access/tests.yaml");
}

#[test]
fn one_plan_that_names_who_must_approve() {
    let Some(repository) = pull_request() else { return };
    let report = repository.root().join("plan.md");
    let markdown = format!("markdown={report}");
    let plan = ["plan", "--base", "main", "--author", "dev@example.com", "--report", &markdown];
    let output = in_job(&repository, &plan);
    assert_eq!(output.status.code(), Some(5), "{}", stdout(&output));
    let text = std::fs::read_to_string(&report).unwrap();
    assert_eq!(text.matches("<!-- keyplan plan acme -->").count(), 1);
    assert!(text.contains("Against `main` ("), "{text}");
    let (guards, access) = text.split_once("**Access**").unwrap();
    assert!(
        guards.contains("**needs-approval**: ") && guards.contains("oli@example.com, pat@example.com"),
        "{text}"
    );
    assert!(access.contains("dev@example.com"), "{text}");
    assert!(text.contains("**update** `team/sre`: changed, at `infra/access/teams.yaml:"), "{text}");

    let approved = [&plan[..], &["--approved-by", "pat@example.com"]].concat();
    assert_eq!(in_job(&repository, &approved).status.code(), Some(0));
    assert!(!std::fs::read_to_string(&report).unwrap().contains("needs-approval"));
}
