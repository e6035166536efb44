//! Who opens clusters and who may change their keys, beside who is allowed to and who must.

use std::collections::{BTreeMap, BTreeSet};

use super::breach::{Clusters, Fault, Found, Link};
use crate::access::{AccessView, KeyHolders};
use crate::model::{AccessTest, Member, Name, Project, SshKey, Subject, UserName};

/// The people that some users and teams are.
pub(super) struct AllowedPeople(BTreeSet<UserName>);

impl AllowedPeople {
    pub(super) fn of(view: &impl AccessView, subjects: &[Subject]) -> Self {
        Self(subjects.iter().flat_map(|subject| people(view, subject)).collect())
    }

    /// Those who are not among them.
    fn others(&self, people: impl IntoIterator<Item = UserName>) -> Vec<UserName> {
        people.into_iter().filter(|user| !self.0.contains(user)).collect()
    }
}

/// The people that a user or a team is.
fn people(view: &impl AccessView, subject: &Subject) -> Vec<UserName> {
    match subject {
        Subject::User(user) => vec![user.clone()],
        Subject::Team(team) => members(view, team).to_vec(),
    }
}

fn members<'a>(view: &'a impl AccessView, team: &Name) -> &'a [UserName] {
    view.team(team).map(|team| team.members.as_slice()).unwrap_or_default()
}

/// Keys of one owner, with the clusters that have them.
type KeysByOwner<'a> = BTreeMap<Option<&'a Subject>, Vec<(&'a SshKey, Clusters)>>;

/// Where the people who hold keys are not those who may or must.
pub(super) fn holder_breaches(
    view: &impl AccessView,
    test: &AccessTest,
    by_owner: &KeysByOwner<'_>,
    found: &mut Found,
) {
    let allowed = test.opened_only_by.as_deref().map(|subjects| AllowedPeople::of(view, subjects));
    let required: BTreeSet<_> = test.opened_by.iter().collect();
    let required: Vec<_> = required.into_iter().map(|subject| (subject, people(view, subject))).collect();
    let is_of_people = allowed.is_some()
        || !required.is_empty()
        || test.people_at_least.is_some()
        || test.people_at_most.is_some();
    for (owner, keys) in by_owner {
        let keys = Keys(keys);
        let Some(owner) = owner else {
            if is_of_people {
                keys.at_owner(&Fault::NobodyKnown, found);
            }
            continue;
        };
        let holders = KeyHolders::of(view, Some(owner));
        if let Some(allowed) = &allowed {
            keys.opened_by_others(owner, &holders, allowed, found);
        }
        for (subject, people) in &required {
            let people: Vec<_> = people.iter().filter(|user| !holders.has(user)).cloned().collect();
            if !people.is_empty() {
                keys.at_holders(owner, &Fault::DoesNotOpen { people, of: (*subject).clone() }, found);
            }
        }
        let number = holders.users().count();
        if test.people_at_least.is_some_and(|least| number < least as usize) {
            keys.at_holders(owner, &Fault::TooFew { number }, found);
        }
        if test.people_at_most.is_some_and(|most| number > most as usize) {
            keys.at_holders(owner, &Fault::TooMany { number }, found);
        }
    }
}

/// Keys of one owner.
struct Keys<'a>(&'a [(&'a SshKey, Clusters)]);

impl Keys<'_> {
    fn clusters(&self) -> Clusters {
        let mut all = Clusters::default();
        self.0.iter().for_each(|(_, clusters)| all.join(clusters));
        all
    }

    /// Tells of each key where its owner is.
    fn at_owner(&self, fault: &Fault, found: &mut Found) {
        for (key, clusters) in self.0 {
            found.add(Link::Owner(key.address()), fault.clone(), clusters);
        }
    }

    /// Tells of all where it is said who holds them: in the team, or of each key where its owner is.
    fn at_holders(&self, owner: &Subject, fault: &Fault, found: &mut Found) {
        match owner {
            Subject::Team(team) => found.add(Link::Team(team.clone()), fault.clone(), &self.clusters()),
            Subject::User(_) => self.at_owner(fault, found),
        }
    }

    /// Of a team some of whose members are allowed, the others; of any other owner, the owner.
    fn opened_by_others(
        &self,
        owner: &Subject,
        holders: &KeyHolders,
        allowed: &AllowedPeople,
        found: &mut Found,
    ) {
        let others = allowed.others(holders.users().cloned());
        match owner {
            _ if others.is_empty() => {}
            Subject::Team(team) if others.len() < holders.users().count() => {
                let clusters = self.clusters();
                for user in others {
                    let link = Link::TeamMember(team.clone(), user.clone());
                    let fault = Fault::Opens { people: vec![user], through: Some(team.clone()) };
                    found.add(link, fault, &clusters);
                }
            }
            Subject::Team(team) => {
                self.at_owner(&Fault::Opens { people: others, through: Some(team.clone()) }, found);
            }
            Subject::User(_) => self.at_owner(&Fault::Opens { people: others, through: None }, found),
        }
    }
}

/// Where people may change the keys of clusters of a project who are none of those allowed.
pub(super) fn role_breaches(
    view: &impl AccessView,
    project: &Project,
    allowed: &AllowedPeople,
    clusters: &Clusters,
    found: &mut Found,
) {
    for Member { subject, role } in project.members.iter().filter(|member| member.role.may_change_keys()) {
        let all = people(view, subject);
        let number = all.len();
        let others = allowed.others(all);
        let fault = |people, through| Fault::Changes { people, role: *role, through };
        match subject {
            _ if others.is_empty() => {}
            Subject::Team(team) if others.len() < number => {
                for user in others {
                    let link = Link::TeamMember(team.clone(), user.clone());
                    found.add(link, fault(vec![user], Some(team.clone())), clusters);
                }
            }
            Subject::Team(_) | Subject::User(_) => {
                let through = match subject {
                    Subject::Team(team) => Some(team.clone()),
                    Subject::User(_) => None,
                };
                let link = Link::ProjectMember(project.name.clone(), subject.clone());
                found.add(link, fault(others, through), clusters);
            }
        }
    }
}
