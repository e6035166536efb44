//! What is recorded of a cluster whose change was applied in part: as it was, with a mark that makes the next plan
//! change it again, and with every place that may have been touched, so that nothing is left there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::effects::{ClusterAccess, Effect};
use crate::model::{Cluster, Name, Recorded, StrayBlock};

fn own_block(cluster: &Cluster) -> StrayBlock {
    StrayBlock { cluster: cluster.address(), login_user: cluster.login_user.clone() }
}

impl ClusterAccess {
    /// Whether its nodes may be otherwise than is recorded.
    #[must_use]
    pub fn is_partially_applied(&self) -> bool {
        self.cluster.partially_applied.is_some()
    }

    /// The blocks that may be on its nodes besides.
    pub fn stray_blocks(&self) -> impl Iterator<Item = &StrayBlock> {
        self.cluster.partially_applied.iter().flat_map(|blocks| blocks.iter())
    }
}

impl Effect {
    /// What is to be recorded when it is applied in part: the cluster as it was, or else as it was to be, with all
    /// nodes that may have been touched. `project` says under which name a project is recorded that was to have
    /// another one.
    #[must_use]
    pub fn partially_applied(&self, project: &dyn Fn(&Name) -> Name) -> Option<Cluster> {
        let accesses = || self.before.iter().chain(&self.after);
        let mut cluster = (*accesses().next()?.cluster).clone();
        if self.before.is_none() {
            cluster.project = project(&cluster.project);
        }
        cluster.nodes = accesses().flat_map(|access| access.cluster.nodes.iter().cloned()).collect();
        cluster.nodes.sort_unstable();
        cluster.nodes.dedup();
        let own = accesses().map(|access| own_block(&access.cluster));
        let blocks = own.chain(accesses().flat_map(ClusterAccess::stray_blocks).cloned()).collect();
        Some(marked(cluster, blocks))
    }
}

/// A recorded cluster whose nodes may be otherwise than is recorded.
#[must_use]
pub fn partially_applied(cluster: Cluster) -> Cluster {
    let blocks = cluster.partially_applied.as_deref().cloned().unwrap_or_default();
    marked(cluster, blocks)
}

fn marked(mut cluster: Cluster, mut blocks: BTreeSet<StrayBlock>) -> Cluster {
    blocks.remove(&own_block(&cluster));
    cluster.partially_applied = Some(Arc::new(blocks));
    cluster
}

/// Records clusters as they were left. What is recorded of a cluster under such a name stays, and gets the nodes and
/// the mark. One whose key is not recorded has none; one whose project is not recorded is left out.
pub fn record_partial(recorded: &mut Recorded, clusters: &[Cluster]) {
    for cluster in clusters {
        let Some(home) = recorded.projects.get_mut(&cluster.project) else { continue };
        let mut kept = match home.clusters.get(&cluster.name) {
            Some(kept) => (**kept).clone(),
            None => cluster.clone(),
        };
        kept.ssh_key = kept.ssh_key.filter(|key| home.keys.contains_key(key));
        kept.nodes.extend(cluster.nodes.iter().cloned());
        kept.nodes.sort_unstable();
        kept.nodes.dedup();
        let blocks = [&kept, cluster].into_iter().filter_map(|cluster| cluster.partially_applied.as_deref());
        let mut blocks: BTreeSet<_> = blocks.flatten().cloned().collect();
        blocks.insert(own_block(cluster));
        home.clusters.insert(kept.name.clone(), marked(kept, blocks).into());
    }
}
