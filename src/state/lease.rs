//! Applies with effects outside of the state: a `begin` entry that holds a lease on its projects, and an
//! `end` entry that records what was done.
//!
//! A lease is a small object of its own that is renewed while its holder is alive. A begin without an
//! end whose lease has run out is an interrupted apply: the next one on its projects observes the target
//! and ends it with the truth.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::current::is_current;
use super::entry::{Digest, EntryKind, OpenApply, Summary};
use super::log::{Reader, State, StateError};
use super::now::Now;
use super::plan_v1::PlanFile;
use super::record_error::RecordError;
use super::renames::renames;
use super::store::StateStore;
use super::writer::{Writer, entry_after, recorded_of, touched_projects, touches_teams};
use crate::model::{Cluster, Name, Recorded};
use crate::plan::{Change, ConfirmedPlan, Plan, keep_partial};

/// How long a lease holds without being renewed.
pub const LEASE: Duration = Duration::from_mins(1);

/// The clock, handed in.
pub trait Clock: Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A lease as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaseFile {
    holder: String,
    until: Timestamp,
}

/// An apply that has begun and holds its projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The number of the begin entry.
    pub begin: u64,
    /// What was recorded then of the projects that it touches, and of the teams.
    pub before: Recorded,
    token: String,
    holder: String,
    until: Timestamp,
}

/// An apply that began and never ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// The number of its begin.
    pub begin: u64,
    /// Who ran it.
    pub holder: String,
    /// The projects that it may have changed.
    pub projects: Vec<Name>,
    /// Whether it may have changed the teams.
    pub teams: bool,
    token: String,
}

impl From<&OpenApply> for Interrupted {
    fn from(apply: &OpenApply) -> Self {
        Self {
            begin: apply.begin,
            holder: apply.holder.clone(),
            projects: apply.projects.iter().map(|name| Name::declared(name.as_str()).0).collect(),
            teams: apply.teams,
            token: apply.token.clone(),
        }
    }
}

/// Who else is at work on the same projects.
enum Others {
    Nobody,
    Alive { holder: String, until: Timestamp },
    Gone(Interrupted),
}

fn lease_name(token: &str) -> String {
    format!("leases/{token}.json")
}

/// The plan of an apply, kept for as long as nobody knows what came of it.
fn plan_name(token: &str) -> String {
    format!("leases/{token}-plan.json")
}

/// Who has begun an apply on these projects and not ended it.
fn others(
    state: &State<'_>,
    projects: &BTreeSet<Name>,
    teams: bool,
    now: Timestamp,
) -> Result<Others, RecordError> {
    let open = state.head.iter().flat_map(|head| &head.entry.open);
    for apply in open {
        let shares =
            (teams && apply.teams) || apply.projects.iter().any(|name| projects.contains(name.as_str()));
        if !shares {
            continue;
        }
        let lease = read_lease(state, &apply.token)?;
        return Ok(match lease {
            Some(lease) if lease.until > now => Others::Alive { holder: lease.holder, until: lease.until },
            _ => Others::Gone(Interrupted::from(apply)),
        });
    }
    Ok(Others::Nobody)
}

/// Refuses to work on what another apply holds, or left unfinished.
pub(super) fn refuse_others(
    state: &State<'_>,
    projects: &BTreeSet<Name>,
    teams: bool,
    now: &Now,
) -> Result<(), RecordError> {
    match others(state, projects, teams, now.timestamp())? {
        Others::Nobody => Ok(()),
        Others::Alive { holder, until } => Err(RecordError::Held { holder, until: until.to_string() }),
        Others::Gone(gone) => Err(RecordError::Interrupted { begin: gone.begin, holder: gone.holder }),
    }
}

fn read_lease(state: &State<'_>, token: &str) -> Result<Option<LeaseFile>, RecordError> {
    let reader = Reader { store: state.store() };
    Ok(reader.optional(&lease_name(token))?)
}

/// The interrupted applies of a state: begun, not ended, and their leases run out.
///
/// # Errors
/// When the state cannot be read.
pub fn interrupted(state: &State<'_>, now: Timestamp) -> Result<Vec<Interrupted>, RecordError> {
    let mut found = Vec::new();
    for apply in state.head.iter().flat_map(|head| &head.entry.open) {
        if read_lease(state, &apply.token)?.is_none_or(|lease| lease.until <= now) {
            found.push(Interrupted::from(apply));
        }
    }
    Ok(found)
}

/// What an interrupted apply began with: what was recorded of its projects and of the teams, and what it was
/// about to do.
///
/// # Errors
/// When the state cannot be read, or its plan is not there or damaged.
pub fn intended(
    state: &State<'_>,
    interrupted: &Interrupted,
) -> Result<(Recorded, Vec<Change>), RecordError> {
    let reader = Reader { store: state.store() };
    let name = plan_name(&interrupted.token);
    let plan = PlanFile::read(Cursor::new(reader.need(&name)?)).and_then(PlanFile::plan);
    let plan =
        plan.map_err(|fault| StateError::Damaged { object: reader.named(&name), why: fault.to_string() })?;
    let projects = interrupted.projects.iter().cloned().collect();
    Ok((recorded_of(state, &projects)?, plan.changes))
}

/// Begins an apply: from here on its projects are held.
///
/// # Errors
/// When the plan is stale, when somebody else holds one of the projects, or when the state cannot be
/// read or written. Nothing has begun then.
pub fn begin(
    store: &dyn StateStore,
    confirmed: &ConfirmedPlan,
    now: &Now,
    clock: &dyn Clock,
) -> Result<Begun, RecordError> {
    let plan = confirmed.plan();
    let writer = Writer { store };
    let (projects, teams) = (touched_projects(&plan.changes), touches_teams(&plan.changes));
    loop {
        let state = State::open(store)?;
        is_current(plan, &state)?;
        if state.lineage.is_none() {
            writer.found(&now.lineage)?;
            continue;
        }
        refuse_others(&state, &projects, teams, now)?;
        let mut begun = Begun {
            begin: state.revision() + 1,
            before: recorded_of(&state, &projects)?,
            token: now.lineage.clone(),
            holder: now.actor.clone(),
            until: clock.now(),
        };
        // Both are there before the entry that makes them matter.
        writer.put(&plan_name(&begun.token), &plan_bytes(plan))?;
        renew(store, &mut begun, clock)?;
        let mut entry = entry_after(&state, now, EntryKind::Begin { plan: plan_digest(plan) });
        entry.open.push(OpenApply {
            begin: begun.begin,
            token: begun.token.clone(),
            holder: begun.holder.clone(),
            projects: projects.iter().map(ToString::to_string).collect(),
            teams,
        });
        if writer.append(&entry)? {
            return Ok(begun);
        }
    }
}

fn plan_bytes(plan: &Plan) -> Vec<u8> {
    // The format has no value that JSON cannot hold.
    serde_json::to_vec(&PlanFile::new(plan, &|_| None)).unwrap_or_default()
}

/// A name for what is about to be done.
fn plan_digest(plan: &Plan) -> Digest {
    let addresses = plan.changes.iter().map(|change| format!("{} {}\n", change.action(), change.address()));
    Digest::of(addresses.collect::<Vec<_>>().concat().as_bytes())
}

impl Begun {
    /// Whether the lease still holds.
    #[must_use]
    pub fn is_alive(&self, clock: &dyn Clock) -> bool {
        clock.now() < self.until
    }

    /// Whether the lease should be renewed: a third of its time is gone.
    #[must_use]
    pub fn is_due(&self, clock: &dyn Clock) -> bool {
        self.until.duration_since(clock.now())
            < jiff::SignedDuration::try_from(LEASE * 2 / 3).unwrap_or_default()
    }
}

/// Makes the lease hold for its full time again.
///
/// # Errors
/// When the store cannot be written to.
pub fn renew(store: &dyn StateStore, begun: &mut Begun, clock: &dyn Clock) -> Result<(), RecordError> {
    let until = clock.now().saturating_add(LEASE).unwrap_or(Timestamp::MAX);
    let file = LeaseFile { holder: begun.holder.clone(), until };
    Writer { store }.put(&lease_name(&begun.token), &serde_json::to_vec(&file).unwrap_or_default())?;
    begun.until = until;
    Ok(())
}

/// Ends an apply with the changes that were done, and with the clusters that others have left unfinished.
///
/// # Errors
/// When somebody else has ended it because its lease had run out, or when the state cannot be read or
/// written: then the apply stays begun, and the next one ends it.
pub fn end(
    store: &dyn StateStore,
    begun: &Begun,
    done: &[&Change],
    unfinished: (usize, &[Cluster]),
    now: &Now,
) -> Result<u64, RecordError> {
    let (undone, left) = unfinished;
    let mut projects = touched_projects(done.iter().copied());
    projects.extend(left.iter().map(|cluster| cluster.project.clone()));
    let teams = touches_teams(done.iter().copied());
    let summary = Summary::of(done.iter().copied());
    let ended = EntryKind::End { begin: begun.begin, summary, unfinished: undone };
    close(store, (begun.begin, ended, done), now, |state| {
        let mut recorded = recorded_of(state, &projects)?;
        for change in done {
            change.apply_to(&mut recorded);
        }
        keep_partial(&mut recorded, left);
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
    now: &Now,
) -> Result<u64, RecordError> {
    let projects: BTreeSet<_> = interrupted.projects.iter().cloned().collect();
    let ended = EntryKind::End { begin: interrupted.begin, summary: Summary::default(), unfinished: 0 };
    close(store, (interrupted.begin, ended, done), now, |_| {
        Ok((observed.clone(), projects.clone(), interrupted.teams))
    })
}

/// What an end records: the resources, the projects among them that it speaks of, and whether it speaks
/// of the teams.
type Ending = (Recorded, BTreeSet<Name>, bool);

fn close(
    store: &dyn StateStore,
    (begin, kind, done): (u64, EntryKind, &[&Change]),
    now: &Now,
    ending: impl Fn(&State<'_>) -> Result<Ending, RecordError>,
) -> Result<u64, RecordError> {
    let writer = Writer { store };
    loop {
        let state = State::open(store)?;
        let is_open =
            state.head.as_ref().is_some_and(|head| head.entry.open.iter().any(|apply| apply.begin == begin));
        if !is_open {
            return Err(RecordError::LeaseLost { begin });
        }
        let (recorded, projects, teams) = ending(&state)?;
        let mut entry = entry_after(&state, now, kind.clone());
        entry.renames = renames(done.iter().copied());
        writer.keep_recorded(&recorded, &projects, teams)?.name_in(&mut entry);
        entry.open.retain(|apply| apply.begin != begin);
        if writer.append(&entry)? {
            return Ok(entry.number);
        }
    }
}
