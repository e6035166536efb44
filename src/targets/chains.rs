//! The way of each cluster through all changes of a plan, from what is recorded to what is desired. Only its two
//! ends are delivered; what stands between two changes is not. So what became of a change follows from what
//! became of the clusters that it reaches.

use std::collections::BTreeMap;

use super::{Delivered, NodeNote, Outcome, Seen, Trouble, Watch};
use crate::model::{Address, Cluster, Name};
use crate::plan::{Delivery, Door, Effect, Resource, Step, Undone};

/// A cluster on its way through the changes.
pub(super) struct Chain {
    /// From the first change to the last.
    pub(super) whole: Effect,
    /// The numbers of the changes.
    steps: Vec<usize>,
}

/// How far a cluster has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// As it was.
    Before,
    /// Neither, or nobody knows.
    Between,
    /// As it was to be.
    After,
}

/// What became of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// It is as it was to be, in so many places.
    Done(usize),
    /// It is not.
    Failed {
        /// Why.
        trouble: Trouble,
        /// In how many places something was to be done.
        places: usize,
        /// Whether it may be no longer as it was.
        is_touched: bool,
    },
    /// Nothing was tried: why.
    Untried(String),
}

impl Came {
    const fn progress(&self) -> Progress {
        match self {
            Self::Done(_) => Progress::After,
            Self::Failed { is_touched: true, .. } => Progress::Between,
            Self::Failed { is_touched: false, .. } | Self::Untried(_) => Progress::Before,
        }
    }
}

impl Chain {
    /// What is recorded of it, and what is desired.
    pub(super) fn doors(&self) -> impl Iterator<Item = &Door> {
        self.whole.before.iter().chain(&self.whole.after)
    }

    /// Whether all its changes are done.
    pub(super) fn is_done(&self, done: &[bool]) -> bool {
        self.steps.iter().all(|step| done[*step])
    }
}

/// The clusters that changes touch, each with all of them.
pub(super) fn chains(delivery: &Delivery<'_>) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut by_name: BTreeMap<Address, usize> = BTreeMap::new();
    for (number, step) in delivery.steps.iter().enumerate() {
        for Effect { before, after } in &step.effects {
            let name = |door: &Door| door.cluster.address();
            let known = before.as_ref().and_then(|door| by_name.remove(&name(door)));
            let at = known.unwrap_or_else(|| {
                let whole = Effect { before: before.clone(), after: None };
                chains.push(Chain { whole, steps: Vec::new() });
                chains.len() - 1
            });
            let chain = &mut chains[at];
            chain.whole.after.clone_from(after);
            chain.steps.push(number);
            if let Some(after) = after {
                by_name.insert(name(after), at);
            }
        }
    }
    for chain in &mut chains {
        chain.whole.forget(&delivery.forgotten);
    }
    chains
}

/// Which changes are done. A change is when all its clusters are, and all that it needs; a cluster counts as done
/// when all its changes are.
fn done(steps: &[Step<'_>], chains: &[Chain], progress: &[Progress]) -> Vec<bool> {
    let mut done = vec![true; steps.len()];
    loop {
        let mut is_settled = true;
        let mut undone = Undone::default();
        for (step, done) in steps.iter().zip(&mut done) {
            if !*done || undone.needed_by(step.change).is_some() {
                is_settled &= !std::mem::replace(done, false);
                undone.add(step.change);
            }
        }
        for (chain, reached) in chains.iter().zip(progress) {
            if *reached != Progress::After || chain.steps.iter().any(|step| !done[*step]) {
                for step in &chain.steps {
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
fn left(steps: &[Step<'_>], chains: &[Chain], progress: &[Progress], done: &[bool]) -> Vec<Cluster> {
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
    let touched = chains.iter().zip(progress).filter(|(chain, reached)| {
        **reached != Progress::Before && chain.steps.first().is_some_and(|step| !done[*step])
    });
    touched.filter_map(|(chain, _)| chain.whole.unfinished(&recorded_as)).collect()
}

/// What was done of changes, by how far their clusters have come.
pub(super) fn seen(steps: &[Step<'_>], chains: &[Chain], progress: &[Progress]) -> Seen {
    let done = done(steps, chains, progress);
    let left = left(steps, chains, progress, &done);
    Seen { done, left }
}

/// What became of changes, by what became of their clusters.
pub(super) fn delivered(
    steps: &[Step<'_>],
    chains: &[Chain],
    came: &[Came],
    notes: Vec<NodeNote>,
    watch: &dyn Watch,
) -> Delivered {
    let progress: Vec<_> = came.iter().map(Came::progress).collect();
    let done = done(steps, chains, &progress);
    let mut of_step: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (number, chain) in chains.iter().enumerate() {
        chain.steps.iter().for_each(|step| of_step[*step].push(number));
    }
    let mut undone = Undone::default();
    let mut outcomes = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate() {
        let outcome = if done[number] {
            Outcome::Applied
        } else {
            let outcome = failure(&of_step[number], came).unwrap_or_else(|| {
                // All its clusters are as they should be: something else is in the way.
                let others = || of_step[number].iter().flat_map(|chain| &chains[*chain].steps);
                let other = || others().find(|other| !done[**other] && **other != number);
                let address = undone.needed_by(step.change);
                let address = address.or_else(|| other().map(|other| steps[*other].change.address()));
                Outcome::Skipped(watch.go_on().err().unwrap_or_else(|| match address {
                    Some(address) => format!("`{address}` could not be changed"),
                    None => "something that it needs could not be changed".into(),
                }))
            });
            undone.add(step.change);
            outcome
        };
        watch.done();
        outcomes.push(outcome);
    }
    Delivered { outcomes, left: left(steps, chains, &progress, &done), notes }
}

/// What became of a change some of whose clusters are not as they were to be; nothing when all are.
fn failure(chains: &[usize], came: &[Came]) -> Option<Outcome> {
    let mut failed: Option<Trouble> = None;
    let mut untried = None;
    let mut all_places = 0;
    for came in chains.iter().map(|chain| &came[*chain]) {
        match came {
            Came::Done(places) => all_places += places,
            Came::Untried(why) => untried = untried.or(Some(why)),
            Came::Failed { trouble, places, is_touched: _ } => {
                all_places += places;
                let all =
                    failed.get_or_insert_with(|| Trouble { why: trouble.why.clone(), nodes: Vec::new() });
                all.nodes.extend_from_slice(&trouble.nodes);
            }
        }
    }
    if let Some(mut trouble) = failed {
        if !trouble.nodes.is_empty() {
            trouble.why = format!("{} of {all_places} nodes failed", trouble.nodes.len());
        }
        return Some(Outcome::Failed(trouble));
    }
    untried.map(|why| Outcome::Skipped(why.clone()))
}
