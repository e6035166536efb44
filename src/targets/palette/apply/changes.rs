//! A change as the steps that it takes.

use super::cluster_changes::{self, Rekeyed, rekey};
use super::keys::KeyStep;
use super::membership::Membership;
use super::own_role;
use super::projects::ProjectStep;
use super::step::{Sides, Step, StepError, carry_out};
use super::teams::TeamStep;
use super::work::Work;
use crate::model::{Address, Name, Project};
use crate::plan::{Change, Resource};
use crate::targets::{NodeNote, TargetError};

/// What a change has come to.
#[derive(Default)]
pub(super) struct Ended {
    /// Nothing where it was done.
    pub(super) undone: Option<StepError>,
    /// What else than the resource itself may be otherwise than it is recorded.
    pub(super) partially_applied: Vec<Resource>,
    pub(super) notes: Vec<NodeNote>,
}

/// Does the change of a number, and gives the clusters that it is the last to reach their keys.
pub(super) fn change(work: &Work<'_>, change: &Change, number: usize) -> Ended {
    let is_touched = match own(work, change) {
        Ok(is_touched) => is_touched,
        Err(undone) => return Ended { undone: Some(undone), ..Ended::default() },
    };
    let Rekeyed { is_touched: is_rekeyed, undone, partially_applied, notes } =
        rekey(work, number, is_cluster(change));
    match undone {
        None => Ended { notes, ..Ended::default() },
        Some(undone) => {
            let undone = Some(undone.after(is_touched || is_rekeyed));
            Ended { undone, partially_applied, notes }
        }
    }
}

/// The resource of a change itself: whether anything was written.
fn own(work: &Work<'_>, change: &Change) -> Result<bool, StepError> {
    match change.after().or(change.before()) {
        Some(Resource::Team(_)) => carry_out(&team(work, change)?, work),
        Some(Resource::Project(_)) => change_project(work, change),
        Some(Resource::Key(_)) => carry_out(&key(work, change)?, work),
        // Its key is all that there is to change.
        Some(Resource::Cluster(_)) | None => Ok(false),
    }
}

/// How far a change has come, and what else than the resource itself may then be otherwise than it is recorded.
pub(super) fn look(
    work: &Work<'_>,
    change: &Change,
    number: usize,
) -> Result<(Sides, Vec<Resource>), TargetError> {
    let own = match change.after().or(change.before()) {
        Some(Resource::Team(_)) => seen(work, &team(work, change)?)?,
        Some(Resource::Project(_)) => sides_of_project(work, change)?,
        Some(Resource::Key(_)) => seen(work, &key(work, change)?)?,
        Some(Resource::Cluster(_)) | None => Sides { is_before: true, is_after: true },
    };
    let (clusters, touched) = cluster_changes::look(work, number, is_cluster(change))?;
    let is_before = own.is_before && clusters.is_before;
    let is_after = own.is_after && clusters.is_after;
    Ok((Sides { is_before, is_after }, if is_after { Vec::new() } else { touched }))
}

fn is_cluster(change: &Change) -> bool {
    matches!(change.after().or(change.before()), Some(Resource::Cluster(_)))
}

fn seen<S: Step>(work: &Work<'_>, step: &S) -> Result<Sides, TargetError> {
    step.look(&work.reading(), None).map(|seen| seen.sides)
}

fn team<'a>(work: &'a Work<'_>, change: &'a Change) -> Result<TeamStep<'a>, TargetError> {
    let team = |resource: Option<&'a Resource>| match resource {
        Some(Resource::Team(team)) => Some(&**team),
        _ => None,
    };
    let (before, after) = (team(change.before()), team(change.after()));
    Ok(TeamStep { before, after, members: work.members, users: work.users()? })
}

fn key<'a>(work: &'a Work<'_>, change: &'a Change) -> Result<KeyStep<'a>, TargetError> {
    let key = |resource: Option<&'a Resource>| match resource {
        Some(Resource::Key(key)) => Some(key),
        _ => None,
    };
    let address = change.address();
    let Address::Key(project, _) = &address else {
        return Err(TargetError::refused(format!("`{address}` is no key")));
    };
    Ok(KeyStep {
        scope: work.scope(project)?,
        before: key(change.before()),
        after: key(change.after()),
        names: places(work, change),
        may_replace: work.names.is_stray(&address),
        taken: work.names.given_beside(&address),
        clusters: work.names.clusters(project),
        limit: &work.key_limit,
    })
}

/// The names under which the resource of a change may be, its recorded one first.
fn places(work: &Work<'_>, change: &Change) -> Vec<Name> {
    let after = change.after().map(Resource::address);
    let places = change.before().map(|before| work.names.places(before, after.as_ref()));
    let name = |address| match address {
        Address::Team(name) | Address::Project(name) | Address::Key(_, name) | Address::Cluster(_, name) => {
            name
        }
    };
    places.into_iter().flatten().map(name).collect()
}

fn projects<'a>(change: &'a Change) -> (Option<&'a Project>, Option<&'a Project>) {
    let project = |resource: Option<&'a Resource>| match resource {
        Some(Resource::Project(project)) => Some(&**project),
        _ => None,
    };
    (project(change.before()), project(change.after()))
}

fn project<'a>(work: &Work<'_>, change: &'a Change) -> ProjectStep<'a> {
    let (before, after) = projects(change);
    let taken = work.names.given_beside(&change.address());
    ProjectStep { before, after, names: places(work, change), taken }
}

/// First the project itself, then its members, one after the other.
fn change_project(work: &Work<'_>, change: &Change) -> Result<bool, StepError> {
    let (before, after) = projects(change);
    let step = project(work, change);
    let Some(after) = after else {
        work.forget_projects();
        return carry_out(&step, work);
    };
    let membership = membership(work, before, after)?;
    let mut is_touched = carry_out(&step, work)?;
    work.forget_projects();
    let steps = work.project(&after.name).and_then(|uid| match uid {
        Some(uid) => membership.steps(work, &uid),
        None => Err(TargetError::conflict("it was deleted by others meanwhile")),
    });
    for step in steps.map_err(|error| StepError::Failed { error, is_touched })? {
        is_touched |= carry_out(&step, work).map_err(|undone| undone.after(is_touched))?;
    }
    Ok(is_touched)
}

/// The roles that a change gives and takes. What would be refused in the middle is refused before anything is written.
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

fn sides_of_project(work: &Work<'_>, change: &Change) -> Result<Sides, TargetError> {
    let (before, after) = projects(change);
    let mut sides = seen(work, &project(work, change))?;
    let Some(after) = after else { return Ok(sides) };
    let mut membership = Membership::of(work, before, after)?;
    sides.is_after &= membership.missing.is_none();
    let Some(uid) = work.project_or_previous(&after.name)? else {
        sides.is_after &= membership.gives_nothing();
        return Ok(sides);
    };
    membership.add_others(&work.reading(), &uid)?;
    for step in membership.steps(work, &uid)? {
        let seen = seen(work, &step)?;
        sides.is_before &= seen.is_before;
        sides.is_after &= seen.is_after;
    }
    Ok(sides)
}
