//! Questions about access: who opens a cluster, what a person, team or key reaches, and why someone does or does not
//! get in.

mod known;
mod overview;
mod reach;
mod who;
mod why;

pub use known::{Asked, Unknown, known_users, read_asked};
pub use overview::{Overview, Person, overview};
pub use reach::{HeldKey, MayStillHold, Reach, RoleIn, reach};
pub use who::{ClusterWho, Who, who};
pub use why::{Missing, Why, why};

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{AccessView, FormerHolders, KeyHolders, PastHolder};
use crate::model::{SshKey, Subject, UserName};
use crate::openssh::Fingerprint;

/// What questions are asked of.
#[derive(Debug)]
pub struct Facts<'a, V> {
    pub view: &'a V,
    pub former: &'a FormerHolders,
    /// The day, in UTC, by which keys have expired or not.
    pub day: Date,
}

impl<V> Clone for Facts<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Facts<'_, V> {}

/// Whether a key is past its last day, so that it is delivered nowhere and opens nothing.
#[must_use]
pub fn is_expired(key: &SshKey, day: Date) -> bool {
    key.expires.is_some_and(|last| last < day)
}

/// Everyone who holds keys, by the owner of the key, and who has held them before: each is made out once.
#[derive(Debug)]
pub struct Holders<'a> {
    by_owner: BTreeMap<Option<&'a Subject>, KeyHolders>,
    former: BTreeMap<&'a Fingerprint, Vec<(&'a UserName, &'a PastHolder)>>,
}

impl<'a> Holders<'a> {
    fn of<V: AccessView>(facts: Facts<'a, V>, keys: impl Iterator<Item = &'a SshKey>) -> Self {
        let mut by_owner = BTreeMap::new();
        for key in keys {
            let owner = key.owner.as_ref();
            by_owner.entry(owner).or_insert_with(|| KeyHolders::of(facts.view, owner));
        }
        let mut former = BTreeMap::<_, Vec<_>>::new();
        for ((fingerprint, user), past) in &facts.former.0 {
            former.entry(fingerprint).or_default().push((user, past));
        }
        Self { by_owner, former }
    }

    /// Who holds a key; nothing of a key that was not asked about.
    #[must_use]
    pub fn holders<'k>(&'k self, key: &'k SshKey) -> Option<&'k KeyHolders> {
        self.by_owner.get(&key.owner.as_ref())
    }

    /// Who holds the keys of each owner, in the order of owners.
    pub fn by_owner(&self) -> impl Iterator<Item = (Option<&'a Subject>, &KeyHolders)> {
        self.by_owner.iter().map(|(owner, holders)| (*owner, holders))
    }

    /// Who holds a key no longer, and may still have its private half.
    #[must_use]
    pub fn former(&self, key: &SshKey) -> Vec<(&'a UserName, &'a PastHolder)> {
        let holders = self.holders(key);
        let all = self.former.get(key.public_key.fingerprint()).into_iter().flatten();
        all.filter(|(user, _)| holders.is_none_or(|holders| !holders.has(user))).copied().collect()
    }
}
