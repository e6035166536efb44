//! Access that is lost where nothing is deleted: clusters that stay and are left without a key, and people who lose
//! a role in a project that stays. A mistake in a list of members deletes nothing, and shuts out as many.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccessChange, Action, Change};
use crate::model::{Address, Name, Recorded, RecordedProject, Subject, Team, UserName};

/// What loses access and is not deleted, by its new names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessLoss {
    /// By project, the clusters that lose their key.
    clusters: BTreeMap<Name, Vec<Address>>,
    /// By project, the people who lose a role.
    people: BTreeMap<Name, BTreeSet<UserName>>,
}

/// How many of those that are recorded in a project lose access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostShare {
    /// The project, by its new name.
    pub project: Name,
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
                AccessChange::Cluster { cluster, before: Some(_), after: None }
                    if !gone.contains(cluster) =>
                {
                    if let Address::Cluster(project, _) = cluster {
                        loss.clusters.entry(project.clone()).or_default().push(cluster.clone());
                    }
                }
                AccessChange::Role { user, project, gained: false, .. } if !gone.contains(project) => {
                    if let Address::Project(project) = project {
                        loss.people.entry(project.clone()).or_default().insert(user.clone());
                    }
                }
                AccessChange::Cluster { .. } | AccessChange::Role { .. } => {}
            }
        }
        loss
    }

    /// How many clusters and people lose access; a person counts once.
    #[must_use]
    pub fn number(&self) -> usize {
        let people: BTreeSet<_> = self.people.values().flatten().collect();
        self.clusters().count() + people.len()
    }

    /// The clusters that lose their key.
    pub(super) fn clusters(&self) -> impl Iterator<Item = &Address> {
        self.clusters.values().flatten()
    }

    /// The projects in which people lose a role.
    pub(super) fn projects(&self) -> impl Iterator<Item = Address> {
        self.people.keys().cloned().map(Address::Project)
    }

    /// What is lost beside what is recorded, project by project.
    #[must_use]
    pub fn shares(&self, recorded: &Recorded, changes: &[Change]) -> Vec<LostShare> {
        let old_name = |change: &Change| match (change.previous_address()?, change.address()) {
            (Address::Project(old), Address::Project(new)) => Some((new, old)),
            _ => None,
        };
        let old_names: BTreeMap<_, _> = changes.iter().filter_map(old_name).collect();
        let home = |name: &Name| recorded.projects.get(old_names.get(name).unwrap_or(name));
        let clusters = self.clusters.iter().filter_map(|(project, lost)| {
            let with_key = home(project)?.clusters.values().filter(|cluster| cluster.ssh_key.is_some());
            let (lost, recorded) = (lost.len(), with_key.count());
            Some(LostShare { project: project.clone(), what: "clusters lose their key", lost, recorded })
        });
        let people = self.people.iter().filter_map(|(project, lost)| {
            let (lost, recorded) = (lost.len(), people_of(home(project)?, &recorded.teams).len());
            Some(LostShare { project: project.clone(), what: "people lose a role", lost, recorded })
        });
        clusters.chain(people).collect()
    }
}

/// Who has a role in a project, also through a team.
fn people_of<'a>(home: &'a RecordedProject, teams: &'a BTreeMap<Name, Team>) -> BTreeSet<&'a UserName> {
    let users = home.project.members.iter().flat_map(|member| match &member.subject {
        Subject::User(user) => std::slice::from_ref(user),
        Subject::Team(team) => teams.get(team).map(|team| team.members.as_slice()).unwrap_or_default(),
    });
    users.collect()
}
