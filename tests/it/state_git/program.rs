//! The program, with a state on a branch.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;

use keyplan::state::store::{RetryingStore, StateStore, StoreErrorKind};
use keyplan::state::verify;

use super::server::{BRANCH, Server, server};
use crate::git::git;
use crate::support::{TestClock, stderr, stdout};

fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", stdout(output), stderr(output));
    stdout(output)
}

#[test]
fn a_workspace_is_planned_and_applied() {
    for is_declared in [false, true] {
        let Some(server) = server() else { return };
        server.workspace();
        let state = if is_declared {
            let settings = format!(
                "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: acme}}\nspec:\n  state: git:../remote.git#{BRANCH}\n"
            );
            server.files.write("access/keyplan.yaml", settings.as_bytes());
            None
        } else {
            Some(format!("git:../remote.git#{BRANCH}"))
        };
        let keyplan = |args: &[&str]| server.keyplan(args, state.as_deref());
        assert!(succeeds(&keyplan(&["plan"])).contains("to create"));
        assert_eq!(server.pushes(), 0);
        succeeds(&keyplan(&["apply", "--auto-approve"]));
        assert_eq!(succeeds(&keyplan(&["plan"])), "No changes.\n");
        assert!(succeeds(&keyplan(&["state", "verify"])).starts_with("sound: 1 revision"));
        let written = server.git(&["log", "--format=%an %ae %s", BRANCH]);
        assert!(written.lines().all(|line| line.starts_with("keyplan keyplan@localhost Add ")), "{written}");
        assert!(written.lines().next().unwrap().contains("Add log/00000000000000000001.json"), "{written}");
    }
}

#[test]
fn a_state_in_a_folder_goes_on_on_a_branch() {
    let Some(server) = server() else { return };
    server.workspace();
    succeeds(&server.keyplan(&["apply", "--auto-approve"], None));
    succeeds(&server.keyplan(&["state", "copy", "--auto-approve", ".keyplan/state", &server.url()], None));
    assert_eq!(succeeds(&server.keyplan(&["plan"], Some(&server.url()))), "No changes.\n");
    assert!(verify(&server.fresh()).problems.is_empty());
    let back = server.keyplan(&["state", "copy", "--auto-approve", &server.url(), "back"], None);
    succeeds(&back);
    assert_eq!(succeeds(&server.keyplan(&["plan"], Some("back"))), "No changes.\n");
}

#[test]
fn what_the_user_has_configured_is_used_and_what_is_around_is_not() {
    let Some(server) = server() else { return };
    server.workspace();
    let marker = server.files.root.join("marker");
    let evil = server.script("hooks/pre-push", &format!("touch {marker}\nexit 1"));
    // The git of the server runs it as well, as it should.
    server.script(
        "hooks/reference-transaction",
        &format!("case $(pwd)$GIT_DIR in */caches/*) touch {marker};; esac"),
    );
    let config = format!(
        "[user]\nname = Ana\nemail = ana@example.com\n[core]\nhooksPath = {}\n[url \"{}\"]\ninsteadOf = acme:\n\
         [fetch]\nprune = true\n[push]\ngpgSign = true\n[init]\ndefaultObjectFormat = sha256\n",
        server.files.root.join("hooks"),
        server.remote
    );
    server.files.write("gitconfig", config.as_bytes());
    let access = server.files.root.join("access");
    git(&access, &["init", "-q"]);
    git(&access, &["config", "url.ext::sh.insteadOf", "acme:"]);
    git(&access, &["config", "core.sshCommand", evil.as_str()]);
    let url = format!("git:acme:#{BRANCH}");
    let keyplan = |args: &[&str]| {
        let mut command = server.command(args, Some(&url));
        command.env("GIT_DIR", access.join(".git")).env("GIT_INDEX_FILE", &evil).output().unwrap()
    };
    succeeds(&keyplan(&["apply", "--auto-approve"]));
    assert_eq!(succeeds(&keyplan(&["plan"])), "No changes.\n");
    assert!(!marker.exists());
    assert_eq!(git(&access, &["for-each-ref"]), "");
    assert!(
        server.git(&["log", "--format=%an %ae", BRANCH]).lines().all(|line| line == "Ana ana@example.com")
    );
}

/// A program that stands in for git, and passes on what it does not change.
fn wrapper(server: &Server, text: &str) {
    let path = std::env::var_os("PATH").unwrap();
    let real =
        std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.exists()).unwrap();
    server.script("programs/git", &format!("git={}\n{text}\nexec $git \"$@\"", real.display()));
}

/// A relative remote begins where a relative folder would.
#[test]
fn a_relative_remote_begins_at_the_directory_in_which_keyplan_works() {
    let Some(server) = server() else { return };
    server.workspace();
    let state = format!("git:../remote.git#{BRANCH}");
    let mut command = server.command(
        &["-C", "..", "apply", "--auto-approve", "access"],
        Some("git:remote.git#refs/heads/keyplan-state"),
    );
    succeeds(&command.output().unwrap());
    assert_eq!(succeeds(&server.keyplan(&["plan"], Some(&state))), "No changes.\n");
}

#[test]
fn a_plan_asks_the_remote_once() {
    let Some(server) = server() else { return };
    server.workspace();
    succeeds(&server.keyplan(&["apply", "--auto-approve"], Some(&server.url())));
    let asked = server.files.root.join("asked");
    wrapper(
        &server,
        &format!("for word; do case $word in fetch|push|ls-remote) echo $word >> {asked};; esac; done"),
    );
    assert_eq!(succeeds(&server.keyplan(&["plan"], Some(&server.url()))), "No changes.\n");
    assert_eq!(fs::read_to_string(asked).unwrap(), "fetch\n");
}

#[test]
fn the_answer_to_a_push_may_be_lost() {
    // Of the first, of the fourth, of all.
    for lost in ["1", "4", "*"] {
        let Some(server) = server() else { return };
        server.workspace();
        let count = server.files.root.join("count");
        wrapper(
            &server,
            &format!(
                "case \" $* \" in *\" push \"*)\n  echo >> {count}\n  case $(wc -l < {count} | tr -d ' ') in {lost})\n    \
                 $git \"$@\" >/dev/null 2>&1\n    echo 'fatal: the remote end hung up unexpectedly' >&2\n    exit 128\n  \
                 esac\nesac"
            ),
        );
        succeeds(&server.keyplan(&["apply", "--auto-approve"], Some(&server.url())));
        assert_eq!(succeeds(&server.keyplan(&["plan"], Some(&server.url()))), "No changes.\n", "{lost}");
        assert!(verify(&server.fresh()).problems.is_empty(), "{lost}");
        let pushes = fs::read_to_string(count).unwrap().len();
        assert_eq!(pushes, server.pushes(), "{lost}: what was done was done again");
    }
}

#[test]
fn what_goes_wrong_is_told_with_the_next_step() {
    let Some(server) = server() else { return };
    server.workspace();
    let told = |state: &str| {
        let output = server.keyplan(&["plan"], Some(state));
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        assert!(!stderr(&output).contains("secret"), "{}", stderr(&output));
        stderr(&output)
    };
    let nowhere = told(&format!("git:../nowhere.git#{BRANCH}"));
    assert!(nowhere.contains("does not appear to be a git repository"), "{nowhere}");
    let secret = told(&format!("git:https://user:secret@127.0.0.1:1/a#{BRANCH}"));
    assert!(secret.contains("where the state is: git:https://127.0.0.1:1/a#"), "{secret}");
    wrapper(
        &server,
        "case \" $* \" in *\" fetch \"*) echo 'Host key verification failed.' >&2; exit 128; esac",
    );
    let host = told(&format!("git:git@example.com:a#{BRANCH}"));
    assert!(host.contains("help: log in to the server once by hand"), "{host}");
}

/// Nothing of git may be asked at a terminal, and ssh is the user's own where they have configured one.
#[test]
fn ssh_asks_nothing_and_is_the_users_own_where_they_say_so() {
    let Some(server) = server() else { return };
    server.workspace();
    let said = server.files.root.join("said");
    server.script("programs/ssh", &format!("echo default \"$@\" >> {said}\nexit 255"));
    let own = server.script("own", &format!("echo own \"$@\" >> {said}\nexit 255"));
    let url = format!("git:git@example.com:a.git#{BRANCH}");
    server.keyplan(&["plan"], Some(&url));
    let default = fs::read_to_string(&said).unwrap();
    assert!(default.lines().all(|line| line.starts_with("default -o BatchMode=yes ")), "{default}");
    fs::remove_file(&said).unwrap();
    server.files.write("gitconfig", format!("[core]\nsshCommand = {own}\n").as_bytes());
    server.keyplan(&["plan"], Some(&url));
    let lines: BTreeSet<_> = fs::read_to_string(&said).unwrap().lines().map(str::to_owned).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with("own ")), "{lines:?}");
}

/// What may pass is tried again where it is keyplan that looks.
#[test]
fn a_remote_that_fails_for_once_is_asked_again() {
    let Some(server) = server() else { return };
    server.store("one").create("log/0.json", b"x").unwrap();
    let away = server.files.root.join("away.git");
    fs::rename(&server.remote, &away).unwrap();
    let clock = TestClock::default();
    let store = RetryingStore::new(server.store("two"), &clock);
    assert_eq!(store.list("log", "").unwrap_err().kind, StoreErrorKind::Missing);
    fs::rename(&away, &server.remote).unwrap();
    assert_eq!(store.list("log", "").unwrap(), ["0.json"]);
}
