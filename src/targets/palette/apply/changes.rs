//! Changes as the steps that they take.

use super::cluster_changes::{self, Rekeyed, left, rekey};
use super::keys::KeyStep;
use super::own_role;
use super::project_changes;
use super::step::{Sides, Step, StepError, carry_out};
use super::teams::TeamStep;
use super::work::Work;
use crate::model::Address;
use crate::plan::{Change, Resource};
use crate::targets::{NodeNote, Progress, TargetError};

/// What a change has come to.
#[derive(Default)]
pub(super) struct Ended {
    /// Nothing where it was done.
    pub(super) undone: Option<StepError>,
    /// What else than the resource itself may be otherwise than it is recorded.
    pub(super) partially_applied: Vec<Resource>,
    pub(super) notes: Vec<NodeNote>,
}

/// Does the changes of a wave side by side: each with what it has come to, in their order.
pub(super) fn carry_out_wave(
    work: &Work<'_>,
    wave: &[(usize, &Change)],
    progress: &dyn Progress,
) -> Vec<Ended> {
    let is_to_be = |change: &Change| matches!(change.after(), Some(Resource::Project(_)));
    let changes: Vec<_> = wave.iter().map(|(_, change)| *change).filter(|change| is_to_be(change)).collect();
    if changes.is_empty() {
        return work
            .each(wave, |(number, change)| ended(work, (*number, change), own(work, change), progress));
    }
    let own = project_changes::carry_out_all(work, &changes);
    wave.iter().zip(own).map(|(change, own)| ended(work, *change, own, progress)).collect()
}

/// The resource of a change itself: whether anything was written.
fn own(work: &Work<'_>, change: &Change) -> Result<bool, StepError> {
    work.may_write().map_err(StepError::Skipped)?;
    match change.after().or(change.before()) {
        Some(Resource::Team(_)) => {
            own_role::check_leaving(work, change)?;
            carry_out(&team(work, change)?, work)
        }
        Some(Resource::Project(_)) => project_changes::delete(work, change),
        Some(Resource::Key(_)) => carry_out(&key(work, change)?, work),
        // Its key is all that there is to change.
        Some(Resource::Cluster(_)) | None => Ok(false),
    }
}

/// Gives the clusters their keys that a change is the last to reach, once its own resource is done.
fn ended(
    work: &Work<'_>,
    (number, change): (usize, &Change),
    own: Result<bool, StepError>,
    progress: &dyn Progress,
) -> Ended {
    let ended = match own {
        Ok(is_touched) => with_clusters(work, number, is_cluster(change), is_touched),
        Err(undone) => {
            let is_begun = matches!(undone, StepError::Failed { .. });
            let partially_applied = if is_begun { Vec::new() } else { left(work, number).collect() };
            Ended { undone: Some(undone), partially_applied, notes: Vec::new() }
        }
    };
    progress.done();
    ended
}

fn with_clusters(work: &Work<'_>, number: usize, is_own: bool, is_touched: bool) -> Ended {
    let Rekeyed { is_touched: is_rekeyed, undone, partially_applied, notes } = rekey(work, number, is_own);
    match undone {
        None => Ended { notes, ..Ended::default() },
        Some(undone) => {
            let undone = Some(undone.after(is_touched || is_rekeyed));
            Ended { undone, partially_applied, notes }
        }
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
        Some(Resource::Project(_)) => project_changes::look(work, change)?,
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
        names: work.names.of_change(change),
        may_replace: work.names.is_stray(&address),
        taken: work.names.given_beside(&address),
        clusters: work.names.clusters(project),
        limit: &work.key_limit,
    })
}
