//! The way of each cluster through all changes of a plan, from what is recorded to what is desired. Only its two
//! ends are delivered; what stands between two changes is not. So the outcome of a change follows from those of the
//! clusters that it reaches.

use std::collections::BTreeMap;

use super::{Delivered, NodeError, NodeNote, Observation, Outcome, Progress, TargetError, TargetErrorKind};
use crate::model::{Address, Name};
use crate::plan::{Blocked, ClusterAccess, Delivery, Effect, Resource, Step};

/// A cluster on its way through the changes.
pub(super) struct ClusterTransition {
    /// From the first change to the last.
    pub(super) whole: Effect,
    /// The numbers of the changes.
    steps: Vec<usize>,
}

/// How far a cluster has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TransitionState {
    /// As it was.
    Before,
    /// Neither, or nobody knows.
    Between,
    /// As it was to be.
    After,
}

/// The outcome of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// It is as it was to be, in so many places.
    Done(usize),
    /// It is not.
    Failed {
        /// Why.
        error: TargetError,
        /// In how many places something was to be done.
        places: usize,
        /// Whether it may be no longer as it was.
        is_touched: bool,
    },
    /// Nothing was tried: why.
    Untried(String),
}

impl Came {
    const fn state(&self) -> TransitionState {
        match self {
            Self::Done(_) => TransitionState::After,
            Self::Failed { is_touched: true, .. } => TransitionState::Between,
            Self::Failed { is_touched: false, .. } | Self::Untried(_) => TransitionState::Before,
        }
    }
}

impl ClusterTransition {
    /// What is recorded of it, and what is desired.
    pub(super) fn accesses(&self) -> impl Iterator<Item = &ClusterAccess> {
        self.whole.before.iter().chain(&self.whole.after)
    }

    /// The number of the last change that reaches it.
    pub(super) fn last_step(&self) -> Option<usize> {
        self.steps.last().copied()
    }

    /// Whether several changes reach it.
    pub(super) const fn is_long(&self) -> bool {
        self.steps.len() > 1
    }

    /// Whether all its changes are done.
    pub(super) fn is_done(&self, done: &[bool]) -> bool {
        self.steps.iter().all(|step| done[*step])
    }
}

/// The clusters that changes touch, each with all of them.
pub(super) fn transitions(delivery: &Delivery<'_>) -> Vec<ClusterTransition> {
    let mut transitions: Vec<ClusterTransition> = Vec::new();
    let mut by_name: BTreeMap<Address, usize> = BTreeMap::new();
    for (number, step) in delivery.steps.iter().enumerate() {
        for Effect { before, after } in &step.effects {
            let name = |access: &ClusterAccess| access.cluster.address();
            let known = before.as_ref().and_then(|access| by_name.remove(&name(access)));
            let at = known.unwrap_or_else(|| {
                let whole = Effect { before: before.clone(), after: None };
                transitions.push(ClusterTransition { whole, steps: Vec::new() });
                transitions.len() - 1
            });
            let transition = &mut transitions[at];
            transition.whole.after.clone_from(after);
            transition.steps.push(number);
            if let Some(after) = after {
                by_name.insert(name(after), at);
            }
        }
    }
    for transition in &mut transitions {
        transition.whole.forget(&delivery.forgotten);
    }
    transitions
}

/// Which changes are done. A change is when all its clusters are, and all that it needs; a cluster counts as done
/// when all its changes are.
fn done(steps: &[Step<'_>], transitions: &[ClusterTransition], states: &[TransitionState]) -> Vec<bool> {
    let mut done = vec![true; steps.len()];
    loop {
        let mut is_settled = true;
        let mut blocked = Blocked::default();
        for (step, done) in steps.iter().zip(&mut done) {
            if !*done || blocked.needed_by(step.change).is_some() {
                is_settled &= !std::mem::replace(done, false);
                blocked.add(step.change);
            }
        }
        for (transition, reached) in transitions.iter().zip(states) {
            if *reached != TransitionState::After || transition.steps.iter().any(|step| !done[*step]) {
                for step in &transition.steps {
                    is_settled &= !std::mem::replace(&mut done[*step], false);
                }
            }
        }
        if is_settled {
            return done;
        }
    }
}

/// The clusters that were touched and are not recorded as done, as they are to be recorded.
fn partially_applied(
    steps: &[Step<'_>],
    transitions: &[ClusterTransition],
    states: &[TransitionState],
    done: &[bool],
) -> Vec<Resource> {
    // What was to get a new name together with its project is recorded under the old one.
    let renamed: BTreeMap<&Name, &Name> = steps
        .iter()
        .zip(done)
        .filter_map(|(step, is_done)| match (is_done, step.change.before(), step.change.after()) {
            (false, Some(Resource::Project(before)), Some(Resource::Project(after))) => {
                Some((&after.name, &before.name))
            }
            _ => None,
        })
        .collect();
    let recorded_as = |name: &Name| (*renamed.get(name).unwrap_or(&name)).clone();
    let touched = transitions.iter().zip(states).filter(|(transition, reached)| {
        **reached != TransitionState::Before && transition.steps.first().is_some_and(|step| !done[*step])
    });
    touched.filter_map(|(transition, _)| transition.whole.partially_applied(&recorded_as)).collect()
}

/// What was done of changes, by how far their clusters have come.
pub(super) fn seen(
    steps: &[Step<'_>],
    transitions: &[ClusterTransition],
    states: &[TransitionState],
) -> Observation {
    let done = done(steps, transitions, states);
    let partially_applied = partially_applied(steps, transitions, states, &done);
    Observation { done, partially_applied }
}

/// The outcomes of changes, by those of their clusters.
pub(super) fn delivered(
    steps: &[Step<'_>],
    transitions: &[ClusterTransition],
    came: &[Came],
    notes: Vec<NodeNote>,
    progress: &dyn Progress,
) -> Delivered {
    let states: Vec<_> = came.iter().map(Came::state).collect();
    let done = done(steps, transitions, &states);
    let mut of_step: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (number, transition) in transitions.iter().enumerate() {
        transition.steps.iter().for_each(|step| of_step[*step].push(number));
    }
    let mut blocked = Blocked::default();
    let mut outcomes = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate() {
        let outcome = if done[number] {
            Outcome::Applied
        } else {
            let outcome = failure(&of_step[number], came).unwrap_or_else(|| {
                // All its clusters are as they should be: something else is in the way.
                let others = || of_step[number].iter().flat_map(|transition| &transitions[*transition].steps);
                let other = || others().find(|other| !done[**other] && **other != number);
                let address = blocked.needed_by(step.change);
                let address = address.or_else(|| other().map(|other| steps[*other].change.address()));
                Outcome::Skipped(progress.go_on().err().unwrap_or_else(|| match address {
                    Some(address) => format!("`{address}` could not be changed"),
                    None => "something that it needs could not be changed".into(),
                }))
            });
            blocked.add(step.change);
            outcome
        };
        progress.done();
        outcomes.push(outcome);
    }
    Delivered { outcomes, partially_applied: partially_applied(steps, transitions, &states, &done), notes }
}

/// The error of a change that failed on some of its nodes.
pub(super) fn of_nodes(nodes: Vec<NodeError>, of: usize) -> TargetError {
    let kind = nodes.iter().map(|node| node.kind).max().unwrap_or(TargetErrorKind::Unreachable);
    TargetError { kind, why: format!("{} of {of} nodes failed", nodes.len()), nodes }
}

/// The outcome of a change some of whose clusters are not as they were to be; nothing when all are.
fn failure(transitions: &[usize], came: &[Came]) -> Option<Outcome> {
    let mut failed: Option<TargetError> = None;
    let mut untried = None;
    let mut all_places = 0;
    for came in transitions.iter().map(|transition| &came[*transition]) {
        match came {
            Came::Done(places) => all_places += places,
            Came::Untried(why) => untried = untried.or(Some(why)),
            Came::Failed { error, places, is_touched: _ } => {
                all_places += places;
                let all = failed.get_or_insert_with(|| TargetError::new(error.kind, &*error.why));
                all.kind = all.kind.max(error.kind);
                all.nodes.extend_from_slice(&error.nodes);
            }
        }
    }
    if let Some(error) = failed {
        let has_nodes = !error.nodes.is_empty();
        return Some(Outcome::Failed(if has_nodes { of_nodes(error.nodes, all_places) } else { error }));
    }
    untried.map(|why| Outcome::Skipped(why.clone()))
}
