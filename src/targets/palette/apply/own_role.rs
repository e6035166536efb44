//! The roles of the user whose API key it is. Whoever takes the last one of them in a project is locked out of it, and
//! cannot take that back.

use super::super::Uid;
use super::members::{Holder, in_project, own};
use super::membership::Membership;
use super::work::Work;
use crate::targets::TargetError;

/// Refuses what would leave the caller without any role in a project, of its own or through teams.
pub(super) fn check(work: &Work<'_>, membership: &Membership, project: &Uid) -> Result<(), TargetError> {
    let caller = Holder::User(work.caller.clone());
    let takes_from_teams = membership.takes_from(|holder| matches!(holder, Holder::Team(_)));
    if work.may_remove_own_role || !(takes_from_teams || membership.takes_from(|holder| *holder == caller)) {
        return Ok(());
    }
    let there = membership.step(work, caller.clone(), project)?.read(&work.reading())?;
    let is_inherited =
        there.projects.iter().any(|one| one.uid == *project && !one.inherited_roles.is_empty());
    let teams = if is_inherited || membership.gives_to_teams() { teams(work)? } else { Vec::new() };
    if is_inherited && !membership.takes_from(|holder| teams.contains(holder)) {
        return Ok(());
    }
    let mut had_role = false;
    for holder in std::iter::once(caller).chain(teams) {
        let step = membership.step(work, holder, project)?;
        let held = own(&step.read(&work.reading())?);
        if !in_project(&step.changed(&held)?, project).is_empty() {
            return Ok(());
        }
        had_role |= !in_project(&held, project).is_empty();
    }
    if !had_role {
        return Ok(());
    }
    Err(TargetError::refused(
        "it would take the last role in it from the user whose API key this is: let another one apply it, or pass \
         `--remove-own-role`",
    ))
}

/// The teams that the caller is in.
fn teams(work: &Work<'_>) -> Result<Vec<Holder>, TargetError> {
    let own = work.teams()?.iter().filter(|team| team.spec.users.contains(&work.caller));
    Ok(own.map(|team| Holder::Team(team.metadata.uid.clone())).collect())
}
