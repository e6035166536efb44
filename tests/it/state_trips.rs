//! How long a state takes over a network, in trips: how many calls are made one after another. Calls that are made at
//! the same time are one trip. Time is virtual: the same calls are the same trips on every machine.

use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8Path;
use keyplan::model::Desired;
use keyplan::state::entry::EntryFile;
use keyplan::state::store::{CachedStore, Listed, StateStore, StoreError};
use keyplan::state::{History, RevisionLog, State, verify};

use crate::state_faults::{Memory, apply, plan, world};

/// How many calls are made at a time, as in the threads of the library.
const AT_A_TIME: usize = 32;

/// How many names one call lists, as with every object store.
const PAGE: usize = 1000;

/// A store at the other end of a network. It runs what is done at once one after another, each on the clock of the
/// thread that would have been free first.
struct Distant<'a> {
    inner: &'a dyn StateStore,
    count: &'a Count,
}

#[derive(Default)]
struct Count {
    /// The trips that were made before now.
    trips: AtomicUsize,
    calls: AtomicUsize,
}

impl Distant<'_> {
    fn now(&self) -> usize {
        self.count.trips.load(Ordering::Relaxed)
    }

    fn go_to(&self, time: usize) {
        self.count.trips.store(time, Ordering::Relaxed);
    }

    fn call(&self, trips: usize) {
        self.count.trips.fetch_add(trips, Ordering::Relaxed);
        self.count.calls.fetch_add(trips, Ordering::Relaxed);
    }
}

impl StateStore for Distant<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.call(1);
        self.inner.get(name)
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        let names = self.inner.list(folder, after)?;
        self.call(names.len().div_ceil(PAGE).max(1));
        Ok(names)
    }

    fn list_some(&self, folder: &str, after: &str) -> Result<Listed, StoreError> {
        let mut names = self.inner.list(folder, after)?;
        self.call(1);
        let is_all = names.len() <= PAGE;
        names.truncate(PAGE);
        Ok(Listed { names, is_all })
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.call(1);
        self.inner.create(name, bytes)
    }

    fn has_latency(&self) -> bool {
        true
    }

    fn at_once(&self, number: usize, run: &(dyn Fn(usize) + Sync)) {
        let mut free = vec![self.now(); AT_A_TIME.min(number)];
        for at in 0..number {
            let thread = (0..free.len()).min_by_key(|thread| free[*thread]).unwrap();
            self.go_to(free[thread]);
            run(at);
            free[thread] = self.now();
        }
        self.go_to(free.into_iter().max().unwrap_or(self.now()));
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

/// The trips and the calls of something that is done with a store, by a process of its own with these caches.
fn trips(store: &dyn StateStore, caches: Option<&Utf8Path>, run: impl Fn(&dyn StateStore)) -> (usize, usize) {
    let count = Count::default();
    run(&CachedStore::new(Distant { inner: store, count: &count }, caches));
    (count.trips.into_inner(), count.calls.into_inner())
}

/// So many projects, the first of them with this description.
fn projects(number: usize, first: &str) -> Desired {
    let names: Vec<_> = (0..number).map(|number| format!("p{number}")).collect();
    let described = names.iter().enumerate().map(|(at, name)| (&**name, if at == 0 { first } else { "a" }));
    world(&described.collect::<Vec<_>>())
}

/// A state of 100 projects with so many revisions.
fn state(revisions: usize) -> Memory {
    let store = Memory::default();
    for revision in 0..revisions {
        apply(&store, &projects(100, if revision % 2 == 0 { "a" } else { "b" })).unwrap();
    }
    store
}

/// What is done with a store, and how many trips and calls that takes.
type Row<'a> = (&'a str, &'a dyn Fn(&dyn StateStore), (usize, usize));

fn plans_nothing(store: &dyn StateStore) {
    assert!(plan(store, &projects(100, "a")).unwrap().is_empty());
}

fn plans_a_change(store: &dyn StateStore) {
    assert_eq!(plan(store, &projects(100, "c")).unwrap().changes.len(), 1);
}

fn applies_a_change(store: &dyn StateStore) {
    assert!(apply(store, &projects(100, "c")).unwrap() > 0);
}

fn lists_all(store: &dyn StateStore) {
    assert_eq!(State::open(store).unwrap().recorded().unwrap().projects.len(), 100);
}

fn opens_one(store: &dyn StateStore) {
    assert!(State::newest(store).unwrap().project("p7").unwrap().is_some());
}

fn reads_history(store: &dyn StateStore) {
    History::read(&State::open(store).unwrap()).unwrap();
}

fn logs_all(store: &dyn StateStore) {
    let state = State::open(store).unwrap();
    assert_eq!(RevisionLog::read(&state, None, None).unwrap().count(), 61);
}

fn verifies(store: &dyn StateStore) {
    assert!(verify(store).problems.is_empty());
}

fn holds(rows: &[Row<'_>], count: impl Fn(&dyn Fn(&dyn StateStore)) -> (usize, usize)) {
    let told: Vec<_> = rows.iter().map(|(what, run, _)| (*what, count(*run))).collect();
    let expected: Vec<_> = rows.iter().map(|(what, _, expected)| (*what, *expected)).collect();
    assert_eq!(told, expected, "trips and calls");
}

/// As [`trips`], in a job of CI: its cache is empty, and what it has read once it does not ask for again.
fn trips_of_a_job(store: &dyn StateStore, run: impl Fn(&dyn StateStore)) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    trips(store, Utf8Path::from_path(folder.path()), run)
}

fn applies_all(store: &dyn StateStore) {
    assert!(apply(store, &projects(100, "a")).unwrap() > 0);
}

#[test]
fn a_command_takes_as_many_trips_as_its_answers_need() {
    let (one, many) = (state(1), state(61));
    let of_one: [Row<'_>; 5] = [
        ("plan, no change", &plans_nothing, (2, 5)),
        ("plan, one changed", &plans_a_change, (3, 6)),
        ("apply of it", &applies_a_change, (6, 13)),
        ("all that is recorded", &lists_all, (6, 106)),
        ("one project", &opens_one, (3, 4)),
    ];
    holds(&of_one, |run| trips_of_a_job(&one.copy(), run));
    let of_many: [Row<'_>; 3] = [
        ("history", &reads_history, (8, 166)),
        ("log", &logs_all, (11, 169)),
        ("verify", &verifies, (8, 168)),
    ];
    holds(&of_many, |run| trips_of_a_job(&many.copy(), run));
    let founding: [Row<'_>; 1] = [("first apply", &applies_all, (11, 112))];
    holds(&founding, |run| trips_of_a_job(&Memory::default(), run));
}

/// As where there is no folder for caches.
#[test]
fn without_a_cache_an_apply_reads_again_what_the_plan_has_read() {
    let one = state(1);
    let rows: [Row<'_>; 2] =
        [("plan, no change", &plans_nothing, (2, 5)), ("apply", &applies_a_change, (8, 14))];
    holds(&rows, |run| trips(&one.copy(), None, run));
}

/// As for who has looked at the state before.
#[test]
fn what_is_known_is_not_asked_for_again() {
    let many = state(61);
    let folder = tempfile::tempdir().unwrap();
    let caches = Utf8Path::from_path(folder.path());
    trips(&many, caches, lists_all);
    trips(&many, caches, reads_history);
    let rows: [Row<'_>; 8] = [
        ("plan, no change", &plans_nothing, (1, 5)),
        ("plan, one changed", &plans_a_change, (1, 5)),
        ("all that is recorded", &lists_all, (1, 5)),
        ("one project", &opens_one, (1, 3)),
        ("history", &reads_history, (2, 6)),
        ("log", &logs_all, (3, 8)),
        ("verify", &verifies, (8, 168)),
        ("apply of the change", &applies_a_change, (4, 12)),
    ];
    holds(&rows, |run| trips(&many.copy(), caches, run));
}

/// A hundred pages of names are listed at once, and once.
#[test]
fn a_long_log_is_listed_at_once_and_not_again() {
    let store = state(1);
    let newest = store.get("log/00000000000000000001.json").unwrap().unwrap();
    let newest: EntryFile = serde_json::from_slice(&newest).unwrap();
    for number in 2..=100_000 {
        let mut entry = newest.entry.clone();
        entry.number = number;
        // What is between is not looked at.
        let bytes = if number < 99_999 { Vec::new() } else { entry.to_file().1 };
        store.damage(&format!("log/{number:020}.json"), &bytes);
    }
    let before: EntryFile =
        serde_json::from_slice(&store.get("log/00000000000000099999.json").unwrap().unwrap()).unwrap();
    let mut entry = newest.entry;
    (entry.number, entry.previous) = (100_000, Some(before.digest));
    store.damage("log/00000000000000100000.json", &entry.to_file().1);
    let folder = tempfile::tempdir().unwrap();
    let caches = Utf8Path::from_path(folder.path());
    let open = |store: &dyn StateStore| {
        assert_eq!(State::open(store).unwrap().revision(), 100_000);
    };
    // The first page, then four at a time, 16, and 32.
    assert_eq!(trips(&store, caches, open), (7, 121));
    assert_eq!(trips(&store, caches, open), (1, 5));
}
