//! What is recorded of a cluster whose change was done in part: as it was, with a mark that makes the next plan
//! change it again, and with every place that may have been touched, so that nothing is left there.

use std::collections::BTreeSet;

use super::effects::{ClusterAccess, Effect};
use crate::model::{Address, Cluster, Name, Recorded};

/// The label of a recorded cluster whose nodes are not all as is recorded: a change of it came to nothing, or
/// to a part. No declaration has it, so that the next plan changes the cluster again, whatever is declared.
///
/// Its value is `true`, or else lists what else may stand on the nodes: see [`Stray`].
pub const UNFINISHED: &str = "keyplan/unfinished";

/// What may stand on the nodes of an unfinished cluster beside what its own name and user say: a change that was
/// done in part would have given it this name, or this user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stray {
    pub cluster: Address,
    /// The user whose file it is.
    pub user: Box<str>,
}

impl Stray {
    fn of(cluster: &Cluster) -> Self {
        Self { cluster: cluster.address(), user: cluster.login_user.clone() }
    }

    /// Reads `USER ADDRESS`.
    fn parse(text: &str) -> Option<Self> {
        let (user, cluster) = text.split_once(' ')?;
        Some(Self { cluster: Address::parse(cluster)?, user: user.into() })
    }
}

/// What may stand on the nodes of a cluster beside its own.
fn strays(cluster: &Cluster) -> BTreeSet<Stray> {
    let labels = cluster.metadata.labels.iter().filter(|(name, _)| **name == *UNFINISHED);
    labels.flat_map(|(_, value)| value.split(", ").filter_map(Stray::parse)).collect()
}

impl ClusterAccess {
    /// Whether its nodes may be otherwise than is recorded.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.cluster.metadata.labels.iter().any(|(name, _)| **name == *UNFINISHED)
    }

    /// What else may stand on its nodes.
    #[must_use]
    pub fn strays(&self) -> BTreeSet<Stray> {
        strays(&self.cluster)
    }
}

impl Effect {
    /// What is to be recorded when it is done in part: the cluster as it was, or else as it was to be, with all
    /// nodes that may have been touched. `project` says under which name a project is recorded that was to have
    /// another one.
    #[must_use]
    pub fn unfinished(&self, project: &dyn Fn(&Name) -> Name) -> Option<Cluster> {
        let accesses = || self.before.iter().chain(&self.after);
        let mut cluster = (*accesses().next()?.cluster).clone();
        if self.before.is_none() {
            cluster.project = project(&cluster.project);
        }
        cluster.nodes = accesses().flat_map(|access| access.cluster.nodes.iter().cloned()).collect();
        cluster.nodes.sort_unstable();
        cluster.nodes.dedup();
        let own = accesses().map(|access| Stray::of(&access.cluster));
        let strays = own.chain(accesses().flat_map(ClusterAccess::strays)).collect();
        Some(marked(cluster, strays))
    }
}

/// A cluster with the mark of those whose nodes are not all as is recorded.
#[must_use]
pub fn unfinished(cluster: Cluster) -> Cluster {
    let strays = strays(&cluster);
    marked(cluster, strays)
}

fn marked(mut cluster: Cluster, mut strays: BTreeSet<Stray>) -> Cluster {
    strays.remove(&Stray::of(&cluster));
    let each: Vec<_> = strays.iter().map(|Stray { cluster, user }| format!("{user} {cluster}")).collect();
    let value = if each.is_empty() { "true".to_owned() } else { each.join(", ") };
    let labels = &mut cluster.metadata.labels;
    labels.retain(|(name, _)| **name != *UNFINISHED);
    labels.push((UNFINISHED.into(), value.into()));
    labels.sort();
    cluster
}

/// Records clusters as they were left. What is recorded of a cluster under such a name stays, and gets the nodes and
/// the mark. One whose key is not recorded has none; one whose project is not has nothing to stand in.
pub fn keep_partial(recorded: &mut Recorded, left: &[Cluster]) {
    for cluster in left {
        let Some(home) = recorded.projects.get_mut(&cluster.project) else { continue };
        let mut kept = match home.clusters.get(&cluster.name) {
            Some(kept) => (**kept).clone(),
            None => cluster.clone(),
        };
        kept.ssh_key = kept.ssh_key.filter(|key| home.keys.contains_key(key));
        kept.nodes.extend(cluster.nodes.iter().cloned());
        kept.nodes.sort_unstable();
        kept.nodes.dedup();
        let mut all = strays(&kept);
        all.extend(strays(cluster));
        all.insert(Stray::of(cluster));
        home.clusters.insert(kept.name.clone(), marked(kept, all).into());
    }
}
