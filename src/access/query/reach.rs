//! What people, teams and keys reach.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::who::ends_until;
use super::{Asked, Facts, Holders, is_expired};
use crate::access::{AccessView, PastHolder, ProjectRoles, ProjectView, RoleHolder};
use crate::model::{Cluster, Name, SshKey, Subject, UserName};
use crate::openssh::Fingerprint;

/// What was asked about, and what it reaches.
#[derive(Debug)]
pub struct Reach<'a> {
    pub asked: Asked,
    /// The people whom it is about: the user, the members of the team, or those who hold the key.
    pub people: BTreeSet<UserName>,
    /// The keys that they hold, or that it is, in the order of their addresses.
    pub keys: Vec<HeldKey<'a>>,
    /// Keys that they held and may still have, in the order of their fingerprints.
    pub may_still_hold: Vec<MayStillHold<'a>>,
    /// The roles that people or a team have, by project. Of a key: of those who may change it.
    pub roles: Vec<RoleIn<'a>>,
}

/// A key and what it opens.
#[derive(Debug)]
pub struct HeldKey<'a> {
    pub key: &'a SshKey,
    /// The clusters that have it, in the order of their addresses.
    pub clusters: Vec<&'a Cluster>,
    /// Whether it is past its last day, and so opens nothing.
    pub is_expired: bool,
    /// Whether nobody else is known to hold it: who takes them away leaves it to nobody.
    pub is_alone: bool,
}

/// A material that a person may still have the private half of.
#[derive(Debug)]
pub struct MayStillHold<'a> {
    pub user: &'a UserName,
    pub past: &'a PastHolder,
    pub fingerprint: &'a Fingerprint,
    /// The keys of this material, with what they open. None where no key is left that has it.
    pub keys: Vec<HeldKey<'a>>,
}

/// A role in a project.
#[derive(Debug)]
pub struct RoleIn<'a> {
    pub project: &'a Name,
    pub holder: RoleHolder,
    /// How many clusters that project has.
    pub clusters: usize,
}

/// What is asked about reaches; with `until`, only by keys that are valid and not beyond that day.
#[must_use]
pub fn reach<V: AccessView>(facts: Facts<'_, V>, asked: Asked, until: Option<Date>) -> Reach<'_> {
    let every = Holders::of(facts, facts.view.projects().flat_map(ProjectView::keys));
    let people = people(facts, &asked, &every);
    let is_held = |key: &SshKey| match &asked {
        Asked::User(user) => every.holders(key).is_some_and(|holders| holders.has(user)),
        Asked::Team(team) => matches!(&key.owner, Some(Subject::Team(owner)) if owner == team),
        Asked::Key(project, name) => (&key.project, &key.name) == (project, name),
        Asked::Fingerprint(fingerprint) => key.public_key.fingerprint() == fingerprint,
    };
    let mut keys = held(facts, &every, &people, is_held);
    keys.retain(|held| ends_until(Some(held.key), held.is_expired, until));
    let may_still_hold = may_still_hold(facts, &asked, &keys, &every);
    let roles = roles(facts, &asked, &people, &keys);
    Reach { asked, people, keys, may_still_hold, roles }
}

fn people<V: AccessView>(facts: Facts<'_, V>, asked: &Asked, every: &Holders<'_>) -> BTreeSet<UserName> {
    let of_keys = |is_it: &dyn Fn(&SshKey) -> bool| {
        let keys = facts.view.projects().flat_map(ProjectView::keys).filter(|key| is_it(key));
        let holders = keys.filter_map(|key| every.holders(key));
        holders.flat_map(|holders| holders.users().cloned().collect::<Vec<_>>()).collect()
    };
    match asked {
        Asked::User(user) => [user.clone()].into(),
        Asked::Team(team) => {
            facts.view.team(team).into_iter().flat_map(|team| team.members.iter().cloned()).collect()
        }
        Asked::Key(project, name) => of_keys(&|key| (&key.project, &key.name) == (project, name)),
        Asked::Fingerprint(fingerprint) => of_keys(&|key| key.public_key.fingerprint() == fingerprint),
    }
}

/// Keys with what they open, in the order of their addresses; `people` are those whom it is about.
pub(super) fn held<'a, V: AccessView>(
    facts: Facts<'a, V>,
    every: &Holders<'_>,
    people: &BTreeSet<UserName>,
    is_held: impl Fn(&SshKey) -> bool,
) -> Vec<HeldKey<'a>> {
    let mut all = Vec::new();
    for project in facts.view.projects() {
        let mut keys: BTreeMap<&Name, HeldKey<'a>> = BTreeMap::new();
        for key in project.keys().filter(|key| is_held(key)) {
            let is_alone = every.holders(key).is_some_and(|holders| {
                holders.iter().all(|holder| holder.user.is_some_and(|user| people.contains(&user)))
            });
            let held =
                HeldKey { key, clusters: Vec::new(), is_expired: is_expired(key, facts.day), is_alone };
            keys.insert(&key.name, held);
        }
        if keys.is_empty() {
            continue;
        }
        for cluster in project.clusters() {
            if let Some(held) = cluster.ssh_key.as_ref().and_then(|key| keys.get_mut(key)) {
                held.clusters.push(cluster);
            }
        }
        all.extend(keys.into_values());
    }
    all
}

/// What the people asked about held before; of a key, who else held it.
fn may_still_hold<'a, V: AccessView>(
    facts: Facts<'a, V>,
    asked: &Asked,
    keys: &[HeldKey<'a>],
    every: &Holders<'_>,
) -> Vec<MayStillHold<'a>> {
    let materials: BTreeSet<_> = keys.iter().map(|held| held.key.public_key.fingerprint()).collect();
    let is_asked = |fingerprint: &Fingerprint, user: &UserName, past: &PastHolder| match asked {
        Asked::User(asked) => asked == user,
        Asked::Team(team) => past.team.as_ref() == Some(team),
        Asked::Key(..) => materials.contains(fingerprint),
        Asked::Fingerprint(asked) => asked == fingerprint,
    };
    let former =
        facts.former.0.iter().filter(|((fingerprint, user), past)| is_asked(fingerprint, user, past));
    let former: Vec<_> = former.collect();
    if former.is_empty() {
        return Vec::new();
    }
    let wanted: BTreeSet<_> = former.iter().map(|((fingerprint, _), _)| fingerprint).collect();
    let mut by_material = BTreeMap::<_, Vec<_>>::new();
    let nobody = BTreeSet::new();
    for held in held(facts, every, &nobody, |key| wanted.contains(key.public_key.fingerprint())) {
        by_material.entry(held.key.public_key.fingerprint()).or_default().push(held);
    }
    let mut all = Vec::new();
    for ((fingerprint, user), past) in former {
        let of_it = by_material.get(fingerprint).into_iter().flatten();
        let not_theirs =
            of_it.filter(|held| every.holders(held.key).is_none_or(|holders| !holders.has(user)));
        let keys: Vec<_> = not_theirs.map(HeldKey::again).collect();
        if !keys.is_empty() {
            all.push(MayStillHold { user, past, fingerprint, keys });
        }
    }
    all
}

impl HeldKey<'_> {
    fn again(&self) -> Self {
        Self {
            key: self.key,
            clusters: self.clusters.clone(),
            is_expired: self.is_expired,
            is_alone: self.is_alone,
        }
    }
}

fn roles<'a, V: AccessView>(
    facts: Facts<'a, V>,
    asked: &Asked,
    people: &BTreeSet<UserName>,
    keys: &[HeldKey<'a>],
) -> Vec<RoleIn<'a>> {
    let homes: BTreeSet<_> = keys.iter().map(|held| &held.key.project).collect();
    let mut all = Vec::new();
    for project in facts.view.projects() {
        let is_asked = |holder: &RoleHolder| match asked {
            Asked::User(_) => people.contains(&holder.user),
            Asked::Team(team) => holder.through.contains(team) && people.contains(&holder.user),
            Asked::Key(..) | Asked::Fingerprint(_) => {
                holder.role.may_change_keys() && homes.contains(&project.project.name)
            }
        };
        let roles = ProjectRoles::of(facts.view, project.project);
        let mut asked = roles.iter().filter(is_asked).peekable();
        let clusters = if asked.peek().is_some() { project.clusters().count() } else { 0 };
        all.extend(asked.map(|holder| RoleIn { project: &project.project.name, holder, clusters }));
    }
    all
}
