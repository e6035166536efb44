//! Nodes that several clusters have after a plan, with the same login user.

use std::collections::BTreeSet;

use super::{Change, Resource};
use crate::access::{SharedLogin, shared_logins};
use crate::model::{Address, Cluster, NodeAddress};

/// A node that several clusters have, with the same login user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedNode {
    pub node: NodeAddress,
    pub login_user: Box<str>,
    /// The clusters, at least two.
    pub clusters: Vec<Address>,
}

/// The nodes that several of the desired clusters have with the same login user, where changes bring one of them there.
#[must_use]
pub fn newly_shared_nodes<'a>(
    changes: &[Change],
    desired: impl Iterator<Item = &'a Cluster>,
) -> Vec<SharedNode> {
    let come: BTreeSet<_> = changes.iter().flat_map(logins_that_come).collect();
    if come.is_empty() {
        return Vec::new();
    }
    let comes =
        |cluster: &Cluster| cluster.nodes.iter().any(|node| come.contains(&(node, &*cluster.login_user)));
    let mut there: Vec<_> = desired.filter(|cluster| comes(cluster)).collect();
    there.sort_unstable_by_key(|cluster| (&cluster.project, &cluster.name));
    let shared = shared_logins(&there.iter().map(|cluster| (*cluster, *cluster)));
    let newly = shared.into_iter().filter(|login| come.contains(&(login.node, login.user)));
    newly
        .map(|SharedLogin { node, user, clusters }| SharedNode {
            node: node.clone(),
            login_user: user.into(),
            clusters: clusters.into_iter().map(Cluster::address).collect(),
        })
        .collect()
}

/// The logins that a cluster has after a change and not before.
fn logins_that_come(change: &Change) -> BTreeSet<(&NodeAddress, &str)> {
    &logins(change.after()) - &logins(change.before())
}

fn logins(resource: Option<&Resource>) -> BTreeSet<(&NodeAddress, &str)> {
    match resource {
        Some(Resource::Cluster(cluster)) => {
            cluster.nodes.iter().map(|node| (node, &*cluster.login_user)).collect()
        }
        Some(Resource::Team(_) | Resource::Project(_) | Resource::Key(_)) | None => BTreeSet::new(),
    }
}
