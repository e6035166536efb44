//! A branch that was moved by force.

use std::fs;

use keyplan::model::Recorded;
use keyplan::state::store::{StateStore, StoreErrorKind};

use super::server::{BRANCH, server};
use crate::git::git;
use crate::state_faults::{apply, holds, recorded, world};

#[test]
fn a_branch_that_was_moved_back_is_not_taken_for_the_state() {
    let Some(server) = server() else { return };
    let (old, new) = (world(&[("one", "a")]), world(&[("one", "b")]));
    apply(&server.store("cache"), &old).unwrap();
    let before = server.git(&["rev-parse", BRANCH]);
    apply(&server.store("cache"), &new).unwrap();
    for moved in [Some(before.as_str()), None] {
        match moved {
            Some(moved) => server.git(&["update-ref", BRANCH, moved]),
            None => server.git(&["update-ref", "-d", BRANCH]),
        };
        let store = server.store("cache");
        let errors = [
            store.get("format.json").unwrap_err(),
            store.list("log", "").unwrap_err(),
            store.create("a", b"").unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind, StoreErrorKind::Damaged, "{error}");
            assert!(error.words.contains("the branch was rewritten"), "{error}");
            assert!(error.help().contains(server.cache("cache").as_str()), "{}", error.help());
        }
    }
    // It is brought back from the cache, by a commit that a server takes which forbids force.
    server.git(&["config", "receive.denyNonFastForwards", "true"]);
    let cache = server.cache("cache");
    for parent in [Some(before.as_str()), None] {
        match parent {
            Some(parent) => server.git(&["update-ref", BRANCH, parent]),
            None => server.git(&["update-ref", "-d", BRANCH]),
        };
        let _ = server.store("cache").get("format.json");
        let parents: &[&str] = if parent.is_some() { &["-p", "refs/keyplan/fetched"] } else { &[] };
        let back = [&["commit-tree", "-m", "Back"], parents, &["refs/keyplan/seen^{tree}"]].concat();
        let back = git(&cache, &back);
        git(&cache, &["push", "-q", server.remote.as_str(), &format!("{back}:{BRANCH}")]);
        assert_eq!(recorded(&server.store("cache")), Recorded::from(&new));
    }
    server.git(&["update-ref", BRANCH, &before]);
    fs::remove_dir_all(cache).unwrap();
    assert_eq!(recorded(&server.store("cache")), Recorded::from(&old));
}

/// The commits may be thrown away, what they hold may not.
#[test]
fn a_history_may_be_squashed() {
    let Some(server) = server() else { return };
    let (old, new) = (world(&[("one", "a")]), world(&[("one", "b")]));
    let open = server.store("open");
    apply(&open, &old).unwrap();
    let tree = server.git(&["rev-parse", &format!("{BRANCH}^{{tree}}")]);
    let squashed = server.git(&["commit-tree", &tree, "-m", "All"]);
    server.git(&["update-ref", BRANCH, &squashed]);
    apply(&open, &new).unwrap();
    holds(&server.store("open"), &[Recorded::from(&new)], &new, "squashed");
}
