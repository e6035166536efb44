//! Who has which role in a project.

use std::collections::{BTreeMap, BTreeSet};

use super::AccessView;
use crate::model::{Name, Project, Role, Subject, UserName};

/// Every role that people have in a project, with all ways in which each has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectRoles(BTreeMap<(UserName, Role), BTreeSet<Option<Name>>>);

/// A person who has a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleHolder {
    pub user: UserName,
    pub role: Role,
    /// The teams through which they have it; none when it is their own.
    pub through: Vec<Name>,
}

impl ProjectRoles {
    #[must_use]
    pub fn of(view: &impl AccessView, project: &Project) -> Self {
        let mut roles = Self::default();
        for member in &project.members {
            let mut give = |user: &UserName, through| {
                roles.0.entry((user.clone(), member.role)).or_default().insert(through);
            };
            match &member.subject {
                Subject::User(user) => give(user, None),
                Subject::Team(team) => {
                    let members = view.team(team).map(|team| team.members.as_slice()).unwrap_or_default();
                    for user in members {
                        give(user, Some(team.clone()));
                    }
                }
            }
        }
        roles
    }

    /// By person, and by role.
    pub fn iter(&self) -> impl Iterator<Item = RoleHolder> + '_ {
        self.0.iter().map(|((user, role), through)| role_holder(user, *role, through))
    }

    /// The people who have any role.
    #[must_use]
    pub fn users(&self) -> BTreeSet<&UserName> {
        self.0.keys().map(|(user, _)| user).collect()
    }

    /// Whether a person has a role.
    #[must_use]
    pub fn has(&self, user: &UserName, role: Role) -> bool {
        self.0.contains_key(&(user.clone(), role))
    }

    /// What is not among others.
    pub(super) fn without<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = RoleHolder> + 'a {
        let own = self.0.iter().filter(|(who, _)| !others.0.contains_key(who));
        own.map(|((user, role), through)| role_holder(user, *role, through))
    }
}

fn role_holder(user: &UserName, role: Role, through: &BTreeSet<Option<Name>>) -> RoleHolder {
    let is_own = through.contains(&None);
    let teams = through.iter().flatten().filter(|_| !is_own);
    RoleHolder { user: user.clone(), role, through: teams.cloned().collect() }
}
