//! The roles of a user or a team in projects. They are kept with the user or the team, for all projects at once: what is
//! sent is the full list as it was read, with nothing changed but the projects in question. Whether a PUT replaces the
//! list or is merged into it, that is the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::client::{Scope, Session, Written, escaped};
use super::super::{Uid, wire};
use super::holder::{Holder, Roles, in_project, own};
use super::step::{Next, Seen, Step};
use crate::model::Role;
use crate::targets::TargetError;

/// What is to become of the roles of a user or a team in a project. All that is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RoleChange {
    pub(super) given: BTreeSet<Role>,
    pub(super) taken: BTreeSet<Role>,
}

/// The roles of a user or a team, on their way.
pub(super) struct RolesStep<'a> {
    pub(super) holder: Holder,
    /// By project.
    pub(super) changes: BTreeMap<Uid, RoleChange>,
    /// The roles of projects that every tenant has.
    pub(super) roles: &'a BTreeMap<Uid, Role>,
}

/// The roles in all projects, as they are to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Put(Roles);

/// The uid of a role.
///
/// # Errors
/// When there is none, or are two.
pub(super) fn role_uid(roles: &BTreeMap<Uid, Role>, role: Role) -> Result<&Uid, TargetError> {
    let mut found = roles.iter().filter(|(_, one)| **one == role).map(|(uid, _)| uid);
    match (found.next(), found.next()) {
        (Some(uid), None) => Ok(uid),
        (None, _) => Err(TargetError::refused(format!("Palette has no role `{role}`"))),
        (Some(_), Some(_)) => Err(TargetError::conflict(format!("Palette has two roles `{role}`"))),
    }
}

impl RolesStep<'_> {
    pub(super) fn read(&self, session: &Session<'_>) -> Result<wire::ProjectRoles, TargetError> {
        self.holder.read(session)
    }

    /// All roles, as they are to be.
    pub(super) fn changed(&self, held: &Roles) -> Result<Roles, TargetError> {
        let mut changed = held.clone();
        for (project, change) in &self.changes {
            let is_taken = |uid: &Uid| self.roles.get(uid).is_some_and(|role| change.taken.contains(role));
            let roles = changed.entry(project.clone()).or_default();
            roles.retain(|uid| !is_taken(uid));
            for role in &change.given {
                roles.insert(role_uid(self.roles, *role)?.clone());
            }
        }
        Ok(changed)
    }

    /// A project that is not in question, and in which other roles are there than were sent.
    fn lost(&self, sent: &Roles, there: &Roles) -> Option<Uid> {
        let others = sent.keys().chain(there.keys()).filter(|uid| !self.changes.contains_key(uid));
        others.into_iter().find(|uid| in_project(sent, uid) != in_project(there, uid)).cloned()
    }

    fn decide(
        &self,
        there: &wire::ProjectRoles,
        held: &Roles,
        done: Option<&Put>,
    ) -> Result<Next<Put>, TargetError> {
        if let Some(lost) = done.and_then(|Put(sent)| self.lost(sent, held)) {
            let name = there.projects.iter().find(|project| project.uid == lost);
            let name = escaped(name.map_or(lost.as_str(), |project| &project.name));
            let why = format!("their roles in the project `{name}` were changed by others just now");
            return Ok(Next::Refuse(TargetError::conflict(why)));
        }
        let changed = self.changed(held)?;
        let is_there = self.changes.keys().all(|uid| in_project(&changed, uid) == in_project(held, uid));
        Ok(if is_there { Next::Nothing } else { Next::Write(Put(changed)) })
    }
}

impl Step for RolesStep<'_> {
    type Write = Put;

    fn look(&self, session: &Session<'_>, done: Option<&Put>) -> Result<Seen<Put>, TargetError> {
        let there = self.read(session)?;
        let held = own(&there);
        let (mut is_before, mut is_after) = (true, true);
        for (project, RoleChange { given, taken }) in &self.changes {
            let held = in_project(&held, project);
            let held: BTreeSet<_> = held.iter().filter_map(|uid| self.roles.get(*uid).copied()).collect();
            is_before &= given.is_disjoint(&held) && taken.is_subset(&held);
            is_after &= given.is_subset(&held) && taken.is_disjoint(&held);
        }
        Ok(Seen::new(is_before, is_after, self.decide(&there, &held, done)?))
    }

    fn write(&self, session: &Session<'_>, Put(all): &Put) -> Result<Written, TargetError> {
        let projects: Vec<_> =
            all.iter().map(|(project, roles)| json!({"projectUid": project, "roles": roles})).collect();
        session.put(&Scope::Tenant, &self.holder.path(), &json!({"projects": projects}))
    }
}
