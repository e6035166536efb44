//! What a change does to clusters: which key opens which nodes, before it and after it. A target that puts
//! keys somewhere works from this; what a change says of its own resource is not enough, because a key
//! reaches clusters that do not change themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Change, Resource};
use crate::access::ClusterAccess;
use crate::model::{Cluster, Name, NodeAddress, Recorded, RecordedProject, SshKey};

/// What a change does to one cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The cluster as it is; nothing when it is new.
    pub before: Option<ClusterAccess>,
    /// The cluster as it is to be; nothing when it goes.
    pub after: Option<ClusterAccess>,
}

/// A change with what it does to clusters.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    pub change: &'a Change,
    /// What it does to clusters, in their order.
    pub effects: Vec<Effect>,
}

/// What a change does to clusters when this is recorded.
#[must_use]
fn effects(change: &Change, recorded: &Recorded) -> Vec<Effect> {
    let home = |name: &Name| recorded.projects.get(name);
    match (change.before(), change.after()) {
        (Some(Resource::Cluster(before)), after) => {
            let after = after.and_then(|after| match after {
                Resource::Cluster(after) => Some(access(after, home(&after.project))),
                Resource::Team(_) | Resource::Project(_) | Resource::Key(_) => None,
            });
            vec![Effect { before: Some(access(before, home(&before.project))), after }]
        }
        (None, Some(Resource::Cluster(after))) => {
            vec![Effect { before: None, after: Some(access(after, home(&after.project))) }]
        }
        (Some(Resource::Key(before)), Some(Resource::Key(after))) => {
            of_key(before, after, home(&before.project))
        }
        (Some(Resource::Project(before)), Some(Resource::Project(after))) if before.name != after.name => {
            of_project(home(&before.name), &after.name)
        }
        // A key comes before the clusters that have it and goes after them; so does a project.
        (None | Some(Resource::Team(_) | Resource::Project(_) | Resource::Key(_)), _) => Vec::new(),
    }
}

/// All that a target is to do.
#[derive(Clone, Debug, Default)]
pub struct Delivery<'a> {
    /// The changes, in their order.
    pub steps: Vec<Step<'a>>,
    /// What is recorded when all of them are done.
    pub after: Recorded,
    /// Nodes that are given up: a cluster that leaves one is not taken away there.
    pub forgotten: BTreeSet<NodeAddress>,
}

/// What these changes do to clusters, when they are done one after the other.
#[must_use]
pub fn delivery<'a>(
    changes: &'a [Change],
    recorded: &Recorded,
    forgotten: &BTreeSet<NodeAddress>,
) -> Delivery<'a> {
    let mut after = recorded.clone();
    let step = |change: &'a Change| {
        let effects = effects(change, &after);
        change.apply_to(&mut after);
        Step { change, effects }
    };
    let steps = changes.iter().map(step).collect();
    Delivery { steps, after, forgotten: forgotten.clone() }
}

fn access(cluster: &Arc<Cluster>, home: Option<&RecordedProject>) -> ClusterAccess {
    let key = cluster.ssh_key.as_ref().and_then(|key| home?.keys.get(key));
    ClusterAccess { cluster: cluster.clone(), key: key.cloned() }
}

fn of_key(before: &Arc<SshKey>, after: &Arc<SshKey>, home: Option<&RecordedProject>) -> Vec<Effect> {
    let clusters = home.into_iter().flat_map(|home| home.clusters.values());
    let opened = clusters.filter(|cluster| cluster.ssh_key.as_ref() == Some(&before.name));
    let effect = |cluster: &Arc<Cluster>| {
        let mut renamed = cluster.clone();
        if before.name != after.name {
            Arc::make_mut(&mut renamed).ssh_key = Some(after.name.clone());
        }
        Effect {
            before: Some(ClusterAccess { cluster: cluster.clone(), key: Some(before.clone()) }),
            after: Some(ClusterAccess { cluster: renamed, key: Some(after.clone()) }),
        }
    };
    opened.map(effect).collect()
}

fn of_project(home: Option<&RecordedProject>, name: &Name) -> Vec<Effect> {
    let Some(home) = home else { return Vec::new() };
    let renamed = home.clone().renamed(name);
    let pairs = home.clusters.values().zip(renamed.clusters.values());
    let effect = |(before, after)| Effect {
        before: Some(access(before, Some(home))),
        after: Some(access(after, Some(&renamed))),
    };
    pairs.map(effect).collect()
}

impl Effect {
    /// Leaves out nodes that are given up, where the cluster is not to have them.
    pub fn forget(&mut self, nodes: &BTreeSet<NodeAddress>) {
        let after = self.after.as_ref().map(|access| &access.cluster.nodes);
        let is_gone =
            |node: &NodeAddress| nodes.contains(node) && after.is_none_or(|after| !after.contains(node));
        if let Some(before) = &mut self.before
            && before.cluster.nodes.iter().any(is_gone)
        {
            Arc::make_mut(&mut before.cluster).nodes.retain(|node| !is_gone(node));
        }
    }
}
