//! Users, teams and roles of the tenant.

use std::collections::{BTreeMap, BTreeSet};

use super::wanted::Subjects;
use crate::model::{Name, Role, Subject, UserName};
use crate::targets::TargetError;
use crate::targets::palette::Uid;
use crate::targets::palette::client::{Listing, Scope, Session};
use crate::targets::palette::observed::{ObservedTeam, folded, without_mail};
use crate::targets::palette::wire;

/// All users, by mail; those without one by their uid.
pub(crate) fn users(session: &Session<'_>) -> Result<BTreeMap<Uid, UserName>, TargetError> {
    let users = session.all::<wire::User>(&Scope::Tenant, &["v1", "users", "meta"])?;
    Ok(users.into_iter().filter_map(|user| Some((user.uid.clone(), user_name(&user)?))).collect())
}

pub(crate) fn teams(session: &Session<'_>) -> Result<Vec<wire::Team>, TargetError> {
    session.list(&Listing { scope: &Scope::Tenant, path: &["v1", "teams"], search: None })
}

/// The roles that keyplan knows.
pub(crate) fn roles(session: &Session<'_>) -> Result<BTreeMap<Uid, Role>, TargetError> {
    let listing = Listing { scope: &Scope::Tenant, path: &["v1", "roles"], search: None };
    let known = session.list::<wire::Role>(&listing)?.into_iter().filter_map(|role| {
        let is_ours = role.spec.scope == "project" && role.spec.kind == "system";
        Some((role.metadata.uid, Role::parse(&role.metadata.name).filter(|_| is_ours)?))
    });
    Ok(known.collect())
}

/// Users, teams and roles of a tenant, by their uids.
#[derive(Debug, Default)]
pub(super) struct People {
    users: BTreeMap<Uid, UserName>,
    teams: Vec<wire::Team>,
    /// The roles that keyplan knows.
    pub(super) roles: BTreeMap<Uid, Role>,
}

impl People {
    pub(super) fn read(session: &Session<'_>) -> Result<Self, TargetError> {
        Ok(Self { users: users(session)?, teams: teams(session)?, roles: roles(session)? })
    }

    pub(super) fn observed_teams(&self) -> Vec<ObservedTeam> {
        let team = |team: &wire::Team| ObservedTeam {
            uid: team.metadata.uid.clone(),
            name: team.metadata.name.clone(),
            members: team.spec.users.iter().filter_map(|user| self.user(user)).collect(),
            is_sourced: !team.spec.sources.is_empty(),
        };
        self.teams.iter().map(team).collect()
    }

    fn user(&self, uid: &Uid) -> Option<UserName> {
        self.users.get(uid).cloned().or_else(|| without_mail(uid))
    }

    /// The uids of the users who are wanted, as far as they are there. They are told apart by their mail, whatever its
    /// case.
    pub(super) fn users(&self, wanted: &Subjects) -> BTreeSet<Uid> {
        let mails: Option<BTreeSet<_>> = match wanted {
            Subjects::Everybody => None,
            Subjects::These(subjects) => Some(
                subjects
                    .iter()
                    .filter_map(|subject| match subject {
                        Subject::User(user) => Some(folded(user)),
                        Subject::Team(_) => None,
                    })
                    .collect(),
            ),
        };
        let is_wanted = |user: &UserName| mails.as_ref().is_none_or(|mails| mails.contains(&folded(user)));
        self.users.iter().filter(|(_, user)| is_wanted(user)).map(|(uid, _)| uid.clone()).collect()
    }

    /// The uids of the teams that are wanted, as far as they are there.
    pub(super) fn teams(&self, wanted: &Subjects) -> BTreeSet<Uid> {
        let is_wanted = |team: &&wire::Team| match wanted {
            Subjects::Everybody => true,
            Subjects::These(subjects) => {
                Name::parse(&team.metadata.name).is_ok_and(|name| subjects.contains(&Subject::Team(name)))
            }
        };
        self.teams.iter().filter(is_wanted).map(|team| team.metadata.uid.clone()).collect()
    }

    pub(super) fn team_name(&self, uid: &Uid) -> &str {
        self.teams.iter().find(|team| team.metadata.uid == *uid).map_or("", |team| &team.metadata.name)
    }

    pub(super) fn subject(&self, kind: Kind, uid: &Uid) -> Option<Subject> {
        match kind {
            Kind::User => self.user(uid).map(Subject::User),
            // A team whose name cannot be declared has its roles in Palette alone.
            Kind::Team => {
                let team = self.teams.iter().find(|team| team.metadata.uid == *uid)?;
                Name::parse(&team.metadata.name).ok().map(Subject::Team)
            }
        }
    }
}

/// A user by mail; one without mail is there all the same, and is told by the uid.
fn user_name(user: &wire::User) -> Option<UserName> {
    UserName::parse(user.email_id.trim()).ok().or_else(|| without_mail(&user.uid))
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    User,
    Team,
}
