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
use crate::plan::{Door, Effect, Step};
use crate::target::Seen;
use crate::target::chains::{Chain, Progress, chains, seen};

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
    seen(steps, &chains, &places)
}

/// The files of a cluster that may have been touched; none where nothing differs.
fn files(chain: &Chain) -> BTreeSet<Login> {
    if of_effect(&chain.whole).is_empty() {
        return BTreeSet::new();
    }
    let doors = chain.whole.before.iter().chain(&chain.whole.after);
    doors.flat_map(|door| logins(&door.cluster)).collect()
}

fn place(chain: &Chain, found: &BTreeMap<Login, KeyFile>) -> Progress {
    let files = files(chain);
    let are_all = |door: Option<&Door>| {
        files.iter().all(|login| found.get(login).is_some_and(|file| is_so(chain, door, login, file)))
    };
    let Effect { before, after } = &chain.whole;
    match (are_all(after.as_ref()), are_all(before.as_ref())) {
        (true, _) => Progress::After,
        (false, true) => Progress::Before,
        (false, false) => Progress::Between,
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
