//! `keyplan validate --fix` and `--diff`, as they are run.

use std::fs;

use crate::support::{Workspace, keyplan, stderr, stdout};

const TEAM: &str =
    "apiVersion: keyplan/v1\r\nkind: team # 1\r\nmetadata: {name: \"sre\"}\r\nspec: {members: [ana, 7]}";
const FIXED: &str =
    "apiVersion: keyplan/v1\r\nkind: Team # 1\r\nmetadata: {name: \"sre\"}\r\nspec: {members: [ana, \"7\"]}";
const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\nspec: {members: [{team: SRE, role: Project Admin}]}\n";

fn workspace() -> Workspace {
    Workspace::with(&[("team.yaml", TEAM.as_bytes()), ("p.yaml", PROJECT.as_bytes())])
}

fn text(workspace: &Workspace, path: &str) -> String {
    fs::read_to_string(workspace.root.join(path)).unwrap()
}

#[test]
fn a_diff_shows_what_would_change_and_writes_nothing() {
    let workspace = workspace();
    let output = keyplan(&workspace.root, &["validate", "--diff"]);
    assert_eq!(output.status.code(), Some(3), "there are errors as long as nothing is fixed");
    let diff = stdout(&output);
    assert!(diff.starts_with("--- team.yaml\n+++ team.yaml\n@@ -1,4 +1,4 @@\n"), "{diff}");
    assert!(diff.contains("-kind: team # 1\r\n+kind: Team # 1\r\n"), "{diff}");
    assert!(diff.ends_with("+spec: {members: [ana, \"7\"]}\n\\ No newline at end of file\n"), "{diff}");
    assert_eq!(text(&workspace, "team.yaml"), TEAM);
    let both = stdout(&keyplan(&workspace.root, &["validate", "--diff", "--unsafe-fixes"]));
    assert!(both.starts_with("--- p.yaml\n") && both.contains("\n--- team.yaml\n"), "{both}");
    assert_eq!(stdout(&keyplan(&workspace.root, &["validate", "--fix", "--diff"])), diff);
}

#[test]
fn fixes_are_written_told_and_what_is_left_is_printed() {
    let workspace = workspace();
    let output = keyplan(&workspace.root, &["validate", "--fix"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).starts_with("fixed: team.yaml: unknown-kind, wrong-type\n"),
        "{}",
        stderr(&output)
    );
    assert!(stderr(&output).contains("--unsafe-fixes"), "{}", stderr(&output));
    assert!(stdout(&output).contains("there is no team `SRE`"), "{}", stdout(&output));
    assert_eq!((text(&workspace, "team.yaml"), text(&workspace, "p.yaml")), (FIXED.into(), PROJECT.into()));
    let output = keyplan(&workspace.root, &["validate", "--fix", "--unsafe-fixes", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stderr(&output), "fixed: p.yaml: unknown-team\n");
    assert!(stdout(&output).contains("\"valid\": true"));
    assert_eq!(text(&workspace, "p.yaml"), PROJECT.replace("SRE", "sre"));
    let output = keyplan(&workspace.root, &["validate", "--fix", "--unsafe-fixes"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), "note: there is nothing to fix\n".into()));
    assert_eq!(text(&workspace, "team.yaml"), FIXED);
    let alone = keyplan(&workspace.root, &["validate", "--unsafe-fixes"]);
    assert_eq!(alone.status.code(), Some(64));
}

#[test]
fn json_has_the_edits() {
    let workspace = workspace();
    workspace.write("other.yaml", FIXED.replace("sre", "SREs").as_bytes());
    let output = keyplan(&workspace.root, &["validate", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let fix = |rule: &str| {
        let all = json["diagnostics"].as_array().unwrap();
        all.iter().find(|one| one["rule"] == rule).unwrap()["fix"].clone()
    };
    assert_eq!(fix("unknown-team")["applicability"], "unsafe");
    let kind = fix("unknown-kind");
    assert_eq!(kind["applicability"], "safe");
    let edit = &kind["edits"][0];
    assert_eq!((&edit["content"], &edit["range"]["filename"]), (&"Team".into(), &"team.yaml".into()));
    let at = |end: &str| usize::try_from(edit["range"][end]["byte"].as_u64().unwrap()).unwrap();
    assert_eq!(&TEAM[at("start")..at("end")], "team");
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_links_and_read_only_files_are_left() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let workspace = Workspace::with(&[("team.yaml", TEAM.as_bytes())]);
    let place = workspace.root.join("team.yaml");
    let set = |mode| fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
    let refused = |why: &str| {
        let output = keyplan(&workspace.root, &["validate", "--fix"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    };
    set(0o440);
    refused("read-only");
    set(0o640);
    fs::create_dir(workspace.root.join("..data")).unwrap();
    fs::rename(&place, workspace.root.join("..data/team.yaml")).unwrap();
    symlink("..data/team.yaml", &place).unwrap();
    refused("behind a link");
    assert_eq!(text(&workspace, "..data/team.yaml"), TEAM);
    fs::rename(workspace.root.join("..data/team.yaml"), &place).unwrap();
    assert_eq!(keyplan(&workspace.root, &["validate", "--fix"]).status.code(), Some(0));
    assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(text(&workspace, "team.yaml"), FIXED);
    let left: Vec<_> =
        fs::read_dir(&workspace.root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("writing")), "{left:?}");
}

/// A `.pub` file is fixed where it is, and its line end stays.
#[test]
fn a_file_of_a_public_key_is_fixed_too() {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi";
    let document = |name: &str| {
        format!(
            "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: p}}\nspec: {{publicKeyFile: a.pub}}\n"
        )
    };
    let project = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\nspec: {members: [{user: ana, role: Project Admin}]}\n";
    let texts = format!("{project}{}", document("ops"));
    for (wrong, right) in [
        (format!("{key}  ops\r\n"), format!("{key} ops\r\n")),
        (format!(" {key}\t ops \n\n"), format!("{key} ops\n")),
        (format!("{key}  ops"), format!("{key} ops")),
    ] {
        let workspace = Workspace::with(&[("a.yaml", texts.as_bytes()), ("a.pub", wrong.as_bytes())]);
        let output = keyplan(&workspace.root, &["validate", "--fix"]);
        assert!(
            stderr(&output).starts_with("fixed: a.pub: untidy-key\n"),
            "{}{}",
            stderr(&output),
            stdout(&output)
        );
        assert_eq!(text(&workspace, "a.pub"), right);
    }
}

/// A diff is shown to people: nothing in it is obeyed, and nothing that may be secret is in it.
#[test]
fn a_diff_of_hostile_text_is_inert() {
    let random = "nWGxne9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2AnWGxne9WmC6hEr0kuwsxERJxWl7";
    let hostile = format!("# \u{202e}x ::error::y {random}\n::set-output name=a::b: 1\n");
    let team = TEAM.replace("\r\n", "\n") + "\n" + &hostile;
    let workspace = Workspace::with(&[("team.yaml", team.as_bytes())]);
    let output = keyplan(&workspace.root, &["validate", "--diff"]);
    let diff = stdout(&output);
    assert!(diff.contains("+kind: Team"), "{diff}");
    assert!(!diff.contains('\u{202e}') && !diff.contains(random), "{diff}");
    assert!(diff.lines().all(|line| !line[1..].trim_start().starts_with("::")), "{diff}");
}
