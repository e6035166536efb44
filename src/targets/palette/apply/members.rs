//! The roles of a user or a team in a project. They are kept with the user or the team, for all projects at once: what is
//! sent is the full list as it was read, with nothing changed but the one project. Whether a PUT replaces the list or
//! is merged into it, that is the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::client::{Scope, Session, Written, escaped};
use super::super::{Uid, wire};
use super::step::{Next, Seen, Step};
use crate::model::Role;
use crate::targets::TargetError;

/// Who has roles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    User(Uid),
    Team(Uid),
}

/// What is to become of the roles of a user or a team in a project. All that is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RoleChange {
    pub(super) given: BTreeSet<Role>,
    pub(super) taken: BTreeSet<Role>,
}

/// The roles of a user or a team in a project, on their way.
pub(super) struct MemberStep<'a> {
    pub(super) holder: Holder,
    pub(super) project: Uid,
    pub(super) change: RoleChange,
    /// The roles of projects that every tenant has.
    pub(super) roles: &'a BTreeMap<Uid, Role>,
    /// Whose API key it is.
    pub(super) caller: &'a Uid,
}

/// The roles in all projects, as they are to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Put(BTreeMap<Uid, BTreeSet<Uid>>);

impl Holder {
    fn path(&self) -> [&str; 4] {
        match self {
            Self::User(uid) => ["v1", "users", uid.as_str(), "projects"],
            Self::Team(uid) => ["v1", "teams", uid.as_str(), "projects"],
        }
    }
}

impl MemberStep<'_> {
    pub(super) fn is_of_caller(&self) -> bool {
        self.holder == Holder::User(self.caller.clone())
    }

    fn uid_of(&self, role: Role) -> Result<&Uid, TargetError> {
        let mut found = self.roles.iter().filter(|(_, one)| **one == role).map(|(uid, _)| uid);
        match (found.next(), found.next()) {
            (Some(uid), None) => Ok(uid),
            (None, _) => Err(TargetError::refused(format!("Palette has no role `{role}`"))),
            (Some(_), Some(_)) => Err(TargetError::conflict(format!("Palette has two roles `{role}`"))),
        }
    }

    /// The roles in the project, as they are to be.
    fn changed(&self, held: &BTreeSet<Uid>) -> Result<BTreeSet<Uid>, TargetError> {
        let is_taken = |uid: &Uid| self.roles.get(uid).is_some_and(|role| self.change.taken.contains(role));
        let mut changed: BTreeSet<_> = held.iter().filter(|uid| !is_taken(uid)).cloned().collect();
        for role in &self.change.given {
            changed.insert(self.uid_of(*role)?.clone());
        }
        Ok(changed)
    }

    fn decide(
        &self,
        there: &wire::ProjectRoles,
        direct: BTreeMap<Uid, BTreeSet<Uid>>,
        done: Option<&Put>,
    ) -> Result<Next<Put>, TargetError> {
        if let Some(lost) = done.and_then(|Put(sent)| other_roles(sent, &direct, &self.project)) {
            let name = there.projects.iter().find(|project| project.uid == lost);
            let name = escaped(name.map_or(lost.as_str(), |project| &project.name));
            let why = format!("their roles in the project `{name}` were changed by others just now");
            return Ok(Next::Refuse(TargetError::conflict(why)));
        }
        let nothing = BTreeSet::new();
        let held = direct.get(&self.project).unwrap_or(&nothing);
        let changed = self.changed(held)?;
        if changed == *held {
            return Ok(Next::Nothing);
        }
        let inherited = there.projects.iter().find(|project| project.uid == self.project);
        let has_inherited = inherited.is_some_and(|project| !project.inherited_roles.is_empty());
        if changed.is_empty() && !has_inherited && self.is_of_caller() {
            return Ok(Next::Refuse(TargetError::refused(
                "it would take the last role from the user whose API key this is: let another one do it",
            )));
        }
        let mut all = direct;
        all.insert(self.project.clone(), changed);
        Ok(Next::Write(Put(all)))
    }
}

impl Step for MemberStep<'_> {
    type Write = Put;

    fn look(&self, session: &Session<'_>, done: Option<&Put>) -> Result<Seen<Put>, TargetError> {
        let there: wire::ProjectRoles = session.get(&Scope::Tenant, &self.holder.path())?;
        let mut direct: BTreeMap<Uid, BTreeSet<Uid>> = BTreeMap::new();
        for project in &there.projects {
            let roles = project.roles.iter().map(|role| role.uid.clone());
            direct.entry(project.uid.clone()).or_default().extend(roles);
        }
        let held = direct.get(&self.project).into_iter().flatten();
        let held: BTreeSet<_> = held.filter_map(|uid| self.roles.get(uid).copied()).collect();
        let RoleChange { given, taken } = &self.change;
        let is_before = given.is_disjoint(&held) && taken.is_subset(&held);
        let is_after = given.is_subset(&held) && taken.is_disjoint(&held);
        Ok(Seen::new(is_before, is_after, self.decide(&there, direct, done)?))
    }

    fn write(&self, session: &Session<'_>, Put(all): &Put) -> Result<Written, TargetError> {
        let projects: Vec<_> =
            all.iter().map(|(project, roles)| json!({"projectUid": project, "roles": roles})).collect();
        session.put(&Scope::Tenant, &self.holder.path(), &json!({"projects": projects}))
    }
}

/// A project but that one in which other roles are there than were sent.
fn other_roles(
    sent: &BTreeMap<Uid, BTreeSet<Uid>>,
    there: &BTreeMap<Uid, BTreeSet<Uid>>,
    own: &Uid,
) -> Option<Uid> {
    let nothing = BTreeSet::new();
    let mut projects = sent.keys().chain(there.keys()).filter(|uid| *uid != own);
    let of = |all: &'_ BTreeMap<Uid, BTreeSet<Uid>>, uid: &Uid| all.get(uid).unwrap_or(&nothing).clone();
    projects.find(|uid| of(sent, uid) != of(there, uid)).cloned()
}
