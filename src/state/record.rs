//! Recording a plan without effects outside of the state: begin and end are one entry, all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::compare::{project_bytes, teams_bytes};
use super::entry::{Digest, Entry, EntryKind, FORMAT, FormatFile, ProjectRef, Summary, TeamsRef, VERSION};
use super::log::{State, StateError, entry_name, object_name};
use super::store::StateStore;
use crate::model::{Address, Name, Recorded};
use crate::plan::{Action, Change, ConfirmedPlan, Plan};

/// How often a lost race is run again. Each time another apply has succeeded.
const TRIES: usize = 1_000;

/// The clock and the user, who are named in the log, and a name for a state that is new.
#[derive(Clone, Debug)]
pub struct Now {
    /// The time in UTC, as in `2026-11-22T18:03:00Z`.
    pub time: String,
    /// Who applies.
    pub actor: String,
    /// A random name, used when there is no state yet.
    pub lineage: String,
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
            Self::Unwritable { .. } => "check the permissions and the disk; nothing was recorded",
            Self::Crowded => "try again when the others are done; nothing was recorded",
        }
    }
}

/// Records what a plan leads to, as the next revision, and returns its number.
///
/// # Errors
/// When the plan is stale, or the state cannot be read or written: nothing is recorded then.
pub fn record(store: &dyn StateStore, confirmed: &ConfirmedPlan, now: &Now) -> Result<u64, RecordError> {
    let plan = confirmed.plan();
    for _ in 0..TRIES {
        let state = State::open(store)?;
        is_current(plan, &state)?;
        let writer = Writer { store };
        if state.lineage.is_none() {
            writer.found(&now.lineage)?;
            continue;
        }
        let number = state.revision() + 1;
        let entry = writer.next_entry(plan, &state, now)?;
        if writer.append(number, &entry)? {
            return Ok(number);
        }
    }
    Err(RecordError::Crowded)
}

/// Whether what a plan was made from is still what is recorded.
///
/// # Errors
/// When it is not: what moved.
pub fn is_current(plan: &Plan, state: &State<'_>) -> Result<(), RecordError> {
    let stale = |moved: String| Err(RecordError::Stale { moved });
    if plan.base.lineage.is_some() && plan.base.lineage != state.lineage {
        return stale("it was made from another state".into());
    }
    if plan.base.revision > state.revision() {
        return stale(format!("it was made from revision {}, and the state is older", plan.base.revision));
    }
    let made_from = plan.base.revision;
    let revision = state.revision();
    let since = format!("since revision {made_from}; revision {revision} is the newest");
    let projects = state.projects();
    for (name, digest) in &plan.base.projects {
        let recorded = projects.get(name.as_str()).map(|project| project.object.as_str());
        if recorded != digest.as_deref() {
            return stale(format!("project `{name}` was changed {since}"));
        }
    }
    if let Some(digest) = &plan.base.teams
        && state.teams_digest().map(Digest::as_str) != digest.as_deref()
    {
        return stale(format!("the teams were changed {since}"));
    }
    Ok(())
}

/// The projects that changes touch, by their recorded and by their new names.
#[must_use]
pub(super) fn touched_projects(changes: &[Change]) -> BTreeSet<Name> {
    let addresses = changes.iter().flat_map(|change| [Some(change.address()), change.previous_address()]);
    let project = |address: Address| match address {
        Address::Team(_) => None,
        Address::Project(name) | Address::Key(name, _) | Address::Cluster(name, _) => Some(name),
    };
    addresses.flatten().filter_map(project).collect()
}

struct Writer<'a> {
    store: &'a dyn StateStore,
}

impl Writer<'_> {
    fn unwritable(&self, name: &str) -> impl FnOnce(io::Error) -> RecordError {
        let object = format!("{}/{name}", self.store.place());
        move |source| RecordError::Unwritable { object, source }
    }

    /// Makes the state. Another apply may do so at the same time: then its name holds.
    fn found(&self, lineage: &str) -> Result<(), RecordError> {
        let file = FormatFile { format: FORMAT.into(), version: VERSION, lineage: lineage.into() };
        let bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        self.store.put_if_absent("format.json", &bytes).map_err(self.unwritable("format.json"))?;
        Ok(())
    }

    /// Keeps an object under the name of its content.
    fn keep(&self, bytes: &[u8]) -> Result<Digest, RecordError> {
        let digest = Digest::of(bytes);
        let name = object_name(&digest);
        let is_new = self.store.put_if_absent(&name, bytes).map_err(self.unwritable(&name))?;
        if !is_new {
            // It is there from before; a damaged one must not be built upon.
            let kept = self.store.get(&name).map_err(self.unwritable(&name))?;
            if kept.is_none_or(|kept| Digest::of(&kept) != digest) {
                self.store.put(&name, bytes).map_err(self.unwritable(&name))?;
            }
        }
        Ok(digest)
    }

    /// The entry that follows the newest one, its objects kept before it.
    fn next_entry(&self, plan: &Plan, state: &State<'_>, now: &Now) -> Result<Entry, RecordError> {
        let touched = touched_projects(&plan.changes);
        let mut recorded = Recorded { teams: state.teams()?, projects: BTreeMap::new() };
        for name in &touched {
            if let Some(project) = state.project(name.as_str())? {
                recorded.projects.insert(name.clone(), project);
            }
        }
        for change in &plan.changes {
            change.apply_to(&mut recorded);
        }
        let head = state.head.as_ref();
        let mut projects = head.map(|head| head.entry.projects.clone()).unwrap_or_default();
        for name in &touched {
            match recorded.projects.get(name) {
                None => {
                    projects.remove(name.as_str());
                }
                Some(project) => {
                    let object = self.keep(&project_bytes(project))?;
                    let (keys, clusters) = (project.keys.len(), project.clusters.len());
                    projects.insert(name.to_string(), ProjectRef { object, keys, clusters });
                }
            }
        }
        let teams = if recorded.teams.is_empty() {
            None
        } else {
            Some(TeamsRef { object: self.keep(&teams_bytes(&recorded.teams))?, teams: recorded.teams.len() })
        };
        Ok(Entry {
            number: state.revision() + 1,
            previous: head.map(|head| head.digest.clone()),
            time: now.time.clone(),
            actor: now.actor.clone(),
            kind: EntryKind::Apply { summary: summary(plan) },
            teams,
            projects,
            open: head.map(|head| head.entry.open.clone()).unwrap_or_default(),
        })
    }

    /// Puts an entry under its number. Whether nobody else was faster.
    fn append(&self, number: u64, entry: &Entry) -> Result<bool, RecordError> {
        let name = entry_name(number);
        let bytes = entry.to_file().map_err(|error| self.unwritable(&name)(io::Error::other(error)))?.1;
        self.store.put_if_absent(&name, &bytes).map_err(self.unwritable(&name))
    }
}

fn summary(plan: &Plan) -> Summary {
    Summary {
        create: plan.count(Action::Create),
        update: plan.count(Action::Update),
        delete: plan.count(Action::Delete),
    }
}
