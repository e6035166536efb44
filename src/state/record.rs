//! Recording a plan without effects outside of the state: begin and end are one entry, all or nothing.

use std::collections::BTreeSet;
use std::io;

use jiff::Timestamp;
use rayon::prelude::*;

use super::entry::{Digest, EntryKind, Summary};
use super::lease::{Others, leave, others};
use super::log::{State, StateError};
use super::store::StateStore;
use super::writer::{Group, Writer, entry_after, groups, recorded_of, touched_projects, touches_teams};
use crate::model::{Address, Cluster, Name, Subject};
use crate::plan::{Action, ConfirmedPlan, Plan};

/// How often a lost race is run again. Each time another apply has succeeded.
const TRIES: usize = 1_000;

/// The clock and the user, who are named in the log, and a name for a state that is new.
#[derive(Clone, Debug)]
pub struct Now {
    /// The time in UTC, as in `2026-11-22T18:03:00Z`.
    pub time: String,
    /// Who applies.
    pub actor: String,
    /// A random name, used for a state that is new and for a lease.
    pub lineage: String,
}

impl Now {
    /// The time as one that can be compared.
    pub(super) fn timestamp(&self) -> Timestamp {
        self.time.parse().unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Why a plan was not recorded. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// What the plan was made from is not what is recorded now.
    #[error("the plan is stale: {moved}")]
    Stale {
        /// What moved.
        moved: String,
    },
    /// The store cannot be written to.
    #[error("cannot write `{object}` of the state: {}", .source.kind())]
    Unwritable {
        /// The object, with the place of the store.
        object: String,
        /// What the store says.
        source: io::Error,
    },
    /// Somebody else is at work on the same projects.
    #[error("{holder} is applying to the same projects, and holds them until {until}")]
    Held {
        /// Who.
        holder: String,
        /// Until when, unless they go on.
        until: String,
    },
    /// An apply on the same projects began and never ended.
    #[error("the apply of {holder} that began with revision {begin} never ended")]
    Interrupted {
        /// The number of its begin.
        begin: u64,
        /// Who ran it.
        holder: String,
    },
    /// The lease ran out, and another apply has ended this one.
    #[error("the apply that began with revision {begin} was ended by another, because its lease had run out")]
    LeaseLost {
        /// The number of its begin.
        begin: u64,
    },
    /// Others were faster again and again.
    #[error("{TRIES} other applies were recorded meanwhile")]
    Crowded,
}

impl RecordError {
    /// The next keystroke.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::State(error) => error.help(),
            Self::Stale { .. } => "make a new plan, and look at it again",
            Self::Unwritable { .. } => {
                "check the permissions and the disk, and plan again: that tells what was recorded"
            }
            Self::Held { .. } => "wait until they are done, and make a new plan",
            Self::Interrupted { .. } => "apply again: it is ended with what the target says is there",
            Self::LeaseLost { .. } => "make a new plan: what was done is recorded by the other apply",
            Self::Crowded => "try again when the others are done; nothing was recorded",
        }
    }
}

/// Records what a plan leads to, as the next revision, and returns its number.
///
/// # Errors
/// When the plan is stale, when another apply holds one of its projects, or when the state cannot be read
/// or written: nothing is recorded then.
pub fn record(store: &dyn StateStore, confirmed: &ConfirmedPlan, now: &Now) -> Result<u64, RecordError> {
    let plan = confirmed.plan();
    let writer = Writer { store };
    let (projects, teams) = (touched_projects(&plan.changes), touches_teams(&plan.changes));
    for _ in 0..TRIES {
        let state = State::open(store)?;
        is_current(plan, &state)?;
        if state.lineage.is_none() {
            writer.found(&now.lineage)?;
            continue;
        }
        refuse_others(&state, &projects, teams, now)?;
        let kind = EntryKind::Apply { summary: Summary::of(&plan.changes) };
        let mut entry = entry_after(&state, now, kind);
        // Group by group: what is recorded of all projects at once may be large.
        let keep = |Group { projects, changes }: Group<'_>| {
            let projects = projects.into_iter().cloned().collect();
            let mut recorded = recorded_of(&state, &projects)?;
            for change in &changes {
                change.apply_to(&mut recorded);
            }
            let has_teams = projects.is_empty();
            writer.keep_recorded(&recorded, &projects, has_teams)
        };
        let kept: Vec<_> = groups(&plan.changes).into_par_iter().map(keep).collect();
        for kept in kept {
            kept?.name_in(&mut entry);
        }
        if writer.append(&entry)? {
            return Ok(entry.number);
        }
    }
    Err(RecordError::Crowded)
}

/// Records clusters as they are now known to be, as the next revision, and returns its number.
///
/// # Errors
/// As for [`record`], but nothing can be stale.
pub fn mark(store: &dyn StateStore, clusters: &[Cluster], now: &Now) -> Result<u64, RecordError> {
    let writer = Writer { store };
    let projects: BTreeSet<_> = clusters.iter().map(|cluster| cluster.project.clone()).collect();
    for _ in 0..TRIES {
        let state = State::open(store)?;
        refuse_others(&state, &projects, false, now)?;
        let mut recorded = recorded_of(&state, &projects)?;
        leave(&mut recorded, clusters);
        let summary = Summary { update: clusters.len(), ..Summary::default() };
        let mut entry = entry_after(&state, now, EntryKind::Apply { summary });
        writer.keep_recorded(&recorded, &projects, false)?.name_in(&mut entry);
        if writer.append(&entry)? {
            return Ok(entry.number);
        }
    }
    Err(RecordError::Crowded)
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
