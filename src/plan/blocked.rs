//! What cannot be done because something else was not.

use std::collections::BTreeSet;

use super::{Action, Change, Resource};
use crate::model::{Address, Subject};

/// Changes that were not done, and what is in their way because of that.
#[derive(Debug, Default)]
pub struct Blocked {
    /// What is not there, or not as it should be, because it was not created or updated.
    missing: BTreeSet<Address>,
    /// What something still names that should no longer be there, or no longer name it.
    in_use: BTreeSet<Address>,
    /// Names that something still has because it was not renamed.
    occupied: BTreeSet<Address>,
}

impl Blocked {
    /// Takes in that a change was not done.
    pub fn add(&mut self, change: &Change) {
        self.in_use.extend(change.before().map(named_by).into_iter().flatten());
        if change.action() != Action::Delete {
            self.missing.insert(change.address());
        }
        self.occupied.extend(change.previous_address());
    }

    /// What a change needs and does not have, or would take away from something.
    #[must_use]
    pub fn needed_by(&self, change: &Change) -> Option<Address> {
        let address = change.address();
        let needs = change.after().or(change.before()).map(named_by).unwrap_or_default();
        let missing = needs.into_iter().find(|need| self.missing.contains(need));
        missing.or_else(|| {
            let is_in_the_way = match change.action() {
                Action::Delete => self.in_use.contains(&address),
                Action::Create | Action::Update => self.occupied.contains(&address),
            };
            is_in_the_way.then_some(address)
        })
    }
}

/// What a resource names: it cannot be without that.
fn named_by(resource: &Resource) -> Vec<Address> {
    match resource {
        Resource::Team(_) => Vec::new(),
        Resource::Project(project) => {
            let teams = project.members.iter().filter_map(|member| match &member.subject {
                Subject::Team(team) => Some(Address::Team(team.clone())),
                Subject::User(_) => None,
            });
            teams.collect()
        }
        Resource::Key(key) => {
            let owner = key.owner.iter().filter_map(|owner| match owner {
                Subject::Team(team) => Some(Address::Team(team.clone())),
                Subject::User(_) => None,
            });
            owner.chain([Address::Project(key.project.clone())]).collect()
        }
        Resource::Cluster(cluster) => {
            let key = cluster.ssh_key.iter().map(|key| Address::Key(cluster.project.clone(), key.clone()));
            key.chain([Address::Project(cluster.project.clone())]).collect()
        }
    }
}
