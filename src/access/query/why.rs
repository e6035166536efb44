//! Why a person gets into a cluster, or does not.

use jiff::civil::Date;

use super::{Facts, is_expired};
use crate::access::{AccessView, PastHolder, ProjectRoles, ProjectView, RoleHolder};
use crate::model::{Cluster, Name, SshKey, Subject, UserName};

/// The chain from a person to a cluster, as far as it goes.
#[derive(Debug)]
pub struct Why<'a> {
    pub cluster: &'a Cluster,
    /// The key that the cluster has.
    pub key: Option<&'a SshKey>,
    /// The team through which they hold it.
    pub team: Option<&'a Name>,
    /// The first link that is missing, from the cluster to the person; nothing where they get in.
    pub missing: Option<Missing<'a>>,
    /// How they held the key, where they may still have its private half.
    pub may_still: Option<&'a PastHolder>,
    /// The roles by which they may give the cluster another key.
    pub may_change: Vec<RoleHolder>,
}

/// A link that is missing between a cluster and a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing<'a> {
    /// The cluster has no key.
    Key,
    /// The key is past its last day.
    Valid(Date),
    /// The key has no owner: who holds it is not known.
    Owner,
    /// The key is that of another person.
    OwnKey(&'a UserName),
    /// The key is that of a team in which they are not.
    Membership(&'a Name),
}

/// Why a person gets into a cluster of a project, or does not; nothing where there is no such cluster.
#[must_use]
pub fn why<'a, V: AccessView>(
    facts: Facts<'a, V>,
    user: &UserName,
    (project, name): (&Name, &Name),
) -> Option<Why<'a>> {
    let home = facts.view.projects().find(|home| home.project.name == *project)?;
    let cluster = home.clusters().find(|cluster| cluster.name == *name)?;
    let key = home.key_of(cluster);
    let (team, not_held) = match key {
        None => (None, Some(Missing::Key)),
        Some(key) => holds(facts.view, user, key),
    };
    let expired = key.filter(|key| is_expired(key, facts.day)).and_then(|key| key.expires);
    let past = key.and_then(|key| facts.former.0.get(&(*key.public_key.fingerprint(), user.clone())));
    Some(Why {
        cluster,
        key,
        team,
        missing: expired.map(Missing::Valid).or(not_held),
        may_still: past.filter(|_| not_held.is_some()),
        may_change: may_change(facts, user, home),
    })
}

/// Through which team a person holds a key, or what keeps them from holding it.
fn holds<'a>(
    view: &impl AccessView,
    user: &UserName,
    key: &'a SshKey,
) -> (Option<&'a Name>, Option<Missing<'a>>) {
    let is_member = |team| view.team(team).is_some_and(|team| team.members.contains(user));
    match &key.owner {
        None => (None, Some(Missing::Owner)),
        Some(Subject::User(owner)) if owner == user => (None, None),
        Some(Subject::User(owner)) => (None, Some(Missing::OwnKey(owner))),
        Some(Subject::Team(team)) if is_member(team) => (Some(team), None),
        Some(Subject::Team(team)) => (None, Some(Missing::Membership(team))),
    }
}

fn may_change<V: AccessView>(facts: Facts<'_, V>, user: &UserName, home: ProjectView<'_>) -> Vec<RoleHolder> {
    let roles = ProjectRoles::of(facts.view, home.project);
    let theirs = roles.iter().filter(|holder| holder.user == *user && holder.role.may_change_keys());
    theirs.collect()
}
