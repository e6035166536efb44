//! What a change does to the keys of clusters. Of several changes that reach one cluster only their end is sent, with the
//! last of them: Palette would replace its nodes for each.

use super::clusters::ClusterStep;
use super::step::{Sides, Step, StepError, carry_out};
use super::work::Work;
use crate::model::Name;
use crate::plan::Resource;
use crate::targets::transitions::ClusterTransition;
use crate::targets::{NodeError, NodeNote, TargetError};

/// How clusters have come out of a change.
#[derive(Default)]
pub(super) struct Rekeyed {
    pub(super) is_touched: bool,
    pub(super) undone: Option<StepError>,
    /// Those that may be otherwise than they are recorded, if the change is not done.
    pub(super) partially_applied: Vec<Resource>,
    pub(super) notes: Vec<NodeNote>,
}

/// How a cluster has come out of a change, which is the last that reaches it.
pub(super) struct ClusterEnded<'a> {
    transition: &'a ClusterTransition,
    /// Whether anything was written.
    ended: Result<bool, StepError>,
    note: Option<NodeNote>,
}

/// Gives a cluster its key; nothing where that is not in question.
pub(super) fn rekey<'a>(
    work: &Work<'_>,
    transition: &'a ClusterTransition,
    is_own: bool,
) -> Option<ClusterEnded<'a>> {
    let step = step(work, transition, is_own).transpose()?;
    let mut note = None;
    let ended = step.map_err(StepError::from).and_then(|step| {
        let is_written = carry_out(&step, work)?;
        let repave = if is_written { step.repave(&work.reading()) } else { None };
        note = repave.map(|what| NodeNote { node: name(transition), what });
        Ok(is_written)
    });
    Some(ClusterEnded { transition, ended, note })
}

/// What a change has come to by its clusters. What fails on one does not stop the others.
pub(super) fn together(clusters: Vec<ClusterEnded<'_>>, is_own: bool) -> Rekeyed {
    let mut rekeyed = Rekeyed::default();
    let mut errors: Vec<(NodeError, bool)> = Vec::new();
    let of = clusters.len();
    for ClusterEnded { transition, ended, note } in clusters {
        rekeyed.notes.extend(note);
        let may_differ = match ended {
            Ok(is_written) => {
                rekeyed.is_touched |= is_written;
                is_written || transition.is_long()
            }
            Err(StepError::Failed { error, is_touched }) => {
                rekeyed.is_touched |= is_touched;
                errors.push((
                    NodeError { node: name(transition), kind: error.kind, why: error.why },
                    is_touched,
                ));
                is_touched || transition.is_long()
            }
            Err(undone @ StepError::Skipped(_)) => {
                rekeyed.undone.get_or_insert(undone);
                transition.is_long()
            }
        };
        if may_differ {
            rekeyed.partially_applied.extend(transition.whole.partially_applied(&Name::clone));
        }
    }
    if let Some(error) = failed(errors, of, is_own) {
        rekeyed.undone = Some(error);
    }
    rekeyed
}

fn name(transition: &ClusterTransition) -> String {
    transition.accesses().last().map(|access| access.cluster.address().to_string()).unwrap_or_default()
}

fn failed(errors: Vec<(NodeError, bool)>, of: usize, is_own: bool) -> Option<StepError> {
    let is_touched = errors.iter().any(|(_, is_touched)| *is_touched);
    let nodes: Vec<_> = errors.into_iter().map(|(error, _)| error).collect();
    let kind = nodes.iter().map(|error| error.kind).max()?;
    let error = match &nodes[..] {
        [one] if is_own => TargetError::new(kind, &*one.why),
        _ => TargetError { kind, why: format!("{} of {of} clusters failed", nodes.len()), nodes },
    };
    Some(StepError::Failed { error, is_touched })
}

/// The clusters of a change that was not begun, as far as an earlier change was to give them another key.
pub(super) fn left(work: &Work<'_>, number: usize) -> impl Iterator<Item = Resource> {
    let long = work.clusters_at(number).filter(|transition| transition.is_long());
    long.filter_map(|transition| transition.whole.partially_applied(&Name::clone))
}

/// How far the clusters of a change have come, and which of them may be otherwise than they are recorded, if the change is
/// not done.
pub(super) fn look(
    work: &Work<'_>,
    number: usize,
    is_own: bool,
) -> Result<(Sides, Vec<Resource>), TargetError> {
    let mut sides = Sides { is_before: true, is_after: true };
    let mut touched = Vec::new();
    for transition in work.clusters_at(number) {
        let Some(step) = step(work, transition, is_own)? else { continue };
        let seen = step.look(&work.reading(), None)?.sides;
        if !seen.is_before || transition.is_long() {
            touched.extend(transition.whole.partially_applied(&Name::clone));
        }
        sides.is_before &= seen.is_before;
        sides.is_after &= seen.is_after;
    }
    Ok((sides, touched))
}

/// Whether a change is to give another key to a cluster, and is the last that reaches it.
pub(super) fn gives_keys(work: &Work<'_>, number: usize) -> bool {
    let steps =
        work.clusters_at(number).filter_map(|transition| step(work, transition, false).ok().flatten());
    steps.filter(|step| step.before.is_some()).any(|step| step.is_rekeyed())
}

/// Nothing for a cluster that is only forgotten, or of which only that changes which Palette does not know.
fn step<'a>(
    work: &Work<'_>,
    transition: &'a ClusterTransition,
    is_own: bool,
) -> Result<Option<ClusterStep<'a>>, TargetError> {
    let Some(after) = &transition.whole.after else { return Ok(None) };
    let mut step = ClusterStep { scope: None, before: transition.whole.before.as_ref(), after };
    let is_in_question = step.is_rekeyed() || (is_own && step.is_told_otherwise());
    if !is_in_question {
        return Ok(None);
    }
    step.scope = work.scope(&after.cluster.project)?;
    Ok(Some(step))
}
