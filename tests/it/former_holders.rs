//! People who held a key and hold it no longer: a plan tells of them, and the state keeps who they are.

use std::fs;

use keyplan::state::store::local::LocalStore;
use keyplan::state::{State, verify};
use serde_json::{Value, json};

use crate::support::{Workspace, keyplan, stderr, stdout};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/";
const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMRDZQkF1FucKnu2ZkM8jMGvAvxOx/cWuwVPhLPz8fPc";

/// A team of these people, and a key with this owner, which a cluster has.
fn declare(workspace: &Workspace, people: &str, owner: &str, key: &str) {
    let text = format!(
        "apiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: sre}}\nspec: {{members: [{people}]}}\n---\n\
         apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: p}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k, project: p}}\n\
         spec: {{publicKey: {key}, owner: '{owner}'}}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: c, project: p}}\nspec: {{sshKey: k}}\n"
    );
    workspace.write("access.yaml", text.as_bytes());
}

/// What is printed, each run of blanks as one.
fn run(workspace: &Workspace, args: &[&str]) -> String {
    let output = keyplan(&workspace.root, args);
    assert!(output.status.success(), "{args:?}\n{}{}", stdout(&output), stderr(&output));
    stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Who is recorded, with the revision since when.
fn recorded(workspace: &Workspace) -> Vec<(String, Option<String>, u64)> {
    let store = LocalStore::new(workspace.root.join(".keyplan/state"));
    let state = State::open(&store).unwrap();
    let former = state.former_holders().unwrap();
    let told = former.0.iter().map(|((_, user), past)| {
        (user.to_string(), past.team.as_ref().map(ToString::to_string), past.revision)
    });
    told.collect()
}

#[test]
fn who_leaves_a_team_may_still_hold_its_key() {
    let workspace = Workspace::with(&[]);
    declare(&workspace, "ana, ben, cleo", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    assert_eq!(recorded(&workspace), []);
    declare(&workspace, "ana, ben", "team:sre", KEY);
    let told = "cleo leaves team:sre, and may still hold key/p/k (1 cluster keeps it): give it another";
    assert!(run(&workspace, &["plan"]).contains(told), "{}", run(&workspace, &["plan"]));
    run(&workspace, &["plan", "--out", "saved.json"]);
    run(&workspace, &["apply", "saved.json"]);
    let sre = || Some("sre".to_owned());
    assert_eq!(recorded(&workspace), [("cleo".into(), sre(), 2)]);
    // The key goes to one of them: the other may still hold it, too.
    declare(&workspace, "ana, ben", "ana", KEY);
    let told = "ben held through team:sre, and may still hold, key/p/k (1 cluster keeps it)";
    assert!(run(&workspace, &["plan"]).contains(told), "{}", run(&workspace, &["plan"]));
    run(&workspace, &["apply", "--auto-approve"]);
    assert_eq!(recorded(&workspace), [("ben".into(), sre(), 3), ("cleo".into(), sre(), 2)]);
    // Until the clusters have another key, each plan says so.
    let told = "note: ben (until revision 3), cleo (until revision 2) may still hold key/p/k, which 1 cluster has \
                help: give it another key; `keyplan explain former-holder` tells more No changes.";
    assert_eq!(run(&workspace, &["plan"]), told);
    let output = keyplan(&workspace.root, &["plan"]);
    assert!(stdout(&output).ends_with("\n\nNo changes.\n"), "{}", stdout(&output));
    let detailed = keyplan(&workspace.root, &["plan", "--detailed-exitcode"]);
    assert_eq!(detailed.status.code(), Some(0));
    let json: Value = serde_json::from_str(&run(&workspace, &["plan", "--format", "json"])).unwrap();
    assert_eq!(json["notes"][0]["rule"], "former-holder");
    assert_eq!(json["notes"][0]["address"], "key/p/k");
    assert_eq!((&json["guards"], &json["resource_changes"]), (&json!([]), &json!([])));
    // Who holds it again is not told of.
    declare(&workspace, "ana, cleo", "team:sre", KEY);
    assert!(run(&workspace, &["plan"]).contains("note: ben (until revision 3) may still hold"));
    declare(&workspace, "ana, ben", "ana", OTHER);
    assert!(!run(&workspace, &["plan"]).contains("may still hold"));
    run(&workspace, &["apply", "--auto-approve"]);
    assert_eq!(run(&workspace, &["plan"]), "No changes.");
}

#[test]
fn a_plan_that_tells_of_who_leaves_notes_only_the_others() {
    let workspace = Workspace::with(&[]);
    declare(&workspace, "ana, ben, cleo", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    declare(&workspace, "ana, ben", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    declare(&workspace, "ana", "team:sre", KEY);
    let text = run(&workspace, &["plan"]);
    assert!(text.contains("ben leaves team:sre, and may still hold"), "{text}");
    assert!(text.contains("note: cleo (until revision 2) may still hold"), "{text}");
    assert_eq!(text.matches("may still hold").count(), 2, "{text}");
}

#[test]
fn settings_turn_the_note_off_or_make_it_refuse() {
    let workspace = Workspace::with(&[]);
    let level = |level: &str| {
        let text = format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: w}}\nspec: {{rules: {{former-holder: {level}}}}}\n"
        );
        workspace.write("keyplan.yaml", text.as_bytes());
    };
    level("error");
    declare(&workspace, "ana, ben", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    declare(&workspace, "ana", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    // Nothing is left to be refused.
    let note = "note: ben (until revision 2) may still hold key/p/k";
    assert!(run(&workspace, &["plan"]).starts_with(note));
    assert_eq!(run(&workspace, &["apply", "--auto-approve"]), "No changes.");
    declare(&workspace, "ana, dan", "team:sre", KEY);
    run(&workspace, &["plan", "--out", "saved.json"]);
    for args in [&["apply", "--auto-approve"][..], &["apply", "saved.json"]] {
        let output = keyplan(&workspace.root, args);
        assert_eq!(output.status.code(), Some(5), "{}{}", stdout(&output), stderr(&output));
        assert!(
            stderr(&output).contains("refused by former-holder: ben (until revision 2)"),
            "{}",
            stderr(&output)
        );
    }
    level("off");
    assert!(!run(&workspace, &["plan"]).contains("may still hold"));
    level("error");
    declare(&workspace, "ana, dan", "team:sre", OTHER);
    run(&workspace, &["apply", "--auto-approve"]);
    assert_eq!(run(&workspace, &["plan"]), "No changes.");
}

#[test]
fn with_another_key_nobody_is_told_of() {
    let workspace = Workspace::with(&[]);
    declare(&workspace, "ana, ben", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    declare(&workspace, "ana", "team:sre", OTHER);
    assert!(!run(&workspace, &["plan"]).contains("may still hold"));
    run(&workspace, &["apply", "--auto-approve"]);
    assert_eq!(recorded(&workspace), []);
}

#[test]
fn a_list_of_former_holders_that_is_damaged_is_told() {
    let workspace = Workspace::with(&[]);
    declare(&workspace, "ana, ben", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    declare(&workspace, "ana", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    let root = workspace.root.join(".keyplan/state");
    let store = LocalStore::new(root.clone());
    assert!(verify(&store).problems.is_empty());
    let digest = State::open(&store).unwrap().head.unwrap().entry.former_holders.unwrap();
    let path = root.join(format!("objects/{digest}.json"));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("ben", "eve")).unwrap();
    let problems = verify(&store).problems;
    assert!(problems[0].to_string().contains("its digest is another"), "{problems:?}");
}

#[test]
fn a_recorded_key_names_the_clusters_that_have_it() {
    let workspace = Workspace::with(&[]);
    declare(&workspace, "ana", "team:sre", KEY);
    run(&workspace, &["apply", "--auto-approve"]);
    let shown = run(&workspace, &["state", "show", "key/p/k"]);
    assert!(shown.ends_with("clusters that have it: - cluster/p/c"), "{shown}");
    let json = run(&workspace, &["state", "show", "key/p/k", "--format", "json"]);
    assert!(json.contains(r#""clusters": [ "cluster/p/c" ]"#), "{json}");
    assert!(!run(&workspace, &["state", "show", "cluster/p/c"]).contains("clusters that"));
}
