//! What a state, a saved plan and an interrupted apply are bound to, by the binary: the workspace, the target, and
//! what was recorded then. And a state whose log is gone is told by every command.

use std::fs;
use std::process::Output;

use camino::Utf8PathBuf;
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::cli::args::SchemaOf;
use keyplan::cli::schema;
use keyplan::model::{Settings, TargetKind};
use keyplan::plan::Allowed;
use keyplan::planner;
use keyplan::source::walk::Folder;
use keyplan::state::lease::begin;
use keyplan::state::store::local::LocalStore;
use keyplan::state::{ApplyContext, State};
use serde_json::Value;

use crate::support::{TODAY, TestClock, Workspace, keyplan, stderr, stdout};

const TEAM: &str = "apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [ana]}\n";

fn access(description: &str) -> String {
    format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: pay, description: {description}}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: pay}}\n\
         spec: {{publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi}}\n\
         ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: eu, project: pay}}\n\
         spec: {{sshKey: ops, nodes: [127.0.0.1:1]}}\n"
    )
}

fn settings(name: &str, spec: &str) -> String {
    format!("apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
}

/// A workspace in `a/`.
fn workspace(settings: Option<&str>) -> Workspace {
    let workspace = Workspace::with(&[("a/access.yaml", access("one").as_bytes())]);
    if let Some(settings) = settings {
        workspace.write("a/keyplan.yaml", settings.as_bytes());
    }
    workspace
}

fn applied(settings: Option<&str>) -> Workspace {
    let workspace = workspace(settings);
    run(&workspace, &["apply", "--auto-approve", "a"], 0);
    workspace
}

fn run(workspace: &Workspace, args: &[&str], code: i32) -> Output {
    let output = keyplan(&workspace.root, args);
    let told = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{told}");
    output
}

/// What a command says when it refuses.
fn refusal(workspace: &Workspace, args: &[&str], code: i32) -> String {
    stderr(&run(workspace, args, code))
}

fn describe(workspace: &Workspace, description: &str) {
    workspace.write("a/access.yaml", access(description).as_bytes());
}

fn state_files(workspace: &Workspace) -> Vec<Utf8PathBuf> {
    let below = walkdir::WalkDir::new(workspace.root.join("a/.keyplan/state")).sort_by_file_name();
    let files = below.into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    files.map(|entry| Utf8PathBuf::from_path_buf(entry.into_path()).unwrap()).collect()
}

// ---- the log is gone -----------------------------------------------------------------------------------

#[test]
fn every_command_tells_that_the_log_is_gone() {
    let workspace = applied(None);
    describe(&workspace, "two");
    run(&workspace, &["plan", "--out", "saved.json", "a"], 0);
    fs::remove_dir_all(workspace.root.join("a/.keyplan/state/log")).unwrap();
    workspace.write("a/keyplan.yaml", settings("a", "target: ssh").as_bytes());
    let before = state_files(&workspace);
    for args in [
        &["plan", "a"][..],
        &["apply", "--auto-approve", "a"],
        &["state", "list", "--workspace", "a"],
        &["state", "show", "project/pay", "--workspace", "a"],
        &["state", "log", "--workspace", "a"],
        &["state", "diff", "0", "--workspace", "a"],
        &["state", "export", "--workspace", "a"],
        &["state", "verify", "--workspace", "a"],
        &["state", "release", "00", "--auto-approve", "--workspace", "a"],
        &["drift", "--workspace", "a"],
        &["verify", "--workspace", "a"],
        &["render", "cloud-init", "pay/eu", "a", "--recorded"],
        &["authorized-keys", "--cluster", "pay/eu", "a"],
    ] {
        let output = run(&workspace, args, 1);
        let told = format!("{}{}", stdout(&output), stderr(&output));
        assert!(told.contains("`a/.keyplan/state/log/` of the state is missing"), "{args:?}: {told}");
        assert!(told.contains("does git ignore it"), "{args:?}: {told}");
    }
    fs::remove_file(workspace.root.join("a/keyplan.yaml")).unwrap();
    for args in [&["apply", "saved.json", "a"][..], &["show", "saved.json", "a"]] {
        assert!(refusal(&workspace, args, 1).contains("log/` of the state is missing"), "{args:?}");
    }
    assert_eq!(state_files(&workspace), before, "nothing was written");
}

// ---- a saved plan --------------------------------------------------------------------------------------

/// A plan of a change that was made, and taken back: what is recorded is what it was made from, and it is not
/// the plan of today.
#[test]
fn a_change_that_was_taken_back_is_not_applied_again() {
    let workspace = applied(None);
    describe(&workspace, "two");
    run(&workspace, &["plan", "--out", "saved.json", "a"], 0);
    run(&workspace, &["apply", "saved.json", "a"], 0);
    describe(&workspace, "one");
    run(&workspace, &["apply", "--auto-approve", "a"], 0);
    for args in [&["show", "saved.json", "a"][..], &["apply", "saved.json", "a"]] {
        let told = refusal(&workspace, args, 7);
        assert!(told.contains("project `pay` was changed since revision 1; revision 3"), "{told}");
    }
    run(&workspace, &["plan", "--detailed-exitcode", "a"], 0);
}

/// The same for what was not recorded when the plan was made, and was created and deleted since.
#[test]
fn what_was_created_and_deleted_is_not_created_again() {
    let other = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: other}\n";
    for (path, text, moved) in
        [("a/b.yaml", other, "project `other` was changed"), ("a/b.yaml", TEAM, "the teams were changed")]
    {
        let workspace = applied(None);
        workspace.write(path, text.as_bytes());
        run(&workspace, &["plan", "--out", "saved.json", "a"], 0);
        run(&workspace, &["apply", "saved.json", "a"], 0);
        fs::remove_file(workspace.root.join(path)).unwrap();
        run(&workspace, &["apply", "--auto-approve", "--allow-deletes", "1", "a"], 0);
        for args in [&["show", "saved.json", "a"][..], &["apply", "saved.json", "a"]] {
            let told = refusal(&workspace, args, 7);
            assert!(told.contains(moved), "{told}");
        }
    }
}

#[test]
fn a_team_that_was_changed_and_changed_back_makes_a_plan_stale() {
    let workspace = workspace(None);
    workspace.write("a/team.yaml", TEAM.as_bytes());
    run(&workspace, &["apply", "--auto-approve", "a"], 0);
    workspace.write("a/team.yaml", TEAM.replace("ana", "ben").as_bytes());
    run(&workspace, &["plan", "--out", "saved.json", "a"], 0);
    run(&workspace, &["apply", "saved.json", "a"], 0);
    workspace.write("a/team.yaml", TEAM.as_bytes());
    run(&workspace, &["apply", "--auto-approve", "a"], 0);
    assert!(refusal(&workspace, &["apply", "saved.json", "a"], 7).contains("the teams were changed"));
}

/// Recorded without its target, a plan would say of keys that they are on nodes where nobody has put them.
#[test]
fn a_saved_plan_is_for_one_target() {
    let ssh = settings("a", "target: ssh");
    let files = |directory: &str, formats: &str| {
        settings("a", &format!("target: files, files: {{directory: {directory}, formats: [{formats}]}}"))
    };
    let workspace = workspace(Some(&ssh));
    for (made, other) in [
        (ssh.clone(), settings("a", "target: record")),
        (ssh.clone(), files(".out", "cloud-init")),
        (files(".out", "cloud-init"), ssh.clone()),
        (files(".out", "cloud-init"), files(".elsewhere", "cloud-init")),
        (files(".out", "cloud-init"), files(".out", "ignition")),
        (settings("a", "target: record"), ssh.clone()),
    ] {
        workspace.write("a/keyplan.yaml", made.as_bytes());
        run(&workspace, &["plan", "--out", "saved.json", "a"], 0);
        run(&workspace, &["show", "saved.json", "a"], 0);
        workspace.write("a/keyplan.yaml", other.as_bytes());
        for args in [&["show", "saved.json", "a"][..], &["apply", "saved.json", "a"]] {
            let told = refusal(&workspace, args, 1);
            assert!(told.contains("error: the plan was made for the target `"), "{told}");
            assert!(told.contains("help: "), "{told}");
        }
    }
    workspace.write("a/keyplan.yaml", ssh.as_bytes());
    run(&workspace, &["plan", "--out", "saved.json", "a"], 0);
    // How patient keyplan is with nodes is no other place.
    workspace.write("a/keyplan.yaml", settings("a", "target: ssh, ssh: {timeout: 3}").as_bytes());
    run(&workspace, &["show", "saved.json", "a"], 0);
    // Without its keyplan.yaml a workspace has neither the target nor the name.
    fs::remove_file(workspace.root.join("a/keyplan.yaml")).unwrap();
    for args in [&["show", "saved.json", "a"][..], &["apply", "saved.json", "a"]] {
        let told = refusal(&workspace, args, 1);
        assert!(
            told.contains("made for the workspace `a`, and this is a workspace without a name"),
            "{told}"
        );
    }
    assert!(state_files(&workspace).is_empty());
}

#[test]
fn a_first_plan_does_not_apply_where_there_is_a_state() {
    let workspace = workspace(None);
    workspace.write("a/b.yaml", b"apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: other}\n");
    run(&workspace, &["plan", "--out", "saved.json", "a"], 0);
    fs::remove_file(workspace.root.join("a/access.yaml")).unwrap();
    run(&workspace, &["apply", "--auto-approve", "a"], 0);
    for args in [&["show", "saved.json", "a"][..], &["apply", "saved.json", "a"]] {
        let told = refusal(&workspace, args, 7);
        assert!(told.contains("it was made before there was a state; revision 1 is the newest"), "{told}");
    }
}

// ---- a workspace ---------------------------------------------------------------------------------------

#[test]
fn a_state_is_that_of_one_workspace() {
    let workspace = applied(Some(&settings("first", "")));
    workspace.write("b/keyplan.yaml", settings("second", "state: ../a/.keyplan/state").as_bytes());
    workspace.write("b/b.yaml", TEAM.as_bytes());
    let before = state_files(&workspace);
    for args in [&["plan", "b"][..], &["apply", "--auto-approve", "--allow-deletes", "3", "b"]] {
        let told = refusal(&workspace, args, 1);
        assert!(told.contains("is that of the workspace `first`, and this workspace is `second`"), "{told}");
    }
    // The workspace has lost its settings: its budgets and its target, too.
    fs::remove_file(workspace.root.join("a/keyplan.yaml")).unwrap();
    for args in [&["plan", "a"][..], &["apply", "--auto-approve", "a"]] {
        let told = refusal(&workspace, args, 1);
        assert!(told.contains("the workspace `first`, and this workspace has no name"), "{told}");
        assert!(told.contains("bring back its keyplan.yaml"), "{told}");
    }
    assert_eq!(state_files(&workspace), before);
}

#[test]
fn the_first_workspace_with_a_name_takes_over_a_state_without_one() {
    let workspace = applied(None);
    workspace.write("a/keyplan.yaml", settings("first", "").as_bytes());
    run(&workspace, &["plan", "--detailed-exitcode", "a"], 0);
    describe(&workspace, "two");
    run(&workspace, &["apply", "--auto-approve", "a"], 0);
    workspace.write("a/keyplan.yaml", settings("second", "").as_bytes());
    assert!(refusal(&workspace, &["plan", "a"], 1).contains("`first`, and this workspace is `second`"));
}

#[test]
fn no_state_is_founded_below_another_workspace() {
    let workspace = applied(Some(&settings("a", "")));
    workspace.write("a/sub/more.yaml", TEAM.as_bytes());
    fs::create_dir_all(workspace.root.join("a/sub/deep")).unwrap();
    for (folder, from, top) in [
        ("a/sub", "", "a"),
        ("a/sub/deep", "", "a"),
        (".", "a/sub", ".."),
        (".", "a/sub/deep", "../.."),
        ("deep", "a/sub", ".."),
    ] {
        let output = keyplan(&workspace.root.join(from), &["plan", "--detailed-exitcode", folder]);
        assert_eq!(output.status.code(), Some(2), "{folder} from {from}: {}", stderr(&output));
        assert!(stdout(&output).contains("team/sre") && !stdout(&output).contains("project/pay"));
        assert!(stderr(&output).contains(&format!("note: the workspace is `{top}`")), "{}", stderr(&output));
    }
    run(&workspace, &["apply", "--auto-approve", "a/sub"], 0);
    assert!(!workspace.root.join("a/sub/.keyplan").exists(), "a second state");
    run(&workspace, &["plan", "--detailed-exitcode", "a"], 0);
    let listed = stdout(&run(&workspace, &["state", "list", "--workspace", "a/sub"], 0));
    assert!(listed.contains("team/sre") && listed.contains("project/pay"), "{listed}");
}

#[test]
fn what_lies_above_a_workspace_is_told_where_that_is() {
    let workspace = workspace(Some(&settings("a", "")));
    for args in [&["validate"][..], &["plan"], &["apply", "--auto-approve"]] {
        let output = run(&workspace, args, 3);
        let told = format!("{}{}", stdout(&output), stderr(&output));
        assert!(told.contains("did you mean `keyplan validate a`?"), "{told}");
        assert!(!told.contains("move the document"), "{told}");
    }
    // In a workspace it is a second one.
    workspace.write("keyplan.yaml", settings("top", "").as_bytes());
    let told = stdout(&run(&workspace, &["validate"], 3));
    assert!(told.contains("move the document"), "{told}");
}

// ---- an apply that never ended -------------------------------------------------------------------------

/// An apply over ssh that was killed after it began, and whose lease has run out long ago.
fn killed(workspace: &Workspace) -> LocalStore {
    describe(workspace, "two");
    let store = LocalStore::new(workspace.root.join("a/.keyplan/state"));
    let desired = validate(&Folder(&workspace.root.join("a")), TODAY, &Proofs::default()).unwrap().desired;
    let mut desired = desired.unwrap();
    for home in desired.projects.values_mut() {
        for cluster in home.clusters.values_mut() {
            std::sync::Arc::make_mut(&mut cluster.value).nodes.clear();
        }
    }
    let settings = Settings { name: Some("a".parse_name()), target: TargetKind::Ssh, ..Settings::default() };
    let plan = planner::plan(&State::open(&store).unwrap(), desired, &settings, Allowed::default()).unwrap();
    let now = ApplyContext {
        time: "2026-11-22T18:03:00Z".into(),
        actor: "ana".into(),
        nonce: "4f1c".repeat(8),
        ..ApplyContext::default()
    };
    begin(&store, &plan.confirm().unwrap(), &now, &TestClock::default()).unwrap();
    let lease = workspace.root.join("a/.keyplan/state/leases").join("4f1c".repeat(8)).join("00000001.json");
    let mut file: Value = serde_json::from_slice(&fs::read(&lease).unwrap()).unwrap();
    file["until"] = "2026-01-01T00:00:00Z".into();
    file["term_seconds"] = 0.into();
    fs::write(lease, file.to_string()).unwrap();
    store
}

trait ParseName {
    fn parse_name(&self) -> keyplan::model::Name;
}

impl ParseName for str {
    fn parse_name(&self) -> keyplan::model::Name {
        keyplan::model::Name::parse(self).unwrap()
    }
}

/// The target `record` has nothing to look at: it must not say of changes that they are recorded.
#[test]
fn an_interrupted_apply_is_ended_with_its_own_target_only() {
    let record = settings("a", "target: record");
    let workspace = applied(Some(&record));
    let store = killed(&workspace);
    let before = State::open(&store).unwrap().revision();
    for settings in [record.as_str(), &settings("a", "target: files, files: {formats: [cloud-init]}")] {
        workspace.write("a/keyplan.yaml", settings.as_bytes());
        let told = refusal(&workspace, &["apply", "--auto-approve", "a"], 1);
        assert!(told.contains("the apply of ana that began with revision 2 never ended"), "{told}");
        assert!(told.contains("its target was `ssh`, not `"), "{told}");
        assert!(told.contains("keyplan state release 4f1c4f1c"), "{told}");
        assert!(!told.contains("is now recorded"), "{told}");
    }
    assert_eq!(State::open(&store).unwrap().revision(), before);
}

#[test]
fn an_interrupted_apply_can_be_given_up() {
    let workspace = applied(Some(&settings("a", "target: record")));
    killed(&workspace);
    let verified = stdout(&run(&workspace, &["state", "verify", "--workspace", "a"], 0));
    assert!(verified.contains("has not ended; its lease is 4f1c4f1c"), "{verified}");
    let release = ["state", "release", "4f1c", "--workspace", "a"];
    // Nobody can be asked here.
    let told = refusal(&workspace, &release, 8);
    assert!(told.contains("nobody can be asked here"), "{told}");
    let told = refusal(&workspace, &["state", "release", "beef", "--auto-approve", "--workspace", "a"], 1);
    assert!(told.contains("`beef`") && told.contains("state verify"), "{told}");
    let approved = [&release[..], &["--auto-approve"]].concat();
    let output = run(&workspace, &approved, 0);
    assert!(stderr(&output).contains("What it has done is unknown"), "{}", stderr(&output));
    assert!(stderr(&output).contains("  cluster/pay/eu\n"), "{}", stderr(&output));
    assert!(stdout(&output).contains("The state is at revision 3."), "{}", stdout(&output));
    let log = stdout(&run(&workspace, &["state", "log", "--workspace", "a"], 0));
    assert!(log.lines().next().unwrap().contains("gives up 2: 1 resource partially applied"), "{log}");
    refusal(&workspace, &approved, 1);
    // The next apply visits the cluster, also where the declaration was taken back.
    describe(&workspace, "one");
    let plan = stdout(&run(&workspace, &["plan", "a"], 0));
    assert!(plan.contains("cluster/pay/eu"), "{plan}");
    run(&workspace, &["apply", "--auto-approve", "a"], 0);
    run(&workspace, &["plan", "--detailed-exitcode", "a"], 0);
}

/// The documented copy leaves `leases/` out.
#[test]
fn without_its_leases_a_state_can_be_gone_on_with() {
    let workspace = applied(Some(&settings("a", "target: record")));
    killed(&workspace);
    let state = workspace.root.join("a/.keyplan/state");
    let only = |name: &str| -> Vec<String> {
        let entries = fs::read_dir(state.join(name)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(only("leases").len(), 1, "the plan is kept with the objects");
    let args = ["state", "verify", "--workspace", "a", "--format", "json"];
    let verified: Value = serde_json::from_slice(&run(&workspace, &args, 0).stdout).unwrap();
    let is_valid = jsonschema::validator_for(&schema::of(SchemaOf::StateVerify)).unwrap().is_valid(&verified);
    assert!(is_valid, "{verified}");
    let plan = verified["open_applies"][0]["plan"].as_str().unwrap();
    assert!(only("objects").contains(&format!("{plan}.json")));
    fs::remove_dir_all(state.join("leases")).unwrap();
    let told = stdout(&run(&workspace, &["state", "verify", "--workspace", "a"], 0));
    assert!(told.contains("which is missing"), "{told}");
    fs::remove_file(state.join(format!("objects/{plan}.json"))).unwrap();
    let told = stdout(&run(&workspace, &["state", "verify", "--workspace", "a"], 1));
    assert!(told.contains(plan), "{told}");
}
