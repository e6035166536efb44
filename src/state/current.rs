//! Whether a plan can still be recorded: what it was made from may have changed since.

use std::collections::BTreeSet;

use super::entry::Digest;
use super::log::{State, StateError};
use super::record_error::RecordError;
use super::writer::{touched_projects, touches_teams};
use crate::model::{Address, Name, Subject};
use crate::plan::{Action, Plan};

/// Whether what a plan was made from is still what is recorded.
///
/// # Errors
/// When it is not: what moved.
pub fn is_current(plan: &Plan, state: &State<'_>) -> Result<(), RecordError> {
    let refuse = |moved: String| Err(RecordError::Stale { moved });
    let touched = touched_projects(&plan.changes);
    if touched.iter().any(|name| !plan.base.projects.contains_key(name))
        || (touches_teams(&plan.changes) && plan.base.teams.is_none())
    {
        return refuse("it does not say what it was made from".into());
    }
    if plan.base.lineage.is_some() && plan.base.lineage != state.lineage {
        return refuse("it was made from another state".into());
    }
    if plan.base.revision > state.revision() {
        return refuse(format!("it was made from revision {}, and the state is older", plan.base.revision));
    }
    let made_from = plan.base.revision;
    let revision = state.revision();
    let since = format!("since revision {made_from}; revision {revision} is the newest");
    let projects = state.projects();
    for (name, digest) in &plan.base.projects {
        let recorded = projects.get(name.as_str()).map(|project| project.object.as_str());
        if recorded != digest.as_deref() {
            return refuse(format!("project `{name}` was changed {since}"));
        }
    }
    if let Some(digest) = &plan.base.teams
        && state.teams_digest().map(Digest::as_str) != digest.as_deref()
    {
        return refuse(format!("the teams were changed {since}"));
    }
    match team_in_use(plan, state)? {
        Some((project, team)) => refuse(format!("project `{project}` names team `{team}`, which would go")),
        None => Ok(()),
    }
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
    for name in state.projects().keys().filter(|name| !plan.base.projects.contains_key(**name)) {
        let Some(home) = state.project(name)? else { continue };
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
