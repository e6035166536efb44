//! What a state costs that is kept far away: `cargo bench --bench state`.
//!
//! The same is done with a state in a folder and with one whose every call takes 30 ms, with an empty cache as in a job of
//! CI, and with all that was read before. It prints Markdown. `KEYPLAN_REVISIONS=1000` makes the long log
//! shorter than the 100,000 revisions of the documentation.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark stops at the first surprise, reads a clock, and prints what it has measured"
)]

mod generator;
mod still;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use generator::Workspace;
use jiff::civil::date;
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::model::{Desired, Name, Settings};
use keyplan::plan::{Allowed, Plan};
use keyplan::planner;
use keyplan::source::walk::Folder;
use keyplan::state::entry::Entry;
use keyplan::state::store::local::LocalStore;
use keyplan::state::store::{CachedStore, Listed, StateStore, StoreError};
use keyplan::state::{ApplyContext, History, RevisionLog, State, record, verify};
use still::Still;

/// How long a call takes, and how many names it lists at most.
const LATENCY: Duration = Duration::from_millis(30);
const PAGE: usize = 1000;

/// How often each is done; the fastest counts.
const RUNS: usize = 3;

fn main() {
    let revisions = std::env::var("KEYPLAN_REVISIONS").ok().and_then(|text| text.parse().ok());
    usual();
    long(revisions.unwrap_or(100_000));
}

/// A store at the other end of a network. It has an index of the log, as any such server, and reads no folder for a list.
struct Far<'a> {
    inner: LocalStore,
    log: Mutex<BTreeSet<String>>,
    calls: &'a AtomicUsize,
}

impl<'a> Far<'a> {
    fn new(inner: LocalStore, calls: &'a AtomicUsize) -> Self {
        let log = inner.list("log", "").expect("a folder");
        Self { inner, log: Mutex::new(log.into_iter().collect()), calls }
    }

    fn call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        thread::sleep(LATENCY);
    }
}

impl StateStore for Far<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.call();
        self.inner.get(name)
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        let names = self.inner.list(folder, after)?;
        (0..names.len().div_ceil(PAGE).max(1)).for_each(|_| self.call());
        Ok(names)
    }

    fn list_some(&self, folder: &str, after: &str) -> Result<Listed, StoreError> {
        if folder != "log" {
            return self.list(folder, after).map(|names| Listed { names, is_all: true });
        }
        self.call();
        let log = self.log.lock().expect("no thread has stopped");
        let mut names: Vec<_> =
            log.range(after.to_owned()..).filter(|name| *name != after).take(PAGE + 1).cloned().collect();
        let is_all = names.len() <= PAGE;
        names.truncate(PAGE);
        Ok(Listed { names, is_all })
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.call();
        let is_new = self.inner.create(name, bytes)?;
        if let Some(name) = name.strip_prefix("log/") {
            self.log.lock().expect("no thread has stopped").insert(name.into());
        }
        Ok(is_new)
    }

    fn has_latency(&self) -> bool {
        true
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

/// A state in a folder, with a folder for caches of it.
struct Made {
    scratch: tempfile::TempDir,
}

impl Made {
    fn new() -> Self {
        Self { scratch: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.scratch.path()).expect("a path in UTF-8").join(name)
    }

    fn store(&self) -> LocalStore {
        LocalStore::new(self.path("state"))
    }

    /// How long something takes at the least, and how many calls to the store far away.
    fn measure(&self, command: &Command<'_>) {
        let Command { name, runs, run, undo } = command;
        let near = least(*runs, || self.store(), |store| run(&store), || undo(self));
        let calls = AtomicUsize::new(0);
        let far = |caches: &Utf8Path| CachedStore::new(Far::new(self.store(), &calls), Some(caches));
        let empty = self.path("empty");
        let forget = || {
            undo(self);
            let _ = fs::remove_dir_all(&empty);
        };
        let unknown = least(*runs, || far(&empty), |store| run(&store), forget);
        let all = calls.swap(0, Ordering::Relaxed) / runs;
        let caches = self.path("caches");
        run(&far(&caches));
        undo(self);
        calls.store(0, Ordering::Relaxed);
        let known = least(*runs, || far(&caches), |store| run(&store), || undo(self));
        let again = calls.load(Ordering::Relaxed) / runs;
        println!("| {name} | {} | {} | {all} | {} | {again} |", told(near), told(unknown), told(known));
    }
}

type Run<'a> = &'a dyn Fn(&dyn StateStore);

struct Command<'a> {
    name: &'a str,
    runs: usize,
    run: Run<'a>,
    /// Makes the state what it was.
    undo: &'a dyn Fn(&Made),
}

/// How long it takes at the least with what was made ready for it.
fn least<S>(runs: usize, ready: impl Fn() -> S, run: impl Fn(S), undo: impl Fn()) -> Duration {
    let time = |_| {
        let store = ready();
        let start = Instant::now();
        run(store);
        let taken = start.elapsed();
        undo();
        taken
    };
    (0..runs).map(time).min().unwrap_or_default()
}

fn told(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

fn head() {
    println!(
        "| command | a folder | 30 ms a call | calls | the same, read before | calls |\n|---|---|---|---|---|---|"
    );
}

/// So many projects, keys and clusters, the first of which have this cloud.
fn desired((projects, keys, clusters): (usize, usize, usize), cloud: &str) -> Desired {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    Workspace { keys, projects, files: 1, rsa: (0, 0), seed: 1 }.write(scratch.path());
    let path = Utf8Path::from_path(scratch.path()).expect("a path in UTF-8");
    let file = path.join("part-00000.yaml");
    let mut text = fs::read_to_string(&file).expect("the file can be read");
    text = text.replacen("cloud: vsphere", &format!("cloud: {cloud}"), 1);
    for number in keys..clusters {
        let (project, key) = (number % projects, number % keys);
        let _ = write!(
            text,
            "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: cluster-{number}, project: project-{project}}}\n\
             spec: {{sshKey: key-{key}, nodes: [node-{number}.example.com]}}\n"
        );
    }
    fs::write(&file, text).expect("the file can be written");
    let validated = validate(&Folder(path), date(2026, 11, 22), &Proofs::default()).expect("readable");
    validated.desired.expect("the generated workspace is valid")
}

fn plan(store: &dyn StateStore, desired: &Desired) -> Plan {
    let state = State::open(store).expect("a sound state");
    planner::plan(&state, desired.clone(), &Settings::default(), Allowed::default()).expect("a sound state")
}

fn apply(store: &dyn StateStore, desired: &Desired) {
    let now = ApplyContext {
        time: "2026-11-22T00:00:00Z".into(),
        actor: "bench".into(),
        nonce: "bench".into(),
        ..ApplyContext::default()
    };
    record(store, &plan(store, desired).confirm().expect("no guard"), &now, &Still)
        .expect("a writable store");
}

/// Applies one and the other.
fn by_turns(desired: [&Desired; 2]) -> impl Fn(&dyn StateStore) {
    let turn = AtomicUsize::new(0);
    move |store| apply(store, desired[turn.fetch_add(1, Ordering::Relaxed) % 2])
}

/// Who opens a cluster: as much as is read for that.
fn who(store: &dyn StateStore, project: &str) {
    let state = State::open(store).expect("a sound state");
    let project = Name::parse(project).expect("a name");
    let recorded = state.recorded_of(&[project].into()).expect("a sound state");
    assert_eq!(recorded.projects.len(), 1);
}

fn log(store: &dyn StateStore, most: usize) {
    let state = State::open(store).expect("a sound state");
    let log = RevisionLog::read(&state, None, None).expect("a sound state").take(most);
    log.for_each(|revision| drop(revision.expect("a sound state")));
}

/// 100 projects, 200 keys, 500 clusters.
fn usual() {
    let (one, other) = (desired((100, 200, 500), "aws"), desired((100, 200, 500), "gcp"));
    let made = Made::new();
    println!("100 projects, 200 keys, 500 clusters, 61 revisions:\n");
    head();
    let nothing = |made: &Made| {
        for folder in ["state", "caches"] {
            let _ = fs::remove_dir_all(made.path(folder));
        }
    };
    let first = |store: &dyn StateStore| apply(store, &one);
    made.measure(&Command { name: "first apply", runs: RUNS, run: &first, undo: &nothing });
    for revision in 0..61 {
        apply(&made.store(), if revision % 2 == 0 { &one } else { &other });
    }
    let commands: [(&str, Run<'_>); 7] = [
        ("plan, no change", &|store| assert!(plan(store, &one).is_empty())),
        ("plan, 1 project changed", &|store| assert!(!plan(store, &other).is_empty())),
        ("who CLUSTER", &|store| who(store, "project-7")),
        ("state list, state export", &|store| {
            State::open(store).expect("a sound state").recorded().expect("a sound state");
        }),
        ("verify: all keys that a cluster has had", &|store| {
            History::read(&State::open(store).expect("a sound state")).expect("a sound state");
        }),
        ("state verify", &|store| assert!(verify(store).problems.is_empty())),
        ("apply, 1 project changed", &by_turns([&other, &one])),
    ];
    for (name, run) in commands {
        made.measure(&Command { name, runs: RUNS, run, undo: &|_| () });
    }
}

/// 10,000 projects after a long history, in most of which there were 10.
fn long(revisions: u64) {
    let (few, few_changed) = (desired((10, 10, 10), "aws"), desired((10, 10, 10), "gcp"));
    let size = (10_000, 10_000, 10_000);
    let (many, many_changed) = (desired(size, "aws"), desired(size, "gcp"));
    let made = Made::new();
    let store = made.store();
    apply(&store, &few);
    apply(&store, &few_changed);
    let wide = (revisions / 10).min(100);
    repeat(&made, revisions - wide);
    apply(&store, &many);
    apply(&store, &many_changed);
    repeat(&made, revisions);
    println!("\n10,000 projects, keys and clusters, {revisions} revisions:\n");
    head();
    let commands: [(&str, usize, Run<'_>); 6] = [
        ("plan, no change", RUNS, &|store| assert!(plan(store, &many_changed).is_empty())),
        ("plan, 1 project changed", RUNS, &|store| assert!(!plan(store, &many).is_empty())),
        ("who CLUSTER", RUNS, &|store| who(store, "project-7")),
        ("state log, its first 30 revisions", RUNS, &|store| log(store, 30)),
        ("state log", 1, &|store| log(store, usize::MAX)),
        ("apply, 1 project changed", RUNS, &by_turns([&many, &many_changed])),
    ];
    for (name, runs, run) in commands {
        made.measure(&Command { name, runs, run, undo: &|_| () });
    }
}

/// Goes on up to a revision, and records what the two newest revisions have, by turns: quicker than by applies.
fn repeat(made: &Made, revisions: u64) {
    let store = made.store();
    let state = State::open(&store).expect("a sound state");
    let newest = state.head.clone().expect("a revision");
    let before = state.at(newest.entry.number - 1).expect("a revision").head.expect("a revision");
    let turns = [before.entry, newest.entry];
    let mut previous = newest.digest;
    for number in turns[1].number + 1..=revisions {
        let turn = usize::from((revisions - number).is_multiple_of(2));
        let entry = Entry { number, previous: Some(previous), ..turns[turn].clone() };
        let (digest, bytes) = entry.to_file();
        let path = made.path("state/log").join(format!("{number:020}.json"));
        fs::write(path, bytes).expect("a writable store");
        previous = digest;
    }
}
