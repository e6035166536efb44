//! How many pushes there are, and what becomes of those that the server refuses.

use std::fs;

use keyplan::model::Recorded;
use keyplan::state::store::git::{Branch, GitStore};
use keyplan::state::store::{StateStore, StoreError, StoreErrorKind};
use keyplan::state::verify;

use super::server::{BRANCH, Server, at_once, many_projects, server, world_of};
use crate::state_faults::{apply, recorded};

#[test]
fn those_who_wait_are_pushed_together() {
    let Some(server) = server() else { return };
    let store = server.store("cache");
    let ended = at_once(32, |number| {
        let name = |of: usize| format!("log/{of}.json");
        // Each name is wanted by two.
        [0, 1, 2]
            .map(|round| store.create(&name(round * 16 + number / 2), number.to_string().as_bytes()).unwrap())
    });
    for round in 0..3 {
        assert_eq!(ended.iter().filter(|won| won[round]).count(), 16, "{ended:?}");
    }
    for (number, won) in ended.iter().enumerate() {
        for round in (0..3).filter(|round| won[*round]) {
            let name = format!("log/{}.json", round * 16 + number / 2);
            assert_eq!(store.get(&name).unwrap().unwrap(), number.to_string().as_bytes());
        }
    }
    assert!(server.pushes() <= 16, "{} pushes for 48 names", server.pushes());
}

#[test]
fn an_apply_makes_few_pushes() {
    let Some(server) = server() else { return };
    let store = server.store("cache");
    let mut projects = many_projects(100);
    apply(&store, &world_of(&projects)).unwrap();
    let first = server.pushes();
    // The founding takes two, the entry one, the teams one.
    assert!(first <= 16, "{first} pushes for 100 projects");
    projects[7].1 = "b";
    apply(&store, &world_of(&projects)).unwrap();
    assert_eq!(server.pushes() - first, 2, "the project and the entry");
    assert!(verify(&server.fresh()).problems.is_empty());
    assert_eq!(recorded(&server.fresh()), Recorded::from(&world_of(&projects)));
}

fn refused(server: &Server) -> StoreError {
    let store = server.store("cache");
    let error = store.create("log/0.json", b"x").unwrap_err();
    assert_eq!(server.pushes(), 0);
    error
}

#[test]
fn a_push_that_the_server_refuses_is_no_race() {
    let Some(server) = server() else { return };
    let told = server.files.root.join("told");
    server.hook(&format!("echo >> {told}\nprintf 'only \\033[31mops may push\\n'\nexit 1"));
    let error = refused(&server);
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert_eq!(error.words, "git says: [remote rejected] (pre-receive hook declined): only [31mops may push");
    assert_eq!(fs::read_to_string(told).unwrap(), "\n", "it was tried again");
    server.hook("echo 'fatal: write error: No space left on device'\nexit 1");
    assert_eq!(refused(&server).kind, StoreErrorKind::Full);
}

/// Somebody pushes between what git was told of the branch and its own push: the server finds out.
#[test]
fn a_race_that_the_server_decides_is_tried_again() {
    let Some(server) = server() else { return };
    assert_eq!(server.store("other").create("log/0.json", b"other"), Ok(true));
    let other = server.git(&["rev-parse", BRANCH]);
    let tree = server.git(&["rev-parse", &format!("{BRANCH}^{{tree}}")]);
    let faster = server.git(&["commit-tree", &tree, "-p", &other, "-m", "faster"]);
    let once = server.files.root.join("once");
    server.hook(&format!(
        "test -e {once} || {{ : > {once}; env -u GIT_QUARANTINE_PATH git update-ref {BRANCH} {faster}; }}"
    ));
    let store = server.store("cache");
    assert_eq!(store.create("log/0.json", b"x"), Ok(false));
    assert_eq!(store.create("log/1.json", b"x"), Ok(true));
    assert!(once.exists());
    assert_eq!(server.pushes(), 3);
}

#[test]
fn a_remote_that_cannot_be_read_is_never_empty() {
    let Some(server) = server() else { return };
    for (remote, kind, words) in [
        ("/nowhere/state.git", StoreErrorKind::Missing, "does not appear to be a git repository"),
        ("https://user:secret@127.0.0.1:1/a", StoreErrorKind::Unavailable, "'https://127.0.0.1:1/a/'"),
        ("http://127.0.0.1:1/a", StoreErrorKind::Denied, "transport 'http' not allowed"),
    ] {
        let branch = Branch { remote: remote.into(), name: BRANCH.into(), has_ssh: false };
        let store = GitStore::new(branch, "x".into(), Some(server.files.root.join("cache"))).unwrap();
        let errors = [
            store.get("format.json").unwrap_err(),
            store.list("log", "").unwrap_err(),
            store.create("log/0.json", b"x").unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind, kind, "{error}");
            assert!(error.words.starts_with("git says: ") && error.words.contains(words), "{error}");
            assert!(!error.words.contains("secret"), "{error}");
        }
    }
}

#[test]
fn a_branch_with_something_else_is_left_alone() {
    let Some(server) = server() else { return };
    server.put_code(BRANCH);
    let store = server.store("cache");
    for error in [store.get("format.json").unwrap_err(), store.create("log/0.json", b"x").unwrap_err()] {
        assert_eq!(error.kind, StoreErrorKind::Damaged);
        assert!(error.words.starts_with("the branch holds `README.md`, and no state"), "{error}");
    }
    assert_eq!(server.pushes(), 1);
}
