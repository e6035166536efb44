//! What an apply that was interrupted has done, cluster by cluster. A cluster may be touched by several
//! changes, and only where it is between the first and the last of them can be seen.

use std::collections::{BTreeMap, BTreeSet};

use super::Seen;
use crate::model::{Address, Cluster};
use crate::plan::{Door, Effect, Step, Undone};

/// A cluster on its way through the changes.
pub(super) struct Chain {
    /// From the first change to the last.
    pub(super) whole: Effect,
    /// As what it may be found on the way, the first and the last among them.
    pub(super) doors: Vec<Door>,
    /// Every name that it has had.
    pub(super) names: BTreeSet<Address>,
    /// The numbers of the changes.
    pub(super) steps: Vec<usize>,
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

/// The clusters that changes touch, each with all of them.
pub(super) fn chains(steps: &[Step<'_>]) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut by_name: BTreeMap<Address, usize> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        for Effect { before, after } in &step.effects {
            let name = |door: &Door| door.cluster.address();
            let known = before.as_ref().and_then(|door| by_name.remove(&name(door)));
            let at = known.unwrap_or_else(|| {
                let whole = Effect { before: before.clone(), after: None };
                chains.push(Chain { whole, doors: Vec::new(), names: BTreeSet::new(), steps: Vec::new() });
                chains.len() - 1
            });
            let chain = &mut chains[at];
            chain.whole.after.clone_from(after);
            chain.doors.extend(before.iter().chain(after).cloned());
            chain.names.extend(before.iter().chain(after).map(name));
            chain.steps.push(number);
            if let Some(after) = after {
                by_name.insert(name(after), at);
            }
        }
    }
    chains
}

/// What was done of changes, by how far their clusters have come.
pub(super) fn seen(steps: &[Step<'_>], chains: &[Chain], progress: &[Progress]) -> Vec<Seen> {
    // A change is done when all its clusters are, and all that it needs; a cluster counts as done when all its
    // changes are.
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
            break;
        }
    }
    let mut seen: Vec<_> =
        done.into_iter().map(|is_done| if is_done { Seen::Done } else { Seen::Undone }).collect();
    for (chain, reached) in chains.iter().zip(progress) {
        let Some(first) = chain.steps.first().filter(|step| seen[**step] != Seen::Done) else { continue };
        if *reached != Progress::Before {
            let left: Vec<Cluster> = chain.whole.unfinished().into_iter().collect();
            match &mut seen[*first] {
                Seen::Between(clusters) => clusters.extend(left),
                undone @ (Seen::Undone | Seen::Done) => *undone = Seen::Between(left),
            }
        }
    }
    seen
}
