//! Applies with effects outside of the state: a `begin` entry that holds a lease on its projects, and an
//! `end` entry that records what was done.
//!
//! A begin without an end whose holder is gone is an interrupted apply: the next one on its projects observes
//! the target and ends it with the truth.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::time::Duration;

use jiff::Timestamp;

use super::apply_context::ApplyContext;
use super::attempts::{until_first, until_first_founded};
use super::clock::Clock;
use super::entry::{Digest, EntryKind, OpenApply, Summary};
pub use super::liveness::LEASE;
use super::liveness::{LeaseFile, Life, after, lives, open_applies, renewal_name};
use super::log::State;
use super::names::object_name;
use super::plan_v1::PlanFile;
use super::reader::Reader;
use super::record_error::RecordError;
use super::renames::renames;
use super::stale::is_current;
use super::state_error::StateError;
use super::store::StateStore;
use super::store::objects::both;
use super::v1::project_bytes;
use super::writer::{Writer, entry_after};
use crate::access::FormerHolder;
use crate::model::{Name, NodeAddress, Recorded};
use crate::plan::{Change, ConfirmedPlan, Plan, Resource, record_partial, touched_projects, touches_teams};

/// An apply that has begun and holds its projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The number of the begin entry.
    pub begin: u64,
    /// What was recorded then of the projects that it touches, and of the teams.
    pub before: Recorded,
    /// Who may still hold a key when its changes are done.
    former_holders: Vec<FormerHolder>,
    token: String,
    holder: String,
    /// How often the lease was renewed.
    renewal: u64,
    /// When it was renewed last, by both clocks.
    renewed: (Timestamp, Duration),
}

/// An apply that began and never ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// The number of its begin.
    pub begin: u64,
    pub holder: String,
    /// Where its changes landed, as [`Settings::target_id`](crate::model::Settings::target_id) has it.
    pub target: String,
    /// The projects that it may have changed.
    pub projects: Vec<Name>,
    /// Whether it may have changed the teams.
    pub teams: bool,
    /// The name of its lease.
    pub token: String,
    plan: Digest,
}

impl From<&OpenApply> for Interrupted {
    fn from(apply: &OpenApply) -> Self {
        Self {
            begin: apply.begin,
            holder: apply.holder.clone(),
            target: apply.target.clone(),
            projects: apply.projects.iter().map(|name| Name::declared(name.as_str()).0).collect(),
            teams: apply.teams,
            token: apply.token.clone(),
            plan: apply.plan.clone(),
        }
    }
}

/// Refuses to work on what another apply holds, or left unfinished.
pub(super) fn refuse_others(
    state: &State<'_>,
    projects: &BTreeSet<Name>,
    teams: bool,
    clock: &dyn Clock,
) -> Result<(), RecordError> {
    let shares = |apply: &&OpenApply| {
        (teams && apply.teams) || apply.projects.iter().any(|name| projects.contains(name.as_str()))
    };
    let others: Vec<_> = open_applies(state).filter(shares).collect();
    if others.is_empty() {
        return Ok(());
    }
    let lives = lives(state.store(), &others, clock)?;
    let alive = others.iter().zip(&lives).find_map(|(apply, life)| match life {
        Life::Alive(until) => Some((apply.holder.clone(), until.to_string())),
        Life::Gone => None,
    });
    if let Some((holder, until)) = alive {
        return Err(RecordError::Held { holder, until });
    }
    // It may have ended while it was watched: then the next entry is not free.
    let newest = State::open(state.store())?;
    match others.iter().find(|other| open_applies(&newest).any(|open| open == **other)) {
        Some(gone) => Err(RecordError::Interrupted { begin: gone.begin, holder: gone.holder.clone() }),
        None => Ok(()),
    }
}

/// The interrupted applies of a state: begun, not ended, and their holders gone.
pub fn interrupted(state: &State<'_>, clock: &dyn Clock) -> Result<Vec<Interrupted>, RecordError> {
    let open: Vec<_> = open_applies(state).collect();
    let lives = lives(state.store(), &open, clock)?;
    let gone = open.into_iter().zip(lives).filter(|(_, life)| *life == Life::Gone);
    Ok(gone.map(|(apply, _)| Interrupted::from(apply)).collect())
}

/// What an interrupted apply began with: what was recorded of its projects and of the teams, and what it was
/// about to do.
///
/// # Errors
/// When the state cannot be read, or its plan is not there or damaged.
pub fn intended(state: &State<'_>, interrupted: &Interrupted) -> Result<(Recorded, Plan), RecordError> {
    let plan = read_plan(&Reader { store: state.store() }, &interrupted.plan)?;
    let projects = interrupted.projects.iter().cloned().collect();
    Ok((state.recorded_of(&projects)?, plan))
}

/// The plan of an apply, as it is kept.
pub(super) fn read_plan(reader: &Reader<'_>, digest: &Digest) -> Result<Plan, StateError> {
    let name = object_name(digest);
    let bytes = reader.need(&name)?;
    let damaged = |why: String| StateError::Damaged { object: reader.named(&name), why };
    if Digest::of(&bytes) != *digest {
        return Err(damaged("its digest is another".into()));
    }
    PlanFile::read(Cursor::new(bytes)).and_then(PlanFile::plan).map_err(|fault| damaged(fault.to_string()))
}

/// Begins an apply: from here on its projects are held.
///
/// # Errors
/// When the plan is stale, when another apply holds one of the projects, or when the state cannot be
/// read or written. Nothing has begun then.
pub fn begin(
    store: &dyn StateStore,
    confirmed: &ConfirmedPlan,
    context: &ApplyContext,
    clock: &dyn Clock,
) -> Result<Begun, RecordError> {
    let plan = confirmed.plan();
    let writer = Writer { store, clock };
    let workspace = plan.base.workspace.as_ref();
    let (projects, teams) = (touched_projects(&plan.changes), touches_teams(&plan.changes));
    let check = |state: &State<'_>| is_current(plan, state);
    until_first_founded(&writer, (workspace, context), check, |state| {
        refuse_others(state, &projects, teams, clock)?;
        let before = state.recorded_of(&projects)?;
        let mut begun = Begun {
            begin: state.revision() + 1,
            before,
            former_holders: plan.former_holders.clone(),
            token: context.nonce.clone(),
            holder: context.actor.clone(),
            renewal: 0,
            renewed: (clock.now(), clock.monotonic()),
        };
        // What could not be recorded in the end is not begun.
        let mut after = begun.before.clone();
        plan.changes.iter().for_each(|change| change.apply_to(&mut after));
        for (name, project) in &after.projects {
            writer.fits(&project_bytes(project), &format!("project `{name}`"))?;
        }
        let planned = plan_bytes(plan);
        writer.fits(&planned, "the plan")?;
        // Both are there before the entry that makes them matter.
        let kept = writer.keep(&planned)?;
        renew(store, &mut begun, clock)?;
        let mut entry = entry_after(state, workspace, context, EntryKind::Begin { plan: kept.clone() });
        entry.open_applies.push(OpenApply {
            begin: begun.begin,
            token: begun.token.clone(),
            holder: begun.holder.clone(),
            target: plan.base.target.clone(),
            plan: kept,
            projects: projects.iter().map(ToString::to_string).collect(),
            teams,
        });
        Ok(writer.append(&entry)?.then_some(begun))
    })
}

fn plan_bytes(plan: &Plan) -> Vec<u8> {
    // The format has no value that JSON cannot hold.
    serde_json::to_vec(&PlanFile::new(plan, &|_| None)).unwrap_or_default()
}

impl Begun {
    /// Whether the lease still holds, by both clocks: one may stop while the machine sleeps, and the
    /// other may be set.
    #[must_use]
    pub fn is_alive(&self, clock: &dyn Clock) -> bool {
        let (time, monotonic) = self.renewed;
        clock.now() < after(time, LEASE) && clock.monotonic().saturating_sub(monotonic) < LEASE
    }

    /// Whether the lease should be renewed: a third of its term is gone.
    #[must_use]
    pub fn is_due(&self, clock: &dyn Clock) -> bool {
        let (time, monotonic) = self.renewed;
        clock.now() >= after(time, LEASE / 3) || clock.monotonic().saturating_sub(monotonic) >= LEASE / 3
    }
}

/// Makes the lease hold for its full term again.
pub fn renew(store: &dyn StateStore, begun: &mut Begun, clock: &dyn Clock) -> Result<(), RecordError> {
    // Before it is written: others count from when they see it.
    let renewed = (clock.now(), clock.monotonic());
    begun.renewal += 1;
    let file = LeaseFile {
        holder: begun.holder.clone(),
        until: after(store.now(clock), LEASE),
        term_seconds: LEASE.as_secs(),
        renewal: begun.renewal,
    };
    let name = renewal_name(&begun.token, begun.renewal);
    // No other run has this token, so that the name is free.
    Writer { store, clock }.create(&name, &serde_json::to_vec(&file).unwrap_or_default())?;
    begun.renewed = renewed;
    Ok(())
}

/// Ends an apply with the changes that were done, with what others have left unfinished, and with the nodes that were
/// given up.
///
/// # Errors
/// When another process has ended it because its lease had run out, or when the state cannot be read or
/// written: then the apply stays begun, and the next one ends it.
pub fn end(
    store: &dyn StateStore,
    begun: &Begun,
    done: &[&Change],
    unfinished: (usize, &[Resource]),
    forgotten: &BTreeSet<NodeAddress>,
    (context, clock): (&ApplyContext, &dyn Clock),
) -> Result<u64, RecordError> {
    let (undone, left) = unfinished;
    let mut projects = touched_projects(done.iter().copied());
    projects.extend(left.iter().filter_map(Resource::home).cloned());
    let teams = touches_teams(done.iter().copied()) || left.iter().any(Resource::is_team);
    let summary = Summary::of(done.iter().copied());
    let ended = EntryKind::End {
        begin: begun.begin,
        summary,
        unfinished: undone,
        forgotten_nodes: forgotten.iter().map(ToString::to_string).collect(),
    };
    let done = (done, begun.former_holders.as_slice());
    close(store, (begun.begin, ended, done), (context, clock), |state| {
        let mut recorded = state.recorded_of(&projects)?;
        for change in done.0 {
            change.apply_to(&mut recorded);
        }
        record_partial(&mut recorded, left);
        Ok((recorded, projects.clone(), teams))
    })
}

/// Ends an interrupted apply with what the target says is there, after those of its changes that are done.
///
/// # Errors
/// As for [`end`].
pub fn end_with_truth(
    store: &dyn StateStore,
    interrupted: &Interrupted,
    observed: &Recorded,
    done: &[&Change],
    context: &ApplyContext,
    clock: &dyn Clock,
) -> Result<u64, RecordError> {
    let projects: BTreeSet<_> = interrupted.projects.iter().cloned().collect();
    let ended = EntryKind::End {
        begin: interrupted.begin,
        summary: Summary::default(),
        unfinished: 0,
        forgotten_nodes: Vec::new(),
    };
    let plan = read_plan(&Reader { store }, &interrupted.plan)?;
    let done = (done, plan.former_holders.as_slice());
    close(store, (interrupted.begin, ended, done), (context, clock), |_| {
        Ok((observed.clone(), projects.clone(), interrupted.teams))
    })
}

/// What an end records: the resources, the projects among them that it speaks of, and whether it speaks
/// of the teams.
type Ending = (Recorded, BTreeSet<Name>, bool);

/// Changes that are done, and who may still hold a key since.
type Done<'a> = (&'a [&'a Change], &'a [FormerHolder]);

pub(super) fn close(
    store: &dyn StateStore,
    (begin, kind, (done, former)): (u64, EntryKind, Done<'_>),
    (context, clock): (&ApplyContext, &dyn Clock),
    ending: impl Fn(&State<'_>) -> Result<Ending, RecordError>,
) -> Result<u64, RecordError> {
    let writer = Writer { store, clock };
    until_first(store, clock, |state| {
        if !open_applies(state).any(|apply| apply.begin == begin) {
            return Err(lost_lease(state, begin));
        }
        let (recorded, projects, teams) = ending(state)?;
        let mut entry = entry_after(state, None, context, kind.clone());
        entry.renames = renames(done.iter().copied());
        let number = entry.number;
        let (kept, former) = both(
            store,
            || writer.keep_recorded(&recorded, &projects, teams),
            || writer.keep_former_holders(state, former, done, number),
        );
        kept?.name_in(&mut entry);
        entry.former_holders = former?.or(entry.former_holders);
        entry.open_applies.retain(|apply| apply.begin != begin);
        Ok(writer.append(&entry)?.then_some(entry.number))
    })
}

/// Who has ended an apply in place of its holder.
fn lost_lease(state: &State<'_>, begin: u64) -> RecordError {
    for number in (begin + 1..=state.revision()).rev() {
        let entry = match state.at(number) {
            Ok(at) => at.head.map(|head| head.entry),
            Err(error) => return error.into(),
        };
        match entry.as_ref().map(|entry| &entry.kind) {
            Some(EntryKind::End { begin: ended, .. } | EntryKind::Release { begin: ended, .. })
                if *ended == begin =>
            {
                let by = entry.map(|entry| entry.actor).unwrap_or_default();
                return RecordError::LeaseLost { begin, by, revision: number };
            }
            _ => {}
        }
    }
    RecordError::LeaseLost { begin, by: "unknown".into(), revision: state.revision() }
}
