//! Where state meets plan: what is recorded and what is desired become a plan.
//!
//! Projects are compared by digest first, and only those that differ are opened: the cost of a plan follows the
//! change.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::access::{access_changes, former_holders, still_held};
use crate::model::{
    Desired, DesiredProject, FormerHolderLevel, Name, Recorded, RecordedProject, Settings, TargetKind, Team,
};
use crate::plan::{
    AccessLoss, Allowed, Base, Change, ComparedWith, GitBase, GuardInput, Plan, Resource, Review,
    access_gains, diff, fixed_keys, forget_clusters, guards, needs_approval, newly_shared_nodes,
    old_project_names, previous_name_notes, projects_left_without, renames, repaved, touched_projects,
    touches_teams,
};
use crate::state::store::objects::{both, each};
use crate::state::v1::ProjectObject;
use crate::state::{Digest, State, StateError};

/// The plan that leads from the state to what is desired. What is recorded as it is desired is let go.
pub fn plan(
    state: &State<'_>,
    desired: Desired,
    settings: &Settings,
    allowed: Allowed,
) -> Result<Plan, StateError> {
    if state.store().has_latency() {
        // It is read on threads that compute with those of rayon: if one of these waited for them, none might be left.
        return plan_here(state, desired, settings, allowed);
    }
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
    let (former_holders, reading) = both(
        state.store(),
        || match settings.former_holder {
            FormerHolderLevel::Off => Ok(None),
            FormerHolderLevel::Warning | FormerHolderLevel::Error => state.former_holders().map(Some),
        },
        || Reading::of(state, &desired),
    );
    let still_held = former_holders?.map(|former| still_held(&desired, &former)).unwrap_or_default();
    let (recorded, desired, unchanged, mut base) = differing(state, desired, reading?)?;
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

/// What is read of a state to compare it with what is desired.
struct Reading {
    teams: BTreeMap<Name, Team>,
    /// Whether the teams are desired as they are recorded.
    keeps_teams: bool,
    /// Projects, all but those that are kept as they are.
    projects: BTreeMap<Name, RecordedProject>,
    /// Projects that are desired as they are recorded.
    kept: BTreeSet<Name>,
}

impl Reading {
    fn of(state: &State<'_>, desired: &Desired) -> Result<Self, StateError> {
        let known = state.projects();
        let same = |name: &Name, wanted: &DesiredProject| {
            let digest = known.get(name.as_str()).map(|project| &project.object);
            digest.is_some_and(|digest| Digest::of_json(&ProjectObject::from(wanted)) == *digest)
        };
        let claimed = desired.projects.values().filter_map(|wanted| wanted.project.previous_name.as_ref());
        let claimed: BTreeSet<_> = claimed.collect();
        // What another one goes on with is looked at too.
        let kept = desired
            .projects
            .par_iter()
            .filter(|(name, wanted)| !claimed.contains(name) && same(name, wanted));
        let kept: BTreeSet<_> = kept.map(|(name, _)| name.clone()).collect();
        let unread: Vec<_> = known.keys().copied().filter(|name| !kept.contains(*name)).collect();
        let wanted: BTreeMap<_, _> =
            desired.teams.iter().map(|(name, team)| (name.clone(), team.value.clone())).collect();
        let is_same = state.records_teams(&wanted);
        let teams = || if is_same { Ok(None) } else { state.teams().map(Some) };
        let (teams, projects) = both(state.store(), teams, || opened(state, &unread));
        let (teams, projects) = (teams?, projects?);
        let keeps_teams = teams.as_ref().is_none_or(|teams| *teams == wanted);
        Ok(Self { teams: teams.unwrap_or(wanted), keeps_teams, projects, kept })
    }
}

/// Recorded projects by their names.
fn opened(state: &State<'_>, names: &[&str]) -> Result<BTreeMap<Name, RecordedProject>, StateError> {
    let opened = each(state.store(), names, |name| state.project(name));
    let by_name = |opened: RecordedProject| (opened.project.name.clone(), opened);
    opened.into_iter().filter_map(|opened| opened.map(|opened| opened.map(by_name)).transpose()).collect()
}

/// What differs, on both sides, and what does not. Teams are there on both sides in any case: roles are given through
/// them.
fn differing(
    state: &State<'_>,
    desired: Desired,
    Reading { teams, keeps_teams, mut projects, mut kept }: Reading,
) -> Result<(Recorded, Desired, Unchanged, Base), StateError> {
    if !keeps_teams {
        // Roles may differ in any project.
        let kept = std::mem::take(&mut kept);
        let names: Vec<_> = kept.iter().map(Name::as_str).collect();
        projects.extend(opened(state, &names)?);
    }
    let (unchanged, different): (Unchanged, BTreeMap<_, _>) =
        desired.projects.into_iter().partition(|(name, _)| kept.contains(name));
    let mut base = Base { lineage: state.lineage.clone(), revision: state.revision(), ..Base::default() };
    let known = state.projects();
    let recording = |name: &Name| known.get(name.as_str()).map(|project| project.recording());
    base.projects.extend(projects.keys().chain(different.keys()).map(|name| (name.clone(), recording(name))));
    let recorded = Recorded { teams, projects };
    Ok((recorded, Desired { teams: desired.teams, projects: different }, unchanged, base))
}

/// Takes apart what is not needed any more, beside what follows: that is many small pieces.
fn let_go<T: Send + 'static>(value: T) {
    rayon::spawn(move || drop(value));
}
