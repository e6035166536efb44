//! What an apply that was interrupted has done, by what is on the nodes now.
//!
//! Each cluster that its changes would have touched is looked at from the first of them to the last: are all
//! its nodes as before, or all as after? A change was done when all clusters that it touches are as after.
//! What is neither is between: it is recorded as it was, with all nodes that may have been touched, and with
//! the mark that makes the next plan change it again. A node that cannot be reached may be anything. So
//! whatever is declared by then, the next apply visits each of these nodes.

use std::collections::{BTreeMap, BTreeSet};

use super::block::KeyFile;
use super::desired::{Login, block, logins, of_effect};
use crate::model::{Address, Cluster};
use crate::plan::{Door, Effect, Step};
use crate::target::Seen;

/// A cluster on its way through the changes.
struct Chain {
    /// From the first change to the last.
    whole: Effect,
    /// Every name that it has had.
    names: BTreeSet<Address>,
    /// The numbers of the changes.
    steps: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Between,
    After,
}

/// The files that have to be looked at.
#[must_use]
pub(super) fn questions(steps: &[Step<'_>]) -> BTreeSet<Login> {
    chains(steps).iter().flat_map(files).collect()
}

/// What was done of each change. A file that could not be looked at is not there.
#[must_use]
pub(super) fn truth(steps: &[Step<'_>], files: &BTreeMap<Login, KeyFile>) -> Vec<Seen> {
    let chains = chains(steps);
    let places: Vec<_> = chains.iter().map(|chain| place(chain, files)).collect();
    // A change is done when all its clusters are; a cluster counts as done when all its changes are.
    let mut done = vec![true; steps.len()];
    loop {
        let mut is_settled = true;
        for (chain, place) in chains.iter().zip(&places) {
            if *place != Place::After || chain.steps.iter().any(|step| !done[*step]) {
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
    for (chain, place) in chains.iter().zip(places) {
        let Some(first) = chain.steps.first().filter(|step| seen[**step] != Seen::Done) else { continue };
        if place != Place::Before {
            let left: Vec<Cluster> = chain.whole.unfinished().into_iter().collect();
            match &mut seen[*first] {
                Seen::Between(clusters) => clusters.extend(left),
                undone @ (Seen::Undone | Seen::Done) => *undone = Seen::Between(left),
            }
        }
    }
    seen
}

fn chains(steps: &[Step<'_>]) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut by_name: BTreeMap<Address, usize> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        for Effect { before, after } in &step.effects {
            let name = |door: &Door| door.cluster.address();
            let known = before.as_ref().and_then(|door| by_name.remove(&name(door)));
            let at = known.unwrap_or_else(|| {
                let whole = Effect { before: before.clone(), after: None };
                chains.push(Chain { whole, names: BTreeSet::new(), steps: Vec::new() });
                chains.len() - 1
            });
            let chain = &mut chains[at];
            chain.whole.after.clone_from(after);
            chain.names.extend(before.iter().chain(after).map(name));
            chain.steps.push(number);
            if let Some(after) = after {
                by_name.insert(name(after), at);
            }
        }
    }
    chains
}

/// The files of a cluster that may have been touched; none where nothing differs.
fn files(chain: &Chain) -> BTreeSet<Login> {
    if of_effect(&chain.whole).is_empty() {
        return BTreeSet::new();
    }
    let doors = chain.whole.before.iter().chain(&chain.whole.after);
    doors.flat_map(|door| logins(&door.cluster)).collect()
}

fn place(chain: &Chain, found: &BTreeMap<Login, KeyFile>) -> Place {
    let files = files(chain);
    let are_all = |door: Option<&Door>| {
        files.iter().all(|login| found.get(login).is_some_and(|file| is_so(chain, door, login, file)))
    };
    let Effect { before, after } = &chain.whole;
    match (are_all(after.as_ref()), are_all(before.as_ref())) {
        (true, _) => Place::After,
        (false, true) => Place::Before,
        (false, false) => Place::Between,
    }
}

/// Whether a file has what a cluster wants in it, and nothing else of that cluster.
fn is_so(chain: &Chain, door: Option<&Door>, login: &Login, file: &KeyFile) -> bool {
    let wanted = door.filter(|door| logins(&door.cluster).any(|of| of == *login)).and_then(block);
    chain.names.iter().all(|name| match &wanted {
        Some((cluster, line)) if cluster == name => file.has_exactly(name, std::slice::from_ref(line)),
        Some(_) | None => file.block(name).is_none(),
    })
}
