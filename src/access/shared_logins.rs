//! Logins that several clusters have: the same node, with the same login user.

use std::collections::HashMap;

use crate::model::{Cluster, NodeAddress};

/// A login that several clusters have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedLogin<'a, T> {
    pub node: &'a NodeAddress,
    pub user: &'a str,
    /// The clusters, at least two, in the order in which they were given.
    pub clusters: Vec<T>,
}

/// The logins that more than one of these clusters have, in the order of nodes and users. Clusters of the same address,
/// one behind the other, count as one.
#[must_use]
pub fn shared_logins<'a, T: Copy>(
    clusters: &(impl Iterator<Item = (&'a Cluster, T)> + Clone),
) -> Vec<SharedLogin<'a, T>> {
    let each = || {
        let clusters = clusters.clone().enumerate();
        clusters.flat_map(|(number, (cluster, named))| {
            cluster.nodes.iter().map(move |node| ((node, &*cluster.login_user), (number, cluster, named)))
        })
    };
    // Most logins are of one cluster: those are looked up, and never sorted.
    let count = clusters.clone().map(|(cluster, _)| cluster.nodes.len()).sum();
    let mut first = HashMap::with_capacity(count);
    let mut is_shared = false;
    for (login, (number, ..)) in each() {
        let known = first.entry(login).or_insert((number, false));
        if known.0 != number {
            known.1 = true;
            is_shared = true;
        }
    }
    if !is_shared {
        return Vec::new();
    }
    let mut shared: Vec<_> =
        each().filter(|(login, _)| first.get(login).is_some_and(|(_, is_shared)| *is_shared)).collect();
    shared.sort_by(|(one, (number, ..)), (other, (other_number, ..))| {
        one.cmp(other).then(number.cmp(other_number))
    });
    shared.dedup_by(|(one, (_, cluster, _)), (other, (_, earlier, _))| {
        one == other && (&cluster.project, &cluster.name) == (&earlier.project, &earlier.name)
    });
    let groups = shared.chunk_by(|(one, _), (other, _)| one == other).filter(|group| group.len() > 1);
    groups
        .map(|group| {
            let (node, user) = group[0].0;
            SharedLogin { node, user, clusters: group.iter().map(|(_, (.., named))| *named).collect() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SharedLogin, shared_logins};
    use crate::model::{Cloud, Cluster, Metadata, Name, NodeAddress};

    fn cluster(name: u8, user: u8, nodes: &[u8]) -> Cluster {
        Cluster {
            project: Name::parse("p").unwrap(),
            name: Name::parse(&format!("c{name}")).unwrap(),
            metadata: Metadata::default(),
            ssh_key: None,
            cloud: Cloud::default(),
            login_user: format!("u{user}").into(),
            nodes: nodes.iter().map(|node| NodeAddress::parse(&format!("n{node}")).unwrap()).collect(),
            sshd: None,
            known_keys: Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn is_what_looking_at_each_pair_finds(
            worlds in prop::collection::vec((0..4_u8, 0..2_u8, prop::collection::vec(0..4_u8, 0..3)), 0..8)
        ) {
            let mut worlds = worlds;
            worlds.sort();
            let clusters: Vec<_> = worlds.iter().map(|(name, user, nodes)| cluster(*name, *user, nodes)).collect();
            let found = shared_logins(&clusters.iter().zip(0..));
            let mut expected = Vec::new();
            for node in (0..4).map(|node| NodeAddress::parse(&format!("n{node}")).unwrap()) {
                for user in ["u0", "u1"] {
                    let mut having: Vec<_> = (0..clusters.len())
                        .filter(|number| &*clusters[*number].login_user == user && clusters[*number].nodes.contains(&node))
                        .collect();
                    having.dedup_by_key(|number| &clusters[*number].name);
                    if having.len() > 1 {
                        expected.push((node.clone(), user, having));
                    }
                }
            }
            let found: Vec<_> = found
                .into_iter()
                .map(|SharedLogin { node, user, clusters }| (node.clone(), user, clusters))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
