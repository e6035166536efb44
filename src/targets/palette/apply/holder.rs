//! Users and teams as those who have roles in projects.

use std::collections::{BTreeMap, BTreeSet};

use super::super::client::{Scope, Session};
use super::super::{Uid, wire};
use crate::targets::TargetError;

/// Who has roles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    User(Uid),
    Team(Uid),
}

/// Roles by project, those that are the holder's own.
pub(super) type Roles = BTreeMap<Uid, BTreeSet<Uid>>;

impl Holder {
    pub(super) fn path(&self) -> [&str; 4] {
        match self {
            Self::User(uid) => ["v1", "users", uid.as_str(), "projects"],
            Self::Team(uid) => ["v1", "teams", uid.as_str(), "projects"],
        }
    }

    /// The roles in all projects.
    pub(super) fn read(&self, session: &Session<'_>) -> Result<wire::ProjectRoles, TargetError> {
        session.get(&Scope::Tenant, &self.path())
    }
}

/// The roles that are the holder's own, not those through teams.
pub(super) fn own(there: &wire::ProjectRoles) -> Roles {
    let mut own = Roles::new();
    for project in &there.projects {
        let roles = project.roles.iter().map(|role| role.uid.clone());
        own.entry(project.uid.clone()).or_default().extend(roles);
    }
    own
}

/// None is as good as no entry.
pub(super) fn in_project<'a>(roles: &'a Roles, project: &Uid) -> BTreeSet<&'a Uid> {
    roles.get(project).into_iter().flatten().collect()
}
