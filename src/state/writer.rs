//! The writes of a state: objects, which are immutable and named by their content, and then the entry
//! that names them, under a number that is still free.

use std::collections::{BTreeMap, BTreeSet};

use super::apply_context::ApplyContext;
use super::clock::Clock;
use super::entry::{Digest, Entry, EntryKind, FORMAT, FormatFile, Head, ProjectRef, TeamsRef, VERSION};
use super::log::State;
use super::names::{entry_name, object_name};
use super::probe::probe;
use super::reader::Reader;
use super::record_error::RecordError;
use super::state_error::StateError;
use super::store::StateStore;
use super::store::claim::claim;
use super::store::objects::{both, each};
use super::v1::{former_holders_bytes, project_bytes, teams_bytes};
use crate::access::FormerHolder;
use crate::model::{Address, Name, Recorded, Team};
use crate::plan::Change;

/// An entry that follows the newest one and records the same. A state that is no workspace's becomes that of
/// this one.
pub(super) fn entry_after(
    state: &State<'_>,
    workspace: Option<&String>,
    context: &ApplyContext,
    kind: EntryKind,
) -> Entry {
    let head = state.head.as_ref();
    let entry = head.map(|head| &head.entry);
    Entry {
        number: state.revision() + 1,
        previous: head.map(|head| head.digest.clone()),
        nonce: context.nonce.clone(),
        time: context.time.clone(),
        actor: context.actor.clone(),
        message: context.message.clone(),
        run: context.run.clone(),
        commit: context.commit.clone(),
        workspace: entry.and_then(|entry| entry.workspace.clone()).or_else(|| workspace.cloned()),
        kind,
        teams: entry.and_then(|entry| entry.teams.clone()),
        projects: entry.map(|entry| entry.projects.clone()).unwrap_or_default(),
        open_applies: entry.map(|entry| entry.open_applies.clone()).unwrap_or_default(),
        former_holders: entry.and_then(|entry| entry.former_holders.clone()),
        renames: Vec::new(),
    }
}

/// Objects that are kept, and that an entry can now name: nothing where nothing is recorded any more.
pub(super) struct Kept {
    projects: Vec<(Name, Option<ProjectRef>)>,
    /// Whether the teams are spoken of.
    has_teams: bool,
    teams: Option<TeamsRef>,
}

impl Kept {
    /// Makes an entry record them.
    pub(super) fn name_in(self, entry: &mut Entry) {
        for (name, project) in self.projects {
            match project {
                Some(mut project) => {
                    // What is kept as it is has not changed, also if an apply held it.
                    let before = entry.projects.get(name.as_str());
                    let before = before.filter(|before| before.object == project.object);
                    project.revision = before.map_or(entry.number, |before| before.revision);
                    entry.projects.insert(name.to_string(), project)
                }
                None => entry.projects.remove(name.as_str()),
            };
        }
        if self.has_teams {
            let before = entry.teams.take();
            entry.teams = self.teams.map(|teams| {
                let before = before.filter(|before| before.object == teams.object);
                TeamsRef { revision: before.map_or(entry.number, |before| before.revision), ..teams }
            });
        }
    }
}

pub(super) struct Writer<'a> {
    pub(super) store: &'a dyn StateStore,
    pub(super) clock: &'a dyn Clock,
}

impl<'a> Writer<'a> {
    /// Founds the state, or ends a founding that was interrupted. Another apply may do so at the same time:
    /// whose entry 0 is there first names the state. The state where that is this one, nothing where it is to be opened.
    pub(super) fn found(
        &self,
        workspace: Option<&String>,
        context: &ApplyContext,
    ) -> Result<Option<State<'a>>, RecordError> {
        if !self.store.is_exclusive() {
            probe(self.store, &context.nonce, self.clock)?;
        }
        let entry = Entry {
            number: 0,
            previous: None,
            nonce: context.nonce.clone(),
            time: context.time.clone(),
            actor: context.actor.clone(),
            message: None,
            run: context.run.clone(),
            commit: context.commit.clone(),
            workspace: workspace.cloned(),
            kind: EntryKind::Init { lineage: context.nonce.clone() },
            teams: None,
            projects: BTreeMap::new(),
            open_applies: Vec::new(),
            former_holders: None,
            renames: Vec::new(),
        };
        let is_ours = self.append(&entry)?;
        let lineage =
            if is_ours { context.nonce.clone() } else { Reader { store: self.store }.founding()? };
        let file = FormatFile { format: FORMAT.into(), version: VERSION, lineage: lineage.clone() };
        self.create("format.json", &serde_json::to_vec_pretty(&file).unwrap_or_default())?;
        let head = || Head { digest: entry.to_file().0, entry };
        Ok(is_ours.then(|| State::with_head(self.store, lineage, head())))
    }

    /// Keeps bytes under a name that is free. Whether they are there: not when others hold the name.
    pub(super) fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, RecordError> {
        claim(self.store, name, bytes, self.clock)
            .map_err(|source| RecordError::Unwritable { object: self.named(name), source })
    }

    fn named(&self, name: &str) -> String {
        Reader { store: self.store }.named(name)
    }

    /// Keeps an object under the name of its content.
    pub(super) fn keep(&self, bytes: &[u8]) -> Result<Digest, RecordError> {
        let digest = Digest::of(bytes);
        let name = object_name(&digest);
        if self.create(&name, bytes)? {
            return Ok(digest);
        }
        // What is there from before is damaged, and must not be built upon.
        let object = self.named(&name);
        Err(StateError::Damaged { object, why: "its digest is another".into() }.into())
    }

    /// Keeps the objects of some projects, and of the teams if they are spoken of.
    pub(super) fn keep_recorded(
        &self,
        recorded: &Recorded,
        projects: &BTreeSet<Name>,
        has_teams: bool,
    ) -> Result<Kept, RecordError> {
        let project = |name: &Name| {
            let Some(project) = recorded.projects.get(name) else { return Ok((name.clone(), None)) };
            let bytes = project_bytes(project);
            self.fits(&bytes, &format!("project `{name}`"))?;
            let object = self.keep(&bytes)?;
            let (keys, clusters) = (project.keys.len(), project.clusters.len());
            Ok((name.clone(), Some(ProjectRef { object, revision: 0, keys, clusters })))
        };
        let projects: Vec<_> = projects.iter().collect();
        let projects = || each(self.store, &projects, |name| project(name));
        let teams = || self.keep_teams(&recorded.teams);
        let (projects, teams) =
            if has_teams { both(self.store, projects, teams) } else { (projects(), Ok(None)) };
        let projects = projects.into_iter().collect::<Result<_, RecordError>>()?;
        Ok(Kept { projects, has_teams, teams: teams? })
    }

    fn keep_teams(&self, teams: &BTreeMap<Name, Team>) -> Result<Option<TeamsRef>, RecordError> {
        if teams.is_empty() {
            return Ok(None);
        }
        let bytes = teams_bytes(teams);
        self.fits(&bytes, "the teams")?;
        let object = self.keep(&bytes)?;
        Ok(Some(TeamsRef { object, revision: 0, teams: teams.len() }))
    }

    /// Refuses what could not be read any more once it was written.
    pub(super) fn fits(&self, bytes: &[u8], what: &str) -> Result<(), RecordError> {
        let most = self.store.max_object();
        if bytes.len() as u64 <= most {
            return Ok(());
        }
        Err(RecordError::TooLarge { what: what.into(), bytes: bytes.len() as u64, most })
    }

    /// Keeps who may still hold a key since these changes are done by an entry; nothing where that is nobody else.
    pub(super) fn keep_former_holders(
        &self,
        state: &State<'_>,
        former: &[FormerHolder],
        done: &[&Change],
        number: u64,
    ) -> Result<Option<Digest>, RecordError> {
        let done: BTreeSet<_> = done.iter().map(|change| change.address()).collect();
        let is_done = |former: &&FormerHolder| {
            let team = former.team.clone().map(Address::Team);
            former.keys.iter().chain(&team).any(|address| done.contains(address))
        };
        let new: Vec<_> = former.iter().filter(is_done).collect();
        if new.is_empty() {
            return Ok(None);
        }
        let mut all = state.former_holders()?;
        for former in new {
            all.add(former, number);
        }
        let bytes = former_holders_bytes(&all);
        self.fits(&bytes, "the list of former holders of keys")?;
        self.keep(&bytes).map(Some)
    }

    /// Puts an entry under its number. False when another writer was first.
    pub(super) fn append(&self, entry: &Entry) -> Result<bool, RecordError> {
        let name = entry_name(entry.number);
        let bytes = entry.to_file().1;
        self.fits(&bytes, "the list of all projects")?;
        self.create(&name, &bytes)
    }
}
