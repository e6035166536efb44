//! `plan --base`: a pull request compared with the branch that it is for, without a state.

use std::fs;

use serde_json::Value;

use crate::git::{ACCESS, CLUSTERS, Repository, clone, git, keyplan, payments, plan};
use crate::support::{Workspace, command, stderr, stdout};

/// What a plan against `main` does, as `update cluster/p/b`.
fn changes(repository: &Repository) -> Vec<String> {
    let (code, text) = plan(repository, &["--base", "main", "--format", "json"]);
    assert_eq!(code, Some(0), "{text}");
    let plan: Value = serde_json::from_str(&text).unwrap();
    let change = |change: &Value| {
        let was = change["previous_address"].as_str().map(|was| format!(" (was {was})"));
        let action = change["change"]["actions"][0].as_str().unwrap();
        format!("{action} {}{}", change["address"].as_str().unwrap(), was.unwrap_or_default())
    };
    plan["resource_changes"].as_array().unwrap().iter().map(change).collect()
}

#[test]
fn compares_with_the_revision_and_says_so() {
    let Some(repository) = payments() else { return };
    repository.git(&["checkout", "-q", "-b", "change"]);
    repository.write("access/clusters.yaml", &CLUSTERS.replace("sshKey: on-call", "sshKey: ops"));
    let (code, text) = plan(&repository, &["--base", "main"]);
    assert_eq!(code, Some(0), "{text}");
    let short = &repository.git(&["rev-parse", "main"])[..10];
    assert!(
        text.starts_with(&format!("Against main ({short}), not the state.\n\n~ cluster/payments/staging")),
        "{text}"
    );
    assert!(text.contains("at access/clusters.yaml:19"), "{text}");
    assert!(text.contains("\n\nPlan: 0 to create, 1 to update, 0 to delete.\n"), "{text}");
    assert_eq!(plan(&repository, &["--base", "main", "--detailed-exitcode"]).0, Some(2));
    assert!(!repository.root().join("access/.keyplan").exists(), "nothing is recorded");
    // What is committed on the branch is the same as what is not.
    repository.commit();
    assert_eq!(changes(&repository), ["update cluster/payments/staging"]);
    let (_, text) = plan(&repository, &["--base", "HEAD"]);
    assert!(text.contains("not the state.\n\nNo changes.\n"), "{text}");
    assert_eq!(plan(&repository, &["--base", "HEAD", "--detailed-exitcode"]).0, Some(0));
}

#[test]
fn three_dots_are_the_commit_where_the_branch_began() {
    let Some(repository) = payments() else { return };
    repository.git(&["checkout", "-q", "-b", "change"]);
    repository.write("access/clusters.yaml", &CLUSTERS.replace("sshKey: on-call", "sshKey: ops"));
    repository.commit();
    repository.git(&["checkout", "-q", "main"]);
    repository.write("access/access.yaml", &ACCESS.replace(", cleo@example.com", ""));
    repository.commit();
    repository.git(&["checkout", "-q", "change"]);
    assert_eq!(changes(&repository), ["update team/sre", "update cluster/payments/staging"]);
    let (_, text) = plan(&repository, &["--base", "main...", "--format", "json"]);
    let text: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(text["base"]["git"]["revision"], "main...");
    assert_eq!(text["base"]["git"]["commit"], *repository.git(&["merge-base", "main", "change"]));
    assert_eq!(text["summary"], serde_json::json!({"create": 0, "update": 1, "delete": 0}));
}

#[test]
fn files_that_move_change_nothing() {
    let Some(repository) = payments() else { return };
    repository.git(&["checkout", "-q", "-b", "change"]);
    repository.git(&["mv", "access/clusters.yaml", "access/later.yml"]);
    let (project, rest) = ACCESS.split_once("---\n").unwrap();
    repository.write("access/access.yaml", rest);
    repository.write("access/teams/sre.yaml", &format!("# moved\r\n{}", project.replace('\n', "\r\n")));
    assert_eq!(changes(&repository), [""; 0]);
    repository.commit();
    assert_eq!(changes(&repository), [""; 0]);
}

#[test]
fn a_previous_name_goes_on_with_what_the_base_has() {
    let Some(repository) = payments() else { return };
    repository.git(&["checkout", "-q", "-b", "change"]);
    let renamed = CLUSTERS.replace("name: staging,", "name: stage, previousName: staging,");
    repository.write("access/clusters.yaml", &renamed);
    assert_eq!(changes(&repository), ["update cluster/payments/stage (was cluster/payments/staging)"]);
    repository.commit();
    repository.git(&["branch", "-f", "main"]);
    assert_eq!(changes(&repository), [""; 0], "a name that was merged renames nothing more");
}

#[test]
fn a_previous_name_that_the_base_has_not_is_told_without_a_word_of_the_state() {
    let Some(repository) = payments() else { return };
    let renamed = CLUSTERS.replace("name: staging,", "name: stage, previousName: zzzzzzzz,");
    repository.write("access/clusters.yaml", &renamed);
    let (_, text) = plan(&repository, &["--base", "main"]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "because `zzzzzzzz` is not declared at the base help: if it is new, delete `previousName`; \
                else write the name that it has at the base";
    assert!(text.contains(told), "{text}");
    assert!(!text.contains("record"), "{text}");
}

#[test]
fn guards_are_those_of_the_base() {
    let budgets = |deletes| {
        format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: w}}\n\
             spec: {{budgets: {{deletes: {deletes}, deletesPercent: 100}}}}\n"
        )
    };
    let Some(repository) = payments() else { return };
    repository.write("access/keyplan.yaml", &budgets(0));
    repository.commit();
    repository.git(&["checkout", "-q", "-b", "change"]);
    repository.write("access/keyplan.yaml", &budgets(50));
    let (clusters, _) = CLUSTERS.rsplit_once("---\n").unwrap();
    repository.write("access/clusters.yaml", clusters);
    let (code, text) = plan(&repository, &["--base", "main"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("too-many-deletes: 1 deletions, and 0 are the most"), "{text}");
    repository.commit();
    let (_, text) = plan(&repository, &["--base", "main", "--allow-deletes", "1"]);
    assert!(!text.contains("too-many-deletes"), "{text}");
    // Protection that the same change lifts protects all the same.
    let (_, rest) = ACCESS.split_once("---\n").unwrap();
    let (_, rest) = rest.split_once("---\n").unwrap();
    repository.write("access/access.yaml", &rest.replace("payments", "billing"));
    repository.write("access/clusters.yaml", &CLUSTERS.replace("payments", "billing"));
    repository.write(
        "access/billing.yaml",
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: billing}\n---\n\
         apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [ben@example.com]}\n",
    );
    let (_, text) = plan(&repository, &["--base", "main"]);
    assert!(text.contains("protected-resource: project/payments is protected"), "{text}");
}

#[test]
fn a_base_that_is_not_valid_is_told_by_its_own_paths() {
    let Some(repository) = payments() else { return };
    repository.write("access/more/bad.yaml", &CLUSTERS.replace("sshKey: on-call", "sshKey: onn-call"));
    repository.commit();
    fs::remove_file(repository.root().join("access/more/bad.yaml")).unwrap();
    let (code, text) = plan(&repository, &["--base", "main"]);
    assert_eq!(code, Some(3));
    assert!(text.contains("main:access/more/bad.yaml:19:11"), "{text}");
    assert!(text.contains("note: these are findings at `main`"), "{text}");
    // It has no line of what is reviewed.
    assert_eq!(annotations(&repository), [""; 0]);
    let (code, text) = plan(&repository, &["--base", "main", "--format", "json"]);
    assert_eq!(code, Some(3));
    assert!(text.contains("\"filename\": \"main:access/more/bad.yaml\""), "{text}");
    // Findings in the working tree come first, by the paths there.
    repository.write("access/worse.yaml", "kind: Cluster\n");
    let (code, text) = plan(&repository, &["--base", "main"]);
    assert_eq!(code, Some(3));
    assert!(text.contains("access/worse.yaml:1:1") && !text.contains("main:access"), "{text}");
    let annotations = annotations(&repository);
    assert!(
        annotations.iter().any(|line| line.contains(" file=access/worse.yaml,line=1,")),
        "{annotations:?}"
    );
}

/// The annotations of a plan against `main` on a runner of GitHub.
fn annotations(repository: &Repository) -> Vec<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut plan = command(repository.root());
    plan.args(["plan", "access", "--base", "main"]).env("PATH", path).env("GITHUB_ACTIONS", "true");
    let lines = stdout(&plan.output().unwrap());
    lines.lines().filter(|line| line.starts_with("::")).map(str::to_owned).collect()
}

#[test]
fn a_workspace_that_the_base_has_not_is_all_new() {
    let Some(repository) = Repository::with(&[("README", b"x"), ("file", b"x")]) else { return };
    repository.write("access/access.yaml", ACCESS);
    let (code, text) = plan(&repository, &["--base", "main"]);
    assert_eq!(code, Some(0));
    assert!(
        text.contains("note: there is no `access` at `main`, so that all that is declared is new"),
        "{text}"
    );
    assert!(text.contains("Plan: 4 to create, 0 to update, 0 to delete."), "{text}");
    // Something else in its place is no workspace that is not there.
    fs::remove_file(repository.root().join("file")).unwrap();
    repository.write("file/access.yaml", ACCESS);
    let (code, text) = keyplan(repository.root(), &["plan", "--base", "main", "file"]);
    assert_eq!(code, Some(1));
    assert!(text.starts_with("error: at `main`, `file` is a file\n"), "{text}");
}

#[test]
fn the_repository_is_that_of_the_workspace_wherever_it_is() {
    let Some(repository) = payments() else { return };
    repository.write("access/clusters.yaml", &CLUSTERS.replace("sshKey: on-call", "sshKey: ops"));
    repository.git(&["commit", "-qam", "Change"]);
    let folder = Workspace::with(&[]);
    // A worktree, and the workspace at its top.
    let tree = folder.root.join("tree");
    repository.git(&["worktree", "add", "-q", "--detach", tree.as_str(), "HEAD"]);
    let expected = |text: &str| assert!(text.contains("1 to update"), "{text}");
    expected(&keyplan(&tree, &["plan", "--base", "main~1", "access"]).1);
    expected(&keyplan(&tree.join("access"), &["plan", "--base", "HEAD~1"]).1);
    // Through a link, and from another folder.
    std::os::unix::fs::symlink(tree.join("access"), folder.root.join("link")).unwrap();
    expected(&keyplan(&folder.root, &["plan", "--base", "HEAD~1", "-w", "link"]).1);
    // What a hook has in its environment leads nowhere else.
    let other = Repository::with(&[("access/access.yaml", b"")]).unwrap();
    let git_dir = other.root().join(".git");
    let output = command(&tree)
        .env("GIT_DIR", git_dir.as_str())
        .env("GIT_WORK_TREE", other.root().as_str())
        .env("GIT_OBJECT_DIRECTORY", git_dir.join("objects").as_str())
        .args(["plan", "--base", "HEAD~1", "access"])
        .output()
        .unwrap();
    assert!(stdout(&output).contains("1 to update"), "{}", stderr(&output));
    // Outside of any.
    folder.write("access/access.yaml", ACCESS.as_bytes());
    let (code, text) = keyplan(&folder.root, &["plan", "--base", "main", "access"]);
    assert_eq!(code, Some(1));
    assert!(text.starts_with("error: `access` is not in a git repository\n  help: "), "{text}");
}

#[test]
fn a_shallow_clone_is_told_what_to_fetch() {
    let Some(server) = payments() else { return };
    server.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let base = server.git(&["rev-parse", "main"]);
    server.git(&["checkout", "-q", "-b", "change"]);
    server.write("access/clusters.yaml", &CLUSTERS.replace("sshKey: on-call", "sshKey: ops"));
    server.commit();
    let folder = Workspace::with(&[]);
    for revision in ["origin/main", &base, "main", "HEAD~1", "main..."] {
        let clone = clone(&server, &folder, &["--depth=1", "--branch=change"]);
        let (code, text) = keyplan(&clone, &["plan", "access", "--base", revision]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("this clone is shallow") && text.contains("fetch-depth: 0"), "{text}");
        let (_, help) = text.split_once("help: `git ").unwrap();
        let (fetch, _) = help.split_once('`').unwrap();
        let fetch: Vec<_> = fetch.split(' ').collect();
        let is_depth_enough = !matches!(revision, "HEAD~1" | "main...");
        assert_eq!(fetch.contains(&"--depth=1"), is_depth_enough, "{text}");
        git(&clone, &fetch);
        if revision == "main..." {
            git(&clone, &["fetch", "-q", "origin", "main:main"]);
        }
        let (_, text) = keyplan(&clone, &["plan", "access", "--base", revision]);
        assert!(text.contains("1 to update"), "{revision}: {text}");
        fs::remove_dir_all(clone).unwrap();
    }
}

#[test]
fn it_is_no_plan_to_apply() {
    let Some(repository) = payments() else { return };
    repository.write("access/clusters.yaml", &CLUSTERS.replace("sshKey: on-call", "sshKey: ops"));
    let (code, text) = plan(&repository, &["--base", "main", "--out", "access.plan"]);
    assert_eq!(code, Some(64), "{text}");
    assert!(text.contains("cannot be saved: it compares with git and not with the state"), "{text}");
    let (code, text) = plan(&repository, &["--base", "main", "--forget-node", "10.30.0.11"]);
    assert_eq!(code, Some(64), "{text}");
    let (_, json) = plan(&repository, &["--base", "main", "--format", "json"]);
    repository.write("access.plan", &json);
    for args in [&["apply", "access.plan", "access"][..], &["show", "access.plan", "access"]] {
        let (code, text) = keyplan(repository.root(), args);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("it compares with a git revision, and not with a state"), "{text}");
    }
    assert!(!repository.root().join("access/.keyplan").exists());
}

#[test]
fn without_git_it_says_what_to_install() {
    let Some(repository) = payments() else { return };
    let output = command(repository.root())
        .env("PATH", repository.root().as_str())
        .args(["plan", "--base", "main", "access"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).starts_with("error: there is no program `git`\n  help: install git"),
        "{}",
        stderr(&output)
    );
}
