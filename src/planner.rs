//! Where state meets plan: what is recorded and what is desired become a plan.
//!
//! Projects are compared by digest first, and only those that differ are opened: the cost of a plan follows the
//! change.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::access::{access_changes, former_holders, still_held};
use crate::model::{Desired, DesiredProject, FormerHolderLevel, Name, Recorded, Settings, TargetKind};
use crate::plan::{
    AccessLoss, Allowed, Base, Change, ComparedWith, GitBase, GuardInput, Plan, Resource, Review,
    access_gains, diff, fixed_keys, forget_clusters, guards, needs_approval, newly_shared_nodes,
    old_project_names, previous_name_notes, projects_left_without, renames, repaved, touched_projects,
    touches_teams,
};
use crate::state::store::objects::each;
use crate::state::v1::ProjectObject;
use crate::state::{Digest, State, StateError};

/// The plan that leads from the state to what is desired. What is recorded as it is desired is let go.
pub fn plan(
    state: &State<'_>,
    desired: Desired,
    settings: &Settings,
    allowed: Allowed,
) -> Result<Plan, StateError> {
    // On one of the threads that made what is desired: what they let go is used again by them alone.
    rayon::scope(|_| plan_here(state, desired, settings, allowed))
}

/// The plan that leads from what is declared at a git revision to what is desired: as if the one had been applied. The
/// settings are those of the revision, so that no change lifts its own guards.
#[must_use]
pub fn compare(
    (declared, settings): (Desired, &Settings),
    desired: Desired,
    allowed: Allowed,
    (git, review): (GitBase, Option<&Review>),
) -> Plan {
    rayon::scope(|_| {
        let recorded = Recorded::from(declared);
        let input = GuardInput {
            recorded: recorded.counts(),
            nothing_declared: desired.projects.is_empty() && desired.teams.is_empty(),
            allowed,
            ..GuardInput::default()
        };
        let mut plan =
            lead((recorded, desired, BTreeMap::new()), ComparedWith::Git, settings, (input, review));
        plan.base = Base {
            git: Some(git),
            workspace: settings.name.as_ref().map(ToString::to_string),
            target: settings.target_id(),
            ..Base::default()
        };
        plan
    })
}

fn plan_here(
    state: &State<'_>,
    desired: Desired,
    settings: &Settings,
    allowed: Allowed,
) -> Result<Plan, StateError> {
    let workspace = settings.name.as_ref().map(ToString::to_string);
    state.is_of(workspace.as_deref())?;
    let nothing_declared = desired.projects.is_empty() && desired.teams.is_empty();
    let still_held = match settings.former_holder {
        FormerHolderLevel::Off => Vec::new(),
        FormerHolderLevel::Warning | FormerHolderLevel::Error => {
            still_held(&desired, &state.former_holders()?)
        }
    };
    let (recorded, desired, unchanged, mut base) = differing(state, desired)?;
    let counts = state.counts();
    let input = GuardInput { recorded: counts, nothing_declared, allowed, ..GuardInput::default() };
    let mut plan = lead((recorded, desired, unchanged), ComparedWith::State, settings, (input, None));
    if state.head.is_none() {
        // Of what was never applied nothing goes on.
        plan.notes.clear();
    }
    plan.note_still_held(still_held, settings.former_holder);
    let changes = &plan.changes;
    let touched = touched_projects(changes);
    (base.workspace, base.target) = (workspace, settings.target_id());
    base.projects.retain(|name, _| touched.contains(name));
    let names_team = |change: &Change| change.after().is_some_and(Resource::names_a_team);
    if touches_teams(changes) || changes.iter().any(names_team) {
        base.teams = Some(state.teams_recording());
    }
    plan.base = base;
    Ok(plan)
}

/// The projects that are desired as they are recorded.
type Unchanged = BTreeMap<Name, DesiredProject>;

/// What leads from one side to the other. `input` knows nothing of access yet.
fn lead(
    (recorded, desired, unchanged): (Recorded, Desired, Unchanged),
    compared_with: ComparedWith,
    settings: &Settings,
    (input, review): (GuardInput, Option<&Review>),
) -> Plan {
    let changes = diff(&recorded, &desired);
    let (access, former_holders, projects_left_without) = {
        let renames = renames(&changes);
        (
            access_changes(&recorded, &desired, &renames),
            former_holders(&recorded, &desired, &renames),
            projects_left_without((&recorded, &desired), &changes, &renames),
        )
    };
    let (access, repaved) = match settings.target {
        TargetKind::Palette => {
            let access = forget_clusters(access, &changes);
            let repaved = repaved(&access, &changes);
            (access, repaved)
        }
        TargetKind::Record | TargetKind::Ssh | TargetKind::Files => (access, BTreeSet::new()),
    };
    let fixed_keys = fixed_keys(&repaved, (&recorded, &desired), &old_project_names(&changes));
    let access_loss = AccessLoss::of(&access, &changes);
    let lost_shares = access_loss.shares(&recorded, &changes);
    let gains = if input.allowed.no_new_access { access_gains(&access) } else { Vec::new() };
    let needs_approval =
        review.and_then(|review| needs_approval(review, (&recorded, &desired), &changes, &access));
    let notes = previous_name_notes(&recorded, &desired, compared_with);
    let projects = desired.projects.values().chain(unchanged.values());
    let clusters = projects.flat_map(|project| project.clusters.values().map(|cluster| &*cluster.value));
    let shared_nodes = newly_shared_nodes(&changes, clusters);
    let_go((recorded, desired, unchanged));
    let input = GuardInput {
        access_loss,
        lost_shares,
        projects_left_without,
        gains,
        needs_approval,
        repaved,
        fixed_keys,
        ..input
    };
    let guards = guards(&changes, settings, &input);
    Plan {
        base: Base::default(),
        changes,
        forgotten: BTreeSet::new(),
        access,
        repaved: input.repaved,
        former_holders,
        shared_nodes,
        notes,
        guards,
    }
}

/// What differs, on both sides, and what does not. Teams are there on both sides in any case: roles are given through
/// them.
fn differing(
    state: &State<'_>,
    desired: Desired,
) -> Result<(Recorded, Desired, Unchanged, Base), StateError> {
    let recorded_teams = state.teams()?;
    let desired_teams: BTreeMap<_, _> =
        desired.teams.iter().map(|(name, team)| (name.clone(), team.value.clone())).collect();
    let teams_differ = recorded_teams != desired_teams;
    let known = state.projects();
    let same = |name: &Name, wanted: &DesiredProject| {
        let digest = known.get(name.as_str()).map(|project| &project.object);
        digest.is_some_and(|digest| Digest::of_json(&ProjectObject::from(wanted)) == *digest)
    };
    let declared: BTreeSet<Name> = desired.projects.keys().cloned().collect();
    let claimed = |wanted: &DesiredProject| wanted.project.previous_name.clone();
    let claimed: BTreeSet<Name> = desired.projects.values().filter_map(claimed).collect();
    // When teams differ, roles may differ in any project. What another one goes on with is looked at too.
    let (different, unchanged): (BTreeMap<_, _>, Unchanged) = desired
        .projects
        .into_par_iter()
        .partition(|(name, wanted)| teams_differ || claimed.contains(name) || !same(name, wanted));
    let mut recorded = Recorded { teams: recorded_teams, projects: BTreeMap::new() };
    let mut base = Base { lineage: state.lineage.clone(), revision: state.revision(), ..Base::default() };
    let is_kept_as_it_is = |name: &str| declared.contains(name) && !different.contains_key(name);
    let to_open: Vec<_> = known.iter().filter(|(name, _)| !is_kept_as_it_is(name)).collect();
    let opened = each(state.store(), &to_open, |(name, _)| state.project(name));
    for (opened, (_, project)) in opened.into_iter().zip(to_open) {
        if let Some(opened) = opened? {
            base.projects.insert(opened.project.name.clone(), Some(project.recording()));
            recorded.projects.insert(opened.project.name.clone(), opened);
        }
    }
    for name in different.keys() {
        base.projects.entry(name.clone()).or_insert(None);
    }
    Ok((recorded, Desired { teams: desired.teams, projects: different }, unchanged, base))
}

/// Takes apart what is not needed any more, beside what follows: that is many small pieces.
fn let_go<T: Send + 'static>(value: T) {
    rayon::spawn(move || drop(value));
}
