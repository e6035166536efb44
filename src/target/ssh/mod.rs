//! The target `ssh`: keyplan keeps a managed block in the file of authorized keys on each node of a cluster.
//!
//! A change becomes edits, one for each file that it touches; a file is visited once for all edits of a wave.
//! Many nodes are visited at a time. Each has an outcome of its own, and a change is done when all its nodes
//! are.

mod block;
mod cksum;
mod desired;
mod drift;
#[cfg(test)]
mod laws;
mod nodes;
mod own_key;
mod remote;
mod script;
mod truth;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rayon::prelude::*;

use block::KeyFile;
use desired::{Login, edits, recorded_files};
use nodes::Nodes;
use remote::Remote;
use visit::{Ended, visit};

pub use own_key::OwnName;

use super::{NodeTrouble, Outcome, Seen, Target, Trouble, Watch};
use crate::model::{Address, Observed, Place, Recorded, SshSettings};
use crate::plan::Step;

/// The target `ssh`.
pub struct Ssh {
    nodes: Box<dyn Nodes>,
    pool: rayon::ThreadPool,
    may_go: BTreeSet<OwnName>,
}

impl std::fmt::Debug for Ssh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ssh").field("may_go", &self.may_go).finish_non_exhaustive()
    }
}

impl Ssh {
    /// Nodes over the user's own `ssh`. `may_go` are keys that may be taken away from a node even if keyplan
    /// itself came in with them.
    ///
    /// # Errors
    /// When the system has no room for what it takes.
    pub fn new(settings: SshSettings, may_go: BTreeSet<OwnName>) -> io::Result<Self> {
        Self::with(Box::new(Remote::new(settings.timeout)?), settings, may_go)
    }

    fn with(nodes: Box<dyn Nodes>, settings: SshSettings, may_go: BTreeSet<OwnName>) -> io::Result<Self> {
        let threads = settings.parallel.max(1) as usize;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
        Ok(Self { nodes, pool, may_go })
    }
}

impl Target for Ssh {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn has_effects(&self) -> bool {
        true
    }

    fn apply(&self, steps: &[Step<'_>], watch: &dyn Watch) -> Vec<Outcome> {
        let jobs: Vec<_> = edits(steps).into_iter().collect();
        let visited = self.pool.install(|| {
            let visits = jobs.par_iter().map(|(login, edits)| {
                let ended = match watch.go_on() {
                    Ok(()) => visit(self.nodes.as_ref(), login, edits, &self.may_go),
                    Err(why) => vec![Ended::NotTried(why); edits.len()],
                };
                watch.node_done();
                ended
            });
            visits.collect::<Vec<_>>()
        });
        let mut of_step: Vec<Vec<(&Login, usize, Ended)>> = vec![Vec::new(); steps.len()];
        for ((login, edits), ended) in jobs.iter().zip(visited) {
            for (edit, ended) in edits.iter().zip(ended) {
                of_step[edit.step].push((login, edit.effect, ended));
            }
        }
        let outcome = |(step, visits): (&Step<'_>, Vec<_>)| {
            let outcome = match watch.go_on() {
                Err(why) if visits.is_empty() => Outcome::Skipped(why),
                Ok(()) | Err(_) => outcome(step, &visits),
            };
            watch.done();
            outcome
        };
        steps.iter().zip(of_step).map(outcome).collect()
    }

    fn observe(&self, steps: &[Step<'_>]) -> Result<Vec<Seen>, String> {
        let questions: Vec<_> = truth::questions(steps).into_iter().collect();
        let files: BTreeMap<Login, KeyFile> = self.pool.install(|| {
            let found = questions.into_par_iter().filter_map(|login| {
                let file = self.nodes.observe(&login, false).ok()?.file.unwrap_or_default();
                Some((login, KeyFile::parse(&file).ok()?))
            });
            found.collect()
        });
        Ok(truth::truth(steps, &files))
    }

    fn drift(&self, recorded: &Recorded, clusters: &BTreeSet<Address>, watch: &dyn Watch) -> Vec<Place> {
        let files: Vec<_> = recorded_files(recorded).into_iter().collect();
        let place = |(login, wanted): &(Login, BTreeMap<_, _>)| {
            let observed = match watch.go_on() {
                Err(why) => Observed::Unknown(why),
                Ok(()) => match self.nodes.observe(login, false) {
                    // Only what differs is kept: of many nodes, few files are in memory at a time.
                    Ok(found) => drift::compare(found.file.as_deref().unwrap_or_default(), wanted),
                    Err(why) => Observed::Unknown(why),
                },
            };
            watch.node_done();
            Place { name: login.to_string(), clusters: wanted.keys().cloned().collect(), observed }
        };
        let is_asked = |(_, wanted): &&(Login, BTreeMap<Address, _>)| {
            wanted.keys().any(|cluster| clusters.contains(cluster))
        };
        self.pool.install(|| files.par_iter().filter(is_asked).map(place).collect())
    }
}

/// What became of a change, by what became of its files.
fn outcome(step: &Step<'_>, visits: &[(&Login, usize, Ended)]) -> Outcome {
    let mut nodes = Vec::new();
    let mut reasons = BTreeSet::new();
    // Effects of which something was done, or may have been.
    let mut begun = BTreeSet::new();
    for (login, effect, ended) in visits {
        let (why, between) = match ended {
            Ended::Done => {
                begun.insert(*effect);
                continue;
            }
            Ended::Failed { why, between } => (why, *between),
            Ended::NotTried(why) => {
                reasons.insert(why);
                (why, false)
            }
        };
        if between {
            begun.insert(*effect);
        }
        nodes.push(NodeTrouble { node: login.to_string(), why: why.clone() });
    }
    if nodes.is_empty() {
        return Outcome::Applied;
    }
    let is_untried = visits.iter().all(|(_, _, ended)| matches!(ended, Ended::NotTried(_)));
    if let (true, Some(why)) = (is_untried, reasons.first()) {
        return Outcome::Skipped((*why).clone());
    }
    let left = begun.into_iter().filter_map(|effect| step.effects.get(effect)?.unfinished()).collect();
    Outcome::Failed(Trouble { why: format!("{} of {} nodes failed", nodes.len(), visits.len()), nodes, left })
}
