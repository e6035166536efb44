//! Giving up an apply that never ended, without a look at what it has done: its target may be gone for good.

use std::collections::BTreeSet;

use super::apply_context::ApplyContext;
use super::clock::Clock;
use super::entry::EntryKind;
use super::lease::{Interrupted, close, intended};
use super::liveness::{Life, lives, open_applies};
use super::log::State;
use super::record_error::RecordError;
use super::state_error::StateError;
use super::store::StateStore;
use crate::model::{Name, Recorded, ResourceKind, TargetKind};
use crate::plan::{Action, Blocked, Change, Resource, delivery, partially_applied, record_partial};

/// An apply that can be given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Releasable {
    pub apply: Interrupted,
    /// What it may have touched, as it is to be recorded: partially applied.
    pub resources: Vec<Resource>,
    /// What is recorded of its projects and of the teams when it is given up.
    after: Recorded,
}

/// The apply that never ended with this lease, which may be named by its beginning; nothing where there is none
/// or more than one.
///
/// # Errors
/// When its holder is still at work, or the state cannot be read.
pub fn releasable(
    state: &State<'_>,
    lease: &str,
    clock: &dyn Clock,
) -> Result<Option<Releasable>, RecordError> {
    let named: Vec<_> = open_applies(state).filter(|apply| apply.token.starts_with(lease)).collect();
    let [apply] = named[..] else { return Ok(None) };
    if let [Life::Alive(until)] = lives(state.store(), &[apply], clock)?[..] {
        return Err(RecordError::Held { holder: apply.holder.clone(), until: until.to_string() });
    }
    let apply = Interrupted::from(apply);
    // Of a target that this keyplan does not know, anything may have been touched.
    let kinds = TargetKind::of_id(&apply.target).map_or(ResourceKind::ALL, TargetKind::kinds);
    let (resources, after) = match intended(state, &apply) {
        Ok((before, plan)) => touched(&before, &plan.changes, kinds),
        // What it was about to do is lost.
        Err(RecordError::State(StateError::Missing { .. } | StateError::Damaged { .. })) => {
            let projects = apply.projects.iter().cloned().collect();
            all(state.recorded_of(&projects)?, kinds)
        }
        Err(error) => return Err(error),
    };
    Ok(Some(Releasable { apply, resources, after }))
}

/// What an apply may have touched, and what is then recorded: no change that the target has a place for is taken for
/// done, and what it reaches is partially applied. What is created and reaches nothing is recorded, because the
/// rest may need it.
fn touched(before: &Recorded, changes: &[Change], kinds: &[ResourceKind]) -> (Vec<Resource>, Recorded) {
    let recorded_name = |name: &Name| {
        let renamed = changes.iter().find_map(|change| match (change.before(), change.after()) {
            (Some(Resource::Project(old)), Some(Resource::Project(new))) if new.name == *name => {
                Some(&old.name)
            }
            _ => None,
        });
        renamed.unwrap_or(name).clone()
    };
    let mut after = before.clone();
    let mut undone = Blocked::default();
    let mut partial = Vec::new();
    for step in delivery(changes, before, &BTreeSet::new()).steps {
        let has_place = kinds.contains(&step.change.address().kind());
        let is_harmless = !has_place && step.effects.is_empty() && step.change.action() == Action::Create;
        if is_harmless && undone.needed_by(step.change).is_none() {
            step.change.apply_to(&mut after);
        } else {
            undone.add(step.change);
        }
        // What becomes of a cluster is among the effects.
        if has_place && step.change.address().kind() != ResourceKind::Cluster {
            partial.extend(step.change.partially_applied(&recorded_name));
        }
        partial.extend(step.effects.iter().filter_map(|effect| effect.partially_applied(&recorded_name)));
    }
    record_partial(&mut after, &partial);
    partial.retain(|resource| Resource::recorded(&after, &resource.address()).is_some());
    partial.sort_by_cached_key(Resource::address);
    partial.dedup_by_key(|resource| resource.address());
    (partial, after)
}

fn all(mut recorded: Recorded, kinds: &[ResourceKind]) -> (Vec<Resource>, Recorded) {
    let resources = Resource::all(&recorded);
    let touched = resources.filter(|resource| kinds.contains(&resource.address().kind()));
    let touched: Vec<_> = touched.map(partially_applied).collect();
    record_partial(&mut recorded, &touched);
    (touched, recorded)
}

/// Gives up an apply, and returns the number of the revision that says so.
///
/// # Errors
/// When it has ended meanwhile, or the state cannot be read or written.
pub fn release(
    store: &dyn StateStore,
    released: &Releasable,
    context: &ApplyContext,
    clock: &dyn Clock,
) -> Result<u64, RecordError> {
    let Releasable { apply, resources, after } = released;
    let kind = EntryKind::Release { begin: apply.begin, partially_applied: resources.len() };
    let mut projects: BTreeSet<_> = apply.projects.iter().cloned().collect();
    projects.extend(resources.iter().filter_map(Resource::home).cloned());
    close(store, (apply.begin, kind, (&[], &[])), (context, clock), |_| {
        Ok((after.clone(), projects.clone(), apply.teams))
    })
}
