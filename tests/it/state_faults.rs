//! Nothing is lost when a process is killed, when several apply at once, when the disk is full, or when
//! what is kept is damaged. Every write and every interleaving of small applies is enumerated.

use std::any::Any;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::model::{Desired, Recorded, Settings};
use keyplan::plan::{Allowed, ConfirmedPlan, Plan};
use keyplan::planner;
use keyplan::source::walk::Texts;
use keyplan::state::entry::{Entry, EntryFile};
use keyplan::state::lease::begin;
use keyplan::state::store::local::LocalStore;
use keyplan::state::store::{CachedStore, RetryingStore, StateStore, StoreError, StoreErrorKind};
use keyplan::state::{ApplyContext, Clock, RecordError, State, StateError, verify};

use crate::support::{TODAY, TestClock, Workspace, command, keyplan, stderr, stdout};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@example.com";

// ---- worlds ------------------------------------------------------------------------------------------

/// A team, and projects with a key and a cluster each, with these descriptions.
fn text(projects: &[(&str, &str)]) -> String {
    let mut text = String::from(
        "apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [ana@example.com]}\n",
    );
    for (name, description) in projects {
        let project = format!(
            "---\napiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: {name}, description: {description}}}\n\
             spec: {{members: [{{team: sre, role: Cluster Admin}}]}}\n\
             ---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: {name}}}\n\
             spec: {{publicKey: {KEY}}}\n\
             ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: prod, project: {name}}}\n\
             spec: {{sshKey: ops}}\n"
        );
        text.push_str(&project);
    }
    text
}

pub(crate) fn world(projects: &[(&str, &str)]) -> Desired {
    let files = BTreeMap::from([("access.yaml".into(), text(projects).into_bytes())]);
    validate(&Texts(files), TODAY, &Proofs::default()).unwrap().desired.unwrap()
}

/// Another run each time.
pub(crate) fn now() -> ApplyContext {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    ApplyContext {
        time: "2026-11-22T18:03:00Z".into(),
        actor: "ana".into(),
        nonce: format!("{run:016x}"),
        ..ApplyContext::default()
    }
}

fn record(store: &dyn StateStore, confirmed: &ConfirmedPlan, now: &ApplyContext) -> Result<u64, RecordError> {
    keyplan::state::record(store, confirmed, now, &TestClock::default())
}

pub(crate) fn plan(store: &dyn StateStore, desired: &Desired) -> Result<Plan, StateError> {
    planner::plan(
        &State::open(store)?,
        desired.clone(),
        &Settings::default(),
        Allowed { deletes: Some(3), ..Allowed::default() },
    )
}

fn confirmed(store: &dyn StateStore, desired: &Desired) -> ConfirmedPlan {
    plan(store, desired).unwrap().confirm().unwrap()
}

/// Plans and records, as `keyplan apply` does. The revision; 0 when there was nothing to do.
pub(crate) fn apply(store: &dyn StateStore, desired: &Desired) -> Result<u64, RecordError> {
    let plan = plan(store, desired)?;
    if plan.is_empty() { Ok(0) } else { record(store, &plan.confirm().unwrap(), &now()) }
}

pub(crate) fn recorded(store: &dyn StateStore) -> Recorded {
    State::open(store).unwrap().recorded().unwrap()
}

/// The laws that hold after whatever happened: the state is sound and one of these, and applying again
/// gets to where nothing is left to do.
pub(crate) fn holds(store: &dyn StateStore, expected: &[Recorded], wanted: &Desired, what: &str) {
    let verified = verify(store);
    assert!(verified.problems.is_empty(), "{what}: {:?}", verified.problems);
    assert!(expected.contains(&recorded(store)), "{what}: neither old nor new");
    apply(store, wanted).unwrap_or_else(|error| panic!("{what}: cannot be applied again: {error}"));
    assert!(plan(store, wanted).unwrap().is_empty(), "{what}: does not converge");
    assert_eq!(recorded(store), Recorded::from(wanted), "{what}");
    assert!(verify(store).problems.is_empty(), "{what}");
}

// ---- stores ------------------------------------------------------------------------------------------

/// A store in memory.
#[derive(Default)]
pub(crate) struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Memory {
    pub(crate) fn copy(&self) -> Self {
        Self(Mutex::new(self.0.lock().unwrap().clone()))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    /// Writes over what is there, as no store of keyplan's does.
    pub(crate) fn damage(&self, name: &str, bytes: &[u8]) {
        self.0.lock().unwrap().insert(name.into(), bytes.into());
    }

    /// A copy in which one name holds other bytes, or none.
    pub(crate) fn with(&self, name: &str, bytes: Option<&[u8]>) -> Self {
        let copy = self.copy();
        match bytes {
            Some(bytes) => copy.0.lock().unwrap().insert(name.into(), bytes.into()),
            None => copy.0.lock().unwrap().remove(name),
        };
        copy
    }
}

/// The names in a folder after one, of all names there are: a folder in it has its own name.
pub(crate) fn names_in<'a>(all: impl Iterator<Item = &'a String>, folder: &str, after: &str) -> Vec<String> {
    let below = all.filter_map(|name| name.strip_prefix(folder)?.strip_prefix('/')?.split('/').next());
    let names: BTreeSet<_> = below.filter(|name| *name > after).map(str::to_owned).collect();
    names.into_iter().collect()
}

impl StateStore for Memory {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        Ok(names_in(self.0.lock().unwrap().keys(), folder, after))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let mut kept = self.0.lock().unwrap();
        let is_free = !kept.contains_key(name);
        kept.entry(name.into()).or_insert_with(|| bytes.into());
        Ok(is_free)
    }

    fn place(&self) -> String {
        "memory".into()
    }
}

/// How long a call over a network takes.
const LATENCY: Duration = Duration::from_millis(20);

/// A store at the other end of a network: it has latency, lists page by page, and its answers are wrong or do not
/// come more often than not.
pub(crate) struct Remote<'a> {
    inner: &'a dyn StateStore,
    clock: &'a dyn Clock,
    creates: AtomicUsize,
    /// How often each thread has read each name: one that reads at the same time is not to take another's good answer.
    reads: Mutex<HashMap<(ThreadId, String), usize>>,
}

impl<'a> Remote<'a> {
    pub(crate) fn new(inner: &'a dyn StateStore, clock: &'a dyn Clock) -> Self {
        Self { inner, clock, creates: AtomicUsize::new(0), reads: Mutex::default() }
    }

    /// As keyplan has it.
    pub(crate) fn retrying(inner: &'a dyn StateStore, clock: &'a dyn Clock) -> RetryingStore<'a, Self> {
        RetryingStore::new(Self::new(inner, clock), clock)
    }

    /// The store does not answer, the answer is lost, and then all is well.
    fn read<T>(&self, name: &str, read: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.clock.pause(LATENCY);
        let number = {
            let mut reads = self.reads.lock().unwrap();
            let number = reads.entry((thread::current().id(), name.into())).or_default();
            *number += 1;
            *number
        };
        let error = |kind| Err(StoreError::new(kind, "try again"));
        match number % 3 {
            1 => error(StoreErrorKind::Unavailable),
            2 => read().and(error(StoreErrorKind::Ambiguous)),
            _ => read(),
        }
    }
}

impl StateStore for Remote<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(name, || self.inner.get(name))
    }

    /// Each page is of another moment: a list is no snapshot.
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.read(folder, || {
            let mut names: Vec<String> = Vec::new();
            loop {
                let last = names.last().map_or(after, String::as_str).to_owned();
                let page = self.inner.list(folder, &last)?;
                if page.is_empty() {
                    return Ok(names);
                }
                names.extend(page.into_iter().take(2));
            }
        })
    }

    /// The answer is lost, the store does not answer, a retry below it finds the name taken, and then all is well.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.clock.pause(LATENCY);
        let error = |kind| Err(StoreError::new(kind, "try again"));
        match self.creates.fetch_add(1, Ordering::Relaxed) % 4 {
            0 => self.inner.create(name, bytes).and(error(StoreErrorKind::Ambiguous)),
            1 => error(StoreErrorKind::Unavailable),
            2 => self.inner.create(name, bytes).and(Ok(false)),
            _ => self.inner.create(name, bytes),
        }
    }

    fn has_latency(&self) -> bool {
        true
    }

    fn inner(&self) -> Option<&dyn StateStore> {
        Some(self.inner)
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

/// What goes wrong with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused.
    Refused(ErrorKind),
    /// It is not done, and may be tried again.
    Unavailable,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// It is done, and a retry below the store finds the name taken, as over NFS.
    SaysTaken,
    /// The answers of this write and of all after it are lost.
    AnswersLost,
    /// This write and all after it are done, and said to come too late.
    AllSayTaken,
    /// The process dies before it.
    CrashBefore,
    /// The process dies after it.
    CrashAfter,
    /// The process is aborted before it.
    AbortBefore,
    /// The process is aborted after it.
    AbortAfter,
    /// From now on there is no room.
    Full,
}

/// What can go wrong within one process.
pub(crate) const FAULTS: [Fault; 10] = [
    Fault::Unavailable,
    Fault::Refused(ErrorKind::PermissionDenied),
    Fault::Refused(ErrorKind::ReadOnlyFilesystem),
    Fault::AnswerLost,
    Fault::SaysTaken,
    Fault::AnswersLost,
    Fault::AllSayTaken,
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::Full,
];

/// What a crashed process leaves of itself.
struct Crash;

/// A store whose n-th write goes wrong.
pub(crate) struct Faulty<'a> {
    inner: &'a dyn StateStore,
    fault: Fault,
    at: usize,
    writes: AtomicUsize,
}

impl<'a> Faulty<'a> {
    pub(crate) fn new(inner: &'a dyn StateStore, fault: Fault, at: usize) -> Self {
        Self { inner, fault, at, writes: AtomicUsize::new(0) }
    }

    /// Whether there was a write that could go wrong.
    pub(crate) fn was_reached(&self) -> bool {
        self.writes.load(Ordering::Relaxed) > self.at
    }

    fn write(&self, act: impl Fn() -> Result<bool, StoreError>) -> Result<bool, StoreError> {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        if number < self.at || (number > self.at && !self.fault.lasts()) {
            return act();
        }
        match self.fault {
            Fault::SaysTaken | Fault::AllSayTaken => act().map(|_| false),
            Fault::Refused(kind) => Err(io::Error::from(kind).into()),
            Fault::Unavailable => Err(io::Error::from(ErrorKind::ConnectionReset).into()),
            Fault::Full => Err(io::Error::from(ErrorKind::StorageFull).into()),
            Fault::AnswerLost | Fault::AnswersLost => {
                act().and(Err(io::Error::from(ErrorKind::TimedOut).into()))
            }
            Fault::CrashBefore => resume_unwind(Box::new(Crash)),
            Fault::CrashAfter => act().and_then(|_| resume_unwind(Box::new(Crash))),
            Fault::AbortBefore => std::process::abort(),
            Fault::AbortAfter => act().and_then(|_| std::process::abort()),
        }
    }
}

impl StateStore for Faulty<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(name)
    }
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list(folder, after)
    }
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.write(|| self.inner.create(name, bytes))
    }
    fn inner(&self) -> Option<&dyn StateStore> {
        Some(self.inner)
    }
    fn place(&self) -> String {
        self.inner.place()
    }
}

impl Fault {
    /// Whether every write after it goes wrong, too.
    fn lasts(self) -> bool {
        matches!(self, Self::Full | Self::AnswersLost | Self::AllSayTaken)
    }

    /// Whether an apply comes to its end all the same: it goes wrong once and can be tried again, or all that goes
    /// wrong is what is said of the write.
    pub(crate) fn is_overcome(self) -> bool {
        matches!(
            self,
            Self::Unavailable | Self::AnswerLost | Self::SaysTaken | Self::AnswersLost | Self::AllSayTaken
        )
    }
}

/// A store on which somebody else is at work before the n-th call.
pub(crate) struct Meanwhile<'a> {
    inner: &'a dyn StateStore,
    at: usize,
    calls: AtomicUsize,
    other: &'a (dyn Fn() + Sync),
}

impl<'a> Meanwhile<'a> {
    pub(crate) fn new(inner: &'a dyn StateStore, at: usize, other: &'a (dyn Fn() + Sync)) -> Self {
        Self { inner, at, calls: AtomicUsize::new(0), other }
    }

    pub(crate) fn was_reached(&self) -> bool {
        self.calls.load(Ordering::Relaxed) > self.at
    }

    fn call(&self) -> &'a dyn StateStore {
        if self.calls.fetch_add(1, Ordering::Relaxed) == self.at {
            (self.other)();
        }
        self.inner
    }
}

impl StateStore for Meanwhile<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.call().get(name)
    }
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.call().list(folder, after)
    }
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.call().create(name, bytes)
    }
    fn inner(&self) -> Option<&dyn StateStore> {
        Some(self.inner)
    }
    fn place(&self) -> String {
        self.inner.place()
    }
}

/// How a run ended that may have crashed; nothing when it did.
pub(crate) fn survived<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run))
        .map_err(|panic: Box<dyn Any + Send>| {
            if !panic.is::<Crash>() {
                resume_unwind(panic);
            }
        })
        .ok()
}

/// A state in a folder of its own.
struct Local {
    _folder: tempfile::TempDir,
    store: LocalStore,
    root: Utf8PathBuf,
}

fn local() -> Local {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().join("work/state")).unwrap();
    Local { _folder: folder, store: LocalStore::new(root.clone()), root }
}

// ---- a write goes wrong ------------------------------------------------------------------------------

/// Something to do with a store.
pub(crate) type Use<'a> = &'a dyn Fn(&dyn StateStore);

/// An apply whose every write goes wrong in every way, over a state before it.
pub(crate) fn every_write_may_go_wrong(
    with_store: &dyn Fn(Use<'_>),
    before: Option<&Desired>,
    after: &Desired,
) {
    let (old, new) = (before.map(Recorded::from).unwrap_or_default(), Recorded::from(after));
    for fault in FAULTS {
        for at in 0.. {
            let was_reached = Cell::new(false);
            with_store(&|store| {
                before.map(|before| apply(store, before).unwrap());
                let failing = Faulty::new(store, fault, at);
                let ended = survived(|| apply(&failing, after));
                was_reached.set(failing.was_reached());
                let what = format!("{fault:?} at write {at}");
                if fault.is_overcome() {
                    assert!(
                        matches!(ended, Some(Ok(_))),
                        "{what}: it could be recorded, and was said not to be: {ended:?}"
                    );
                }
                match ended {
                    // What was acknowledged is there.
                    Some(Ok(_)) => assert_eq!(recorded(store), new, "{what}"),
                    Some(Err(error)) => {
                        assert!(matches!(error, RecordError::Unwritable { .. }), "{what}: {error}");
                        assert!(error.to_string().contains(&store.place()), "{what}: {error}");
                        let is_denied = error.help().contains("nothing was recorded");
                        assert!(!is_denied || recorded(store) == old, "{what}: {}", error.help());
                    }
                    None => assert!(was_reached.get(), "{what}"),
                }
                holds(store, &[old.clone(), new.clone()], after, &what);
            });
            if !was_reached.get() {
                assert!(at > 2, "{fault:?}: there were but {at} writes");
                break;
            }
        }
    }
}

fn in_memory(run: Use<'_>) {
    run(&Memory::default());
}

fn in_a_folder(run: Use<'_>) {
    run(&local().store);
}

fn over_a_network(run: Use<'_>) {
    run(&Remote::retrying(&Memory::default(), &TestClock::default()));
}

fn over_a_network_with_a_cache(run: Use<'_>) {
    let caches = tempfile::tempdir().unwrap();
    let (store, clock) = (Memory::default(), TestClock::default());
    run(&CachedStore::new(Remote::retrying(&store, &clock), Utf8Path::from_path(caches.path())));
}

#[test]
fn every_write_of_a_first_apply_may_go_wrong() {
    let after = world(&[("one", "a"), ("two", "a")]);
    every_write_may_go_wrong(&in_memory, None, &after);
    every_write_may_go_wrong(&in_a_folder, None, &after);
    every_write_may_go_wrong(&over_a_network, None, &after);
}

#[test]
fn every_write_of_a_later_apply_may_go_wrong() {
    let before = world(&[("one", "a"), ("two", "a"), ("three", "a")]);
    // One changes, one stays, one goes, one comes.
    let after = world(&[("one", "b"), ("two", "a"), ("four", "a")]);
    every_write_may_go_wrong(&in_memory, Some(&before), &after);
    every_write_may_go_wrong(&in_a_folder, Some(&before), &after);
    every_write_may_go_wrong(&over_a_network, Some(&before), &after);
    every_write_may_go_wrong(&over_a_network_with_a_cache, Some(&before), &after);
}

#[test]
fn a_full_disk_is_told_with_the_object_that_found_no_room() {
    let store = Memory::default();
    let error = apply(&Faulty::new(&store, Fault::Full, 0), &world(&[("one", "a")])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write `memory/log/00000000000000000000.json` of the state: no storage space"
    );
    assert!(store.names().is_empty());
}

// ---- two at once -------------------------------------------------------------------------------------

/// Two applies that were planned on the same state. The second one runs within the first, before each of
/// its calls, and itself may crash or fail at each of its writes.
fn every_interleaving(base: Option<&Desired>, first: &Desired, second: &Desired, both: Option<&Desired>) {
    let faults = FAULTS.into_iter().flat_map(|fault| (0..12).map(move |at| (fault, at)));
    let calm = [(Fault::Full, usize::MAX)];
    every_interleaving_with(false, calm.into_iter().chain(faults), (base, both), (first, second));
    every_interleaving_with(true, calm, (base, both), (first, second));
}

fn every_interleaving_with(
    is_remote: bool,
    faults: impl IntoIterator<Item = (Fault, usize)>,
    (base, both): (Option<&Desired>, Option<&Desired>),
    (first, second): (&Desired, &Desired),
) {
    for (fault, at) in faults {
        for call in 0.. {
            let store = Memory::default();
            base.map(|base| apply(&store, base).unwrap());
            let clock = TestClock::default();
            let caches = tempfile::tempdir().unwrap();
            let caches = Utf8Path::from_path(caches.path());
            let remote = CachedStore::new(Remote::retrying(&store, &clock), caches);
            let store: &dyn StateStore = if is_remote { &remote } else { &store };
            let (plan_of_first, plan_of_second) = (confirmed(store, first), confirmed(store, second));
            let second_ended = Mutex::new(None);
            let other = || {
                let failing = Faulty::new(store, fault, at);
                let ended = survived(|| record(&failing, &plan_of_second, &now()));
                *second_ended.lock().unwrap() = ended.map(|ended| ended.is_ok());
            };
            let meanwhile = Meanwhile::new(store, call, &other);
            let first_ended = record(&meanwhile, &plan_of_first, &now());
            let was_reached = meanwhile.was_reached();
            let what = format!("the second before call {call} of the first, with {fault:?} at write {at}");
            let second_is_done = second_ended.into_inner().unwrap() == Some(true);
            let base = base.map(Recorded::from).unwrap_or_default();
            let (one, two) = (Recorded::from(first), Recorded::from(second));
            let state = recorded(store);
            match (&first_ended, both) {
                (Ok(_), None) => {
                    assert_eq!(state, one, "{what}");
                    assert!(!second_is_done, "{what}: both won");
                }
                (Ok(_), Some(both)) => {
                    assert!(state == one || state == Recorded::from(both), "{what}");
                    assert!(!second_is_done || state == Recorded::from(both), "{what}: the second is lost");
                }
                (Err(RecordError::Stale { .. }), None) => assert_eq!(state, two, "{what}: stale for nothing"),
                (Err(error), _) => panic!("{what}: {error}"),
            }
            let both_recorded = both.map(Recorded::from);
            let expected: Vec<_> = [base, one, two].into_iter().chain(both_recorded).collect();
            holds(store, &expected, both.unwrap_or(second), &what);
            if !was_reached {
                assert!(call > 4, "there were but {call} calls");
                break;
            }
        }
    }
}

#[test]
fn of_two_first_applies_one_wins() {
    every_interleaving(None, &world(&[("one", "a")]), &world(&[("one", "b")]), None);
}

#[test]
fn of_two_applies_on_one_project_one_wins() {
    let base = world(&[("one", "a"), ("two", "a")]);
    every_interleaving(
        Some(&base),
        &world(&[("one", "b"), ("two", "a")]),
        &world(&[("one", "c"), ("two", "a")]),
        None,
    );
}

#[test]
fn two_applies_on_different_projects_both_succeed() {
    let base = world(&[("one", "a"), ("two", "a")]);
    every_interleaving(
        Some(&base),
        &world(&[("one", "b"), ("two", "a")]),
        &world(&[("one", "a"), ("two", "b")]),
        Some(&world(&[("one", "b"), ("two", "b")])),
    );
}

#[test]
fn whoever_reads_meanwhile_sees_the_old_state_or_the_new_one() {
    let (old, new) = (world(&[("one", "a"), ("two", "a")]), world(&[("one", "b"), ("three", "a")]));
    for base in [None, Some(&old)] {
        for call in 0.. {
            let store = Memory::default();
            base.map(|base| apply(&store, base).unwrap());
            let other = || {
                apply(&store, &new).unwrap();
            };
            let meanwhile = Meanwhile::new(&store, call, &other);
            let state = State::open(&meanwhile).unwrap_or_else(|error| panic!("call {call}: {error}"));
            let seen = state.recorded().unwrap_or_else(|error| panic!("call {call}: {error}"));
            let before = base.map(Recorded::from).unwrap_or_default();
            assert!(seen == before || seen == Recorded::from(&new), "call {call}: neither old nor new");
            let problems = verify(&meanwhile).problems;
            assert!(problems.is_empty(), "call {call}: {problems:?}");
            // A whole apply, that plans as well: it is done or stale, and never anything else.
            let ended = apply(&meanwhile, &new);
            assert!(matches!(ended, Ok(_) | Err(RecordError::Stale { .. })), "call {call}: {ended:?}");
            if !meanwhile.was_reached() {
                assert!(call > 4);
                break;
            }
        }
    }
}

// ---- many at once ------------------------------------------------------------------------------------

fn many(number: usize, description: &str) -> Vec<(String, String)> {
    (0..number).map(|number| (format!("p{number}"), description.to_owned())).collect()
}

fn many_world(projects: &[(String, String)]) -> Desired {
    world(&projects.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
}

/// Runs all at once, each in a thread of its own.
fn at_once<T: Send>(number: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = std::sync::Barrier::new(number);
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

#[test]
fn of_many_threads_on_the_same_projects_one_wins() {
    for number in [2, 10] {
        for local in [None, Some(local())] {
            let memory = Memory::default();
            let store: &dyn StateStore = local.as_ref().map_or(&memory, |local| &local.store);
            apply(store, &world(&[("one", "a"), ("two", "a")])).unwrap();
            let plans: Vec<_> = (0..number)
                .map(|number| confirmed(store, &world(&[("one", &format!("b{number}")), ("two", "b")])))
                .collect();
            let ended = at_once(number, |number| record(store, &plans[number], &now()));
            let won: Vec<_> = (0..number).filter(|number| ended[*number].is_ok()).collect();
            assert_eq!(won.len(), 1, "{ended:?}");
            assert!(
                ended.iter().all(|one| matches!(one, Ok(2) | Err(RecordError::Stale { .. }))),
                "{ended:?}"
            );
            let won = world(&[("one", &format!("b{}", won[0])), ("two", "b")]);
            holds(store, &[Recorded::from(&won)], &won, "the winner");
        }
    }
}

#[test]
fn many_threads_on_different_projects_all_succeed() {
    for number in [2, 10] {
        for local in [None, Some(local())] {
            let memory = Memory::default();
            let store: &dyn StateStore = local.as_ref().map_or(&memory, |local| &local.store);
            apply(store, &many_world(&many(number, "a"))).unwrap();
            let plans: Vec<_> = (0..number)
                .map(|number_of_it| {
                    let mut projects = many(number, "a");
                    projects[number_of_it].1 = "b".into();
                    confirmed(store, &many_world(&projects))
                })
                .collect();
            let ended = at_once(number, |number| record(store, &plans[number], &now()).unwrap());
            let revisions: BTreeSet<_> = ended.into_iter().collect();
            assert_eq!(revisions, (2..2 + number as u64).collect());
            let all = many_world(&many(number, "b"));
            holds(store, &[Recorded::from(&all)], &all, "all of them");
        }
    }
}

/// Runs the binary several times at once, and returns the exit codes in order.
fn processes(workspace: &Workspace, commands: &[Vec<String>]) -> Vec<i32> {
    let start = |args: &Vec<String>| {
        command(&workspace.root).args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = commands.iter().map(start).collect();
    let mut codes: Vec<_> =
        children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect();
    codes.sort_unstable();
    codes
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn is_sound_and_done(workspace: &Workspace, revisions: usize) {
    let verified = keyplan(&workspace.root, &["state", "verify"]);
    assert!(stdout(&verified).starts_with(&format!("sound: {revisions} revision")), "{}", stdout(&verified));
    assert_eq!(stdout(&keyplan(&workspace.root, &["plan"])), "No changes.\n");
}

fn write_world(workspace: &Workspace, projects: &[(String, String)]) {
    let projects: Vec<_> = projects.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    workspace.write("access.yaml", text(&projects).as_bytes());
}

#[test]
fn of_many_processes_on_the_same_projects_one_wins() {
    for number in [2, 10] {
        let workspace = Workspace::with(&[]);
        write_world(&workspace, &many(2, "a"));
        let first = processes(&workspace, &vec![words("apply --auto-approve"); number]);
        assert!(first.contains(&0) && first.iter().all(|code| [0, 7].contains(code)), "{first:?}");
        is_sound_and_done(&workspace, 1);
        write_world(&workspace, &many(2, "b"));
        assert!(keyplan(&workspace.root, &["plan", "--out", "saved.json"]).status.success());
        let codes = processes(&workspace, &vec![words("apply saved.json"); number]);
        assert_eq!(codes, [vec![0], vec![7; number - 1]].concat());
        is_sound_and_done(&workspace, 2);
    }
}

#[test]
fn many_processes_on_different_projects_all_succeed() {
    for number in [2, 10] {
        let workspace = Workspace::with(&[]);
        write_world(&workspace, &many(number, "a"));
        assert!(keyplan(&workspace.root, &["apply", "--auto-approve"]).status.success());
        for number_of_it in 0..number {
            let mut projects = many(number, "a");
            projects[number_of_it].1 = "b".into();
            write_world(&workspace, &projects);
            let out = format!("{number_of_it}.json");
            assert!(keyplan(&workspace.root, &["plan", "--out", &out]).status.success());
        }
        let commands: Vec<_> = (0..number).map(|number| words(&format!("apply {number}.json"))).collect();
        assert_eq!(processes(&workspace, &commands), vec![0; number]);
        write_world(&workspace, &many(number, "b"));
        is_sound_and_done(&workspace, 1 + number);
    }
}

// ---- a process is killed -----------------------------------------------------------------------------

const CHILD: &str = "KEYPLAN_TEST_CHILD";

/// Not a test by itself: the process that is aborted at its n-th write.
#[test]
fn the_child_that_is_aborted() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [folder, at, when] = told.split('|').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let store = LocalStore::new(folder.into());
    let fault = if when == "before" { Fault::AbortBefore } else { Fault::AbortAfter };
    let faulty = Faulty::new(&store, fault, at.parse().unwrap());
    apply(&faulty, &world(&[("one", "b"), ("three", "a")])).unwrap();
}

#[test]
fn a_process_may_be_aborted_at_every_write() {
    let old = world(&[("one", "a"), ("two", "a")]);
    let new = world(&[("one", "b"), ("three", "a")]);
    for base in [None, Some(&old)] {
        for when in ["before", "after"] {
            for at in 0.. {
                let local = local();
                base.map(|base| apply(&local.store, base).unwrap());
                fs::create_dir_all(&local.root).unwrap();
                let status = Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "state_faults::the_child_that_is_aborted"])
                    .env(CHILD, format!("{}|{at}|{when}", local.root))
                    .current_dir(&local.root)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .unwrap();
                let what = format!("aborted {when} write {at}");
                let before = base.map(Recorded::from).unwrap_or_default();
                if status.success() {
                    assert!(at > 2, "{what}");
                    assert_eq!(recorded(&local.store), Recorded::from(&new), "{what}");
                }
                holds(&local.store, &[before, Recorded::from(&new)], &new, &what);
                if status.success() {
                    break;
                }
            }
        }
    }
}

/// Files that killed writers have left are passed over; the next apply takes away those that are old enough for
/// no writer to be at work on them.
#[test]
fn files_of_killed_writers_go_when_they_are_old() {
    let local = local();
    apply(&local.store, &world(&[("one", "a")])).unwrap();
    let left = ["", "log", "objects"].map(|folder| local.root.join(folder).join(".writing-old"));
    let new = local.root.join("objects/.writing-new");
    for path in left.iter().chain([&new]) {
        fs::write(path, b"{\"digest").unwrap();
    }
    let two_days_ago = std::time::SystemTime::now() - Duration::from_hours(48);
    for path in &left {
        fs::File::options().write(true).open(path).unwrap().set_modified(two_days_ago).unwrap();
    }
    apply(&local.store, &world(&[("one", "b")])).unwrap();
    assert!(new.exists() && left.iter().all(|path| !path.exists()));
}

/// A store that keeps small objects only.
struct Small<'a>(&'a Memory);

impl StateStore for Small<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(name)
    }
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.0.list(folder, after)
    }
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.0.create(name, bytes)
    }
    fn max_object(&self) -> u64 {
        2_000
    }
    fn place(&self) -> String {
        self.0.place()
    }
}

/// What could not be read any more once it was written is not recorded, nor begun.
#[test]
fn a_project_that_is_too_large_is_refused_before_anything_is_done() {
    let memory = Memory::default();
    let store = Small(&memory);
    apply(&store, &world(&[("one", "a")])).unwrap();
    let names = memory.names();
    let large = world(&[("one", &"b".repeat(2_000))]);
    let confirmed = confirmed(&store, &large);
    let recorded_error = record(&store, &confirmed, &now()).unwrap_err();
    let begun_error = begin(&store, &confirmed, &now(), &TestClock::default()).unwrap_err();
    for error in [recorded_error, begun_error] {
        assert!(error.to_string().starts_with("project `one` would take "), "{error}");
        assert!(error.help().contains("smaller projects"), "{}", error.help());
    }
    assert_eq!(memory.names(), names);
    assert!(verify(&memory).problems.is_empty());
}

/// What a process that was killed in the middle of a write leaves behind.
#[test]
fn half_written_files_are_passed_over() {
    let local = local();
    let world = world(&[("one", "a")]);
    apply(&local.store, &world).unwrap();
    for folder in ["", "log", "objects"] {
        fs::write(local.root.join(folder).join(".writing-x7Gq2p"), b"{\"digest").unwrap();
    }
    holds(&local.store, &[Recorded::from(&world)], &world, "with half of a file");
}

/// Files may not grow past a few blocks: writes fail in their middle, or the process is killed there.
#[cfg(unix)]
#[test]
fn a_write_may_end_in_its_middle() {
    let workspace = Workspace::with(&[]);
    let (old, new) = (many(3, "a"), many(4, &"b".repeat(3000)));
    for trap in ["trap '' XFSZ;", ""] {
        let mut stopped = 0;
        for blocks in 0..14 {
            let _ = fs::remove_dir_all(workspace.root.join(".keyplan"));
            write_world(&workspace, &old);
            assert!(keyplan(&workspace.root, &["apply", "--auto-approve"]).status.success());
            write_world(&workspace, &new);
            let script = format!("{trap} ulimit -c 0; ulimit -f {blocks}; exec \"$0\" apply --auto-approve");
            let output = Command::new("sh")
                .args(["-c", &script, env!("CARGO_BIN_EXE_keyplan")])
                .current_dir(&workspace.root)
                .env_clear()
                .output()
                .unwrap();
            let is_done = output.status.success();
            stopped += usize::from(!is_done);
            if !is_done && !trap.is_empty() {
                assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
                assert!(stderr(&output).contains(".keyplan/state/"), "{}", stderr(&output));
            }
            let verified = keyplan(&workspace.root, &["state", "verify"]);
            let revisions = if is_done { "sound: 2 revisions" } else { "sound: 1 revision " };
            assert!(stdout(&verified).starts_with(revisions), "{blocks} blocks: {}", stdout(&verified));
            assert!(keyplan(&workspace.root, &["apply", "--auto-approve"]).status.success());
            is_sound_and_done(&workspace, 2);
        }
        assert!((2..14).contains(&stopped), "{stopped} were stopped");
    }
}

/// A file system that is full, where one can be mounted.
#[cfg(target_os = "linux")]
#[test]
fn a_file_system_may_be_full() {
    let script = r#"
        mkdir -p .keyplan && mount -t tmpfs -o size="$1" none .keyplan 2>/dev/null || exit 99
        "$0" apply --auto-approve; code=$?
        "$0" state verify >&2 || exit 98
        mount -o remount,size=4m .keyplan || exit 99
        "$0" apply --auto-approve >&2 || exit 97
        "$0" plan --detailed-exitcode >&2 || exit 96
        exit $code
    "#;
    let mut codes = BTreeSet::new();
    for pages in 1..12 {
        let workspace = Workspace::with(&[]);
        write_world(&workspace, &many(4, "a"));
        let output = Command::new("unshare")
            .args(["-m", "sh", "-c", script, env!("CARGO_BIN_EXE_keyplan"), &format!("{}k", 4 * pages)])
            .current_dir(&workspace.root)
            .output();
        let Ok(output) = output else { return };
        let Some(code) = output.status.code().filter(|code| *code != 99) else { return };
        if stderr(&output).contains("unshare") {
            // Nobody may mount here. The store that says `StorageFull` is all there is to test with.
            return;
        }
        assert!([0, 1].contains(&code), "{pages} pages: {code}\n{}", stderr(&output));
        codes.insert(code);
    }
    assert_eq!(codes, BTreeSet::from([0, 1]));
}

/// Root may write anywhere: as root there is nothing to see here, and a store that refuses has to do.
#[cfg(unix)]
#[test]
fn a_read_only_store_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let local = local();
    let (old, new) = (world(&[("one", "a")]), world(&[("one", "b")]));
    apply(&local.store, &old).unwrap();
    let folders = ["", "log", "objects"].map(|folder| local.root.join(folder));
    let mode = |mode| {
        for path in &folders {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    mode(0o555);
    let may_write_anyway = fs::write(local.root.join("probe"), b"").is_ok();
    if !may_write_anyway {
        assert_eq!(recorded(&local.store), Recorded::from(&old));
        assert!(verify(&local.store).problems.is_empty());
        let error = apply(&local.store, &new).unwrap_err();
        assert!(error.to_string().contains("Permission denied"), "{error}");
        assert!(error.to_string().contains(local.root.as_str()), "{error}");
        assert_eq!(recorded(&local.store), Recorded::from(&old));
    }
    mode(0o755);
    let _ = fs::remove_file(local.root.join("probe"));
    holds(&local.store, &[Recorded::from(&old)], &new, "writable again");
}

// ---- what is kept is damaged -------------------------------------------------------------------------

/// Three revisions of two projects.
fn kept() -> Memory {
    let store = Memory::default();
    for description in ["a", "b", "c"] {
        apply(&store, &world(&[("one", description), ("two", "a")])).unwrap();
    }
    store
}

/// What a damaged state is read as: an error, or what it was.
fn read(store: &dyn StateStore) -> Result<Recorded, StateError> {
    State::open(store)?.recorded()
}

/// A damaged state is never read as another one, and `verify` names what is damaged.
fn is_seen(store: &dyn StateStore, name: &str, truth: &Recorded, what: &str) {
    match read(store) {
        Ok(seen) => assert_eq!(seen, *truth, "{what}: read as another state"),
        // Of `format.json` that says something else, the place says enough.
        Err(error) => assert!(error.to_string().contains(name) || name == "format.json", "{what}: {error}"),
    }
    let problems = verify(store).problems;
    let is_named = problems.iter().any(|problem| {
        problem.to_string().contains(name)
            || matches!(problem, StateError::Newer { .. } | StateError::Foreign { .. })
                && name == "format.json"
    });
    assert!(is_named, "{what}: {problems:?}");
}

#[test]
fn every_truncated_file_is_seen() {
    let (store, truth) = (kept(), recorded(&kept()));
    for name in store.names() {
        let bytes = store.get(&name).unwrap().unwrap();
        for end in (0..bytes.trim_ascii_end().len()).step_by(7).chain([bytes.trim_ascii_end().len() - 1]) {
            is_seen(&store.with(&name, Some(&bytes[..end])), &name, &truth, &format!("{name} cut at {end}"));
        }
    }
}

#[test]
fn every_flipped_bit_is_seen() {
    let (store, truth) = (kept(), recorded(&kept()));
    for name in store.names() {
        let mut bytes = store.get(&name).unwrap().unwrap();
        for at in 0..bytes.len() {
            for bit in [0x01, 0x20, 0x80] {
                bytes[at] ^= bit;
                let damaged = store.with(&name, Some(&bytes));
                is_seen(&damaged, &name, &truth, &format!("{name} with another byte at {at}"));
                bytes[at] ^= bit;
            }
        }
    }
}

#[test]
fn every_missing_file_is_seen() {
    let (store, truth) = (kept(), recorded(&kept()));
    let names = store.names();
    // Without its newest entry, a log is what it was before that: a plan that was made since is stale.
    let newest = names.iter().rfind(|name| name.starts_with("log/")).unwrap();
    for name in names.iter().filter(|name| *name != newest) {
        is_seen(&store.with(name, None), name, &truth, &format!("without {name}"));
    }
    let late = confirmed(&store, &world(&[("one", "d"), ("two", "a")]));
    let error = record(&store.with(newest, None), &late, &now()).unwrap_err();
    assert!(matches!(error, RecordError::Stale { .. }), "{error}");
}

#[test]
fn objects_without_a_format_are_no_empty_state() {
    let store = kept();
    for name in store.names().iter().filter(|name| !name.starts_with("objects/")) {
        store.0.lock().unwrap().remove(name);
    }
    is_seen(&store, "format.json", &Recorded::default(), "objects alone");
    assert!(read(&store).is_err(), "read as empty");
    assert!(apply(&store, &world(&[("one", "a")])).is_err());
}

#[test]
fn a_newer_state_is_told_as_such_whatever_it_looks_like() {
    for (file, version) in [
        (r#"{"format": "keyplan-state", "version": 2, "lineage": "x"}"#, 2),
        (r#"{"format": "keyplan-state", "version": 18446744073709551615}"#, u64::MAX),
        (r#"{"format": "keyplan-state", "version": 3, "more": {}}"#, 3),
    ] {
        let store = kept().with("format.json", Some(file.as_bytes())).with("log/of-another-kind", Some(b"x"));
        let error = read(&store).unwrap_err();
        assert!(matches!(error, StateError::Newer { version: found, .. } if found == version), "{error}");
        assert!(verify(&store).problems.iter().any(|one| matches!(one, StateError::Newer { .. })));
        assert!(apply(&store, &world(&[("one", "z")])).is_err());
    }
}

#[test]
fn what_is_no_state_is_not_written_into() {
    let foreign = |files: &[(&str, &str)]| {
        let store = Memory::default();
        for (name, text) in files {
            store.create(name, text.as_bytes()).unwrap();
        }
        let error = read(&store).unwrap_err();
        assert!(matches!(error, StateError::Foreign { .. }), "{files:?}: {error}");
        assert!(!verify(&store).problems.is_empty());
        let names = store.names();
        assert!(apply(&store, &world(&[("one", "a")])).is_err(), "{files:?}");
        assert_eq!(store.names(), names, "{files:?}");
    };
    foreign(&[("format.json", r#"{"format": "another", "version": 1}"#)]);
    foreign(&[("format.json", "{}")]);
    foreign(&[("format.json", "[1]")]);
    foreign(&[("format.json", r#"{"format": "keyplan-state"}"#)]);
    foreign(&[("log/app.log", "GET /"), ("log/app.log.1", "GET /")]);
    foreign(&[("objects/pack", "PACK")]);
}

#[test]
fn a_version_that_never_was_is_damage() {
    let store = kept();
    let text = String::from_utf8(store.get("format.json").unwrap().unwrap()).unwrap();
    let store = store.with("format.json", Some(text.replace(": 1", ": 0").as_bytes()));
    assert!(read(&store).unwrap_err().to_string().contains("format.json"));
    assert!(!verify(&store).problems.is_empty());
}

#[test]
fn strange_names_in_the_log_are_told() {
    for name in [
        "log/1.json",
        "log/0.json",
        "log/00000000000000000004.json~",
        "log/00000000000000000004",
        "log/99999999999999999999.json",
        "log/+0000000000000000004.json",
        "log/notes.txt",
        "log/\u{1b}[2J",
    ] {
        let store = kept().with(name, Some(b"{}"));
        let (problems, checked) = (verify(&store).problems, verify(&store).revisions);
        assert!(problems.iter().any(|problem| problem.to_string().contains(name)), "{name}: {problems:?}");
        assert_eq!(checked, 3, "{name} hides the others");
        assert!(read(&store).unwrap_err().to_string().contains(name), "{name}");
    }
}

#[test]
fn a_huge_number_in_the_log_is_told_at_once() {
    for number in [u64::MAX, u64::MAX - 1, 1 << 40, 5] {
        let name = format!("log/{number:020}.json");
        // One that is torn, and one that is well made.
        let newest: EntryFile =
            serde_json::from_slice(&kept().get("log/00000000000000000003.json").unwrap().unwrap()).unwrap();
        let made = Entry { number, ..newest.entry }.to_file().1;
        for bytes in [b"{}".to_vec(), made] {
            let store = kept().with(&name, Some(&bytes));
            let problems = verify(&store).problems;
            assert!(!problems.is_empty() && problems.len() < 5, "{number}: {problems:?}");
            let text = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            assert!(text.contains("00000000000000000004.json") || text.contains(&name), "{number}: {text}");
            // Nothing panics, whatever is made of it.
            let _ = apply(&store, &world(&[("one", "z"), ("two", "a")]));
        }
    }
}

#[test]
fn a_log_with_a_gap_is_damaged() {
    for number in 0..3 {
        let name = format!("log/{number:020}.json");
        let store = kept().with(&name, None);
        let error = State::open(&store).unwrap_err();
        assert_eq!(error.to_string(), format!("`memory/{name}` of the state is missing"));
        assert!(error.help().contains("from a copy"), "{}", error.help());
        assert!(apply(&store, &world(&[("one", "z"), ("two", "a")])).is_err());
    }
    let store = kept();
    let state = State::open(&store).unwrap();
    assert_eq!(state.revisions(), [1, 2, 3]);
    assert!(state.at(u64::MAX).is_err());
}

/// Git ignores `log/` where the ignore file of many a project is copied; the rest of the state is committed.
#[test]
fn a_state_without_its_log_is_damaged_and_never_empty() {
    let store = kept();
    for name in store.names().iter().filter(|name| name.starts_with("log/")) {
        store.0.lock().unwrap().remove(name);
    }
    let names = store.names();
    let error = read(&store).unwrap_err();
    assert!(error.to_string().starts_with("`memory/log/` of the state is missing"), "{error}");
    assert!(error.help().contains("does git ignore it"), "{}", error.help());
    assert!(verify(&store).problems.iter().any(|problem| problem.to_string() == error.to_string()));
    assert!(apply(&store, &world(&[("one", "a")])).is_err());
    assert_eq!(store.names(), names, "nothing is founded over it");
    // Neither is one of which nothing but the format is left.
    let store = Memory::default().with("format.json", kept().get("format.json").unwrap().as_deref());
    assert!(matches!(read(&store), Err(StateError::NoLog { .. })));
}

/// A founding may be interrupted after its first write: then the next apply ends it.
#[test]
fn a_founding_that_was_interrupted_is_no_damage() {
    let whole = kept();
    let founding = "log/00000000000000000000.json";
    let store = Memory::default().with(founding, whole.get(founding).unwrap().as_deref());
    assert!(verify(&store).problems.is_empty(), "{:?}", verify(&store).problems);
    assert_eq!(recorded(&store), Recorded::default());
    assert_eq!(apply(&store, &world(&[("one", "a")])).unwrap(), 1);
    assert_eq!(store.get("format.json").unwrap(), whole.get("format.json").unwrap());
    // But one in which something was recorded has lost its format.
    assert!(read(&whole.with("format.json", None)).unwrap_err().to_string().contains("format.json"));
}

/// Two branches have appended, and one side's entries were mixed with the other's.
#[test]
fn mixed_histories_are_broken() {
    let base = Memory::default();
    apply(&base, &world(&[("one", "a"), ("two", "a")])).unwrap();
    let (ours, theirs) = (base.copy(), base.copy());
    for description in ["b", "c"] {
        apply(&ours, &world(&[("one", description), ("two", "a")])).unwrap();
    }
    apply(&theirs, &world(&[("one", "a"), ("two", "b")])).unwrap();
    let second = "log/00000000000000000002.json";
    let mut mixed = ours.with(second, theirs.get(second).unwrap().as_deref());
    for name in theirs.names() {
        if mixed.get(&name).unwrap().is_none() {
            mixed = mixed.with(&name, theirs.get(&name).unwrap().as_deref());
        }
    }
    let error = read(&mixed).unwrap_err();
    assert!(error.to_string().contains("00000000000000000003.json` of the state does not follow"), "{error}");
    assert!(error.help().contains("git restore --source=BRANCH"), "{}", error.help());
    assert!(verify(&mixed).problems.iter().any(|problem| problem.to_string() == error.to_string()));
    assert!(apply(&mixed, &world(&[("one", "z")])).is_err());
}

#[test]
fn marks_of_a_merge_are_told_as_a_merge() {
    for name in ["log/00000000000000000003.json", "log/00000000000000000000.json", "format.json"] {
        let text = String::from_utf8(kept().get(name).unwrap().unwrap()).unwrap();
        let merged = format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n");
        let store = kept().with(name, Some(merged.as_bytes()));
        let error = read(&store).unwrap_err();
        assert_eq!(error.to_string(), format!("`memory/{name}` of the state is an unfinished merge of git"));
        assert!(error.help().contains("git restore"), "{}", error.help());
    }
}

#[test]
fn a_file_that_is_no_entry_is_to_be_moved_out() {
    for name in ["README", "Thumbs.db", "00000000000000000002 (copy).json"] {
        let error = read(&kept().with(&format!("log/{name}"), Some(b"x"))).unwrap_err();
        assert_eq!(error.to_string(), format!("`memory/log/{name}` is no entry of the log of the state"));
        assert_eq!(error.help(), "move it out of the folder");
    }
}

#[test]
fn an_entry_that_was_moved_is_told() {
    let store = kept();
    let second = store.get("log/00000000000000000002.json").unwrap().unwrap();
    for number in [1, 3, 4] {
        let name = format!("log/{number:020}.json");
        let store = store.with(&name, Some(&second));
        assert!(
            verify(&store).problems.iter().any(|problem| problem.to_string().contains(&name)),
            "{number}"
        );
    }
    // A log whose entries are whole, and do not follow each other.
    let other = Memory::default();
    apply(&other, &world(&[("one", "z")])).unwrap();
    let first = other.get("log/00000000000000000001.json").unwrap().unwrap();
    let store = store.with("log/00000000000000000001.json", Some(&first));
    let problems: String = verify(&store).problems.iter().map(ToString::to_string).collect();
    assert!(problems.contains("00000000000000000002.json` of the state does not follow"), "{problems}");
}

/// A damaged object is not built upon, also by an apply that would keep the same one again.
#[test]
fn a_damaged_object_is_not_built_upon() {
    let store = kept();
    let first: EntryFile =
        serde_json::from_slice(&store.get("log/00000000000000000001.json").unwrap().unwrap()).unwrap();
    let name = format!("objects/{}.json", first.entry.projects["one"].object);
    let whole = store.get(&name).unwrap().unwrap();
    let store = store.with(&name, Some(b"{"));
    let wanted = world(&[("one", "a"), ("two", "a")]);
    let error = apply(&store, &wanted).unwrap_err();
    assert!(matches!(error, RecordError::State(StateError::Damaged { .. })), "{error}");
    assert!(error.to_string().contains(&name), "{error}");
    let store = store.with(&name, Some(&whole));
    apply(&store, &wanted).unwrap();
    assert!(verify(&store).problems.is_empty());
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_something_else_is_not_empty() {
    let (before, after) = (world(&[("one", "a")]), world(&[("one", "b")]));
    let is_told = |local: &Local, what: &str| {
        let error = read(&local.store).unwrap_err();
        assert!(error.to_string().contains(local.root.as_str()), "{what}: {error}");
        assert!(!verify(&local.store).problems.is_empty(), "{what}");
        assert!(apply(&local.store, &after).is_err(), "{what}");
    };
    let begun = || {
        let local = local();
        apply(&local.store, &before).unwrap();
        local
    };
    let replaced = |path: &Utf8Path, by: &dyn Fn(&Utf8Path)| {
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        by(path);
    };
    let file: &dyn Fn(&Utf8Path) = &|path| fs::write(path, b"").unwrap();
    let folder: &dyn Fn(&Utf8Path) = &|path| fs::create_dir(path).unwrap();
    // What is mounted elsewhere, and is not mounted today.
    let link: &dyn Fn(&Utf8Path) = &|path| std::os::unix::fs::symlink("/nowhere/mounted", path).unwrap();
    for (path, by, what) in [
        ("", file, "the folder is a file"),
        ("", link, "the folder is a link to nothing"),
        ("format.json", folder, "the format is a folder"),
        ("format.json", link, "the format is a link to nothing"),
        ("log", file, "the log is a file"),
        ("log", link, "the log is a link to nothing"),
        ("log/00000000000000000001.json", folder, "an entry is a folder"),
        ("log/00000000000000000001.json", link, "an entry is a link to nothing"),
        ("objects", file, "the objects are a file"),
    ] {
        let local = begun();
        replaced(local.root.join(path).as_path().as_str().trim_end_matches('/').into(), by);
        is_told(&local, what);
    }
}

/// A store with latency in which an object is read only when as many are asked for at a time as there are.
struct Together<'a> {
    inner: &'a dyn StateStore,
    all: std::sync::Barrier,
}

impl StateStore for Together<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if name.starts_with("objects/") {
            self.all.wait();
        }
        self.inner.get(name)
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list(folder, after)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.inner.create(name, bytes)
    }

    fn has_latency(&self) -> bool {
        true
    }

    fn is_exclusive(&self) -> bool {
        self.inner.is_exclusive()
    }

    fn place(&self) -> String {
        "together".into()
    }
}

#[test]
fn objects_of_a_store_with_latency_are_verified_at_the_same_time() {
    let store = Memory::default();
    apply(&store, &world(&[("one", "a"), ("two", "a"), ("three", "a")])).unwrap();
    // Three projects, and the teams.
    let together = Together { inner: &store, all: std::sync::Barrier::new(4) };
    let verified = verify(&together);
    assert_eq!((verified.objects, verified.problems.len()), (4, 0));
}
