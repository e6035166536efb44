//! The roles of the user whose API key it is. Whoever takes the last one of them in a project is locked out of it, and
//! cannot take that back. So what gives roles comes before what takes them from the caller, and of each of these it is
//! looked at right before it is written. Only projects count in which the caller had a role before the apply.

use std::collections::BTreeMap;

use super::super::client::escaped;
use super::super::observed::only;
use super::super::{Uid, read, wire};
use super::holder::{Holder, in_project, own};
use super::members::RolesStep;
use super::membership::{Membership, role_changes};
use super::people::uid_of;
use super::work::Work;
use crate::model::{ResourceKind, Team, TeamMembers};
use crate::plan::{Change, Resource};
use crate::targets::TargetError;

/// Keeps in mind in which projects the caller has a role, before anything is written that may take one.
pub(super) fn remember<'a>(work: &Work<'_>, mut changes: impl Iterator<Item = &'a Change>) {
    if !work.may_remove_own_role && changes.any(|change| may_leave(work, change) || may_take(change)) {
        // Where Palette does not tell, what needs it asks again.
        let _ = work.own_projects();
    }
}

/// Refuses what would leave the caller without any role in a project, of its own or through teams, before anything of the
/// project is written.
pub(super) fn check(work: &Work<'_>, membership: &Membership, project: &Uid) -> Result<(), TargetError> {
    let caller = Holder::User(work.caller.clone());
    let takes_from_teams = membership.takes_from(|holder| matches!(holder, Holder::Team(_)));
    if work.may_remove_own_role || !(takes_from_teams || membership.takes_from(|holder| *holder == caller)) {
        return Ok(());
    }
    if !work.own_projects()?.contains(project) {
        return Ok(());
    }
    let there = caller.read(&work.reading())?;
    let is_inherited =
        there.projects.iter().any(|one| one.uid == *project && !one.inherited_roles.is_empty());
    let teams =
        if is_inherited || membership.gives_to_teams() { own_teams(work, work.teams()?) } else { Vec::new() };
    if is_inherited && !membership.takes_from(|holder| teams.contains(holder)) {
        return Ok(());
    }
    for holder in std::iter::once(caller).chain(teams) {
        let step = membership.step(work, holder, project)?;
        let held = own(&step.read(&work.reading())?);
        if !in_project(&step.changed(&held)?, project).is_empty() {
            return Ok(());
        }
    }
    Err(refused("it"))
}

/// Whether a user or a team that loses its roles in a project may leave the caller without any there.
pub(super) fn is_own(work: &Work<'_>, holder: &Holder, project: &Uid) -> bool {
    let is_of_caller = || match holder {
        Holder::User(uid) => *uid == work.caller,
        Holder::Team(_) => work.teams().map_or(true, |teams| own_teams(work, teams).contains(holder)),
    };
    !work.may_remove_own_role
        && work.own_projects().map_or(true, |projects| projects.contains(project))
        && is_of_caller()
}

/// Refuses to take roles that are the caller's last ones in a project as it is now.
pub(super) fn check_taking(work: &Work<'_>, step: &RolesStep<'_>) -> Result<(), TargetError> {
    let there = step.read(&work.reading())?;
    let held = own(&there);
    let changed = step.changed(&held)?;
    let is_taken = |uid: &Uid| !in_project(&held, uid).is_empty() && in_project(&changed, uid).is_empty();
    check_others(work, &step.holder, named(&there, is_taken))
}

/// Whether a change may take the caller out of a team.
pub(super) fn may_leave(work: &Work<'_>, change: &Change) -> bool {
    let Some((before, after)) = members_change(work, change) else { return false };
    let Ok(users) = work.users() else { return true };
    let has = |team: &Team| {
        team.members.iter().any(|user| uid_of(users, user).is_ok_and(|uid| uid == Some(&work.caller)))
    };
    !has(after) && (has(before) || before.metadata.partially_applied.is_some())
}

/// Refuses to take the caller out of a team through which they have their last role in a project as it is now.
pub(super) fn check_leaving(work: &Work<'_>, change: &Change) -> Result<(), TargetError> {
    let Some((_, after)) = members_change(work, change) else { return Ok(()) };
    if work.may_remove_own_role || !may_leave(work, change) {
        return Ok(());
    }
    let teams = read::teams(&work.reading())?;
    let found = only(&teams, (ResourceKind::Team, &after.name), |team| &team.metadata.name)?;
    let Some(team) = found.filter(|team| team.spec.users.contains(&work.caller)) else { return Ok(()) };
    let holder = Holder::Team(team.metadata.uid.clone());
    let there = holder.read(&work.reading())?;
    let held = own(&there);
    check_others(work, &holder, named(&there, |uid| !in_project(&held, uid).is_empty()))
}

/// Whether a change of a project may take roles.
fn may_take(change: &Change) -> bool {
    match (change.before(), change.after()) {
        (Some(Resource::Project(before)), Some(Resource::Project(after))) => {
            let is_exact = before.metadata.partially_applied.is_some();
            is_exact
                || role_changes(Some(before), after, is_exact).values().any(|change| !change.taken.is_empty())
        }
        _ => false,
    }
}

/// A team as it is recorded and as it is desired, where its members are keyplan's to change.
fn members_change<'a>(work: &Work<'_>, change: &'a Change) -> Option<(&'a Team, &'a Team)> {
    match (change.before(), change.after()) {
        (Some(Resource::Team(before)), Some(Resource::Team(after)))
            if work.members == TeamMembers::Declared =>
        {
            Some((before, after))
        }
        _ => None,
    }
}

/// Refuses to take from the caller what one of their holders gives them in these projects, if no other one gives them a
/// role there.
fn check_others(work: &Work<'_>, taken: &Holder, mut lost: BTreeMap<Uid, String>) -> Result<(), TargetError> {
    let had = work.own_projects()?;
    lost.retain(|uid, _| had.contains(uid));
    if lost.is_empty() {
        return Ok(());
    }
    let teams = read::teams(&work.reading())?;
    let holders = own_teams(work, &teams).into_iter().chain([Holder::User(work.caller.clone())]);
    for holder in holders.filter(|holder| holder != taken) {
        let held = own(&holder.read(&work.reading())?);
        lost.retain(|uid, _| in_project(&held, uid).is_empty());
    }
    match lost.into_values().next() {
        Some(name) => Err(refused(&format!("the project `{}`", escaped(&name)))),
        None => Ok(()),
    }
}

/// Projects of a holder, with their names.
fn named(there: &wire::ProjectRoles, is_meant: impl Fn(&Uid) -> bool) -> BTreeMap<Uid, String> {
    let meant = there.projects.iter().filter(|project| is_meant(&project.uid));
    meant.map(|project| (project.uid.clone(), project.name.clone())).collect()
}

/// The teams that the caller is in.
fn own_teams(work: &Work<'_>, teams: &[wire::Team]) -> Vec<Holder> {
    let own = teams.iter().filter(|team| team.spec.users.contains(&work.caller));
    own.map(|team| Holder::Team(team.metadata.uid.clone())).collect()
}

fn refused(place: &str) -> TargetError {
    TargetError::refused(format!(
        "it would take the last role in {place} from the user whose API key this is: let another one apply it, or pass \
         `--remove-own-role`"
    ))
}
