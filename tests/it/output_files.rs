//! Files that commands write beside what they print: one place each, none of them the workspace's own, and told before any
//! work where one cannot be written.

use std::fs;

use crate::support::{Workspace, keyplan, stderr, stdout};

const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n";
const SETTINGS: &str =
    "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: w}\nspec: {state: record}\n";

/// A workspace that is recorded in a folder of its own, with a plan that was saved.
fn applied() -> Workspace {
    let workspace = Workspace::with(&[
        ("access/keyplan.yaml", SETTINGS.as_bytes()),
        ("access/a.yaml", PROJECT.as_bytes()),
        ("reports/.keep", b""),
    ]);
    for args in [&["plan", "access", "--out", "saved.plan"][..], &["apply", "saved.plan", "access"]] {
        let output = keyplan(&workspace.root, args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    assert!(workspace.root.join("access/record").is_dir());
    workspace
}

/// All files with their bytes.
fn files(workspace: &Workspace) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(&workspace.root).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| (entry.path().to_owned(), fs::read(entry.path()).unwrap())).collect()
}

/// Refuses a command line before anything is done.
fn is_refused(workspace: &Workspace, args: &[&str], why: &str) {
    let before = files(workspace);
    let output = keyplan(&workspace.root, args);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(64), ""), "{args:?}");
    let said = stderr(&output);
    assert!(said.starts_with("error: ") && said.contains(why), "{args:?}: {said}");
    assert!(said.contains("\n  help: name another file\n"), "{args:?}: {said}");
    assert!(files(workspace) == before, "{args:?} has written");
}

#[test]
fn two_files_of_a_command_are_not_the_same() {
    let workspace = applied();
    #[cfg(unix)]
    std::os::unix::fs::symlink("reports", workspace.root.join("link")).unwrap();
    let mut names = vec!["reports/x", "./reports/x", "reports/../reports/x", "reports//x"];
    names.extend(cfg!(unix).then_some("link/x"));
    for other in names {
        let [json, markdown, sarif, junit] =
            ["json", "markdown", "sarif", "junit"].map(|format| format!("{format}={other}"));
        is_refused(
            &workspace,
            &["plan", "access", "--out", "reports/x", "--report", &json],
            "the plan is to be that file, too",
        );
        let reports = "a report is to be that file, too";
        let validate = ["validate", "access", "--report", "sarif=reports/x", "--report"];
        for second in [&sarif, &junit] {
            is_refused(&workspace, &[&validate[..], &[second]].concat(), reports);
        }
        for command in [
            &["plan", "access"][..],
            &["show", "saved.plan", "access"],
            &["apply", "saved.plan", "access"],
            &["apply", "access", "--auto-approve"],
        ] {
            let both = ["--report", "markdown=reports/x", "--report", &json];
            is_refused(&workspace, &[command, &both].concat(), reports);
            let both = ["--report", "json=reports/x", "--report", &markdown];
            is_refused(&workspace, &[command, &both].concat(), reports);
        }
    }
}

#[test]
fn a_report_does_not_replace_the_plan_that_is_read() {
    let workspace = applied();
    #[cfg(unix)]
    std::os::unix::fs::symlink("saved.plan", workspace.root.join("link.plan")).unwrap();
    let plans = if cfg!(unix) { &["saved.plan", "link.plan"][..] } else { &["saved.plan"] };
    for plan in plans {
        for command in ["show", "apply"] {
            let args = [command, plan, "access", "--report", "markdown=access/../saved.plan"];
            is_refused(&workspace, &args, "it is the saved plan that is read");
        }
    }
}

#[test]
fn no_file_takes_the_place_of_one_of_the_workspace() {
    let workspace = applied();
    for own in [
        "access/keyplan.yaml",
        "access/a.yaml",
        "reports/../access/new.yml",
        "access/key.pub",
        "access/.keyplan/x",
        "access/record/x",
    ] {
        let why =
            if own.contains("/x") { "keyplan keeps files of its own there" } else { "files of this name" };
        for args in [
            &["validate", "access", "--report", &format!("json={own}")][..],
            &["plan", "access", "--report", &format!("json={own}")],
            &["plan", "access", "--out", own],
            &["show", "saved.plan", "access", "--report", &format!("markdown={own}")],
            &["apply", "saved.plan", "access", "--report", &format!("markdown={own}")],
            &["apply", "access", "--auto-approve", "--report", &format!("json={own}")],
            &["report", "-w", "access", "--html", own],
        ] {
            fs::create_dir_all(workspace.root.join("access/.keyplan")).unwrap();
            is_refused(&workspace, args, why);
        }
    }
    // So does a state that the command line names.
    fs::create_dir(workspace.root.join("elsewhere")).unwrap();
    let args = ["plan", "access", "--out", "elsewhere/x", "--state", "access/../elsewhere"];
    is_refused(&workspace, &args, "keyplan keeps files of its own there");
    for other in ["access/plan.json", "elsewhere.yaml"] {
        let output = keyplan(&workspace.root, &["plan", "access", "--report", &format!("json={other}")]);
        assert_eq!(output.status.code(), Some(0), "{other}: {}", stderr(&output));
    }
}

/// The findings of a workspace that is not valid would come first otherwise.
#[test]
fn a_file_that_cannot_be_written_is_told_before_any_work() {
    let workspace = Workspace::with(&[("a.yaml", b"kind: Nothing\n"), ("file", b""), ("folder/x", b"")]);
    for (path, why) in [
        ("missing/x", "there is no such file or folder"),
        ("folder", "it is not a regular file"),
        ("file/x", "not a directory"),
    ] {
        for args in [
            &["validate", "--report", &format!("sarif={path}")][..],
            &["plan", "--report", &format!("markdown={path}")],
            &["plan", "--out", path],
            &["apply", "--auto-approve", "--report", &format!("json={path}")],
            &["report", "--html", path, "--declared"],
        ] {
            let output = keyplan(&workspace.root, args);
            assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(1), ""), "{args:?}");
            let said = stderr(&output);
            assert!(said.starts_with(&format!("error: cannot write `{path}`: {why}\n")), "{args:?}: {said}");
        }
    }
}
