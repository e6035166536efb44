//! What changes do to projects: first each is changed itself, then the roles in all of them. Those are kept with the users
//! and teams, so that each of these is sent once what it gets and loses in all projects.

use std::collections::BTreeMap;

use super::super::Uid;
use super::holder::Holder;
use super::members::{RoleChange, RolesStep};
use super::membership::Membership;
use super::own_role;
use super::projects::ProjectStep;
use super::step::{Sides, Step, StepError, carry_out};
use super::work::Work;
use crate::model::Project;
use crate::plan::{Change, Resource};
use crate::targets::TargetError;

/// A project that is as it is to be but for the roles in it.
struct Begun {
    is_touched: bool,
    /// Nothing where no roles change.
    uid: Option<Uid>,
    membership: Membership,
}

/// Creates and changes projects side by side: for each whether anything was written.
pub(super) fn carry_out_all(work: &Work<'_>, changes: &[&Change]) -> Vec<Result<bool, StepError>> {
    let begun = work.each(changes, |change| begin(work, change));
    work.forget_projects();
    let begun: Vec<_> = changes
        .iter()
        .zip(begun)
        .map(|(change, begun)| {
            begun.and_then(|(is_touched, membership)| find(work, change, is_touched, membership))
        })
        .collect();
    let ended = change_roles(work, begun.iter().flatten());
    begun.into_iter().map(|begun| end(begun?, &ended)).collect()
}

/// Deletes a project: whether anything was written.
pub(super) fn delete(work: &Work<'_>, change: &Change) -> Result<bool, StepError> {
    work.forget_projects();
    carry_out(&step(work, change), work)
}

/// Changes a project itself. What would be refused in the middle is refused before anything is written.
fn begin(work: &Work<'_>, change: &Change) -> Result<(bool, Membership), StepError> {
    work.may_write().map_err(StepError::Skipped)?;
    let membership = match sides(change) {
        (before, Some(after)) => membership(work, before, after)?,
        (_, None) => Membership::default(),
    };
    Ok((carry_out(&step(work, change), work)?, membership))
}

/// The roles that a change gives and takes.
fn membership(work: &Work<'_>, before: Option<&Project>, after: &Project) -> Result<Membership, TargetError> {
    let mut membership = Membership::of(work, before, after)?;
    if let Some(error) = membership.missing.take() {
        return Err(error);
    }
    membership.check_roles(work)?;
    if let Some(uid) = work.project_or_previous(&after.name)? {
        membership.add_others(&work.reading(), &uid)?;
        own_role::check(work, &membership, &uid)?;
    }
    Ok(membership)
}

/// Finds the project under its new name: others may have deleted it meanwhile.
fn find(
    work: &Work<'_>,
    change: &Change,
    is_touched: bool,
    membership: Membership,
) -> Result<Begun, StepError> {
    let failed = |error| StepError::Failed { error, is_touched };
    let (_, after) = sides(change);
    let uid = match after.filter(|_| !membership.is_empty()) {
        None => None,
        Some(after) => {
            let deleted = || failed(TargetError::conflict("it was deleted by others meanwhile"));
            Some(work.project(&after.name).map_err(failed)?.ok_or_else(deleted)?)
        }
    };
    Ok(Begun { is_touched, uid, membership })
}

/// What each user and each team gets and loses, by project.
type Gathered = BTreeMap<Holder, BTreeMap<Uid, RoleChange>>;

/// How the roles of each user and each team in each project have ended: whether anything was written.
type Ended = BTreeMap<(Holder, Uid), Result<bool, StepError>>;

/// Changes the roles of users and teams side by side. What takes roles of the caller's and gives none comes after that,
/// one after the other, as each is to see what the others have left.
fn change_roles<'a>(work: &Work<'_>, begun: impl Iterator<Item = &'a Begun>) -> Ended {
    let [mut gathered, mut last] = [Gathered::new(), Gathered::new()];
    for Begun { uid, membership, .. } in begun {
        for (uid, (holder, change)) in
            uid.iter().flat_map(|uid| membership.changes().map(move |one| (uid, one)))
        {
            let is_last = change.given.is_empty() && own_role::is_own(work, holder, uid);
            let gathered = if is_last { &mut last } else { &mut gathered };
            gathered.entry(holder.clone()).or_default().insert(uid.clone(), change.clone());
        }
    }
    let step = |(holder, changes): &(Holder, BTreeMap<Uid, RoleChange>)| {
        Ok::<_, StepError>(RolesStep {
            holder: holder.clone(),
            changes: changes.clone(),
            roles: work.roles()?,
        })
    };
    let gathered: Vec<_> = gathered.into_iter().collect();
    let first = work.each(&gathered, |one| carry_out(&step(one)?, work));
    let mut ended = Ended::new();
    end_roles(&mut ended, gathered.into_iter().zip(first));
    let last = last.into_iter().map(|one| {
        let carried_out = step(&one).and_then(|step| {
            own_role::check_taking(work, &step)?;
            carry_out(&step, work)
        });
        (one, carried_out)
    });
    end_roles(&mut ended, last);
    ended
}

fn end_roles(
    ended: &mut Ended,
    carried_out: impl Iterator<Item = ((Holder, BTreeMap<Uid, RoleChange>), Result<bool, StepError>)>,
) {
    for ((holder, changes), result) in carried_out {
        ended.extend(changes.into_keys().map(|project| ((holder.clone(), project), result.clone())));
    }
}

/// A project whose roles have changed as far as they could. What fails for a user or a team fails every project in which
/// their roles were to change.
fn end(begun: Begun, ended: &Ended) -> Result<bool, StepError> {
    let Begun { mut is_touched, uid, membership } = begun;
    let mut undone: Option<StepError> = None;
    for role in
        uid.iter().flat_map(|uid| membership.changes().map(|(holder, _)| (holder.clone(), uid.clone())))
    {
        match ended.get(&role) {
            Some(Ok(is_written)) => is_touched |= is_written,
            Some(Err(error)) => {
                is_touched |= error.is_touched();
                let is_worse = undone.as_ref().is_none_or(|known| matches!(known, StepError::Skipped(_)));
                if is_worse {
                    undone = Some(error.clone());
                }
            }
            None => {}
        }
    }
    match undone {
        None => Ok(is_touched),
        Some(undone) => Err(undone.after(is_touched)),
    }
}

/// How far a change has come.
pub(super) fn look(work: &Work<'_>, change: &Change) -> Result<Sides, TargetError> {
    let (before, after) = sides(change);
    let mut sides = step(work, change).look(&work.reading(), None)?.sides;
    let Some(after) = after else { return Ok(sides) };
    let mut membership = Membership::of(work, before, after)?;
    sides.is_after &= membership.missing.is_none();
    let Some(uid) = work.project_or_previous(&after.name)? else {
        sides.is_after &= membership.gives_nothing();
        return Ok(sides);
    };
    membership.add_others(&work.reading(), &uid)?;
    for step in membership.steps(work, &uid)? {
        let seen = step.look(&work.reading(), None)?.sides;
        sides.is_before &= seen.is_before;
        sides.is_after &= seen.is_after;
    }
    Ok(sides)
}

/// A project as it is recorded, and as it is desired.
fn sides(change: &Change) -> (Option<&Project>, Option<&Project>) {
    fn project(resource: Option<&Resource>) -> Option<&Project> {
        match resource {
            Some(Resource::Project(project)) => Some(project),
            _ => None,
        }
    }
    (project(change.before()), project(change.after()))
}

fn step<'a>(work: &Work<'_>, change: &'a Change) -> ProjectStep<'a> {
    let (before, after) = sides(change);
    let (names, taken) = (work.names.of_change(change), work.names.given_beside(&change.address()));
    ProjectStep { before, after, names, taken }
}
