//! `keyplan import` of files: what is there already becomes declarations, and what must not does not.

use std::fs;

use crate::import_laws::public_key;
use crate::sshd::Pair;
use crate::support::{Workspace, keyplan, stderr, stdout};

pub(crate) fn key_line(number: u8, comment: &str) -> String {
    public_key(number, comment).line_with_comment()
}

pub(crate) fn run(workspace: &Workspace, args: &[&str]) -> (Option<i32>, String) {
    let output = keyplan(&workspace.root, args);
    (output.status.code(), stdout(&output) + &stderr(&output))
}

#[test]
fn a_file_is_imported_applied_and_imported_again() {
    let text = format!(
        "# hi\n{}\nrestrict {}\nno-such-option {}\n",
        key_line(1, "ana@laptop"),
        key_line(2, "ben"),
        key_line(3, "eve") + "\u{1b}[31m"
    );
    let workspace = Workspace::with(&[("old.txt", text.as_bytes())]);
    let import = ["import", "authorized-keys", "old.txt", "--project", "payments", "--cluster", "prod"];
    let (code, said) = run(&workspace, &import);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("left out: old.txt:4: sshd takes no line with the option `no-such-option`"),
        "{said}"
    );
    let command =
        "`keyplan import authorized-keys old.txt --project payments --cluster prod --key ana@laptop`";
    assert!(
        said.contains("cluster/payments/prod can have one key, and 2 keys open it") && said.contains(command)
    );
    assert!(!workspace.root.join("payments").exists());
    let chosen = [&import[..], &["--key", "ana@laptop"]].concat();
    let (code, said) = run(&workspace, &chosen);
    assert_eq!(code, Some(9), "{said}");
    assert!(said.contains("wrote payments/keys.yaml: 2 documents"), "{said}");
    assert_eq!(run(&workspace, &["validate"]).0, Some(0));
    assert_eq!(run(&workspace, &["apply", "--auto-approve"]).0, Some(0));
    assert!(run(&workspace, &["plan"]).1.contains("No changes."));
    // One that was killed before its last file goes on where it was.
    let clusters = workspace.root.join("payments/clusters.yaml");
    let whole = fs::read_to_string(&clusters).unwrap();
    fs::remove_file(&clusters).unwrap();
    let (code, said) = run(&workspace, &chosen);
    assert_eq!(code, Some(9), "{said}");
    assert_eq!(fs::read_to_string(&clusters).unwrap(), whole);
    assert_eq!(fs::read_dir(workspace.root.join("payments")).unwrap().count(), 3);
    let (code, said) = run(&workspace, &chosen);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("declared already: `key/payments/ben`") && said.contains("nothing was written"),
        "{said}"
    );
    assert!(run(&workspace, &["plan"]).1.contains("No changes."));
    assert!(!said.contains('\u{1b}'));
}

#[test]
fn what_must_not_be_imported_is_not() {
    let torn = "# BEGIN MANAGED BY keyplan cluster/p/c\n";
    let workspace = Workspace::with(&[
        ("torn.txt", torn.as_bytes()),
        ("ok.txt", key_line(1, "ana").as_bytes()),
        ("html.txt", b"<html>\n<body>Not Found</body>\n"),
    ]);
    let elsewhere = Workspace::with(&[]);
    let secret = Pair::make(&elsewhere.root, "secret").private;
    for (file, more, code, expected) in [
        (secret.as_str(), &[][..], 1, "holds a private key"),
        ("torn.txt", &[], 1, "line 1 of authorized_keys is a marker"),
        ("missing.txt", &[], 1, "cannot read `missing.txt`"),
        ("html.txt", &[], 1, "left out: html.txt:1"),
        ("ok.txt", &["--owner", "team:sre"], 1, "there is no team `sre`"),
        ("ok.txt", &["--key", "ana"], 64, "--cluster"),
        ("ok.txt", &["--cluster", "c", "--key", "ben"], 1, "none of these keys is `ben`"),
    ] {
        let args = [&["import", "authorized-keys", file, "--project", "p"], more].concat();
        let (found, said) = run(&workspace, &args);
        assert_eq!(found, Some(code), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
        assert!(!workspace.root.join("p").exists(), "{args:?}");
    }
    workspace.write("p", b"");
    let (code, said) = run(&workspace, &["import", "authorized-keys", "ok.txt", "--project", "p"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("`p` is no folder"), "{said}");
}

#[test]
fn the_settings_of_the_workspace_judge_what_comes() {
    let settings = |types: &str| {
        format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: acme}}\nspec:\n  \
             rules: {{key-not-allowed: error}}\n  allowedKeyTypes: [{types}]\n  exclude: [q]\n"
        )
    };
    let workspace = Workspace::with(&[
        ("keyplan.yaml", settings("ssh-rsa").as_bytes()),
        ("ana.txt", key_line(1, "").as_bytes()),
    ]);
    let import = |more: &[&str]| run(&workspace, &[&["import", "authorized-keys", "ana.txt"], more].concat());
    let (code, said) = import(&["--project", "p", "--cluster", "c"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("`keyplan explain key-not-allowed` says more"), "{said}");
    workspace.write("keyplan.yaml", settings("ssh-ed25519").as_bytes());
    let (code, said) = import(&["--project", "q", "--owner", "ana@example.com"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("`exclude` of keyplan.yaml passes over"), "{said}");
    let (code, said) = import(&["--project", "p", "--cluster", "c", "--owner", "ana@example.com"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(fs::read_to_string(workspace.root.join("p/keys.yaml")).unwrap().contains("name: ana-ed25519"));
}
