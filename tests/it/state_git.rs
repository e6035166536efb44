//! A state on a branch of a git repository, with the git of this machine and bare repositories on its disk.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::sync::Barrier;

use camino::{Utf8Path, Utf8PathBuf};
use keyplan::model::{Desired, Recorded};
use keyplan::plan::ConfirmedPlan;
use keyplan::state::store::git::{Branch, GitStore};
use keyplan::state::store::{RetryingStore, StateStore, StoreError, StoreErrorKind};
use keyplan::state::{RecordError, verify};

use crate::git::{ACCESS, CLUSTERS, git, try_git};
use crate::state_faults::{Fault, Faulty, Meanwhile, apply, holds, now, plan, recorded, survived, world};
use crate::support::{TestClock, Workspace, command, skipped, stderr, stdout};

const BRANCH: &str = "refs/heads/keyplan-state";

/// A bare repository, and a place for caches.
struct Server {
    files: Workspace,
    remote: Utf8PathBuf,
}

/// An empty repository; nothing where there is no git.
fn server() -> Option<Server> {
    let has_git = Command::new("git").arg("version").output().is_ok_and(|output| output.status.success());
    if !has_git {
        skipped("there is no git");
        return None;
    }
    let files = Workspace::with(&[]);
    git(&files.root, &["init", "-q", "--bare", "remote.git"]);
    let remote = files.root.join("remote.git");
    Some(Server { files, remote })
}

impl Server {
    /// A store with a cache of this name.
    fn store(&self, cache: &str) -> GitStore {
        let branch = Branch { remote: self.remote.as_str().into(), name: BRANCH.into(), has_ssh: false };
        GitStore::new(branch, "git:remote".into(), Some(self.files.root.join(cache))).unwrap()
    }

    /// A store that fetches all afresh.
    fn fresh(&self) -> GitStore {
        let branch = Branch { remote: self.remote.as_str().into(), name: BRANCH.into(), has_ssh: false };
        GitStore::new(branch, "git:remote".into(), None).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.remote, args)
    }

    /// How many pushes there were.
    fn pushes(&self) -> usize {
        let is_there = try_git(&self.remote, &["rev-parse", "--verify", "-q", BRANCH]).status.success();
        if is_there { self.git(&["rev-list", "--count", BRANCH]).parse().unwrap() } else { 0 }
    }

    fn script(&self, path: &str, text: &str) -> Utf8PathBuf {
        self.files.write(path, format!("#!/bin/sh\n{text}\n").as_bytes());
        let path = self.files.root.join(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A hook of the server.
    fn hook(&self, text: &str) {
        self.script("remote.git/hooks/pre-receive", text);
    }

    /// Where the only cache of this name is.
    fn cache(&self, name: &str) -> Utf8PathBuf {
        let folders = self.files.root.join(name).read_dir_utf8().unwrap().map(Result::unwrap);
        let mut folders = folders.filter(|entry| entry.file_type().unwrap().is_dir());
        folders.next().unwrap().into_path()
    }

    /// Runs keyplan in a workspace of this server, with a git that is found in `programs` first.
    fn keyplan(&self, args: &[&str], state: Option<&str>) -> Output {
        let path = std::env::var("PATH").unwrap();
        let mut command = command(&self.files.root.join("access"));
        command.env("PATH", format!("{}:{path}", self.files.root.join("programs")));
        command.env("XDG_CACHE_HOME", self.files.root.join("caches")).args(args);
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", self.files.root.join("gitconfig"));
        command.args(state.into_iter().flat_map(|state| ["--state", state])).output().unwrap()
    }

    fn workspace(&self) {
        self.files.write("access/access.yaml", ACCESS.as_bytes());
        self.files.write("access/clusters.yaml", CLUSTERS.as_bytes());
    }

    fn url(&self) -> String {
        format!("git:{}#{BRANCH}", self.remote)
    }
}

fn confirmed(store: &dyn StateStore, desired: &Desired) -> ConfirmedPlan {
    plan(store, desired).unwrap().confirm().unwrap()
}

fn record(store: &dyn StateStore, confirmed: &ConfirmedPlan) -> Result<u64, RecordError> {
    keyplan::state::record(store, confirmed, &now(), &TestClock::default())
}

fn many_projects(number: usize) -> Vec<(String, &'static str)> {
    (0..number).map(|number| (format!("p{number}"), "a")).collect()
}

fn world_of(projects: &[(String, &'static str)]) -> Desired {
    world(&projects.iter().map(|(name, text)| (name.as_str(), *text)).collect::<Vec<_>>())
}

/// Runs all at once, each in a thread of its own.
fn at_once<T: Send>(number: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(number);
    std::thread::scope(|scope| {
        let start = |number| {
            let (barrier, run) = (&barrier, &run);
            scope.spawn(move || {
                barrier.wait();
                run(number)
            })
        };
        let threads: Vec<_> = (0..number).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

// ---- a name is put where it is free ------------------------------------------------------------------

#[test]
fn what_is_written_is_there_for_all_and_stays() {
    let Some(server) = server() else { return };
    let (one, two) = (server.store("one"), server.store("two"));
    assert_eq!(two.get("format.json"), Ok(None));
    assert_eq!(two.list("log", ""), Ok(Vec::new()));
    let large = vec![0xff; 200_000];
    for (name, bytes) in [
        ("log/1.json", &b"1\n"[..]),
        ("log/2.json", b""),
        ("format.json", &large),
        ("leases/a/1.json", b"x\0\n\n"),
    ] {
        assert_eq!(one.create(name, bytes), Ok(true), "{name}");
        for store in [&one, &server.store("two"), &server.fresh()] {
            assert_eq!(store.get(name).unwrap().as_deref(), Some(bytes), "{name}");
            assert_eq!(store.create(name, b"other"), Ok(false), "{name}");
        }
    }
    for store in [&one, &server.store("two"), &server.fresh()] {
        assert_eq!(store.list("log", "").unwrap(), ["1.json", "2.json"]);
        assert_eq!(store.list("log", "1.json").unwrap(), ["2.json"]);
        assert_eq!(store.list("leases", "").unwrap(), ["a"]);
        assert_eq!(store.list("leases/a", "").unwrap(), ["1.json"]);
        assert_eq!(store.list("leases/b", "").unwrap(), [""; 0]);
        assert_eq!(store.get("log/3.json"), Ok(None));
        assert_eq!(store.get("log").unwrap_err().kind, StoreErrorKind::Damaged);
    }
    assert_eq!(server.pushes(), 4);
    assert_eq!(server.git(&["fsck", "--strict"]), "");
}

/// A list is as new as a question that is asked again.
#[test]
fn what_others_write_is_seen_when_it_is_asked_for_again() {
    let Some(server) = server() else { return };
    let (one, two) = (server.store("one"), server.store("two"));
    for number in 0..4 {
        let name = format!("{number}.json");
        assert_eq!(two.get(&format!("log/{name}")), Ok(None));
        assert_eq!(two.list("log", "").unwrap().len(), number);
        assert_eq!(one.create(&format!("log/{name}"), b"x"), Ok(true));
        assert_eq!(two.list("log", "").unwrap().last(), Some(&name));
        assert_eq!(two.get(&format!("log/{name}")).unwrap().unwrap(), b"x");
    }
}

#[test]
fn of_twenty_writers_one_wins() {
    let Some(server) = server() else { return };
    for round in 0..2 {
        let name = format!("log/{round}.json");
        let ended = at_once(20, |number| {
            let store = server.store(&format!("cache{number}"));
            let won = store.create(&name, number.to_string().as_bytes());
            (won, store.get(&name).unwrap().unwrap())
        });
        let won: Vec<_> = (0..20).filter(|number| ended[*number].0 == Ok(true)).collect();
        assert_eq!(won.len(), 1, "{ended:?}");
        let kept = won[0].to_string().into_bytes();
        assert!(ended.iter().all(|(won, read)| won.is_ok() && *read == kept), "{ended:?}");
        assert_eq!(server.pushes(), round + 1);
    }
}

#[test]
fn writers_of_the_same_bytes_do_not_both_win() {
    let Some(server) = server() else { return };
    let ended = at_once(6, |number| server.store(&format!("cache{number}")).create("log/0.json", b"same"));
    assert_eq!(ended.iter().filter(|won| **won == Ok(true)).count(), 1, "{ended:?}");
}

#[test]
fn writers_of_different_names_all_succeed() {
    let Some(server) = server() else { return };
    // Two keyplans on one machine share a cache.
    let ended = at_once(8, |number| {
        server.store(&format!("cache{}", number / 2)).create(&format!("log/{number}.json"), b"x")
    });
    assert_eq!(ended, vec![Ok(true); 8]);
    assert_eq!(server.fresh().list("log", "").unwrap().len(), 8);
    assert_eq!(server.pushes(), 8);
}

// ---- how many pushes ---------------------------------------------------------------------------------

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

// ---- the laws of a state -----------------------------------------------------------------------------

#[test]
fn a_write_may_go_wrong() {
    let after = world(&[("one", "a")]);
    for fault in [Fault::AnswerLost, Fault::CrashAfter, Fault::AllSayTaken] {
        for at in [0, 2, 4] {
            let Some(server) = server() else { return };
            let store = server.store("cache");
            let failing = Faulty::new(&store, fault, at);
            let ended = survived(|| apply(&failing, &after));
            let what = format!("{fault:?} at write {at}");
            assert!(failing.was_reached(), "{what}");
            if fault.is_overcome() {
                assert!(matches!(ended, Some(Ok(_))), "{what}: {ended:?}");
            }
            holds(&server.store("other"), &[Recorded::default(), Recorded::from(&after)], &after, &what);
        }
    }
}

#[test]
fn of_two_applies_at_once_one_wins() {
    let (base, first, second) = (world(&[("one", "a")]), world(&[("one", "b")]), world(&[("one", "c")]));
    for call in 0.. {
        let Some(server) = server() else { return };
        let (one, two) = (server.store("one"), server.store("two"));
        apply(&one, &base).unwrap();
        let (plan_of_first, plan_of_second) = (confirmed(&one, &first), confirmed(&two, &second));
        let other = || {
            // It is planned on what was there before the first began.
            let _ = record(&two, &plan_of_second);
        };
        let meanwhile = Meanwhile::new(&one, call, &other);
        let ended = record(&meanwhile, &plan_of_first);
        let state = recorded(&server.fresh());
        let what = format!("the second before call {call} of the first");
        match ended {
            Ok(_) => assert_eq!(state, Recorded::from(&first), "{what}"),
            Err(RecordError::Stale { .. }) => assert_eq!(state, Recorded::from(&second), "{what}"),
            Err(error) => panic!("{what}: {error}"),
        }
        assert!(verify(&server.fresh()).problems.is_empty(), "{what}");
        if !meanwhile.was_reached() {
            assert!(call > 2, "there were but {call} calls");
            break;
        }
    }
}

// ---- what the server says ----------------------------------------------------------------------------

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
    let blob = server.git(&["hash-object", "-w", "config"]);
    fs::write(server.files.root.join("listing"), format!("100644 blob {blob}\tREADME.md\n")).unwrap();
    let listing = fs::File::open(server.files.root.join("listing")).unwrap();
    let tree = Command::new("git").current_dir(&server.remote).arg("mktree").stdin(listing).output().unwrap();
    let commit = server.git(&["commit-tree", stdout(&tree).trim(), "-m", "code"]);
    server.git(&["update-ref", BRANCH, &commit]);
    let store = server.store("cache");
    for error in [store.get("format.json").unwrap_err(), store.create("log/0.json", b"x").unwrap_err()] {
        assert_eq!(error.kind, StoreErrorKind::Damaged);
        assert!(error.words.starts_with("the branch holds `README.md`, and no state"), "{error}");
    }
    assert_eq!(server.pushes(), 1);
}

// ---- the history is another --------------------------------------------------------------------------

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

// ---- the cache ---------------------------------------------------------------------------------------

#[test]
fn the_cache_may_be_deleted_or_torn_at_any_time() {
    let Some(server) = server() else { return };
    let tears: [fn(&Utf8Path); 5] = [
        |cache| fs::remove_dir_all(cache).unwrap(),
        |cache| fs::remove_dir_all(cache.join("objects")).unwrap(),
        |cache| fs::write(cache.join("HEAD"), "").unwrap(),
        |cache| fs::write(cache.join("shallow.lock"), "").unwrap(),
        |cache| {
            for entry in walkdir::WalkDir::new(cache.join("objects")).into_iter().map(Result::unwrap) {
                if entry.file_type().is_file() {
                    fs::remove_file(entry.path()).unwrap();
                    fs::write(entry.path(), "").unwrap();
                }
            }
        },
    ];
    let open = server.store("cache");
    for (number, tear) in tears.into_iter().enumerate() {
        for store in [&open, &server.store("cache")] {
            for step in 0..3 {
                let name = format!("log/{number}{step}.json");
                server.store("other").create(&name, b"x").unwrap();
                let _ = store.list("log", "");
                let names = store.list("log", "").unwrap();
                assert!(names.contains(&format!("{number}{step}.json")), "{number}: {names:?}");
                tear(&server.cache("cache"));
                match step {
                    0 => assert_eq!(store.get(&name).unwrap().unwrap(), b"x", "{number}"),
                    1 => assert!(!store.list("log", "").unwrap().is_empty(), "{number}"),
                    _ => {
                        assert_eq!(store.create(&name, b"y"), Ok(false), "{number}");
                        let new = format!("log/new{}.json", server.pushes());
                        assert_eq!(store.create(&new, b"y"), Ok(true), "{number}");
                    }
                }
            }
        }
    }
}

#[test]
fn others_cannot_read_the_cache() {
    let Some(server) = server() else { return };
    server.store("cache").list("log", "").unwrap();
    let mode = fs::metadata(server.files.root.join("cache")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

// ---- by the binary -----------------------------------------------------------------------------------

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
    succeeds(&server.keyplan(&["apply", "--auto-approve"], Some(&url)));
    assert_eq!(succeeds(&server.keyplan(&["plan"], Some(&url))), "No changes.\n");
    assert!(!marker.exists());
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
