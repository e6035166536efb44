//! Who opens clusters, and who may change their keys.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Facts, Holders, is_expired};
use crate::access::{AccessView, ProjectRoles, RoleHolder};
use crate::model::{Address, Cluster, Name, SshKey};

/// Who opens clusters: factored, so that what clusters have in common is there once.
#[derive(Debug)]
pub struct Who<'a> {
    /// In the order of their addresses.
    pub clusters: Vec<ClusterWho<'a>>,
    pub holders: Holders<'a>,
    /// Who has which role, in the projects of these clusters.
    pub roles: BTreeMap<&'a Name, ProjectRoles>,
}

/// A cluster and the key that it has.
#[derive(Clone, Copy, Debug)]
pub struct ClusterWho<'a> {
    pub cluster: &'a Cluster,
    pub key: Option<&'a SshKey>,
    /// Whether its key is past its last day, and so opens nothing.
    pub is_expired: bool,
}

/// Who opens the clusters that are selected; with `until`, only those whose key is valid and not beyond that day.
#[must_use]
pub fn who<V: AccessView>(
    facts: Facts<'_, V>,
    is_selected: impl Fn(&Cluster) -> bool,
    until: Option<Date>,
) -> Who<'_> {
    let mut clusters = Vec::new();
    let mut roles = BTreeMap::new();
    for project in facts.view.projects() {
        let before = clusters.len();
        for cluster in project.clusters().filter(|cluster| is_selected(cluster)) {
            let key = project.key_of(cluster);
            let is_expired = key.is_some_and(|key| is_expired(key, facts.day));
            if ends_until(key, is_expired, until) {
                clusters.push(ClusterWho { cluster, key, is_expired });
            }
        }
        if clusters.len() > before {
            roles.insert(&project.project.name, ProjectRoles::of(facts.view, project.project));
        }
    }
    let holders = Holders::of(facts, clusters.iter().filter_map(|cluster| cluster.key));
    Who { clusters, holders, roles }
}

/// Whether a key ends by a day, where one is asked for.
pub(super) fn ends_until(key: Option<&SshKey>, is_expired: bool, until: Option<Date>) -> bool {
    let Some(until) = until else { return true };
    !is_expired && key.and_then(|key| key.expires).is_some_and(|last| last <= until)
}

impl Who<'_> {
    /// Who may give a cluster another key, and by which role.
    pub fn changers(&self, cluster: &Cluster) -> impl Iterator<Item = RoleHolder> + '_ {
        let roles = self.roles.get(&cluster.project);
        roles.into_iter().flat_map(ProjectRoles::iter).filter(|holder| holder.role.may_change_keys())
    }

    /// The keys of these clusters, once each.
    #[must_use]
    pub fn keys(&self) -> BTreeMap<Address, &SshKey> {
        self.clusters.iter().filter_map(|one| one.key).map(|key| (key.address(), key)).collect()
    }
}
