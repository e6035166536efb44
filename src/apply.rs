//! Does a plan that somebody consented to. It decides nothing: what to do, in which order, is in the
//! plan; what came of it is in the outcomes.
//!
//! With a target that has effects outside of the state, an apply begins in the state, then acts, change
//! by change, then ends in the state with what was done. A change that fails skips those that depend on
//! it; the others go on.

use std::collections::BTreeSet;

use crate::model::{Address, Subject};
use crate::plan::{Action, Change, ConfirmedPlan, Resource};
use crate::state::lease::{Begun, Clock, Interrupted, begin, end, end_with_truth, interrupted, renew};
use crate::state::store::StateStore;
use crate::state::{Now, RecordError, State, record};
use crate::target::Target;

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Applied,
    /// It was tried, and could not be done: why.
    Failed(String),
    /// It was not tried: why.
    Skipped(String),
}

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The revision that records it.
    pub revision: u64,
    /// One for each change, in the order of the plan.
    pub outcomes: Vec<Outcome>,
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
pub enum Wish {
    /// Go on.
    GoOn,
    /// Finish what is in flight, and begin nothing more.
    Finish,
}

/// What an apply asks of the world, and tells it.
pub trait Control {
    /// What the user wants.
    fn wish(&self) -> Wish;

    /// One more change has its outcome.
    fn progress(&self, done: usize, of: usize);
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
    #[error("the target `{target}` cannot be observed: {why}")]
    Unobservable {
        /// Its name.
        target: &'static str,
        /// Why.
        why: String,
    },
}

/// Does a plan.
///
/// # Errors
/// When nothing was begun, or when the end could not be recorded: the next apply then ends this one with
/// what the target says is there.
pub fn apply(
    store: &dyn StateStore,
    target: &dyn Target,
    confirmed: &ConfirmedPlan,
    now: &Now,
    clock: &dyn Clock,
    control: &dyn Control,
) -> Result<Report, ApplyError> {
    let changes = &confirmed.plan().changes;
    if control.wish() == Wish::Finish {
        return Err(ApplyError::Interrupted);
    }
    if !target.has_effects() {
        let revision = record(store, confirmed, now)?;
        return Ok(Report { revision, outcomes: vec![Outcome::Applied; changes.len()] });
    }
    let mut begun = begin(store, confirmed, now, clock)?;
    let outcomes = act(store, target, changes, &mut begun, clock, control);
    let done = changes.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied);
    let done: Vec<_> = done.map(|(change, _)| change).collect();
    let revision = end(store, &begun, &done, changes.len() - done.len(), now)?;
    Ok(Report { revision, outcomes })
}

/// Ends every interrupted apply with what the target says is there, and tells which.
///
/// # Errors
/// When the state cannot be read or written, or the target cannot be observed.
pub fn recover(
    store: &dyn StateStore,
    target: &dyn Target,
    now: &Now,
    clock: &dyn Clock,
) -> Result<Vec<Interrupted>, ApplyError> {
    let state = State::open(store).map_err(RecordError::from)?;
    let found = interrupted(&state, clock.now())?;
    for apply in &found {
        let observed = target.observe(&apply.projects, apply.teams);
        let observed = observed.map_err(|why| ApplyError::Unobservable { target: target.name(), why })?;
        match end_with_truth(store, apply, &observed, now) {
            // Another one has ended it meanwhile.
            Ok(_) | Err(RecordError::LeaseLost { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

fn act(
    store: &dyn StateStore,
    target: &dyn Target,
    changes: &[Change],
    begun: &mut Begun,
    clock: &dyn Clock,
    control: &dyn Control,
) -> Vec<Outcome> {
    let mut undone = Undone::default();
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        let outcome = match hindrance(store, change, &undone, begun, clock, control) {
            Some(why) => Outcome::Skipped(why),
            None => target.apply(change).map_or_else(Outcome::Failed, |()| Outcome::Applied),
        };
        if outcome != Outcome::Applied {
            undone.add(change);
        }
        outcomes.push(outcome);
        control.progress(outcomes.len(), changes.len());
    }
    outcomes
}

/// Why a change is not even tried.
fn hindrance(
    store: &dyn StateStore,
    change: &Change,
    undone: &Undone,
    begun: &mut Begun,
    clock: &dyn Clock,
    control: &dyn Control,
) -> Option<String> {
    if control.wish() == Wish::Finish {
        return Some("interrupted".into());
    }
    // Whoever was away for too long may have been given up: then nothing more may be touched.
    if !begun.is_alive(clock) {
        return Some("the lease ran out".into());
    }
    if begun.is_due(clock)
        && let Err(error) = renew(store, begun, clock)
    {
        return Some(format!("the lease cannot be renewed: {error}"));
    }
    undone.needed_by(change).map(|address| format!("`{address}` could not be changed"))
}

/// Changes that were not done, and what is in their way because of that.
#[derive(Default)]
struct Undone {
    /// What is not there, or not as it should be, because it was not created or updated.
    missing: BTreeSet<Address>,
    /// What something still names that should no longer be there, or no longer name it.
    in_use: BTreeSet<Address>,
}

impl Undone {
    fn add(&mut self, change: &Change) {
        self.in_use.extend(change.before().map(named_by).into_iter().flatten());
        if change.action() != Action::Delete {
            self.missing.insert(change.address());
        }
    }

    /// What a change needs and does not have, or would take away from something.
    fn needed_by(&self, change: &Change) -> Option<Address> {
        let address = change.address();
        let needs = change.after().or(change.before()).map(named_by).unwrap_or_default();
        let missing = needs.into_iter().find(|need| self.missing.contains(need));
        missing.or_else(|| {
            (change.action() == Action::Delete && self.in_use.contains(&address)).then_some(address)
        })
    }
}

/// What a resource names: it cannot be without that.
fn named_by(resource: &Resource) -> Vec<Address> {
    match resource {
        Resource::Team(_) => Vec::new(),
        Resource::Project(project) => {
            let teams = project.members.iter().filter_map(|member| match &member.subject {
                Subject::Team(team) => Some(Address::Team(team.clone())),
                Subject::User(_) => None,
            });
            teams.collect()
        }
        Resource::Key(key) => {
            let owner = key.owner.iter().filter_map(|owner| match owner {
                Subject::Team(team) => Some(Address::Team(team.clone())),
                Subject::User(_) => None,
            });
            owner.chain([Address::Project(key.project.clone())]).collect()
        }
        Resource::Cluster(cluster) => {
            let key = cluster.ssh_key.iter().map(|key| Address::Key(cluster.project.clone(), key.clone()));
            key.chain([Address::Project(cluster.project.clone())]).collect()
        }
    }
}
