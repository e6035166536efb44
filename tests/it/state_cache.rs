//! The cache of a state that is far away. Whatever it holds, and whatever has become of the state since, what is
//! answered is what is answered without it.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use keyplan::model::{Desired, Recorded};
use keyplan::state::store::{CachedStore, StateStore, StoreError};
use keyplan::state::{History, RevisionLog, State, StateError, verify};

use crate::state_faults::{Fault, Faulty, Memory, apply, holds, recorded, world};

/// A store whose calls take long, as far as keyplan knows.
struct Far<'a>(&'a dyn StateStore);

impl StateStore for Far<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(name)
    }
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.0.list(folder, after)
    }
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.0.create(name, bytes)
    }
    fn has_latency(&self) -> bool {
        true
    }
    fn place(&self) -> String {
        "far".into()
    }
}

struct Caches(tempfile::TempDir);

impl Caches {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    /// A process of its own, which knows what is in the cache and no more.
    fn over<'a>(&self, store: &'a dyn StateStore) -> CachedStore<Far<'a>> {
        CachedStore::new(Far(store), Some(self.path()))
    }

    fn files(&self) -> Vec<Utf8PathBuf> {
        let below = walkdir::WalkDir::new(self.path()).sort_by_file_name().into_iter().map(Result::unwrap);
        let files = below.filter(|entry| entry.file_type().is_file());
        files.map(|entry| Utf8PathBuf::from_path_buf(entry.into_path()).unwrap()).collect()
    }
}

fn step(number: usize) -> Desired {
    let name = format!("v{number}");
    world(&[("one", &name), ("two", if number.is_multiple_of(2) { "a" } else { "b" })])
}

/// A state after these steps.
fn stepped(steps: impl IntoIterator<Item = usize>) -> Memory {
    let store = Memory::default();
    go_on(&store, steps);
    store
}

fn go_on(store: &dyn StateStore, steps: impl IntoIterator<Item = usize>) {
    for number in steps {
        apply(store, &step(number)).unwrap();
    }
}

/// A state as it was at a revision, as a copy of then has it.
fn restored(store: &Memory, revision: u64) -> Memory {
    let last = format!("log/{revision:020}.json");
    let newer = |name: &String| name.starts_with("log/") && *name > last;
    store.names().iter().filter(|name| newer(name)).fold(store.copy(), |copy, name| copy.with(name, None))
}

/// All that can be asked of a state.
fn answers(store: &dyn StateStore) -> String {
    let told = |answer: Result<String, StateError>| answer.unwrap_or_else(|error| error.to_string());
    let of_revisions = || {
        let state = State::open(store)?;
        let at = |number: u64| state.at(number)?.recorded();
        let all = state.revisions().into_iter().map(at).collect::<Result<Vec<_>, _>>()?;
        let log = RevisionLog::read(&state, None, None)?.collect::<Result<Vec<_>, _>>()?;
        Ok(format!("{:?} {:?} {all:?} {log:?} {:?}", state.lineage, state.head, History::read(&state)?))
    };
    let newest = || Ok(format!("{:?}", State::newest(store)?.recorded()?));
    format!("{}\n{}\n{:?}", told(of_revisions()), told(newest()), verify(store))
}

/// The answers with a cache are those without, the first time and the second.
fn same(caches: &Caches, store: &Memory, what: &str) {
    let expected = answers(&Far(store));
    for time in ["first", "second"] {
        assert_eq!(answers(&caches.over(store)), expected, "{what}, the {time} time");
    }
}

/// What everything in a cache is replaced by.
type Harm = fn(&Utf8Path, &[u8], &[u8]);

const HARMS: [(&str, Harm); 7] = [
    ("gone", |path, _, _| fs::remove_file(path).unwrap()),
    ("empty", |path, _, _| fs::write(path, "").unwrap()),
    ("torn", |path, own, _| fs::write(path, &own[..own.len() / 2]).unwrap()),
    ("one bit is another", |path, own, _| {
        let mut own = own.to_vec();
        let at = own.len() / 2;
        own[at] ^= 1;
        fs::write(path, own).unwrap();
    }),
    ("that of another name", |path, _, other| fs::write(path, other).unwrap()),
    ("a number that is far too large", |path, _, _| {
        fs::write(path, r#"{"lineage": "x", "entry": 18446744073709551615}"#).unwrap();
    }),
    ("a folder", |path, _, _| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    }),
];

#[test]
fn a_cache_that_is_torn_or_forged_costs_time_and_nothing_else() {
    let store = stepped(0..5);
    for (what, harm) in HARMS {
        let caches = Caches::new();
        same(&caches, &store, "before");
        let files = caches.files();
        assert!(files.len() > 12, "{files:?}");
        let bytes: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
        for (at, file) in files.iter().enumerate() {
            harm(file, &bytes[at], &bytes[(at + 1) % bytes.len()]);
        }
        same(&caches, &store, what);
        go_on(&caches.over(&store.copy()), 5..7);
    }
}

/// Every entry and object of another state, under names of this one.
#[test]
fn what_another_state_has_is_not_taken_for_that_of_this_one() {
    let (store, other) = (stepped(0..5), stepped([4, 3, 2, 1, 0, 9, 8]));
    for (first, then) in [(&store, &other), (&other, &store)] {
        let caches = Caches::new();
        same(&caches, first, "before");
        same(&caches, then, "another state in its place");
        same(&caches, first, "back again");
    }
}

#[test]
fn a_state_that_was_restored_from_an_older_copy_is_what_it_was() {
    let store = stepped(0..6);
    for revision in 0..=6 {
        let caches = Caches::new();
        same(&caches, &store, "before");
        let older = restored(&store, revision);
        same(&caches, &older, &format!("restored at {revision}"));
        for more in 1..9 {
            go_on(&caches.over(&older), [10 + more]);
            same(&caches, &older, &format!("restored at {revision}, and {more} more"));
        }
    }
}

/// An object that the cache has from before is not there in the store because of that.
#[test]
fn what_is_not_written_is_not_taken_for_written() {
    let before = stepped(0..2);
    let store = before.copy();
    let after = step(2);
    go_on(&store, [2]);
    for fault in [Fault::Full, Fault::Unavailable, Fault::AnswerLost, Fault::SaysTaken, Fault::AnswersLost] {
        for at in 0.. {
            let caches = Caches::new();
            answers(&caches.over(&store));
            let older = before.copy();
            let old = recorded(&older);
            let faulty = Faulty::new(&older, fault, at);
            let ended = apply(&caches.over(&faulty), &after);
            let was_reached = faulty.was_reached();
            let what = format!("{fault:?} at write {at}");
            assert!(ended.is_ok() || was_reached, "{what}");
            if ended.is_ok() {
                assert_eq!(recorded(&older), Recorded::from(&after), "{what}");
            }
            holds(&older, &[old, Recorded::from(&after)], &after, &what);
            if !was_reached {
                break;
            }
        }
    }
}

#[test]
fn where_nothing_can_be_kept_nothing_is_missed() {
    let memory = stepped(0..4);
    let caches = Caches::new();
    let file = caches.path().join("file");
    fs::write(&file, "").unwrap();
    for place in [&*file, Utf8Path::new("/proc/nowhere"), Utf8Path::new("/dev/null")] {
        let store = CachedStore::new(Far(&memory), Some(place));
        assert_eq!(answers(&store), answers(&Far(&memory)), "{place}");
        go_on(&CachedStore::new(Far(&memory.copy()), Some(place)), 4..6);
    }
}

/// A folder of a cache that is a link: nothing goes where it leads to, and nothing there goes.
#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let store = stepped(0..4);
    let (caches, elsewhere) = (Caches::new(), Caches::new());
    answers(&caches.over(&store));
    let kept = caches.files();
    let folder =
        kept.iter().find_map(|file| file.parent().filter(|folder| folder.ends_with("objects"))).unwrap();
    fs::remove_dir_all(folder).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder).unwrap();
    same(&caches, &store, "a link");
    assert!(elsewhere.files().is_empty());
}

/// What is the newest, and whether the two newest are of one history, is not remembered.
#[test]
fn damage_at_the_end_of_the_log_is_seen_through_a_cache() {
    let (store, other) = (stepped(0..6), stepped(10..16));
    let entry = |number: u64| format!("log/{number:020}.json");
    let of_other = other.get(&entry(5)).unwrap().unwrap();
    for (what, damaged) in [
        ("two histories", store.with(&entry(5), Some(&of_other))),
        ("a torn entry", store.with(&entry(6), Some(b"{"))),
        ("a torn entry before", store.with(&entry(5), Some(b"{"))),
        ("no format", store.with("format.json", None)),
        ("another format", store.with("format.json", other.get("format.json").unwrap().as_deref())),
        ("no first entry", store.with(&entry(0), None)),
        ("another first entry", store.with(&entry(0), other.get(&entry(0)).unwrap().as_deref())),
        ("a gap", store.with(&entry(8), Some(b"{}"))),
        ("a stray name", store.with("log/README", Some(b""))),
        ("a copy", store.with("log/00000000000000000006.json.bak", Some(b""))),
        ("a copy of the last but one", store.with("log/00000000000000000005.json.bak", Some(b""))),
    ] {
        let caches = Caches::new();
        same(&caches, &store, "before");
        let told = State::open(&Far(&damaged)).unwrap_err().to_string();
        assert_eq!(State::open(&caches.over(&damaged)).unwrap_err().to_string(), told, "{what}");
        assert!(!verify(&caches.over(&damaged)).problems.is_empty(), "{what}");
    }
}

/// Who verifies a state wants to know of the store.
#[test]
fn damage_anywhere_is_told_by_verify_whatever_is_kept_of_it() {
    let store = stepped(0..6);
    for name in store.names().iter().filter(|name| !name.starts_with("leases/")) {
        let caches = Caches::new();
        same(&caches, &store, "before");
        for damaged in [store.with(name, None), store.with(name, Some(b"{}"))] {
            let told = verify(&caches.over(&damaged));
            // A log that ends earlier is an older state.
            let is_older =
                name.ends_with("6.json") && name.starts_with("log/") && !damaged.names().contains(name);
            assert!(is_older || !told.problems.is_empty(), "{name}");
            assert_eq!(format!("{told:?}"), format!("{:?}", verify(&Far(&damaged))), "{name}");
        }
    }
}

#[test]
fn a_store_without_latency_has_no_cache() {
    let caches = Caches::new();
    let store = stepped(0..3);
    let near = Faulty::new(&store, Fault::Full, usize::MAX);
    let nothing_kept = CachedStore::new(near, Some(caches.path()));
    assert_eq!(recorded(&nothing_kept), recorded(&store));
    assert!(caches.files().is_empty());
}

/// What is kept is for its owner alone, as the store may be for few.
#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let caches = Caches::new();
    answers(&caches.over(&stepped(0..3)));
    for file in caches.files() {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}
