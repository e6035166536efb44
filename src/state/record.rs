//! Recording a plan without effects outside of the state: begin and end are one entry, all or nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::apply_context::ApplyContext;
use super::attempts::{until_first, until_first_founded};
use super::clock::Clock;
use super::entry::{EntryKind, Summary};
use super::lease::refuse_others;
use super::log::State;
use super::record_error::RecordError;
use super::renames::renames;
use super::stale::is_current;
use super::store::StateStore;
use super::store::objects::{both, each};
use super::writer::{Writer, entry_after};
use crate::model::{Name, Recorded};
use crate::plan::{ConfirmedPlan, Group, Resource, groups, record_partial, touched_projects, touches_teams};

/// Records what a plan leads to, as the next revision, and returns its number.
///
/// # Errors
/// When the plan is stale, when another apply holds one of its projects, or when the state cannot be read
/// or written: nothing is recorded then.
pub fn record(
    store: &dyn StateStore,
    confirmed: &ConfirmedPlan,
    context: &ApplyContext,
    clock: &dyn Clock,
) -> Result<u64, RecordError> {
    let plan = confirmed.plan();
    let writer = Writer { store, clock };
    let workspace = plan.base.workspace.as_ref();
    let (projects, teams) = (touched_projects(&plan.changes), touches_teams(&plan.changes));
    let check = |state: &State<'_>| is_current(plan, state);
    until_first_founded(&writer, (workspace, context), check, |state| {
        refuse_others(state, &projects, teams, clock)?;
        let kind = EntryKind::Apply { summary: Summary::of(&plan.changes) };
        let mut entry = entry_after(state, workspace, context, kind);
        entry.renames = renames(&plan.changes);
        // Group by group: what is recorded of all projects at once may be large.
        let keep = |Group { projects, changes }: &Group<'_>| {
            let projects: BTreeSet<_> = projects.iter().copied().cloned().collect();
            let has_teams = projects.is_empty();
            let teams = if has_teams { state.teams()? } else { BTreeMap::new() };
            let mut recorded = Recorded { teams, projects: state.projects_of(&projects)? };
            for change in changes {
                change.apply_to(&mut recorded);
            }
            writer.keep_recorded(&recorded, &projects, has_teams)
        };
        let groups = || each(store, &groups(&plan.changes), keep);
        let done: Vec<_> = plan.changes.iter().collect();
        let number = entry.number;
        let former = || writer.keep_former_holders(state, &plan.former_holders, &done, number);
        let (groups, former) = both(store, groups, former);
        for kept in groups {
            kept?.name_in(&mut entry);
        }
        entry.former_holders = former?.or(entry.former_holders);
        Ok(writer.append(&entry)?.then_some(entry.number))
    })
}

/// Records what was found elsewhere, as the next revision, and returns its number. Teams that are recorded already stay
/// as they are.
///
/// # Errors
/// As for [`record`]; stale is a project that is recorded by now.
pub fn adopt(
    store: &dyn StateStore,
    found: &Recorded,
    workspace: Option<&Name>,
    context: &ApplyContext,
    clock: &dyn Clock,
) -> Result<u64, RecordError> {
    let writer = Writer { store, clock };
    let workspace = workspace.map(ToString::to_string);
    let projects: BTreeSet<_> = found.projects.keys().cloned().collect();
    let teams = !found.teams.is_empty();
    let check = |_: &State<'_>| Ok(());
    until_first_founded(&writer, (workspace.as_ref(), context), check, |state| {
        refuse_others(state, &projects, teams, clock)?;
        let known = state.projects();
        if let Some(project) = projects.iter().find(|project| known.contains_key(project.as_str())) {
            return Err(RecordError::Stale { moved: format!("project `{project}` is recorded by now") });
        }
        let mut recorded = found.clone();
        recorded.teams.extend(state.teams()?);
        let summary = Summary { create: Resource::all(found).count(), ..Summary::default() };
        let kind = EntryKind::Apply { summary };
        let mut entry = entry_after(state, workspace.as_ref(), context, kind);
        writer.keep_recorded(&recorded, &projects, teams)?.name_in(&mut entry);
        Ok(writer.append(&entry)?.then_some(entry.number))
    })
}

/// Records resources as they are now known to be, as the next revision, and returns its number.
///
/// # Errors
/// As for [`record`], but nothing can be stale.
pub fn mark(
    store: &dyn StateStore,
    resources: &[Resource],
    context: &ApplyContext,
    clock: &dyn Clock,
) -> Result<u64, RecordError> {
    let writer = Writer { store, clock };
    let projects: BTreeSet<_> = resources.iter().filter_map(Resource::home).cloned().collect();
    let teams = resources.iter().any(Resource::is_team);
    until_first(store, clock, |state| {
        refuse_others(state, &projects, teams, clock)?;
        let mut recorded = state.recorded_of(&projects)?;
        record_partial(&mut recorded, resources);
        let summary = Summary { update: resources.len(), ..Summary::default() };
        let mut entry = entry_after(state, None, context, EntryKind::Apply { summary });
        writer.keep_recorded(&recorded, &projects, teams)?.name_in(&mut entry);
        Ok(writer.append(&entry)?.then_some(entry.number))
    })
}
