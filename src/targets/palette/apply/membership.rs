//! What a change of a project does to the roles in it, user by user and team by team.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Uid;
use super::super::client::{Listing, Scope, Session};
use super::super::observed::only;
use super::super::wire::{self, Item};
use super::holder::Holder;
use super::members::{RoleChange, RolesStep, role_uid};
use super::people::{no_such_user, uid_of};
use super::work::Work;
use crate::model::{Project, ResourceKind, Role, Subject};
use crate::targets::TargetError;

/// The roles that a change of a project gives and takes.
#[derive(Default)]
pub(super) struct Membership {
    changes: BTreeMap<Holder, RoleChange>,
    /// Whether nobody else is to have a role in the project: what is there may be otherwise than is recorded.
    is_exact: bool,
    /// Who is to have a role and is not there.
    pub(super) missing: Option<TargetError>,
}

impl Membership {
    /// # Errors
    /// When a user or team cannot be looked up.
    pub(super) fn of(
        work: &Work<'_>,
        before: Option<&Project>,
        after: &Project,
    ) -> Result<Self, TargetError> {
        let is_exact = before.is_some_and(|before| before.metadata.partially_applied.is_some());
        let mut membership = Self { is_exact, ..Self::default() };
        for (subject, change) in role_changes(before, after, is_exact) {
            match holder(work, subject)? {
                Some(holder) => {
                    let merged = membership.changes.entry(holder).or_default();
                    merged.given.extend(change.given);
                    merged.taken.extend(change.taken);
                    // One user may be named in two ways.
                    merged.taken = merged.taken.difference(&merged.given).copied().collect();
                }
                None if change.given.is_empty() => {}
                None => membership.missing = Some(not_there(subject)),
            }
        }
        Ok(membership)
    }

    /// Takes in those who have a role in the project, and are not to have one.
    pub(super) fn add_others(&mut self, session: &Session<'_>, project: &Uid) -> Result<(), TargetError> {
        if !self.is_exact {
            return Ok(());
        }
        let search = wire::search_of_projects();
        let path = &["v1", "dashboard", "projects"];
        let listing = Listing { scope: &Scope::Tenant, path, search: Some(&search) };
        let summaries = session.list::<wire::ProjectSummary>(&listing)?;
        let all = || RoleChange { given: BTreeSet::new(), taken: Role::ALL.iter().copied().collect() };
        for summary in summaries.iter().filter(|summary| summary.uid() == project) {
            let wire::Subjects { users, teams } = &summary.spec_summary;
            let users = users.iter().map(|user| Holder::User(user.uid.clone()));
            let teams = teams.iter().map(|team| Holder::Team(team.uid.clone()));
            for holder in users.chain(teams) {
                self.changes.entry(holder).or_insert_with(all);
            }
        }
        Ok(())
    }

    /// Refuses roles that Palette does not have.
    pub(super) fn check_roles(&self, work: &Work<'_>) -> Result<(), TargetError> {
        if self.is_empty() {
            return Ok(());
        }
        let roles = work.roles()?;
        let mut given = self.changes.values().flat_map(|change| &change.given);
        given.try_for_each(|role| role_uid(roles, *role).map(drop))
    }

    /// Whether no roles change.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Those whose roles change, and how.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&Holder, &RoleChange)> {
        self.changes.iter()
    }

    /// One for each user and each team whose roles change.
    pub(super) fn steps<'a>(
        &self,
        work: &'a Work<'_>,
        project: &Uid,
    ) -> Result<Vec<RolesStep<'a>>, TargetError> {
        self.changes.keys().map(|holder| self.step(work, holder.clone(), project)).collect()
    }

    /// The roles of one user or team in the project.
    pub(super) fn step<'a>(
        &self,
        work: &'a Work<'_>,
        holder: Holder,
        project: &Uid,
    ) -> Result<RolesStep<'a>, TargetError> {
        let change = self.changes.get(&holder).cloned().unwrap_or_default();
        Ok(RolesStep { holder, changes: BTreeMap::from([(project.clone(), change)]), roles: work.roles()? })
    }

    pub(super) fn gives_to_teams(&self) -> bool {
        let is_team = |holder: &Holder| matches!(holder, Holder::Team(_));
        self.changes.iter().any(|(holder, change)| !change.given.is_empty() && is_team(holder))
    }

    /// Whether it takes a role from one of these.
    pub(super) fn takes_from(&self, is_meant: impl Fn(&Holder) -> bool) -> bool {
        self.changes.iter().any(|(holder, change)| !change.taken.is_empty() && is_meant(holder))
    }

    /// Whether it gives nobody a role.
    pub(super) fn gives_nothing(&self) -> bool {
        self.missing.is_none() && self.changes.values().all(|change| change.given.is_empty())
    }
}

/// The roles that each user and team gets and loses.
pub(super) fn role_changes<'a>(
    before: Option<&'a Project>,
    after: &'a Project,
    is_exact: bool,
) -> BTreeMap<&'a Subject, RoleChange> {
    let mut roles: BTreeMap<&Subject, [BTreeSet<Role>; 2]> = BTreeMap::new();
    for (side, project) in [before, Some(after)].into_iter().enumerate() {
        for member in project.iter().flat_map(|project| &project.members) {
            roles.entry(&member.subject).or_default()[side].insert(member.role);
        }
    }
    let change = |[before, after]: [BTreeSet<Role>; 2]| {
        if is_exact {
            let others = Role::ALL.iter().filter(|role| !after.contains(role)).copied().collect();
            RoleChange { given: after, taken: others }
        } else {
            let without = |one: &BTreeSet<Role>, other| one.difference(other).copied().collect();
            RoleChange { given: without(&after, &before), taken: without(&before, &after) }
        }
    };
    let changes = roles.into_iter().map(|(subject, sides)| (subject, change(sides)));
    changes.filter(|(_, change)| *change != RoleChange::default()).collect()
}

/// Who is meant; nothing where they are not there.
fn holder(work: &Work<'_>, subject: &Subject) -> Result<Option<Holder>, TargetError> {
    match subject {
        Subject::User(user) => Ok(uid_of(work.users()?, user)?.cloned().map(Holder::User)),
        Subject::Team(name) => {
            let found = only(work.teams()?, (ResourceKind::Team, name), |team| &team.metadata.name)?;
            Ok(found.map(|team| Holder::Team(team.metadata.uid.clone())))
        }
    }
}

fn not_there(subject: &Subject) -> TargetError {
    match subject {
        Subject::User(user) => no_such_user(user),
        Subject::Team(name) => TargetError::refused(format!("there is no team `{name}` in the tenant")),
    }
}
