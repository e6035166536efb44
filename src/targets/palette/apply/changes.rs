//! Changes as the steps that they take.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::cluster_changes::{self, ClusterEnded, Rekeyed, left, rekey, together};
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

/// Does the changes of a wave side by side, and then their clusters: each with what it has come to, in their order.
pub(super) fn carry_out_wave(
    work: &Work<'_>,
    wave: &[(usize, &Change)],
    progress: &dyn Progress,
) -> Vec<Ended> {
    let pending = Pending::of(work, wave, progress);
    let own = own_resources(work, wave, &pending);
    let begun = own.iter().enumerate().filter(|(_, own)| own.is_ok());
    let tasks: Vec<_> =
        begun.flat_map(|(at, _)| work.clusters_at(wave[at].0).map(move |cluster| (at, cluster))).collect();
    let rekeyed = work.each(&tasks, |(at, cluster)| {
        let rekeyed = rekey(work, cluster, is_cluster(wave[*at].1));
        pending.end(*at);
        rekeyed
    });
    let mut clusters: Vec<Vec<_>> = wave.iter().map(|_| Vec::new()).collect();
    for ((at, _), rekeyed) in tasks.iter().zip(rekeyed) {
        clusters[*at].extend(rekeyed);
    }
    let all = wave.iter().zip(own).zip(clusters);
    all.map(|((change, own), clusters)| ended(work, *change, own, clusters)).collect()
}

/// The changes of a wave that have not come to their ends.
struct Pending<'a> {
    /// How much of each is to be done: its resource, and its clusters.
    left: Vec<AtomicUsize>,
    progress: &'a dyn Progress,
}

impl<'a> Pending<'a> {
    fn of(work: &Work<'_>, wave: &[(usize, &Change)], progress: &'a dyn Progress) -> Self {
        let left = wave.iter().map(|(number, _)| AtomicUsize::new(1 + work.clusters_at(*number).count()));
        Self { left: left.collect(), progress }
    }

    /// The resource of a change has come to its end, or one of its clusters.
    fn end(&self, at: usize) {
        if self.left[at].fetch_sub(1, Ordering::Relaxed) == 1 {
            self.progress.done();
        }
    }

    /// The same for the resource, after which nothing is done about its clusters if it failed.
    fn end_own(&self, at: usize, own: &Result<bool, StepError>) {
        match own {
            Ok(_) => self.end(at),
            Err(_) => self.progress.done(),
        }
    }
}

/// The resources of changes themselves: for each whether anything was written.
fn own_resources(
    work: &Work<'_>,
    wave: &[(usize, &Change)],
    pending: &Pending<'_>,
) -> Vec<Result<bool, StepError>> {
    let is_to_be = |change: &Change| matches!(change.after(), Some(Resource::Project(_)));
    let projects: Vec<_> = wave.iter().map(|(_, change)| *change).filter(|change| is_to_be(change)).collect();
    if projects.is_empty() {
        let changes: Vec<_> = wave.iter().enumerate().collect();
        return work.each(&changes, |(at, (_, change))| {
            let own = own(work, change);
            pending.end_own(*at, &own);
            own
        });
    }
    let own = project_changes::carry_out_all(work, &projects);
    for (at, own) in own.iter().enumerate() {
        pending.end_own(at, own);
    }
    own
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

/// What a change has come to by its resource, and by the clusters that it is the last to reach.
fn ended(
    work: &Work<'_>,
    (number, change): (usize, &Change),
    own: Result<bool, StepError>,
    clusters: Vec<ClusterEnded<'_>>,
) -> Ended {
    match own {
        Ok(is_touched) => {
            let Rekeyed { is_touched: is_rekeyed, undone, partially_applied, notes } =
                together(clusters, is_cluster(change));
            match undone {
                None => Ended { notes, ..Ended::default() },
                Some(undone) => {
                    let undone = Some(undone.after(is_touched || is_rekeyed));
                    Ended { undone, partially_applied, notes }
                }
            }
        }
        Err(undone) => {
            let is_begun = matches!(undone, StepError::Failed { .. });
            let partially_applied = if is_begun { Vec::new() } else { left(work, number).collect() };
            Ended { undone: Some(undone), partially_applied, notes: Vec::new() }
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
