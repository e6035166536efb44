//! Recipes of the documents that change a machine or need a server, which transcripts cannot show: each is run as
//! it stands, with the places of this test in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use camino::Utf8Path;

use crate::support::{Workspace, keyplan, repository, skipped, stderr, stdout};

/// The block of a document that is given to a shell and has these words in it.
fn recipe(document: &str, words: &str) -> String {
    let text = fs::read_to_string(repository().join(document)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        if line == "```sh" {
            blocks.push(
                lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect(),
            );
        }
    }
    let found: Vec<String> = blocks.into_iter().filter(|block: &String| block.contains(words)).collect();
    assert_eq!(found.len(), 1, "{document} has {} recipes with `{words}`", found.len());
    found.into_iter().next().unwrap()
}

/// Runs a recipe as CI does: the first command that fails is the end. `tools` comes first in the path.
fn run(folder: &Utf8Path, recipe: &str, tools: &Utf8Path) -> Output {
    let binary = Utf8Path::new(env!("CARGO_BIN_EXE_keyplan")).parent().unwrap();
    Command::new("bash")
        .args(["-e", "-c", recipe])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder.as_str())
        .env("USER", "ana")
        .env("PATH", format!("{tools}:{binary}:/usr/local/bin:/usr/bin:/bin"))
        .output()
        .unwrap()
}

fn has(program: &str) -> bool {
    let is_there = ["/usr/local/bin", "/usr/bin", "/bin"]
        .iter()
        .any(|folder| Utf8Path::new(folder).join(program).exists());
    if !is_there {
        skipped(&format!("there is no {program}"));
    }
    is_there
}

const ACCESS: &str = include_str!("../fixtures/documentation/payments/access.yaml");
const CLUSTERS: &str = include_str!("../fixtures/documentation/payments/clusters.yaml");

/// A target with effects, so that a part of an apply can fail.
const FILES: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: a}\n\
                     spec: {target: files, files: {formats: [cloud-init]}}\n";

/// A clone of a repository with a workspace `access`, and the bare repository behind it.
fn cloned() -> Option<Workspace> {
    if !has("git") || !has("bash") {
        return None;
    }
    let workspace = Workspace::with(&[
        ("clone/access/access.yaml", ACCESS.as_bytes()),
        ("clone/access/clusters.yaml", CLUSTERS.as_bytes()),
        ("clone/access/keyplan.yaml", FILES.as_bytes()),
    ]);
    let made = run(
        &workspace.root,
        "git init -q --bare -b main server.git && git init -q -b main clone && cd clone \
         && git config user.name ana && git config user.email ana@example.com \
         && git add access && git commit -qm Begin && git remote add origin ../server.git && git push -qu origin main",
        Utf8Path::new("/nonexistent"),
    );
    assert!(made.status.success(), "{}", stderr(&made));
    Some(workspace)
}

/// The job of the documents, from the plan on. The files of the state that the server has after it.
fn job(workspace: &Workspace) -> (Option<i32>, usize) {
    let clone = workspace.root.join("clone");
    let apply = recipe("docs/ci.md", "git push");
    let output = run(
        &clone,
        &format!("keyplan plan --out access.plan access\n{apply}"),
        Utf8Path::new("/nonexistent"),
    );
    let listed =
        run(&workspace.root, "git -C server.git ls-tree -r --name-only main", Utf8Path::new("/nonexistent"));
    let kept = stdout(&listed).lines().filter(|line| line.contains("/.keyplan/state/log/")).count();
    (output.status.code(), kept)
}

#[test]
fn the_job_that_applies_keeps_the_state_and_takes_no_change_for_a_failure() {
    let Some(workspace) = cloned() else { return };
    let (code, first) = job(&workspace);
    assert_eq!(code, Some(0));
    assert!(first > 0);
    assert_eq!(job(&workspace), (Some(0), first), "nothing was to be done");
}

#[test]
fn the_job_that_applies_keeps_the_state_of_what_was_done_in_part() {
    let Some(workspace) = cloned() else { return };
    // In the place of a folder: the files of one cluster cannot be written.
    workspace.write("clone/access/.rendered/payments/prod-eu", b"mine");
    let (code, kept) = job(&workspace);
    assert_eq!(code, Some(9));
    assert!(kept > 0);
}

#[test]
fn the_job_that_applies_pushes_also_where_the_branch_moved_on() {
    let Some(workspace) = cloned() else { return };
    let other = run(
        &workspace.root,
        "git clone -q server.git other && cd other && git config user.name ben && git config user.email ben@example.com \
         && echo x > README && git add README && git commit -qm Other && git push -q",
        Utf8Path::new("/nonexistent"),
    );
    assert!(other.status.success(), "{}", stderr(&other));
    let (code, kept) = job(&workspace);
    assert_eq!(code, Some(0));
    assert!(kept > 0);
}

#[test]
fn the_job_that_applies_may_have_nothing_to_do_before_there_is_a_state() {
    let Some(workspace) = cloned() else { return };
    for file in ["access.yaml", "clusters.yaml"] {
        fs::remove_file(workspace.root.join("clone/access").join(file)).unwrap();
    }
    assert_eq!(job(&workspace), (Some(0), 0));
}

/// While each file is half written, sshd asks.
#[test]
fn a_node_answers_at_any_moment_of_a_copy() {
    if !has("bash") || !has("install") {
        return;
    }
    let workspace = Workspace::with(&[
        ("access/access.yaml", ACCESS.as_bytes()),
        ("access/clusters.yaml", CLUSTERS.as_bytes()),
    ]);
    let root = &workspace.root;
    let apply = || assert!(keyplan(root, &["apply", "--auto-approve", "access"]).status.success());
    let install = format!(
        "#!/bin/sh\n\
         case \"$1\" in -d) exec /usr/bin/install -d -m 0755 $(printf '%s\\n' \"$@\" | grep /) ;; esac\n\
         for name; do before=$last last=$name; done\n\
         head -c 20 \"$before\" > \"$last\"\n\
         keyplan authorized-keys --state {root}/node/state payments/prod-eu >> {root}/answers || echo refused >> {root}/answers\n\
         exec /usr/bin/install -m 0644 \"$before\" \"$last\"\n"
    );
    workspace.write("tools/install", install.as_bytes());
    fs::set_permissions(root.join("tools/install"), fs::Permissions::from_mode(0o755)).unwrap();
    let copy = recipe("docs/nodes.md", "from=.keyplan/state")
        .replace("/var/lib/keyplan/state", root.join("node/state").as_str());
    apply();
    let first = run(&root.join("access"), &copy, &root.join("tools"));
    assert!(first.status.success(), "{}", stderr(&first));
    // A node that is not set up yet refuses; from now on none may.
    fs::write(root.join("answers"), "").unwrap();
    let rekeyed = CLUSTERS.replacen("sshKey: ops", "sshKey: on-call", 1);
    workspace.write("access/clusters.yaml", rekeyed.as_bytes());
    apply();
    let second = run(&root.join("access"), &copy, &root.join("tools"));
    assert!(second.status.success(), "{}", stderr(&second));
    let answers = fs::read_to_string(root.join("answers")).unwrap();
    assert!(answers.lines().count() >= 2, "{answers}");
    assert!(answers.lines().all(|line| line.ends_with(" key/payments/ops")), "{answers}");
    let after = ["authorized-keys", "--state", "node/state", "payments/prod-eu"];
    assert!(stdout(&keyplan(root, &after)).ends_with(" key/payments/on-call\n"));
}

/// The names of files in `sshd_config.d` decide which of two values sshd takes.
#[test]
fn our_settings_of_sshd_are_read_before_those_of_the_distribution() {
    let text = fs::read_to_string(repository().join("docs/nodes.md")).unwrap();
    let (_, rest) = text.split_once("/etc/ssh/sshd_config.d/").unwrap();
    let (name, _) = rest.split_once('`').unwrap();
    assert!(name < "20-systemd-userdb.conf", "{name}");
    let settings = text.split("```sshd_config\n").nth(1).unwrap().split("```").next().unwrap();
    let Some(sshd) =
        ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].iter().find(|path| Utf8Path::new(path).exists())
    else {
        return skipped("there is no sshd");
    };
    let theirs =
        "AuthorizedKeysCommand /usr/bin/userdbctl ssh-authorized-keys %u\nAuthorizedKeysCommandUser root\n";
    let workspace = Workspace::with(&[
        (&format!("sshd_config.d/{name}"), settings.as_bytes()),
        ("sshd_config.d/20-systemd-userdb.conf", theirs.as_bytes()),
    ]);
    let root = &workspace.root;
    let key = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f", root.join("host").as_str()])
        .status();
    assert!(key.unwrap().success());
    workspace.write(
        "sshd_config",
        format!("Include {root}/sshd_config.d/*.conf\nHostKey {root}/host\n").as_bytes(),
    );
    let check = Command::new("sh")
        .args(["-c", &format!("{sshd} -T -f {root}/sshd_config | grep -i authorizedkeys")])
        .output()
        .unwrap();
    let told = stdout(&check);
    for (line, value) in settings.lines().filter_map(|line| line.split_once(' ')) {
        let wanted = format!("{} {value}", line.to_lowercase());
        assert!(
            told.lines().any(|line| line == wanted),
            "sshd has not `{wanted}`:\n{told}{}",
            stderr(&check)
        );
    }
}
