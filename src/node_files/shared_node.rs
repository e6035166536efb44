//! Nodes that two clusters have with the same login user: a file that holds every key of that user takes the other
//! cluster's key away.

use std::collections::BTreeMap;

use super::FormatError;
use crate::model::{Cluster, NodeAddress, SshKey};

/// A cluster with the key that opens it.
pub type WithKey<'a> = (&'a Cluster, &'a SshKey);

/// Who logs in where: by node and user, the first cluster with a key, and the first one with another key.
#[derive(Debug, Default)]
pub struct Logins<'a> {
    clusters: BTreeMap<(&'a NodeAddress, &'a str), (WithKey<'a>, Option<WithKey<'a>>)>,
}

impl<'a> Logins<'a> {
    /// The logins of these clusters, in their order.
    #[must_use]
    pub fn of(clusters: impl Iterator<Item = WithKey<'a>>) -> Self {
        let mut logins = Self::default();
        for (cluster, key) in clusters {
            for node in &cluster.nodes {
                let known = logins.clusters.entry((node, &*cluster.login_user));
                let (first, other) = known.or_insert(((cluster, key), None));
                if other.is_none() && is_another(*first, key) {
                    *other = Some((cluster, key));
                }
            }
        }
        logins
    }

    /// Another cluster with another key, on a node of this one and with its user.
    #[must_use]
    pub fn shared(&self, cluster: &Cluster, key: Option<&SshKey>) -> Option<(&'a Cluster, FormatError)> {
        let shared = |node: &NodeAddress| {
            let (first, other) = self.clusters.get(&(node, &*cluster.login_user))?;
            let is_other = |one: &&WithKey<'a>| key.is_none_or(|key| is_another(**one, key));
            let (other, _) = std::iter::once(first).chain(other).find(is_other)?;
            let refusal = FormatError::SharedNode {
                user: cluster.login_user.clone(),
                node: node.clone(),
                other: other.address(),
            };
            (other.address() != cluster.address()).then_some((*other, refusal))
        };
        cluster.nodes.iter().find_map(shared)
    }
}

/// Whether a cluster's key is another one than this.
fn is_another((_, one): WithKey<'_>, key: &SshKey) -> bool {
    one.public_key.fingerprint() != key.public_key.fingerprint()
}
