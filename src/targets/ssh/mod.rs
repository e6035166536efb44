//! The target `ssh`: keyplan keeps a managed block in the file of authorized keys on each node of a cluster.
//!
//! What is recorded and what is desired of each cluster says what each file is to hold. A file is visited once to put
//! and prove what is new, and once more to take away what is old. Many nodes are visited at a time. Each has an
//! outcome of its own, and a change is done when all nodes of all clusters that it reaches are.

mod block;
mod cksum;
mod deliver;
mod desired;
mod drift;
mod edits;
mod file;
mod fleet;
mod foreign;
mod guard;
#[cfg(test)]
mod laws;
mod line;
mod own_key;
mod read;
mod reconcile;
mod remote;
mod script;
mod transport;
mod visit;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use block::KeyFile;
use deliver::deliver;
use desired::{Login, recorded_files};
use reconcile::Reconciliation;
use transport::FINISHES;

pub use block::BlockError;
pub use fleet::Ssh;
pub use foreign::{Foreign, foreign_lines};
pub use own_key::OwnName;
pub use read::NodeFile;

use super::transitions::{ClusterTransition, TransitionState, seen, transitions};
use super::{Delivered, Observation, Progress, Target, TargetError};
use crate::model::{Address, Observed, Place, Recorded};
use crate::openssh::client::Sharing;
use crate::plan::Delivery;

impl Ssh {
    /// Whether the nodes of a cluster accept its key.
    fn is_proven(&self, transition: &ClusterTransition) -> bool {
        let keys = reconcile::to_prove(transition, self.today);
        keys.par_iter().all(|(login, key)| self.nodes.session(login, FINISHES).accepts(&[key]) == [Ok(true)])
    }
}

impl Target for Ssh {
    fn apply(&self, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
        deliver(self, delivery, progress)
    }

    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
        let transitions = transitions(delivery);
        let questions: Vec<_> = reconcile::questions(&transitions, self.today).into_iter().collect();
        let files: BTreeMap<Login, KeyFile> = self.pool.install(|| {
            let found = questions.into_par_iter().filter_map(|login| {
                let mut session = self.nodes.session(&login, FINISHES);
                let file = session.observe(Sharing::AsConfigured).ok()?.file.unwrap_or_default();
                Some((login, KeyFile::parse(&file).ok()?))
            });
            found.collect()
        });
        let reconcile = Reconciliation { files: &files, after: &delivery.after, today: self.today };
        let progress = |transition: &ClusterTransition| match reconcile.progress(transition) {
            TransitionState::After if !self.is_proven(transition) => TransitionState::Between,
            progress => progress,
        };
        let progress: Vec<_> = self.pool.install(|| transitions.par_iter().map(progress).collect());
        Ok(seen(&delivery.steps, &transitions, &progress))
    }

    fn drift(
        &self,
        recorded: &Recorded,
        selected: &BTreeSet<Address>,
        progress: &dyn Progress,
    ) -> Result<Vec<Place>, TargetError> {
        let files: Vec<_> = recorded_files(recorded).into_iter().collect();
        // Nothing is lost by an answer that is not waited for.
        let goes_on = || progress.go_on().is_ok();
        let place = |(login, wanted): &(Login, BTreeMap<_, _>)| {
            let observed = match progress.go_on() {
                Err(why) => Observed::Unknown(why),
                Ok(()) => match self.nodes.session(login, &goes_on).observe(Sharing::AsConfigured) {
                    // Only what differs is kept: of many nodes, few files are in memory at a time.
                    Ok(found) => {
                        drift::compare(found.file.as_deref().unwrap_or_default(), wanted, self.today)
                    }
                    Err(error) => Observed::Unknown(error.why),
                },
            };
            progress.node_done();
            let resources = wanted.keys().cloned().collect();
            Place { name: login.to_string(), resources, observed, note: None }
        };
        let is_asked = |(_, wanted): &&(Login, BTreeMap<Address, _>)| {
            wanted.keys().any(|cluster| selected.contains(cluster))
        };
        Ok(self.pool.install(|| files.par_iter().filter(is_asked).map(place).collect()))
    }
}
