//! Access that is lost where nothing is deleted: clusters that stay and lose or change their key, and people who lose
//! a role in a project that stays, or a key that clusters keep. A mistake in a list of members deletes nothing, and
//! shuts out as many.

use std::collections::{BTreeMap, BTreeSet};

use super::renames::old_project_names;
use super::{Action, Change};
use crate::access::{AccessChange, ProjectRoles};
use crate::model::{Address, Name, Recorded, UserName};

/// What loses access and is not deleted, by its new names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessLoss {
    /// By project, the clusters that lose or change their key.
    clusters: BTreeMap<Name, Vec<Address>>,
    /// By project, the people who lose a role.
    roles: BTreeMap<Name, BTreeSet<UserName>>,
    /// By team, the people who lose a key that they hold through it; those who own it where there is none.
    keys: BTreeMap<Option<Name>, BTreeSet<UserName>>,
}

/// How many of those that are recorded in a project or a team lose access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostShare {
    /// The project or team, by its new name.
    pub place: Address,
    /// What is counted, as in "39 of 40 PEOPLE LOSE A ROLE".
    pub what: &'static str,
    pub lost: usize,
    /// How many are recorded that have it.
    pub recorded: usize,
}

impl AccessLoss {
    /// What is lost by these changes, which mean this for access.
    #[must_use]
    pub fn of(access: &[AccessChange], changes: &[Change]) -> Self {
        let gone = changes.iter().filter(|change| change.action() == Action::Delete);
        let gone: BTreeSet<_> = gone.map(Change::address).collect();
        let mut loss = Self::default();
        for change in access {
            match change {
                AccessChange::Cluster { cluster, before: Some(before), after, .. }
                    if after.as_ref().is_none_or(|after| after.fingerprint != before.fingerprint)
                        && !gone.contains(cluster) =>
                {
                    if let Address::Cluster(project, _) = cluster {
                        loss.clusters.entry(project.clone()).or_default().push(cluster.clone());
                    }
                }
                AccessChange::Role { user, project, gained: false, .. } if !gone.contains(project) => {
                    if let Address::Project(project) = project {
                        loss.roles.entry(project.clone()).or_default().insert(user.clone());
                    }
                }
                AccessChange::Holders { lost, .. } | AccessChange::Cluster { lost, .. } => {
                    for holder in lost {
                        loss.keys.entry(holder.team.clone()).or_default().extend(holder.user.clone());
                    }
                }
                AccessChange::Role { .. } | AccessChange::Moved { .. } | AccessChange::Forgotten { .. } => {}
            }
        }
        loss
    }

    /// How many clusters and people lose access; a person counts once.
    #[must_use]
    pub fn number(&self) -> usize {
        let people: BTreeSet<_> = self.roles.values().chain(self.keys.values()).flatten().collect();
        self.clusters().count() + people.len()
    }

    /// The clusters that lose or change their key.
    pub(super) fn clusters(&self) -> impl Iterator<Item = &Address> {
        self.clusters.values().flatten()
    }

    /// The projects and teams in which people lose a role or a key.
    pub(super) fn places(&self) -> impl Iterator<Item = Address> {
        let projects = self.roles.keys().cloned().map(Address::Project);
        projects.chain(self.keys.keys().flatten().cloned().map(Address::Team))
    }

    /// What is lost beside what is recorded, project by project and team by team.
    #[must_use]
    pub fn shares(&self, recorded: &Recorded, changes: &[Change]) -> Vec<LostShare> {
        let old_names = old_project_names(changes);
        let home = |name: &Name| recorded.projects.get(old_names.get(name).unwrap_or(name));
        let clusters = self.clusters.iter().filter_map(|(name, lost)| {
            let with_key = home(name)?.clusters.values().filter(|cluster| cluster.ssh_key.is_some());
            let (place, recorded) = (Address::Project(name.clone()), with_key.count());
            Some(LostShare { place, what: "clusters lose or change their key", lost: lost.len(), recorded })
        });
        let roles = self.roles.iter().filter_map(|(name, lost)| {
            let people = ProjectRoles::of(recorded, &home(name)?.project);
            let (place, recorded) = (Address::Project(name.clone()), people.users().len());
            Some(LostShare { place, what: "people lose a role", lost: lost.len(), recorded })
        });
        let keys = self.keys.iter().filter_map(|(team, lost)| {
            let recorded = recorded.teams.get(team.as_ref()?)?.members.len();
            let place = Address::Team(team.clone()?);
            Some(LostShare { place, what: "people lose a key", lost: lost.len(), recorded })
        });
        clusters.chain(roles).chain(keys).collect()
    }
}
