//! Carries out a confirmed plan. It decides nothing: what to do, in which order, is in the plan; how each change ended
//! is in the outcomes.
//!
//! With a target that has effects outside of the state, an apply begins in the state, then lets the target do all
//! changes, then ends in the state with what was done. A change that fails skips those that depend on it; the others
//! go on.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::Recorded;
use crate::plan::{Change, ConfirmedPlan, Delivery, Step, delivery, record_partial};
use crate::state::Clock;
use crate::state::lease::{Begun, Interrupted, begin, end, end_with_truth, intended, interrupted, renew};
use crate::state::store::StateStore;
use crate::state::{ApplyContext, RecordError, State, record};
use crate::targets::{Delivered, Observation, Progress, Target};

pub use crate::targets::{NodeError, NodeNote, Outcome, TargetError, TargetErrorKind};

/// How often it is looked whether the lease has to be renewed while the target is at work.
const TICK: Duration = Duration::from_secs(1);

/// The outcome of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The revision that records it.
    pub revision: u64,
    /// One for each change, in the order of the plan.
    pub outcomes: Vec<Outcome>,
    /// Notes on nodes on which all was done.
    pub notes: Vec<NodeNote>,
}

impl Report {
    /// Whether every change was done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcomes.iter().all(|outcome| *outcome == Outcome::Applied)
    }
}

/// What the user wants while an apply is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// Go on.
    Continue,
    /// Finish what is in flight, and begin nothing more.
    Finish,
}

/// What an apply asks of the world, and tells it.
pub trait ApplyMonitor: Sync {
    /// What the user wants.
    fn cancellation(&self) -> Cancellation;

    /// So many changes of so many have their outcome, and so many nodes were visited for them.
    fn progress(&self, done: usize, of: usize, nodes: usize);
}

/// Why an apply did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The state cannot be read or written, is held by another, or has moved on.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The user wants it to stop, and nothing was begun.
    #[error("interrupted; nothing was changed")]
    Interrupted,
    /// The target cannot be observed after an apply that was interrupted.
    #[error("the target `{target}` cannot be observed: {source}")]
    Unobservable {
        /// What the settings say of it.
        target: String,
        source: TargetError,
    },
}

/// Does a plan. Without a target, changes have no effects outside of the state, and all are recorded or none.
///
/// # Errors
/// When nothing was begun, or when the end could not be recorded: the next apply then ends this one with
/// what the target says is there.
pub fn apply(
    store: &dyn StateStore,
    target: Option<&dyn Target>,
    confirmed: &ConfirmedPlan,
    now: &ApplyContext,
    clock: &dyn Clock,
    monitor: &dyn ApplyMonitor,
) -> Result<Report, ApplyError> {
    let changes = &confirmed.plan().changes;
    if monitor.cancellation() == Cancellation::Finish {
        return Err(ApplyError::Interrupted);
    }
    let Some(target) = target else {
        let revision = record(store, confirmed, now, clock)?;
        return Ok(Report { revision, outcomes: vec![Outcome::Applied; changes.len()], notes: Vec::new() });
    };
    let begun = begin(store, confirmed, now, clock)?;
    let delivery = delivery(changes, &begun.before, &confirmed.plan().forgotten);
    let work = Work {
        store,
        clock,
        monitor,
        begun: Mutex::new(begun),
        of: changes.len(),
        done: AtomicUsize::new(0),
        nodes: AtomicUsize::new(0),
    };
    let Delivered { outcomes, partially_applied, mut notes } = act(target, &delivery, &work);
    notes.sort();
    let begun = work.begun.into_inner().unwrap_or_else(PoisonError::into_inner);
    let done = changes.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied);
    let done: Vec<_> = done.map(|(change, _)| change).collect();
    let revision = end(
        store,
        &begun,
        &done,
        (changes.len() - done.len(), &partially_applied),
        &confirmed.plan().forgotten,
        (now, clock),
    )?;
    Ok(Report { revision, outcomes, notes })
}

/// Ends every interrupted apply with what the target says is there, and tells which. `id` is what the settings
/// say of the target.
///
/// # Errors
/// When the state cannot be read or written, when an apply had another target, or when the target cannot be
/// observed.
pub fn recover(
    store: &dyn StateStore,
    (target, id): (Option<&dyn Target>, &str),
    now: &ApplyContext,
    clock: &dyn Clock,
) -> Result<Vec<Interrupted>, ApplyError> {
    let state = State::open(store).map_err(RecordError::from)?;
    let found = interrupted(&state, clock)?;
    for apply in &found {
        // Without a target nothing is ever begun: then it was begun with another one.
        let Some(target) = target.filter(|_| apply.target == id) else {
            return Err(other_target(apply, id).into());
        };
        let (before, plan) = intended(&state, apply)?;
        let delivery = delivery(&plan.changes, &before, &plan.forgotten);
        let seen = target.observe(&delivery);
        let seen = seen.map_err(|source| ApplyError::Unobservable { target: id.into(), source })?;
        let (recorded, done) = truth(before, &delivery.steps, &seen);
        match end_with_truth(store, apply, &recorded, &done, now, clock) {
            // Another one has ended it meanwhile.
            Ok(_) | Err(RecordError::LeaseLost { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

fn other_target(apply: &Interrupted, here: &str) -> RecordError {
    let Interrupted { begin, holder, target, token, .. } = apply.clone();
    RecordError::OtherTarget { begin, holder, target, here: here.into(), token }
}

/// What is there after an apply that was interrupted, and which of its changes are done.
fn truth<'a>(before: Recorded, steps: &[Step<'a>], seen: &Observation) -> (Recorded, Vec<&'a Change>) {
    let mut recorded = before;
    let done = steps.iter().zip(&seen.done).filter(|(_, is_done)| **is_done);
    let done: Vec<_> = done.map(|(step, _)| step.change).collect();
    for change in &done {
        change.apply_to(&mut recorded);
    }
    record_partial(&mut recorded, &seen.partially_applied);
    (recorded, done)
}

/// Lets the target do the changes, and renews the lease meanwhile.
fn act(target: &dyn Target, delivery: &Delivery<'_>, work: &Work<'_>) -> Delivered {
    std::thread::scope(|scope| {
        let (ends, ended) = channel::<()>();
        let worker = scope.spawn(move || {
            // Dropped at the end, however that comes.
            let _ends = ends;
            target.apply(delivery, work)
        });
        while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            // One that cannot be renewed stops what comes next.
            let _ = work.hold();
        }
        worker.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// An apply at work.
struct Work<'a> {
    store: &'a dyn StateStore,
    clock: &'a dyn Clock,
    monitor: &'a dyn ApplyMonitor,
    begun: Mutex<Begun>,
    of: usize,
    done: AtomicUsize,
    nodes: AtomicUsize,
}

impl Work<'_> {
    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the lease alive.
    fn hold(&self) -> Result<(), String> {
        let mut begun = self.begun();
        // Whoever was away for too long may have been given up: then nothing more may be touched.
        if !begun.is_alive(self.clock) {
            return Err("the lease ran out".into());
        }
        if !begun.is_due(self.clock) {
            return Ok(());
        }
        renew(self.store, &mut begun, self.clock)
            .map_err(|error| format!("the lease cannot be renewed: {error}"))
    }

    fn progress(&self) {
        let (done, nodes) = (self.done.load(Ordering::Relaxed), self.nodes.load(Ordering::Relaxed));
        self.monitor.progress(done, self.of, nodes);
    }
}

impl Progress for Work<'_> {
    fn go_on(&self) -> Result<(), String> {
        if self.monitor.cancellation() == Cancellation::Finish {
            return Err("interrupted".into());
        }
        self.hold()
    }

    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.progress();
    }

    fn node_done(&self) {
        self.nodes.fetch_add(1, Ordering::Relaxed);
        self.progress();
    }
}
