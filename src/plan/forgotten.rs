//! Nodes that are given up: the user names a node that is gone, and its files stay as they are.

use std::collections::BTreeSet;

use super::{Change, Plan, Resource};
use crate::model::{Cluster, NodeAddress, nearest};

/// Why a node cannot be given up by a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotForget {
    /// The name as it was given.
    pub node: String,
    /// A node that it can give up and that has such a name.
    pub nearest: Option<String>,
    /// Whether it can give up any.
    pub is_any: bool,
}

impl Plan {
    /// Gives up nodes from which this takes a block away. Nothing is put on them, and they are not visited.
    ///
    /// # Errors
    /// When the plan takes no block away from one of them, or puts one there.
    pub fn forget(&mut self, nodes: &[String]) -> Result<(), CannotForget> {
        let left = left_nodes(&self.changes);
        for text in nodes {
            let node = NodeAddress::parse(text).ok().filter(|node| left.contains(node));
            let Some(node) = node else {
                let names: Vec<_> = left.iter().map(ToString::to_string).collect();
                let nearest = nearest(text, names.iter().map(String::as_str)).map(str::to_owned);
                return Err(CannotForget { node: text.clone(), nearest, is_any: !left.is_empty() });
            };
            self.forgotten.insert(node);
        }
        Ok(())
    }
}

/// The nodes that clusters leave, and that none of these clusters is to have.
fn left_nodes(changes: &[Change]) -> BTreeSet<NodeAddress> {
    let nodes = |of: &dyn Fn(&Change) -> Option<&Cluster>| -> BTreeSet<NodeAddress> {
        changes.iter().filter_map(of).flat_map(|cluster| cluster.nodes.iter().cloned()).collect()
    };
    let before = nodes(&|change| cluster(change.before()));
    let after = nodes(&|change| cluster(change.after()));
    before.difference(&after).cloned().collect()
}

fn cluster(resource: Option<&Resource>) -> Option<&Cluster> {
    match resource? {
        Resource::Cluster(cluster) => Some(cluster),
        Resource::Team(_) | Resource::Project(_) | Resource::Key(_) => None,
    }
}
