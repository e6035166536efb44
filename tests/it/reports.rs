//! Formats and reports on the command line: what is printed, what is in the files beside it, and how it ends.

use std::fs;

use keyplan::check::Validated;
use keyplan::diagnostics::Severity;
use proptest::prelude::*;

use crate::ci_commands::{broken, hostile, is_annotation};
use crate::support::{Workspace, check, command, keyplan, repository, stderr, stdout};

const FORMATS: [&str; 6] = ["human", "json", "sarif", "github", "gitlab", "junit"];

const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n";

/// A workspace without findings, one with a warning, and one with errors.
fn workspaces() -> [(Workspace, Option<i32>); 3] {
    let key = "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: k, project: p}\nspec: {publicKey: \
               ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/}\n";
    let with = |more: &str| Workspace::with(&[("a.yaml", format!("{PROJECT}{more}").as_bytes())]);
    [(with(""), Some(0)), (with(key), Some(0)), (with("---\nkind: Nothing\n"), Some(3))]
}

#[test]
fn every_format_ends_in_the_same_way() {
    for (workspace, code) in workspaces() {
        for format in FORMATS {
            let ended = |more: &[&str]| {
                let args = [&["validate", "--format", format], more].concat();
                keyplan(&workspace.root, &args).status.code()
            };
            assert_eq!(ended(&[]), code, "{format}");
            let has_findings = !check(&workspace.root).diagnostics.is_empty();
            assert_eq!(ended(&["--deny-warnings"]), if has_findings { Some(3) } else { code }, "{format}");
            assert_eq!(ended(&["--min-files", "1"]), code, "{format}");
            assert_eq!(
                ended(&["--min-files", "2"]),
                if code == Some(3) { code } else { Some(1) },
                "{format}"
            );
        }
    }
}

#[test]
fn too_few_files_are_told_after_what_was_found() {
    let [(workspace, _), ..] = workspaces();
    let output = keyplan(&workspace.root, &["validate", "--min-files", "2"]);
    assert!(stdout(&output).starts_with("valid: 1 project"), "{}", stdout(&output));
    assert!(stderr(&output).starts_with("error: 1 file below `.`, and at least 2 were expected\n"));
}

#[test]
fn a_report_is_what_the_format_prints() {
    for (workspace, code) in workspaces() {
        let printed: Vec<_> = FORMATS
            .iter()
            .map(|format| stdout(&keyplan(&workspace.root, &["validate", "--format", format])))
            .collect();
        let mut args = vec!["validate".to_owned()];
        fs::create_dir(workspace.root.join("reports of today")).unwrap();
        for format in FORMATS {
            args.extend(["--report".into(), format!("{format}=reports of today/{format}")]);
        }
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let output = keyplan(&workspace.root, &args);
        assert_eq!(output.status.code(), code, "{}", stderr(&output));
        assert_eq!(stdout(&output), printed[0]);
        for (format, printed) in FORMATS.iter().zip(printed) {
            let path = workspace.root.join("reports of today").join(format);
            assert_eq!(fs::read_to_string(&path).unwrap(), printed, "{format}");
        }
        // Nothing else is left.
        assert_eq!(fs::read_dir(workspace.root.join("reports of today")).unwrap().count(), FORMATS.len());
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_any_work() {
    let [_, _, (workspace, _)] = workspaces();
    fs::create_dir(workspace.root.join("folder")).unwrap();
    for (report, code, said) in [
        ("sarif=missing/x", 1, "error: cannot write `missing/x`: there is no such file or folder\n"),
        ("sarif=folder", 1, "error: cannot write `folder`: it is not a regular file\n"),
        ("sarif=-", 64, "a report is a file"),
        ("sarif", 64, "write a format and a file"),
        ("markdown=x", 64, "the format is one of human, json, sarif, github, gitlab, junit"),
    ] {
        let output = keyplan(&workspace.root, &["validate", "--report", report]);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(code), ""), "{report}");
        assert!(stderr(&output).contains(said), "{report}: {}", stderr(&output));
    }
}

#[test]
fn a_report_is_relative_to_the_directory_that_is_worked_in() {
    let [(workspace, _), ..] = workspaces();
    let args = ["-C", workspace.root.as_str(), "validate", "--report", "junit=x.xml"];
    assert_eq!(keyplan(repository(), &args).status.code(), Some(0));
    assert!(workspace.root.join("x.xml").exists());
}

/// How a command of a word of the environment ends, and what it prints.
fn with_format(workspace: &Workspace, word: &str, args: &[&str]) -> (Option<i32>, String) {
    let output = command(&workspace.root).args(args).env("KEYPLAN_FORMAT", word).output().unwrap();
    (output.status.code(), stdout(&output) + &stderr(&output))
}

#[test]
fn the_environment_says_the_format_where_no_option_does() {
    let [_, (workspace, _), _] = workspaces();
    let printed = |args: &[&str]| stdout(&keyplan(&workspace.root, args));
    for format in FORMATS {
        let expected = (Some(0), printed(&["validate", "--format", format]));
        assert_eq!(with_format(&workspace, format, &["validate"]), expected);
    }
    let human = (Some(0), printed(&["validate"]));
    assert_eq!(with_format(&workspace, "json", &["validate", "--format", "human"]), human);
    assert_eq!(with_format(&workspace, "", &["validate"]), human);
    let (code, text) = with_format(&workspace, "sraif", &["validate"]);
    assert_eq!(code, Some(64));
    assert!(text.starts_with("error: `KEYPLAN_FORMAT` is `sraif`, which is no format\n"), "{text}");
}

/// What a command prints on a runner of GitHub: what people read, and the annotations behind it.
fn on_github(workspace: &Workspace, args: &[&str]) -> (String, Vec<String>) {
    let output = command(&workspace.root).args(args).env("GITHUB_ACTIONS", "true").output().unwrap();
    let printed = stdout(&output);
    let behind = || printed.find("\n::").map_or(printed.len(), |at| at + 1);
    let at = if printed.starts_with("::") { 0 } else { behind() };
    (printed[..at].to_owned(), printed[at..].lines().map(str::to_owned).collect())
}

fn shown(validated: &Validated) -> usize {
    [Severity::Error, Severity::Warning].map(|severity| validated.count(severity).min(10)).iter().sum()
}

#[test]
fn annotations_follow_what_people_read_and_never_replace_it() {
    for (workspace, _) in workspaces() {
        let human = stdout(&keyplan(&workspace.root, &["validate"]));
        let (printed, annotations) = on_github(&workspace, &["validate"]);
        assert_eq!(printed, human);
        assert_eq!(annotations.len(), shown(&check(&workspace.root)));
        assert!(annotations.iter().all(|line| is_annotation(line)), "{annotations:?}");
        for args in [&["--annotations", "never"][..], &["--format", "human"], &["--format", "json"]] {
            let args = [&["validate"], args].concat();
            assert_eq!(on_github(&workspace, &args).1, Vec::<String>::new(), "{args:?}");
        }
    }
}

#[test]
fn a_workspace_that_cannot_be_planned_is_annotated_as_validate_does_it() {
    let [_, (warned, _), (broken, _)] = workspaces();
    let (_, expected) = on_github(&broken, &["validate"]);
    assert!(!expected.is_empty());
    for command in [&["plan"][..], &["apply", "--auto-approve"]] {
        assert_eq!(on_github(&broken, command), (String::new(), expected.clone()), "{command:?}");
        let before = stderr(&keyplan(&broken.root, command));
        let output =
            crate::support::command(&broken.root).args(command).env("GITHUB_ACTIONS", "true").output();
        assert_eq!(stderr(&output.unwrap()), before, "people read the same");
        for more in [&["--annotations", "never"][..], &["--format", "human"], &["--format", "json"]] {
            let args = [command, more].concat();
            assert_eq!(on_github(&broken, &args).1, Vec::<String>::new(), "{args:?}");
        }
        assert_eq!(on_github(&warned, command).1, Vec::<String>::new(), "what has a plan is not annotated");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_of_a_stranger_becomes_another_command(text in hostile()) {
        let workspace = broken(&text);
        let (_, annotations) = on_github(&workspace, &["validate"]);
        prop_assert_eq!(annotations.len(), shown(&check(&workspace.root)));
        prop_assert!(annotations.iter().all(|line| is_annotation(line)), "{:?}", annotations);
    }
}
