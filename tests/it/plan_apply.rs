//! `keyplan plan`, `apply`, `show` and `state` as processes, on a copy of the example.

use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use keyplan::cli::args::SchemaOf;
use keyplan::cli::schema;
use serde_json::{Value, json};

use crate::support::{Workspace, command, keyplan, repository, skipped, stderr, stdout};

const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: one}\n";

/// A copy of the example in `acme/`.
fn acme() -> Workspace {
    let workspace = Workspace::with(&[]);
    let root = repository().join("examples/acme");
    for entry in walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(repository().join("examples")).unwrap();
            workspace.write(path.to_str().unwrap(), &fs::read(entry.path()).unwrap());
        }
    }
    workspace
}

/// A copy of the example that has been applied.
fn applied() -> Workspace {
    let workspace = acme();
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    workspace
}

/// Runs the binary, which has to end with a code.
fn run(workspace: &Workspace, args: &[&str], code: i32) -> Output {
    let output = keyplan(&workspace.root, args);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{args:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// The JSON that a command prints, which has to be of its schema.
fn json_of(workspace: &Workspace, args: &[&str], code: i32, what: SchemaOf) -> Value {
    let output = run(workspace, args, code);
    let value: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{args:?} printed no JSON: {error}\n{}", stdout(&output)));
    is_of_schema(&value, what);
    value
}

pub(crate) fn is_of_schema(value: &Value, what: SchemaOf) {
    let schema = jsonschema::validator_for(&schema::of(what)).unwrap();
    let errors: Vec<_> = schema.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "not of {}: {errors:#?}\n{value:#}", schema::file(what));
}

fn read(workspace: &Workspace, path: &str) -> String {
    fs::read_to_string(workspace.root.join(path)).unwrap()
}

/// Replaces one text of a file.
fn edit(workspace: &Workspace, path: &str, old: &str, new: &str) {
    let text = read(workspace, path);
    assert!(text.contains(old), "{path} does not have {old}");
    workspace.write(path, text.replacen(old, new, 1).as_bytes());
}

fn remove(workspace: &Workspace, path: &str) {
    let path = workspace.root.join(path);
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
}

/// Nothing is left to do.
fn is_done(workspace: &Workspace) {
    let output = run(workspace, &["plan", "--detailed-exitcode", "acme"], 0);
    assert_eq!(stdout(&output), "No changes.\n");
}

fn revision(workspace: &Workspace) -> u64 {
    json_of(workspace, &["state", "export", "--workspace", "acme"], 0, SchemaOf::StateExport)["revision"]
        .as_u64()
        .unwrap()
}

/// All files of the state with their bytes.
fn state_files(workspace: &Workspace) -> Vec<(Utf8PathBuf, Vec<u8>)> {
    let files =
        walkdir::WalkDir::new(workspace.root.join("acme/.keyplan/state")).sort_by_file_name().into_iter();
    let files = files.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| Utf8PathBuf::from_path_buf(entry.into_path()).unwrap())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// A summary of each change: action, address, reason.
fn changes(plan: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let change = |change: &Value| {
        let action = text(&change["change"]["actions"][0]);
        format!("{action} {} {}", text(&change["address"]), text(&change["action_reason"]))
    };
    plan["resource_changes"].as_array().unwrap().iter().map(change).collect()
}

fn planned(workspace: &Workspace) -> Value {
    json_of(workspace, &["plan", "--format", "json", "acme"], 0, SchemaOf::Plan)
}

/// Writes every file of declarations anew: documents in the opposite order, other comments, other names.
fn rewrite(workspace: &Workspace) {
    let files = walkdir::WalkDir::new(workspace.root.join("acme")).into_iter().map(Result::unwrap);
    let files: Vec<_> =
        files.filter(|file| file.path().extension().is_some_and(|end| end == "yaml")).collect();
    for file in files {
        let path = Utf8Path::from_path(file.path()).unwrap();
        let text = fs::read_to_string(path).unwrap();
        let mut documents: Vec<_> = text.split("---\n").collect();
        documents.reverse();
        let documents: Vec<_> =
            documents.iter().map(|text| format!("\n# anew\n{}\n\n", text.trim())).collect();
        fs::remove_file(path).unwrap();
        let name = path.file_name().unwrap();
        let name = if name == "keyplan.yaml" {
            name.to_owned()
        } else {
            format!("zz-{name}").replace(".yaml", ".yml")
        };
        fs::write(path.with_file_name(name), documents.join("---\n")).unwrap();
    }
}

#[test]
fn plan_after_apply_says_no_changes() {
    let workspace = acme();
    run(&workspace, &["plan", "--detailed-exitcode", "acme"], 2);
    run(&workspace, &["plan", "acme"], 0);
    assert!(state_files(&workspace).is_empty(), "a plan writes nothing");
    let output = run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    assert!(stdout(&output).ends_with("The state is at revision 1.\n"), "{}", stdout(&output));
    is_done(&workspace);
    let before = state_files(&workspace);
    let output = run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    assert_eq!(stdout(&output), "No changes.\n");
    assert_eq!(state_files(&workspace), before, "an apply of nothing writes nothing");
}

#[test]
fn formatting_comments_and_order_are_no_change() {
    let workspace = applied();
    let before = run(&workspace, &["plan", "--format", "json", "acme"], 0).stdout;
    rewrite(&workspace);
    edit(
        &workspace,
        "acme/zz-teams.yml",
        "[dana@example.com, emil@example.com]",
        "\n    - 'dana@example.com'\n    - emil@example.com",
    );
    edit(&workspace, "acme/data/zz-clusters.yml", "labels: {env: prod}", "labels:\n    \"env\": 'prod'");
    is_done(&workspace);
    assert_eq!(run(&workspace, &["plan", "--format", "json", "acme"], 0).stdout, before);
}

#[test]
fn a_plan_is_the_same_whatever_the_files_look_like() {
    let places_aside = |workspace: &Workspace| {
        let mut plan = planned(workspace);
        plan["digest"] = Value::Null;
        for change in plan["resource_changes"].as_array_mut().unwrap() {
            assert!(change["declared_at"].is_string(), "{change}");
            change["declared_at"] = Value::Null;
        }
        plan.to_string()
    };
    let workspace = acme();
    let before = places_aside(&workspace);
    rewrite(&workspace);
    assert_eq!(places_aside(&workspace), before);
}

#[test]
fn a_plan_is_the_same_bytes_from_anywhere() {
    let workspace = acme();
    let plan = |folder: &Utf8Path, args: &[&str]| {
        let output = keyplan(folder, &[&["plan", "--format", "json"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        output.stdout
    };
    let root = workspace.root.clone();
    let one = plan(&root, &["acme"]);
    assert_eq!(plan(&root, &["./acme/"]), one);
    assert_eq!(plan(&root.join("acme"), &[]), one);
    assert_eq!(plan(&root, &["-C", "acme"]), one);
    assert_eq!(plan(Utf8Path::new("/"), &[root.join("acme").as_str()]), one);
    run(&workspace, &["plan", "--out", "saved.json", "acme"], 0);
    assert_eq!(fs::read(root.join("saved.json")).unwrap(), one, "what is saved is what is printed");
    assert_eq!(run(&workspace, &["show", "--format", "json", "saved.json", "acme"], 0).stdout, one);
}

#[test]
fn findings_end_with_3_and_plan_nothing() {
    let workspace = acme();
    edit(&workspace, "acme/payments/clusters.yaml", "sshKey: ops", "sshKey: opps");
    for args in [
        &["plan", "--out", "saved.json", "acme"][..],
        &["plan", "--detailed-exitcode", "--format", "json", "--out", "saved.json", "acme"],
        &["apply", "--auto-approve", "acme"],
    ] {
        let output = run(&workspace, args, 3);
        assert!(!stdout(&output).contains("Plan:"), "{}", stdout(&output));
        assert!(format!("{}{}", stdout(&output), stderr(&output)).contains("unknown-key"));
    }
    assert!(!workspace.root.join("saved.json").exists());
    assert!(state_files(&workspace).is_empty());
}

#[test]
fn where_nobody_can_be_asked_an_apply_is_declined_at_once() {
    let workspace = acme();
    let output = run(&workspace, &["apply", "acme"], 8);
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("--auto-approve"), "{}", stderr(&output));
    // An answer that nobody was asked for is no consent.
    let mut child = command(&workspace.root)
        .args(["apply", "acme"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended before it is written to.
    let _ = child.stdin.take().unwrap().write_all(b"yes\n");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(8));
    assert!(state_files(&workspace).is_empty());
}

#[test]
fn a_plan_that_is_not_there_is_named() {
    let workspace = applied();
    for args in [&["apply", "nowhere.json", "acme"][..], &["apply", "--auto-approve", "nowhere.json", "acme"]]
    {
        let output = run(&workspace, args, 1);
        assert!(stderr(&output).contains("`nowhere.json`"), "{}", stderr(&output));
    }
}

/// What is new points at its document, what differs at the field that does, and a key from a file at that file.
#[test]
fn a_change_points_at_the_field_that_differs() {
    let key = |end: &str| format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII{end}");
    let (old, new) = (
        key("igJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6"),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN555a0rtMI6WeYaH4ImLsXGsENRL/NxHLf0o3C3FLFg",
    );
    let text = |user: &str, keys: [&str; 2]| {
        format!(
            "# access\n---\napiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: p}}\nspec:\n  members:\n    \
             - {{user: ana, role: Project Admin}}\n---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata:\n  \
             name: {}\n  project: p\nspec:\n  publicKeyFile: keys/ops.pub\n---\napiVersion: keyplan/v1\n\
             kind: Cluster\nmetadata: {{name: c, project: p}}\nspec:\n  loginUser: {user}\n  sshKey: {}\n",
            keys[0], keys[1]
        )
    };
    let workspace = Workspace::with(&[
        ("w/a.yaml", text("spectro", ["ops", "ops"]).as_bytes()),
        ("w/keys/ops.pub", old.as_bytes()),
    ]);
    let plan = || stdout(&run(&workspace, &["plan", "w"], 0));
    let first = plan();
    for place in ["project/p: declared at w/a.yaml:3\n", "key/p/ops: declared at w/a.yaml:10\n"] {
        assert!(first.contains(place), "{place}: {first}");
    }
    run(&workspace, &["apply", "--auto-approve", "w"], 0);
    workspace.write("w/a.yaml", text("root", ["ops", "ops"]).as_bytes());
    workspace.write("w/keys/ops.pub", new.as_bytes());
    let second = plan();
    for place in
        ["key/p/ops: another public key at w/keys/ops.pub:1\n", "cluster/p/c: changed at w/a.yaml:22\n"]
    {
        assert!(second.contains(place), "{place}: {second}");
    }
    run(&workspace, &["plan", "--out", "saved.json", "w"], 0);
    assert_eq!(stdout(&run(&workspace, &["show", "saved.json", "w"], 0)), second);
    run(&workspace, &["apply", "--auto-approve", "w"], 0);
    workspace.write("w/a.yaml", text("root", ["new", "new"]).as_bytes());
    let third = plan();
    assert!(third.contains("(was key/p/ops): renamed at w/a.yaml:13\n"), "{third}");
}

#[test]
fn a_saved_plan_is_applied_once() {
    let workspace = acme();
    let output = run(&workspace, &["plan", "--out", "saved.json", "acme"], 0);
    assert!(stderr(&output).contains("keyplan apply saved.json acme"), "{}", stderr(&output));
    let saved = fs::read(workspace.root.join("saved.json")).unwrap();
    is_of_schema(&serde_json::from_slice(&saved).unwrap(), SchemaOf::Plan);
    let shown = run(&workspace, &["show", "saved.json", "acme"], 0);
    assert_eq!(stdout(&shown), stdout(&output), "with the file and line of every declaration");
    assert!(stdout(&shown).contains(" at acme/"), "{}", stdout(&shown));
    assert!(stderr(&shown).contains("still applies"), "{}", stderr(&shown));
    run(&workspace, &["apply", "saved.json", "acme"], 0);
    is_done(&workspace);
    let before = state_files(&workspace);
    for args in [&["apply", "saved.json", "acme"][..], &["show", "saved.json", "acme"]] {
        let output = run(&workspace, args, 7);
        assert!(stderr(&output).contains("the plan is stale"), "{}", stderr(&output));
    }
    assert_eq!(state_files(&workspace), before);
    assert_eq!(fs::read(workspace.root.join("saved.json")).unwrap(), saved);
}

#[test]
fn a_saved_plan_of_nothing_changes_nothing() {
    let workspace = applied();
    run(&workspace, &["plan", "--out", "saved.json", "acme"], 0);
    assert_eq!(stdout(&run(&workspace, &["apply", "saved.json", "acme"], 0)), "No changes.\n");
    for what in ["saved.json", "acme"] {
        let args = ["apply", "--auto-approve", "--format", "json", what, "acme"];
        let args = if what == "acme" { &args[..5] } else { &args };
        let json = json_of(&workspace, args, 0, SchemaOf::Apply);
        assert_eq!((&json["revision"], &json["outcomes"]), (&json!(1), &json!([])));
    }
    assert_eq!(revision(&workspace), 1);
}

#[test]
fn a_saved_plan_is_stale_when_its_projects_have_moved_and_says_so() {
    let workspace = applied();
    let path = "acme/payments/clusters.yaml";
    edit(&workspace, path, "Frankfurt", "Dublin");
    run(&workspace, &["plan", "--out", "saved.json", "acme"], 0);
    edit(&workspace, path, "Ohio", "Oregon");
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    for args in [&["apply", "saved.json", "acme"][..], &["show", "saved.json", "acme"]] {
        let output = run(&workspace, args, 7);
        let moved = "project `payments` was changed since revision 1; revision 2 is the newest";
        assert!(stderr(&output).contains(moved), "{}", stderr(&output));
    }
    assert_eq!(revision(&workspace), 2);
    is_done(&workspace);
}

#[test]
fn a_saved_plan_is_not_stale_when_other_projects_have_moved() {
    let workspace = applied();
    edit(&workspace, "acme/payments/clusters.yaml", "Frankfurt", "Dublin");
    run(&workspace, &["plan", "--out", "saved.json", "acme"], 0);
    edit(&workspace, "acme/payments/clusters.yaml", "Dublin", "Frankfurt");
    edit(&workspace, "acme/data/project.yaml", "pipelines and the warehouse", "pipelines");
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    run(&workspace, &["show", "saved.json", "acme"], 0);
    run(&workspace, &["apply", "saved.json", "acme"], 0);
    assert_eq!(revision(&workspace), 3);
    edit(&workspace, "acme/payments/clusters.yaml", "Frankfurt", "Dublin");
    is_done(&workspace);
}

#[test]
fn a_saved_plan_of_another_state_is_stale() {
    let (one, other) = (applied(), applied());
    edit(&one, "acme/payments/clusters.yaml", "Frankfurt", "Dublin");
    run(&one, &["plan", "--out", "saved.json", "acme"], 0);
    other.write("saved.json", read(&one, "saved.json").as_bytes());
    let output = run(&other, &["apply", "saved.json", "acme"], 7);
    assert!(stderr(&output).contains("it was made from another state"), "{}", stderr(&output));
}

#[test]
fn what_is_no_plan_is_refused() {
    let workspace = applied();
    edit(&workspace, "acme/payments/clusters.yaml", "Frankfurt", "Dublin");
    run(&workspace, &["plan", "--out", "saved.json", "acme"], 0);
    let saved = read(&workspace, "saved.json");
    let before = state_files(&workspace);
    let is_refused = |text: &[u8], why: &str| {
        workspace.write("bad.json", text);
        for args in [&["apply", "bad.json", "acme"][..], &["show", "bad.json", "acme"]] {
            let error = stderr(&run(&workspace, args, 1));
            assert!(error.contains("`bad.json`") && error.contains(why), "{why}\n{error}");
            assert!(error.contains("help: "), "{error}");
        }
    };
    let edited = |old: &str, new: &str| {
        assert!(saved.contains(old), "{old}");
        saved.replacen(old, new, 1).into_bytes()
    };
    is_refused(&edited("Dublin", "Berlin"), "it was edited");
    is_refused(&edited("\"revision\": 1", "\"revision\": 2"), "it was edited");
    is_refused(&edited("\"format_version\": \"1.0\"", "\"format_version\": \"2.0\""), "format version 2.0");
    is_refused(&edited("\"base\"", "\"bass\""), "it is not a plan");
    for end in (0..saved.trim_end().len()).step_by(saved.len() / 9) {
        is_refused(&saved.as_bytes()[..end], "it is not a plan of keyplan, or it is cut off");
    }
    for text in ["{}", "[]", "null", "\"1.0\"", "kind: Project\n", "\0\0\0\0", "[[[[[[[["] {
        is_refused(text.as_bytes(), "it is not a plan");
    }
    is_refused(b"\xff\xfe\x00", "it is not a plan");
    let output = run(&workspace, &["show", "acme", "acme"], 1);
    assert!(stderr(&output).contains("`acme` is no plan of keyplan"), "{}", stderr(&output));
    let output = run(&workspace, &["show", "nowhere.json", "acme"], 1);
    assert!(stderr(&output).contains("`nowhere.json`"), "{}", stderr(&output));
    assert_eq!(state_files(&workspace), before);
}

/// It says nothing of what it was made from: applied, it would undo what it has never seen.
#[test]
fn the_difference_of_two_revisions_is_no_plan_that_can_be_applied() {
    let workspace = applied();
    let output = run(&workspace, &["state", "diff", "1", "0", "--workspace", "acme", "--format", "json"], 0);
    workspace.write("back.json", &output.stdout);
    let output = run(&workspace, &["apply", "back.json", "acme"], 7);
    assert!(stderr(&output).contains("what it was made from"), "{}", stderr(&output));
    is_done(&workspace);
}

#[test]
fn a_plan_is_saved_to_files_only() {
    let workspace = acme();
    workspace.write("folder/x", b"");
    let output = run(&workspace, &["plan", "--out", "folder", "acme"], 1);
    assert!(stderr(&output).contains("`folder`"), "{}", stderr(&output));
    let output = run(&workspace, &["plan", "--out", "nowhere/saved.json", "acme"], 1);
    assert!(stderr(&output).contains("`nowhere/saved.json`"), "{}", stderr(&output));
    // Saving replaces the file: a device must not be replaced, not even by root.
    let fifo = workspace.root.join("pipe");
    if std::process::Command::new("mkfifo").arg(&fifo).status().is_ok_and(|status| status.success()) {
        run(&workspace, &["plan", "--out", "pipe", "acme"], 1);
        assert!(!fs::metadata(&fifo).unwrap().is_file(), "the pipe was replaced by a file");
    }
}

#[cfg(unix)]
#[test]
fn others_can_read_what_the_umask_lets_them_read() {
    use std::os::unix::fs::PermissionsExt;
    let workspace = acme();
    let binary = env!("CARGO_BIN_EXE_keyplan");
    let script = format!("umask 022; {binary} plan --out saved.json acme && {binary} apply saved.json acme");
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(&workspace.root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    let files = state_files(&workspace).into_iter().map(|(path, _)| path);
    for path in files.chain([workspace.root.join("saved.json")]) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o644, "{path} has mode {mode:o}");
    }
}

#[test]
fn what_is_protected_is_not_deleted() {
    let workspace = applied();
    remove(&workspace, "acme/payments");
    let plan = planned(&workspace);
    let deletes = plan["summary"]["delete"].to_string();
    for args in [
        &["apply", "--auto-approve", "acme"][..],
        &["apply", "--auto-approve", "--allow-deletes", &deletes, "acme"],
    ] {
        let output = run(&workspace, args, 5);
        assert!(stderr(&output).contains("protected-resource"), "{}", stderr(&output));
        assert!(stdout(&output).contains("project/payments"), "a guard hides no plan: {}", stdout(&output));
    }
    run(&workspace, &["plan", "--allow-deletes", &deletes, "--out", "saved.json", "acme"], 0);
    let output = run(&workspace, &["apply", "saved.json", "acme"], 5);
    assert!(stderr(&output).contains("protected-resource"), "{}", stderr(&output));
    assert_eq!(revision(&workspace), 1);
}

#[test]
fn what_is_unprotected_in_an_apply_of_its_own_can_be_deleted() {
    let workspace =
        Workspace::with(&[("acme/a.yaml", PROJECT.replace("one}", "one, protected: true}").as_bytes())]);
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    workspace.write("acme/a.yaml", b"");
    run(&workspace, &["apply", "--auto-approve", "--allow-deletes", "1", "acme"], 5);
    workspace.write("acme/a.yaml", PROJECT.as_bytes());
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    workspace.write("acme/a.yaml", b"");
    run(&workspace, &["apply", "--auto-approve", "--allow-deletes", "1", "acme"], 0);
    is_done(&workspace);
}

#[test]
fn many_deletes_need_their_exact_number() {
    let workspace = applied();
    remove(&workspace, "acme/web");
    for args in [&["acme"][..], &["--allow-deletes", "5", "acme"], &["--allow-deletes", "7", "acme"]] {
        let output = run(&workspace, &[&["apply", "--auto-approve"], args].concat(), 5);
        assert!(stderr(&output).contains("refused by too-many-deletes"), "{}", stderr(&output));
        assert!(stderr(&output).contains("--allow-deletes 6"), "{}", stderr(&output));
    }
    // Of a saved plan the number is a part: it is given when the plan is made.
    run(&workspace, &["plan", "--out", "saved.json", "acme"], 0);
    let output = run(&workspace, &["apply", "saved.json", "acme"], 5);
    assert!(stderr(&output).contains("too-many-deletes"), "{}", stderr(&output));
    run(&workspace, &["plan", "--out", "saved.json", "--allow-deletes", "6", "acme"], 0);
    run(&workspace, &["apply", "saved.json", "acme"], 0);
    is_done(&workspace);
    let list = stdout(&run(&workspace, &["state", "list", "--workspace", "acme"], 0));
    assert!(!list.contains("project/web") && list.contains("project/data"), "{list}");
}

#[test]
fn an_empty_workspace_deletes_nothing_by_mistake() {
    let workspace = Workspace::with(&[("acme/a.yaml", PROJECT.as_bytes())]);
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    remove(&workspace, "acme/a.yaml");
    let output = run(&workspace, &["apply", "--auto-approve", "acme"], 5);
    assert!(stderr(&output).contains("refused by empty-workspace"), "{}", stderr(&output));
    run(&workspace, &["apply", "--auto-approve", "--allow-deletes", "2", "acme"], 5);
    run(&workspace, &["apply", "--auto-approve", "--allow-deletes", "1", "acme"], 0);
    is_done(&workspace);
}

#[test]
fn a_key_is_renamed_in_place() {
    let workspace = applied();
    edit(&workspace, "acme/data/keys.yaml", "name: analysts", "name: analytics");
    edit(&workspace, "acme/data/clusters.yaml", "sshKey: analysts", "sshKey: analytics");
    let plan = planned(&workspace);
    assert_eq!(changes(&plan), ["update key/data/analytics renamed"]);
    assert_eq!(plan["resource_changes"][0]["previous_address"], "key/data/analysts");
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    is_done(&workspace);
    let shown =
        stdout(&run(&workspace, &["state", "show", "cluster/data/warehouse", "--workspace", "acme"], 0));
    assert!(shown.contains("analytics"), "{shown}");
    run(&workspace, &["state", "show", "key/data/analysts", "--workspace", "acme"], 1);
}

#[test]
fn a_cluster_is_rekeyed() {
    let workspace = applied();
    edit(&workspace, "acme/payments/clusters.yaml", "sshKey: ops  #", "sshKey: backup  #");
    let plan = planned(&workspace);
    assert_eq!(changes(&plan), ["update cluster/payments/prod-us rekey"]);
    assert_eq!(plan["resource_changes"][0]["reach"], json!(["cluster/payments/prod-us"]));
    assert_eq!(plan["access_changes"][0]["cluster"]["before"]["key"], "key/payments/ops");
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    is_done(&workspace);
}

#[test]
fn white_space_after_a_key_is_no_change() {
    let workspace = applied();
    let path = "acme/data/keys.yaml";
    let line = read(&workspace, path).lines().find(|line| line.contains("publicKey:")).unwrap().to_owned();
    let key = line.split_once("publicKey: ").unwrap().1.to_owned();
    edit(&workspace, path, &key, &format!("\"{key} \\t \""));
    edit(&workspace, "acme/web/keys/on-call.pub", "\n", "  \t\r\n\n");
    is_done(&workspace);
}

#[test]
fn the_order_of_members_is_no_change() {
    let workspace = applied();
    edit(
        &workspace,
        "acme/teams.yaml",
        "[ana@example.com, ben@example.com, ",
        "[ben@example.com, ana@example.com, ",
    );
    let member = "    - {team: sre, role: Cluster Viewer}\n";
    edit(&workspace, "acme/data/project.yaml", member, "");
    edit(&workspace, "acme/data/project.yaml", "  members:\n", &format!("  members:\n{member}"));
    is_done(&workspace);
}

#[test]
fn the_state_is_told_to_people() {
    let workspace = applied();
    edit(&workspace, "acme/payments/clusters.yaml", "Frankfurt", "Dublin");
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    let told =
        |args: &[&str]| stdout(&run(&workspace, &[&["state"], args, &["--workspace", "acme"]].concat(), 0));
    let list = told(&["list"]);
    let mut sorted: Vec<_> = list.lines().collect();
    sorted.sort_unstable();
    assert!(sorted.contains(&"cluster/payments/prod-eu") && sorted.contains(&"team/sre"), "{list}");
    assert_eq!(sorted.len(), 26, "{list}");
    for address in sorted {
        assert!(told(&["show", address]).starts_with(address));
    }
    assert!(told(&["show", "cluster/payments/prod-eu"]).contains("description: Dublin"));
    let log = told(&["log"]);
    let log: Vec<_> =
        log.lines().filter(|line| line.contains(" ana ") || line.contains(" unknown ")).collect();
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].contains("0 created, 1 updated, 0 deleted"), "{log:?}");
    assert!(log[1].contains("26 created, 0 updated, 0 deleted"), "{log:?}");
    assert_eq!(told(&["diff", "2"]), "No changes.\n");
    for args in [&["diff", "1"][..], &["diff", "1", "2"], &["diff", "2", "1"]] {
        let diff = told(args);
        assert!(diff.contains("Dublin") && diff.contains("Frankfurt"), "{diff}");
    }
    assert_eq!(told(&["verify"]), "sound: 2 revisions and 5 objects\n");
    for (args, code) in [
        (&["show", "cluster/payments/nothing"][..], 1),
        (&["show", "payments"], 64),
        (&["diff", "3"], 64),
        (&["diff", "0", "18446744073709551615"], 64),
    ] {
        run(&workspace, &[&["state"], args, &["--workspace", "acme"]].concat(), code);
    }
}

#[test]
fn the_state_is_told_to_machines() {
    let workspace = acme();
    let told = |args: &[&str], what| {
        let args = [&["state"], args, &["--workspace", "acme", "--format", "json"]].concat();
        json_of(&workspace, &args, 0, what)
    };
    for number in 0..2 {
        let resources = told(&["list"], SchemaOf::StateList);
        assert_eq!(resources["resources"].as_array().unwrap().len(), 26 * number);
        let export = told(&["export"], SchemaOf::StateExport);
        assert_eq!(export["revision"], number);
        let log = told(&["log"], SchemaOf::StateLog);
        assert_eq!(log["revisions"].as_array().unwrap().len(), number);
        assert_eq!(told(&["verify"], SchemaOf::StateVerify)["sound"], true);
        assert_eq!(told(&["diff", "0"], SchemaOf::Plan)["summary"]["create"], 26 * number);
        if number == 0 {
            let args = ["apply", "--auto-approve", "--format", "json", "acme"];
            let applied = json_of(&workspace, &args, 0, SchemaOf::Apply);
            assert_eq!(applied["outcomes"].as_array().unwrap().len(), 26);
        }
    }
    assert_eq!(told(&["show", "team/sre"], SchemaOf::StateList)["resources"][0]["address"], "team/sre");
    for (path, bytes) in state_files(&workspace) {
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let what = match path.parent().unwrap().file_name().unwrap() {
            "log" => SchemaOf::StateEntry,
            "objects" if value["teams"].is_array() => SchemaOf::StateTeams,
            "objects" if value["former_holders"].is_array() => SchemaOf::StateFormerHolders,
            "objects" => SchemaOf::StateProject,
            _ => SchemaOf::StateFormat,
        };
        is_of_schema(&value, what);
    }
}

#[test]
fn a_damaged_state_is_told_and_ends_with_1() {
    let workspace = applied();
    edit(&workspace, "acme/payments/clusters.yaml", "Frankfurt", "Dublin");
    let (path, bytes) =
        state_files(&workspace).into_iter().find(|(path, _)| path.as_str().contains("/log/")).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let name = path.file_name().unwrap();
    for args in [
        &["plan", "acme"][..],
        &["apply", "--auto-approve", "acme"],
        &["state", "list", "--workspace", "acme"],
        &["state", "export", "--workspace", "acme"],
        &["state", "log", "--workspace", "acme"],
        &["state", "diff", "0", "--workspace", "acme"],
    ] {
        let output = run(&workspace, args, 1);
        assert!(stderr(&output).contains(name) && stderr(&output).contains("help: "), "{}", stderr(&output));
    }
    let verified = json_of(
        &workspace,
        &["state", "verify", "--workspace", "acme", "--format", "json"],
        1,
        SchemaOf::StateVerify,
    );
    assert!(verified["problems"][0].as_str().unwrap().contains(name), "{verified}");
    let verified = stdout(&run(&workspace, &["state", "verify", "--workspace", "acme"], 1));
    assert!(verified.contains(name) && verified.contains("not sound: 1 problem"), "{verified}");
}

/// Whoever does not say where the state is must not be given an empty one.
#[test]
fn a_workspace_that_cannot_be_read_does_not_move_the_state() {
    let settings = |tail: &str| {
        format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: acme}}\nspec:\n  state: kept\n{tail}"
        )
    };
    let workspace = Workspace::with(&[
        ("acme/a.yaml", PROJECT.as_bytes()),
        ("acme/keyplan.yaml", settings("").as_bytes()),
    ]);
    run(&workspace, &["plan", "--out", "saved.json", "acme"], 0);
    run(&workspace, &["apply", "--auto-approve", "acme"], 0);
    let broken = ["  ]\n", "  x: &a [*a\n", "---\nkind: Workspace\n\t]"].map(settings);
    let elsewhere = settings("").replace("state: kept", "state: [kept]");
    for broken in broken.into_iter().chain([elsewhere, "\0".into(), "kind: Workspaze\n".into()]) {
        workspace.write("acme/keyplan.yaml", broken.as_bytes());
        run(&workspace, &["plan", "acme"], 3);
        let output = keyplan(&workspace.root, &["state", "list", "--workspace", "acme"]);
        let listed = stdout(&output).contains("project/one");
        assert!(listed || output.status.code() == Some(1), "read as empty:\n{broken}\n{}", stderr(&output));
        let output = keyplan(&workspace.root, &["apply", "saved.json", "acme"]);
        assert!(matches!(output.status.code(), Some(1 | 7)), "{broken}\n{}", stderr(&output));
        assert!(!workspace.root.join("acme/.keyplan/state").exists(), "a second state:\n{broken}");
    }
}

/// Runs a command on a terminal of its own, as `script` makes one, and types.
fn typed(workspace: &Workspace, line: &str, answer: &[u8]) -> Option<(Option<i32>, String)> {
    let child = std::process::Command::new("script")
        .args(["-qec", line, "/dev/null"])
        .current_dir(&workspace.root)
        .env("SHELL", "/bin/sh")
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        skipped("there is no `script` of util-linux");
        return None;
    };
    child.stdin.take().unwrap().write_all(answer).unwrap();
    let output = child.wait_with_output().unwrap();
    Some((output.status.code(), stdout(&output)))
}

#[cfg(target_os = "linux")]
#[test]
fn only_a_literal_yes_is_consent() {
    let workspace = acme();
    let line = format!("{} apply acme", env!("CARGO_BIN_EXE_keyplan"));
    for answer in ["no\n", "y\n", "YES\n", "yes please\n", "\n", ""] {
        let Some((code, told)) = typed(&workspace, &line, answer.as_bytes()) else { return };
        assert_eq!(code, Some(8), "{answer:?}: {told}");
        assert!(told.contains("Only `yes` is taken") && told.contains("cluster/payments/prod-eu"), "{told}");
        assert!(state_files(&workspace).is_empty(), "{answer:?} was taken for a yes");
    }
    let Some((code, told)) = typed(&workspace, &line, b"yes\n") else { return };
    assert_eq!(code, Some(0), "{told}");
    is_done(&workspace);
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_is_asked_to_consent_to_what_was_not_shown() {
    let workspace = acme();
    let line = format!("{} apply --format json acme", env!("CARGO_BIN_EXE_keyplan"));
    let Some((code, told)) = typed(&workspace, &line, b"no\n") else { return };
    assert_eq!(code, Some(8), "{told}");
    assert!(told.contains("cluster/payments/prod-eu"), "{told}");
}

#[test]
fn a_team_that_somebody_has_begun_to_use_is_not_deleted() {
    const TEAM: &[u8] =
        b"apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [ana]}\n";
    const PROJECT: &[u8] = b"apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: shop}\n";
    let workspace = Workspace::with(&[("team.yaml", TEAM), ("project.yaml", PROJECT)]);
    let runs = |args: &[&str]| keyplan(&workspace.root, args).status.code();
    assert_eq!(runs(&["apply", "--auto-approve"]), Some(0));
    std::fs::remove_file(workspace.root.join("team.yaml")).unwrap();
    assert_eq!(runs(&["plan", "--out", "deletes-the-team"]), Some(0));
    workspace.write("team.yaml", TEAM);
    let with_role = [PROJECT, b"spec: {members: [{team: sre, role: Cluster Admin}]}\n"].concat();
    workspace.write("project.yaml", &with_role);
    assert_eq!(runs(&["apply", "--auto-approve"]), Some(0));
    let output = keyplan(&workspace.root, &["apply", "deletes-the-team"]);
    assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
    assert!(stderr(&output).contains("project `shop` names team `sre`"), "{}", stderr(&output));
    assert_eq!(runs(&["apply", ".", "elsewhere", "--auto-approve"]), Some(64));
}
