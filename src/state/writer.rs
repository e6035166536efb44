//! The writes of a state: objects, which are immutable and named by their content, and then the entry
//! that names them, under a number that is still free.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::compare::{project_bytes, teams_bytes};
use super::entry::{Digest, Entry, EntryKind, FORMAT, FormatFile, ProjectRef, TeamsRef, VERSION};
use super::log::{State, entry_name, object_name};
use super::record::{Now, RecordError};
use super::store::StateStore;
use crate::model::{Address, Name, Recorded, ResourceKind};
use crate::plan::Change;

/// The projects that changes touch, by their recorded and by their new names.
#[must_use]
pub(super) fn touched_projects<'a>(changes: impl IntoIterator<Item = &'a Change>) -> BTreeSet<Name> {
    let addresses =
        changes.into_iter().flat_map(|change| [Some(change.address()), change.previous_address()]);
    let project = |address: Address| match address {
        Address::Team(_) => None,
        Address::Project(name) | Address::Key(name, _) | Address::Cluster(name, _) => Some(name),
    };
    addresses.flatten().filter_map(project).collect()
}

/// Changes that touch the same projects: one, or a renamed one under both of its names. Those of teams touch
/// none.
pub(super) struct Group<'a> {
    pub(super) projects: BTreeSet<Name>,
    pub(super) changes: Vec<&'a Change>,
}

/// The changes in groups that touch different projects, each in the order of the changes.
pub(super) fn groups(changes: &[Change]) -> Vec<Group<'_>> {
    let renamed: BTreeMap<_, _> = changes
        .iter()
        .filter_map(|change| match (change.previous_address()?, change.address()) {
            (Address::Project(before), Address::Project(after)) => Some((before, after)),
            _ => None,
        })
        .collect();
    let mut groups: BTreeMap<Option<Name>, Group<'_>> = BTreeMap::new();
    for change in changes {
        let projects = touched_projects([change]);
        let name = projects.first().map(|name| renamed.get(name).unwrap_or(name).clone());
        let group =
            groups.entry(name).or_insert_with(|| Group { projects: BTreeSet::new(), changes: Vec::new() });
        group.projects.extend(projects);
        group.changes.push(change);
    }
    groups.into_values().collect()
}

/// Whether changes touch the teams.
pub(super) fn touches_teams<'a>(changes: impl IntoIterator<Item = &'a Change>) -> bool {
    changes.into_iter().any(|change| change.address().kind() == ResourceKind::Team)
}

/// The recorded teams, and these of the recorded projects.
pub(super) fn recorded_of(state: &State<'_>, projects: &BTreeSet<Name>) -> Result<Recorded, RecordError> {
    let mut recorded = Recorded { teams: state.teams()?, projects: BTreeMap::new() };
    for name in projects {
        if let Some(project) = state.project(name.as_str())? {
            recorded.projects.insert(name.clone(), project);
        }
    }
    Ok(recorded)
}

/// An entry that follows the newest one and records the same.
pub(super) fn entry_after(state: &State<'_>, now: &Now, kind: EntryKind) -> Entry {
    let head = state.head.as_ref();
    let entry = head.map(|head| &head.entry);
    Entry {
        number: state.revision() + 1,
        previous: head.map(|head| head.digest.clone()),
        time: now.time.clone(),
        actor: now.actor.clone(),
        kind,
        teams: entry.and_then(|entry| entry.teams.clone()),
        projects: entry.map(|entry| entry.projects.clone()).unwrap_or_default(),
        open: entry.map(|entry| entry.open.clone()).unwrap_or_default(),
    }
}

pub(super) struct Writer<'a> {
    pub(super) store: &'a dyn StateStore,
}

impl Writer<'_> {
    fn unwritable(&self, name: &str) -> impl FnOnce(io::Error) -> RecordError + use<> {
        let object = format!("{}/{name}", self.store.place());
        move |source| RecordError::Unwritable { object, source }
    }

    /// Makes the state. Another apply may do so at the same time: then its name holds.
    pub(super) fn found(&self, lineage: &str) -> Result<(), RecordError> {
        let file = FormatFile { format: FORMAT.into(), version: VERSION, lineage: lineage.into() };
        let bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        self.store.put_if_absent("format.json", &bytes).map_err(self.unwritable("format.json"))?;
        Ok(())
    }

    /// Keeps bytes under a name, whatever it held.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), RecordError> {
        self.store.put(name, bytes).map_err(self.unwritable(name))
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
                self.put(&name, bytes)?;
            }
        }
        Ok(digest)
    }

    /// Makes an entry record some projects, and the teams if they are spoken of. Their objects are kept
    /// before it.
    pub(super) fn put_recorded(
        &self,
        entry: &mut Entry,
        recorded: &Recorded,
        projects: &BTreeSet<Name>,
        teams: bool,
    ) -> Result<(), RecordError> {
        for name in projects {
            match recorded.projects.get(name) {
                None => {
                    entry.projects.remove(name.as_str());
                }
                Some(project) => {
                    let object = self.keep(&project_bytes(project))?;
                    let (keys, clusters) = (project.keys.len(), project.clusters.len());
                    entry.projects.insert(name.to_string(), ProjectRef { object, keys, clusters });
                }
            }
        }
        if teams && recorded.teams.is_empty() {
            entry.teams = None;
        } else if teams {
            let object = self.keep(&teams_bytes(&recorded.teams))?;
            entry.teams = Some(TeamsRef { object, teams: recorded.teams.len() });
        }
        Ok(())
    }

    /// Puts an entry under its number. Whether nobody else was faster.
    pub(super) fn append(&self, entry: &Entry) -> Result<bool, RecordError> {
        let name = entry_name(entry.number);
        let bytes = entry.to_file().map_err(|error| self.unwritable(&name)(io::Error::other(error)))?.1;
        self.store.put_if_absent(&name, &bytes).map_err(self.unwritable(&name))
    }
}
