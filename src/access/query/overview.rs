//! All access at once, for a page: people with what they open, clusters, and keys.

use std::collections::{BTreeMap, BTreeSet};

use super::reach::held;
use super::{Facts, HeldKey, Holders, RoleIn, Who, who};
use crate::access::{AccessView, KeyHolders, ProjectRoles, ProjectView, StillHeld, still_held};
use crate::model::{Name, UserName};

/// All access, factored: its size is that of the facts and of who holds which key.
#[derive(Debug)]
pub struct Overview<'a> {
    /// All clusters.
    pub clusters: Who<'a>,
    /// All keys, also those that no cluster has, in the order of their addresses.
    pub keys: Vec<HeldKey<'a>>,
    /// Who holds any key, or has a role.
    pub people: BTreeMap<UserName, Person<'a>>,
    /// Who may still have a key that clusters have.
    pub still_held: Vec<StillHeld>,
}

/// What a person holds and may change.
#[derive(Debug, Default)]
pub struct Person<'a> {
    /// The keys, each by its place in [`Overview::keys`], with the team that owns it where it is not their own.
    pub keys: Vec<(usize, Option<Name>)>,
    /// Their roles, by project.
    pub roles: Vec<RoleIn<'a>>,
}

/// All access that there is.
#[must_use]
pub fn overview<V: AccessView>(facts: Facts<'_, V>) -> Overview<'_> {
    let holders = Holders::of(facts, facts.view.projects().flat_map(ProjectView::keys));
    let keys = held(facts, &holders, &BTreeSet::new(), |_| true);
    let mut people = BTreeMap::<UserName, Person<'_>>::new();
    for (at, held) in keys.iter().enumerate() {
        for holder in holders.holders(held.key).into_iter().flat_map(KeyHolders::iter) {
            if let Some(user) = holder.user {
                people.entry(user).or_default().keys.push((at, holder.team));
            }
        }
    }
    for project in facts.view.projects() {
        let clusters = project.clusters().count();
        for holder in ProjectRoles::of(facts.view, project.project).iter() {
            let role = RoleIn { project: &project.project.name, holder, clusters };
            people.entry(role.holder.user.clone()).or_default().roles.push(role);
        }
    }
    let still_held = still_held(facts.view, facts.former);
    Overview { clusters: who(facts, |_| true, None), keys, people, still_held }
}
