//! A plan on all its nodes: every new line is put and proven before anything that it replaces is taken away, over
//! all nodes. What is delivered follows from what each cluster is and is to be; the changes between do not matter.
//!
//! - A node that a cluster leaves, and an account that it leaves, loses the block only when the cluster's key is
//!   proven on every node that is to have it.
//! - On a node that stays, an old key goes when the new one is proven there.
//! - No line goes with a key that was to come somewhere and is not proven: two names may be one machine.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::block::KeyFile;
use super::desired::{Login, Want, wants};
use super::edits::{Homes, Kept};
use super::fleet::Ssh;
use super::line::{keys_of, opens};
use super::transport::{FINISHES, Found, NodeSession};
use super::visit::{Ended, Put, Visits};
use crate::model::Address;
use crate::openssh::Fingerprint;
use crate::plan::Delivery;
use crate::targets::transitions::{Came, delivered, of_nodes, transitions};
use crate::targets::{Delivered, NodeError, NodeNote, Progress, TargetError};

/// The largest file that is remembered from one visit of a node to the next, in bytes.
const MOST_KEPT: usize = 64 << 10;

/// The outcome of the first visit of a node.
struct First<'a> {
    session: Box<dyn NodeSession + 'a>,
    failed: Vec<Option<Ended>>,
    found: Option<Found>,
    /// Whether nothing is left to be taken away, however the other nodes fare.
    is_last: bool,
    notes: Vec<NodeNote>,
}

/// What could not be put and proven, over all nodes.
#[derive(Debug, Default)]
struct Unproven {
    transitions: BTreeSet<usize>,
    keys: BTreeSet<Fingerprint>,
}

impl Unproven {
    fn add(&mut self, want: &Want) {
        self.transitions.insert(want.transition);
        self.keys.extend(want.put.iter().map(|(_, key)| *key.public_key.fingerprint()));
    }
}

/// Delivers a plan.
pub(super) fn deliver(ssh: &Ssh, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
    let transitions = transitions(delivery);
    let jobs: Vec<_> = wants(&transitions, ssh.today).into_iter().collect();
    let names = jobs
        .iter()
        .flat_map(|(_, wants)| wants)
        .flat_map(|want| want.remove.iter().chain(want.put.iter().map(|(name, _)| name)));
    let homes = Homes::new(&delivery.after, names, ssh.today);
    let visits = Visits { nodes: ssh.nodes.as_ref(), may_go: &ssh.may_go, homes: &homes };
    let firsts: Vec<_> = ssh.pool.install(|| {
        jobs.par_iter().map(|(login, wants)| first_visit(&visits, login, wants, progress)).collect()
    });
    let mut unproven = Unproven::default();
    for ((_, wants), first) in jobs.iter().zip(&firsts) {
        let failed = wants.iter().zip(&first.failed).filter(|(_, failed)| failed.is_some());
        failed.for_each(|(want, _)| unproven.add(want));
    }
    let ends: Vec<_> = ssh.pool.install(|| {
        let each = jobs.par_iter().zip(firsts);
        each.map(|((login, wants), first)| second_visit(&visits, login, wants, first, &unproven, progress))
            .collect()
    });
    let mut notes = Vec::new();
    let mut of_chain: Vec<Vec<(&Login, Ended)>> = vec![Vec::new(); transitions.len()];
    for ((login, wants), (ended, of_node)) in jobs.iter().zip(ends) {
        notes.extend(of_node);
        for (want, ended) in wants.iter().zip(ended) {
            of_chain[want.transition].push((login, ended));
        }
    }
    let came: Vec<_> = of_chain.into_iter().map(came).collect();
    delivered(&delivery.steps, &transitions, &came, notes, progress)
}

/// Puts and proves what a node is to have.
fn first_visit<'a>(visits: &Visits<'a>, login: &Login, wants: &[Want], progress: &dyn Progress) -> First<'a> {
    let mut session = visits.nodes.session(login, FINISHES);
    let has_put = wants.iter().any(|want| want.put.is_some());
    let Put { failed, found } = match progress.go_on() {
        Err(why) if has_put => {
            let untried = |want: &Want| want.put.as_ref().map(|_| Ended::NotTried(why.clone()));
            Put { failed: wants.iter().map(untried).collect(), found: None }
        }
        Ok(()) | Err(_) => visits.put(session.as_mut(), login, wants),
    };
    let all: Vec<_> = wants.iter().collect();
    let is_last = failed.iter().all(Option::is_none)
        && !visits.has_to_take(login, &all, &Kept::default(), found.as_ref());
    let mut notes = Vec::new();
    if is_last {
        progress.node_done();
        let file = found.as_ref().and_then(|found| KeyFile::parse(found.file.as_deref()?).ok());
        notes.extend(file.into_iter().flat_map(|file| still_open(login, wants, &file)));
    }
    let found =
        found.filter(|found| !is_last && found.file.as_ref().is_none_or(|file| file.len() <= MOST_KEPT));
    session.pause();
    First { session, failed, found, is_last, notes }
}

/// Takes away what a node is not to have any more.
fn second_visit(
    visits: &Visits<'_>,
    login: &Login,
    wants: &[Want],
    first: First<'_>,
    unproven: &Unproven,
    progress: &dyn Progress,
) -> (Vec<Ended>, Vec<NodeNote>) {
    let First { mut session, mut failed, found, is_last, mut notes } = first;
    if is_last {
        return (vec![Ended::Done; wants.len()], notes);
    }
    let failed_here = wants.iter().zip(&failed).filter(|(_, failed)| failed.is_some()).map(|(want, _)| want);
    let kept = Kept::new(&unproven.keys, failed_here);
    let is_early = |want: &Want| want.put.is_none() && unproven.transitions.contains(&want.transition);
    let due: Vec<_> =
        wants.iter().zip(&failed).filter(|(want, failed)| failed.is_none() && !is_early(want)).collect();
    let due: Vec<_> = due.into_iter().map(|(want, _)| want).collect();
    let ended = match progress.go_on() {
        _ if due.is_empty() || !visits.has_to_take(login, &due, &kept, found.as_ref()) => {
            vec![Ended::Done; due.len()]
        }
        Err(why) => vec![Ended::NotTried(why); due.len()],
        Ok(()) => {
            let (ended, file) = visits.take(session.as_mut(), login, &due, &kept);
            notes.extend(file.into_iter().flat_map(|file| still_open(login, wants, &file)));
            ended
        }
    };
    progress.node_done();
    let mut ended = ended.into_iter();
    for (want, failed) in wants.iter().zip(&mut failed) {
        if failed.is_some() {
            continue;
        }
        *failed = if is_early(want) {
            Some(Ended::NotTried("its key is not proven on every node that is to have it".into()))
        } else {
            ended.next().map(|ended| if want.put.is_some() { after_put(ended) } else { ended })
        };
    }
    (failed.into_iter().map(|ended| ended.unwrap_or(Ended::Done)).collect(), notes)
}

/// The outcome of a want whose line was put before.
fn after_put(ended: Ended) -> Ended {
    match ended {
        Ended::Done => Ended::Done,
        Ended::Failed { error, is_touched: _ } => Ended::Failed { error, is_touched: true },
        Ended::NotTried(why) => Ended::Failed { error: untried(why), is_touched: true },
    }
}

/// Nothing more was begun. Another apply may do it.
fn untried(why: String) -> TargetError {
    TargetError::unreachable(why)
}

/// The outcome of a cluster, by those of its files.
fn came(ends: Vec<(&Login, Ended)>) -> Came {
    let places = ends.len();
    let mut nodes = Vec::new();
    let mut first_why = None;
    let (mut is_tried, mut is_touched) = (false, false);
    for (login, ended) in ends {
        let error = match ended {
            Ended::Done => {
                (is_tried, is_touched) = (true, true);
                continue;
            }
            Ended::Failed { error, is_touched: may_be } => {
                (is_tried, is_touched) = (true, is_touched || may_be);
                error
            }
            Ended::NotTried(why) => untried(first_why.get_or_insert(why).clone()),
        };
        let TargetError { kind, why, nodes: _ } = error;
        nodes.push(NodeError { node: login.to_string(), kind, why });
    }
    match first_why {
        _ if nodes.is_empty() => Came::Done(places),
        Some(why) if !is_tried => Came::Untried(why),
        Some(_) | None => Came::Failed { error: of_nodes(nodes, places), places, is_touched },
    }
}

/// Keys that this takes away from a node, and that still open it by a line that is not keyplan's.
fn still_open(login: &Login, wants: &[Want], file: &KeyFile) -> Vec<NodeNote> {
    let lines: Vec<_> = file.foreign().filter(|line| opens(line)).collect();
    let mut gone = BTreeMap::new();
    for want in wants {
        let Some(had) = &want.had else { continue };
        let old = had.public_key.fingerprint();
        let is_kept = |cluster: &Address| {
            file.block(cluster).unwrap_or_default().iter().any(|line| keys_of(line).contains(old))
        };
        if lines.iter().any(|line| keys_of(line).contains(old)) && !file.clusters().into_iter().any(is_kept) {
            gone.insert(*old, had.address());
        }
    }
    let note = |key: Address| NodeNote {
        node: login.to_string(),
        what: format!(
            "`{key}` still opens it, by a line of `~/.ssh/authorized_keys` that is not keyplan's: take it away by hand"
        ),
    };
    gone.into_values().map(note).collect()
}
