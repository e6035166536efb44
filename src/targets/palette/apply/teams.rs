//! Teams of the tenant, and who is in them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::Uid;
use super::super::client::{Scope, Session, Written, escaped};
use super::super::observed::{folded, only};
use super::super::{read, wire};
use super::people::{no_such_user, uid_of};
use super::step::{Next, Seen, Step};
use crate::model::{ResourceKind, Team, TeamMembers, UserName};
use crate::targets::TargetError;

const PATH: [&str; 2] = ["v1", "teams"];

/// A team on its way.
pub(super) struct TeamStep<'a> {
    pub(super) before: Option<&'a Team>,
    pub(super) after: Option<&'a Team>,
    pub(super) members: TeamMembers,
    pub(super) users: &'a BTreeMap<Uid, UserName>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum TeamWrite {
    Create(Vec<Uid>),
    Put(Found, Vec<Uid>),
    Delete(Found),
}

/// A team as it was when it was decided what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    uid: Uid,
    users: Vec<Uid>,
}

impl TeamStep<'_> {
    fn is_marked(&self) -> bool {
        self.before.is_some_and(|before| before.metadata.partially_applied.is_some())
    }

    fn has(&self, found: &wire::Team, team: Option<&Team>) -> bool {
        let there = || found.spec.users.iter().map(|uid| self.users.get(uid).map(folded));
        team.is_some_and(|team| match self.members {
            TeamMembers::Observed => true,
            TeamMembers::Declared => {
                let wanted: BTreeSet<_> = team.members.iter().map(|user| Some(folded(user))).collect();
                there().collect::<BTreeSet<_>>() == wanted
            }
        })
    }

    /// The users that it is to have. Those of an identity system are not keyplan's to set.
    fn users(&self, team: &Team) -> Result<Vec<Uid>, TargetError> {
        match self.members {
            TeamMembers::Observed => Ok(Vec::new()),
            TeamMembers::Declared => {
                let uid = |user| uid_of(self.users, user)?.cloned().ok_or_else(|| no_such_user(user));
                team.members.iter().map(uid).collect()
            }
        }
    }

    fn decide(&self, found: Option<&wire::Team>) -> Next<TeamWrite> {
        let is_ours =
            |found: &wire::Team| self.before.is_some() && (self.has(found, self.before) || self.is_marked());
        let next = match (self.after, found) {
            (None, None) => return Next::Nothing,
            (Some(_), Some(found)) if self.has(found, self.after) => return Next::Nothing,
            (None, Some(found)) if is_ours(found) => Ok(TeamWrite::Delete(found.into())),
            (Some(after), None) => self.users(after).map(TeamWrite::Create),
            (Some(after), Some(found)) if is_ours(found) => {
                self.users(after).map(|users| TeamWrite::Put(found.into(), users))
            }
            (_, Some(_)) if self.before.is_some() => Err(TargetError::conflict(
                "its members were changed outside of keyplan; `keyplan drift --repair` marks it to be written anew",
            )),
            (_, Some(_)) => Err(TargetError::conflict(
                "a team of this name is there, with other members; `keyplan import` it, or give it another name there",
            )),
        };
        next.map_or_else(Next::Refuse, Next::Write)
    }
}

impl Step for TeamStep<'_> {
    type Write = TeamWrite;

    fn look(&self, session: &Session<'_>, _: Option<&TeamWrite>) -> Result<Seen<TeamWrite>, TargetError> {
        let teams = read::teams(session)?;
        let Some(name) = self.after.or(self.before).map(|team| &team.name) else {
            return Ok(Seen::new(true, true, Next::Nothing));
        };
        let found = only(&teams, (ResourceKind::Team, name), |team| &team.metadata.name)?;
        let is_before = match (self.before, found) {
            (None, found) => found.is_none_or(|found| !self.has(found, self.after)),
            (Some(_), found) => found.is_some_and(|found| self.has(found, self.before)),
        };
        let is_after = match (self.after, found) {
            (None, found) => found.is_none(),
            (Some(_), found) => found.is_some_and(|found| self.has(found, self.after)),
        };
        Ok(Seen::new(is_before, is_after, self.decide(found)))
    }

    fn write(&self, session: &Session<'_>, write: &TeamWrite) -> Result<Written, TargetError> {
        match write {
            TeamWrite::Create(users) => {
                let name = self.after.map(|after| after.name.as_str());
                let body = json!({"metadata": {"name": name}, "spec": {"users": users, "roles": []}});
                session.create(&Scope::Tenant, &PATH, &body).map(Written::from)
            }
            TeamWrite::Put(found, users) => {
                let path = ["v1", "teams", found.uid.as_str()];
                let Some(mut team) = session.object(&Scope::Tenant, &path)? else {
                    return Ok(Written::Gone);
                };
                found.is_still(&team)?;
                team["spec"]["users"] = json!(users);
                session.put(&Scope::Tenant, &path, &team)
            }
            TeamWrite::Delete(found) => {
                let path = ["v1", "teams", found.uid.as_str()];
                let Some(team) = session.object(&Scope::Tenant, &path)? else { return Ok(Written::Gone) };
                found.is_still(&team)?;
                has_no_roles(session, &found.uid)?;
                session.delete(&Scope::Tenant, &path)
            }
        }
    }
}

impl From<&wire::Team> for Found {
    fn from(team: &wire::Team) -> Self {
        Self { uid: team.metadata.uid.clone(), users: team.spec.users.clone() }
    }
}

impl Found {
    /// Whether it is as it was when it was decided what to do about it, and no identity system fills it.
    fn is_still(&self, team: &Value) -> Result<(), TargetError> {
        let team = wire::decode::<wire::Team>(team.clone());
        let team = team.map_err(|error| TargetError::refused(format!("it cannot be read: {error}")))?;
        if !team.spec.sources.is_empty() {
            return Err(TargetError::refused(
                "an identity system fills it; with `palette.teams: observed` in keyplan.yaml its members are not written",
            ));
        }
        if team.spec.users != self.users {
            return Err(TargetError::conflict("its members are changed by others just now"));
        }
        Ok(())
    }
}

/// Refuses to delete a team that still gives roles.
fn has_no_roles(session: &Session<'_>, uid: &Uid) -> Result<(), TargetError> {
    let roles: wire::TenantRoles = session.get(&Scope::Tenant, &["v1", "teams", uid.as_str(), "roles"])?;
    if let Some(role) = roles.roles.first() {
        let role = escaped(&role.name);
        return Err(TargetError::conflict(format!(
            "it has the role `{role}` in the tenant: take that first"
        )));
    }
    let roles: wire::ProjectRoles =
        session.get(&Scope::Tenant, &["v1", "teams", uid.as_str(), "projects"])?;
    match roles.projects.iter().find(|project| !project.roles.is_empty()) {
        Some(project) => {
            let project = escaped(&project.name);
            Err(TargetError::conflict(format!(
                "it has a role in the project `{project}` that is not recorded: take that first"
            )))
        }
        None => Ok(()),
    }
}
