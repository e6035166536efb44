//! Whether a plan can still be recorded: what it was made from may have changed since.

use std::collections::BTreeSet;

use super::log::{AT_A_TIME, State};
use super::record_error::RecordError;
use super::state_error::StateError;
use super::store::objects::each;
use crate::model::{Address, Name, Settings, Subject};
use crate::plan::{Action, Base, Plan, touched_projects, touches_teams};

/// Whether a plan was made for a workspace with these settings.
///
/// # Errors
/// When it was made for another workspace, or for another target: recorded there, its changes would land
/// nowhere, or where the plan was not shown.
pub fn is_for(plan: &Plan, settings: &Settings) -> Result<(), RecordError> {
    let Base { workspace, target, .. } = &plan.base;
    let (name, here) = (settings.name.as_ref().map(Name::as_str), settings.target_id());
    if target.is_empty() {
        return Err(RecordError::Stale { moved: "it does not say what it was made from".into() });
    }
    if workspace.as_deref() != name {
        let called = |name: Option<&str>| {
            name.map_or_else(|| "a workspace without a name".into(), |name| format!("the workspace `{name}`"))
        };
        return Err(RecordError::Elsewhere { planned: called(workspace.as_deref()), here: called(name) });
    }
    if *target != here {
        let called = |target: &str| format!("the target `{target}`");
        return Err(RecordError::Elsewhere { planned: called(target), here: called(&here) });
    }
    Ok(())
}

/// Whether what a plan was made from is still what is recorded.
///
/// # Errors
/// When it is not: what moved. When the state is that of another workspace, or cannot be read.
pub fn is_current(plan: &Plan, state: &State<'_>) -> Result<(), RecordError> {
    let refuse = |moved: String| Err(RecordError::Stale { moved });
    let base = &plan.base;
    let touched = touched_projects(&plan.changes);
    if touched.iter().any(|name| !base.projects.contains_key(name))
        || (touches_teams(&plan.changes) && base.teams.is_none())
    {
        return refuse("it does not say what it was made from".into());
    }
    state.is_of(base.workspace.as_deref())?;
    match &base.lineage {
        Some(_) if base.lineage != state.lineage => return refuse("it was made from another state".into()),
        // Before anything is recorded a state is like none.
        None if state.revision() > 0 => {
            let revision = state.revision();
            return refuse(format!(
                "it was made before there was a state; revision {revision} is the newest"
            ));
        }
        Some(_) | None => {}
    }
    if base.revision > state.revision() {
        return refuse(format!("it was made from revision {}, and the state is older", base.revision));
    }
    if let Some(moved) = moved(base, state)? {
        let (made_from, revision) = (base.revision, state.revision());
        return refuse(format!(
            "{moved} changed since revision {made_from}; revision {revision} is the newest"
        ));
    }
    match team_in_use(plan, state)? {
        Some((project, team)) => refuse(format!("project `{project}` names team `{team}`, which would go")),
        None => Ok(()),
    }
}

/// What was changed since a plan was made, also if it was changed back.
fn moved(base: &Base, state: &State<'_>) -> Result<Option<String>, StateError> {
    let project = |name: &Name| format!("project `{name}` was");
    let teams = || "the teams were".to_owned();
    let projects = state.projects();
    for (name, recording) in &base.projects {
        if projects.get(name.as_str()).map(|project| project.recording()) != *recording {
            return Ok(Some(project(name)));
        }
    }
    if base.teams.as_ref().is_some_and(|recording| state.teams_recording() != *recording) {
        return Ok(Some(teams()));
    }
    // What was recorded and deleted meanwhile left nothing that a plan could be bound to.
    let absent: Vec<_> = base.projects.iter().filter(|(_, recording)| recording.is_none()).collect();
    let without_teams = base.teams == Some(None);
    if absent.is_empty() && !without_teams {
        return Ok(None);
    }
    let numbers: Vec<_> = (base.revision + 1..state.revision()).collect();
    for numbers in numbers.chunks(AT_A_TIME) {
        for between in each(state.store(), numbers, |number| state.at(*number)) {
            let between = between?;
            let projects = between.projects();
            if let Some((name, _)) = absent.iter().find(|(name, _)| projects.contains_key(name.as_str())) {
                return Ok(Some(project(name)));
            }
            if without_teams && between.teams_recording().is_some() {
                return Ok(Some(teams()));
            }
        }
    }
    Ok(None)
}

/// A team that a plan deletes, and a project that names it and that the plan does not know of.
fn team_in_use(plan: &Plan, state: &State<'_>) -> Result<Option<(Name, Name)>, StateError> {
    let gone = plan.changes.iter().filter(|change| change.action() == Action::Delete);
    let gone: BTreeSet<_> = gone
        .filter_map(|change| match change.address() {
            Address::Team(team) => Some(team),
            Address::Project(_) | Address::Key(..) | Address::Cluster(..) => None,
        })
        .collect();
    if gone.is_empty() {
        return Ok(None);
    }
    let projects = state.projects();
    let others: Vec<_> = projects.keys().filter(|name| !plan.base.projects.contains_key(**name)).collect();
    for home in each(state.store(), &others, |name| state.project(name)) {
        let Some(home) = home? else { continue };
        let members = home.project.members.iter().map(|member| &member.subject);
        let owners = home.keys.values().filter_map(|key| key.owner.as_ref());
        let mut teams = members.chain(owners).filter_map(|subject| match subject {
            Subject::Team(team) => Some(team),
            Subject::User(_) => None,
        });
        if let Some(team) = teams.find(|team| gone.contains(*team)) {
            return Ok(Some((home.project.name.clone(), team.clone())));
        }
    }
    Ok(None)
}
