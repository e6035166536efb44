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
mod guard;
#[cfg(test)]
mod laws;
mod line;
mod own_key;
mod remote;
mod script;
mod transport;
mod truth;
mod visit;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use block::KeyFile;
use deliver::deliver;
use desired::{Login, recorded_files};
use truth::Truth;

pub use fleet::Ssh;
pub use own_key::OwnName;

use super::chains::{Chain, Progress, chains, seen};
use super::{Delivered, Seen, Target, Watch};
use crate::model::{Address, Observed, Place, Recorded};
use crate::plan::Delivery;

impl Ssh {
    /// Whether the nodes of a cluster accept its key.
    fn is_proven(&self, chain: &Chain) -> bool {
        let keys = truth::to_prove(chain, self.today);
        keys.par_iter().all(|(login, key)| self.nodes.accepts(login, key) == Ok(true))
    }
}

impl Target for Ssh {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn has_effects(&self) -> bool {
        true
    }

    fn apply(&self, delivery: &Delivery<'_>, watch: &dyn Watch) -> Delivered {
        deliver(self, delivery, watch)
    }

    fn observe(&self, delivery: &Delivery<'_>) -> Result<Seen, String> {
        let chains = chains(delivery);
        let questions: Vec<_> = truth::questions(&chains, self.today).into_iter().collect();
        let files: BTreeMap<Login, KeyFile> = self.pool.install(|| {
            let found = questions.into_par_iter().filter_map(|login| {
                let file = self.nodes.observe(&login, false).ok()?.file.unwrap_or_default();
                Some((login, KeyFile::parse(&file).ok()?))
            });
            found.collect()
        });
        let truth = Truth { files: &files, after: &delivery.after, today: self.today };
        let progress = |chain: &Chain| match truth.progress(chain) {
            Progress::After if !self.is_proven(chain) => Progress::Between,
            progress => progress,
        };
        let progress: Vec<_> = self.pool.install(|| chains.par_iter().map(progress).collect());
        Ok(seen(&delivery.steps, &chains, &progress))
    }

    fn drift(&self, recorded: &Recorded, clusters: &BTreeSet<Address>, watch: &dyn Watch) -> Vec<Place> {
        let files: Vec<_> = recorded_files(recorded).into_iter().collect();
        let place = |(login, wanted): &(Login, BTreeMap<_, _>)| {
            let observed = match watch.go_on() {
                Err(why) => Observed::Unknown(why),
                Ok(()) => match self.nodes.observe(login, false) {
                    // Only what differs is kept: of many nodes, few files are in memory at a time.
                    Ok(found) => {
                        drift::compare(found.file.as_deref().unwrap_or_default(), wanted, self.today)
                    }
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
