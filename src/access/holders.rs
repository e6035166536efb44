//! Who holds the private half of a key.

use std::collections::{BTreeMap, BTreeSet};

use super::AccessView;
use crate::model::{Name, Subject, Team, UserName};

/// A person who holds a key: nobody known where the key has no owner, or where its owner is a team without members.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    pub user: Option<UserName>,
    /// The team that owns the key, where the person is not the owner.
    pub team: Option<Name>,
}

/// Everyone who holds a key, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolders(BTreeMap<Option<UserName>, Option<Name>>);

impl KeyHolders {
    /// Who holds a key of this owner.
    #[must_use]
    pub fn of(view: &impl AccessView, owner: Option<&Subject>) -> Self {
        let nobody = |team: Option<&Name>| [(None, team.cloned())].into();
        Self(match owner {
            None => nobody(None),
            Some(Subject::User(user)) => [(Some(user.clone()), None)].into(),
            Some(Subject::Team(name)) => match view.team(name) {
                Some(team) if !team.members.is_empty() => {
                    team.members.iter().map(|user| (Some(user.clone()), Some(name.clone()))).collect()
                }
                _ => nobody(Some(name)),
            },
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = Holder> + '_ {
        self.0.iter().map(|(user, team)| Holder { user: user.clone(), team: team.clone() })
    }

    /// The people who are known to hold it.
    pub fn users(&self) -> impl Iterator<Item = &UserName> {
        self.0.keys().flatten()
    }

    #[must_use]
    pub fn has(&self, user: &UserName) -> bool {
        self.0.contains_key(&Some(user.clone()))
    }

    /// Those who are not among others, whatever they hold it through.
    #[must_use]
    pub(super) fn without(&self, others: &Self) -> Vec<Holder> {
        self.iter().filter(|holder| !others.0.contains_key(&holder.user)).collect()
    }
}

/// The teams that do not have the same members on both sides.
pub(super) fn changed_teams<'a>(
    before: &'a impl AccessView,
    after: &'a impl AccessView,
) -> BTreeSet<&'a Name> {
    let members = |team: Option<&'a Team>| team.map(|team| team.members.as_slice());
    let differs = |team: &&'a Team| {
        let (had, has) = (members(before.team(&team.name)), members(after.team(&team.name)));
        let people = |members: Option<&'a [UserName]>| members.map(|all| all.iter().collect::<BTreeSet<_>>());
        had != has && people(had) != people(has)
    };
    before.teams().chain(after.teams()).filter(differs).map(|team| &team.name).collect()
}
