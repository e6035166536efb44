//! Opening the state: the format, the newest entry of the log, and the objects that it names.

use std::collections::BTreeMap;

use super::entry::{EntryKind, Head, ProjectRef, TeamsRef};
use super::reader::Reader;
use super::state_error::StateError;
use super::store::StateStore;
use super::store::objects::each;
use crate::access::FormerHolders;
use crate::model::{Address, Name, Recorded, RecordedProject, ResourceKind, Team};
use crate::plan::Recording;

/// An open state: its lineage and its newest revision. Objects are opened when they are asked for.
pub struct State<'a> {
    store: &'a dyn StateStore,
    /// Whose state it is; nothing before the first apply.
    pub lineage: Option<String>,
    /// The newest entry; nothing before the first apply.
    pub head: Option<Head>,
    /// Whether its founding has come to its end.
    pub(super) is_founded: bool,
}

impl std::fmt::Debug for State<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("place", &self.store.place())
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

impl<'a> State<'a> {
    /// Opens the state in a store. A store that does not exist yet is a state before its first revision.
    ///
    /// # Errors
    /// When the store cannot be read, or what it holds is damaged, newer, or no state, or goes on at another place.
    pub fn open(store: &'a dyn StateStore) -> Result<Self, StateError> {
        let state = Self::open_as_kept(store)?;
        match state.moved_to() {
            Some(to) => {
                let (place, to) = (store.place(), to.to_owned());
                Err(StateError::Moved { place, to, revision: state.revision() })
            }
            None => Ok(state),
        }
    }

    /// Opens the state in a store also if it goes on at another place: it is then as it was when it was copied.
    ///
    /// # Errors
    /// When the store cannot be read, or what it holds is damaged, newer, or no state.
    pub fn open_as_kept(store: &'a dyn StateStore) -> Result<Self, StateError> {
        let reader = Reader { store };
        let Some(founded) = reader.founded()? else {
            return Ok(Self { store, lineage: None, head: None, is_founded: false });
        };
        let head = reader.entry(founded.newest)?;
        reader.follows(&head.entry)?;
        Ok(Self { store, lineage: Some(founded.lineage), head: Some(head), is_founded: founded.has_format })
    }

    /// Opens the state in a store for one answer, as fast as can be: nothing is read but the newest entry, and
    /// so nothing else can keep it from answering.
    ///
    /// # Errors
    /// As for [`State::open`], but damage before the newest entry is not seen.
    pub fn newest(store: &'a dyn StateStore) -> Result<Self, StateError> {
        let reader = Reader { store };
        match (reader.lineage()?, reader.numbers()?.last()) {
            (Some(lineage), Some(newest)) => {
                let head = reader.entry(*newest)?;
                Ok(Self { store, lineage: Some(lineage), head: Some(head), is_founded: true })
            }
            _ => Self::open_as_kept(store),
        }
    }

    /// The place where it goes on, as it was written; nothing where it goes on here.
    #[must_use]
    pub fn moved_to(&self) -> Option<&str> {
        match &self.head.as_ref()?.entry.kind {
            EntryKind::Move { to } => Some(to),
            EntryKind::Init { .. }
            | EntryKind::Apply { .. }
            | EntryKind::Begin { .. }
            | EntryKind::End { .. }
            | EntryKind::Release { .. } => None,
        }
    }

    /// Whether it may be the state of a workspace: it is that of the first one with a name that applied.
    ///
    /// # Errors
    /// When it is the state of another workspace.
    pub fn is_of(&self, workspace: Option<&str>) -> Result<(), StateError> {
        match self.head.as_ref().and_then(|head| head.entry.workspace.clone()) {
            Some(recorded) if workspace != Some(&*recorded) => Err(StateError::OtherWorkspace {
                place: self.store.place(),
                recorded,
                workspace: workspace.map(str::to_owned),
            }),
            _ => Ok(()),
        }
    }

    /// The store that it is kept in.
    #[must_use]
    pub const fn store(&self) -> &'a dyn StateStore {
        self.store
    }

    /// The number of the newest revision; 0 before the first.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.entry.number)
    }

    /// The recorded projects with their digests, by name.
    #[must_use]
    pub fn projects(&self) -> BTreeMap<&str, &ProjectRef> {
        let entry = self.head.as_ref().map(|head| &head.entry);
        entry.into_iter().flat_map(|entry| &entry.projects).map(|(name, one)| (name.as_str(), one)).collect()
    }

    /// What a plan binds itself to of the recorded teams.
    #[must_use]
    pub fn teams_recording(&self) -> Option<Recording> {
        let TeamsRef { object, revision, teams: _ } = self.head.as_ref()?.entry.teams.as_ref()?;
        Some(Recording { digest: object.to_string(), revision: *revision })
    }

    /// How many resources of each kind are recorded.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<ResourceKind, usize> {
        let Some(head) = &self.head else { return BTreeMap::new() };
        let projects = head.entry.projects.values();
        [
            (ResourceKind::Team, head.entry.teams.as_ref().map_or(0, |teams| teams.teams)),
            (ResourceKind::Project, head.entry.projects.len()),
            (ResourceKind::Key, projects.clone().map(|project| project.keys).sum()),
            (ResourceKind::Cluster, projects.map(|project| project.clusters).sum()),
        ]
        .into()
    }

    /// The recorded teams.
    pub fn teams(&self) -> Result<BTreeMap<Name, Team>, StateError> {
        match self.head.as_ref().and_then(|head| head.entry.teams.as_ref()) {
            Some(teams) => Reader { store: self.store }.teams(&teams.object),
            None => Ok(BTreeMap::new()),
        }
    }

    /// Who may still hold keys.
    ///
    /// # Errors
    /// When their object cannot be read or is damaged.
    pub fn former_holders(&self) -> Result<FormerHolders, StateError> {
        match self.head.as_ref().and_then(|head| head.entry.former_holders.as_ref()) {
            Some(digest) => Reader { store: self.store }.former_holders(digest),
            None => Ok(FormerHolders::default()),
        }
    }

    /// One recorded project; nothing when it is not recorded.
    pub fn project(&self, name: &str) -> Result<Option<RecordedProject>, StateError> {
        match self.head.as_ref().and_then(|head| head.entry.projects.get(name)) {
            Some(project) => Reader { store: self.store }.project(name, &project.object).map(Some),
            None => Ok(None),
        }
    }

    /// Whether a resource is recorded.
    ///
    /// # Errors
    /// When the object that it is in cannot be read or is damaged.
    pub fn has(&self, address: &Address) -> Result<bool, StateError> {
        Ok(match address {
            Address::Team(name) => self.teams()?.contains_key(name),
            Address::Project(name) => self.projects().contains_key(name.as_str()),
            Address::Key(project, name) => {
                self.project(project.as_str())?.is_some_and(|project| project.keys.contains_key(name))
            }
            Address::Cluster(project, name) => {
                self.project(project.as_str())?.is_some_and(|project| project.clusters.contains_key(name))
            }
        })
    }

    /// All that is recorded.
    pub fn recorded(&self) -> Result<Recorded, StateError> {
        let mut recorded = Recorded { teams: self.teams()?, projects: BTreeMap::new() };
        let names: Vec<_> = self.projects().into_keys().collect();
        for project in each(self.store, &names, |name| self.project(name)) {
            recorded.projects.extend(project?.map(|project| (project.project.name.clone(), project)));
        }
        Ok(recorded)
    }

    /// A revision by its number, as a state of its own.
    ///
    /// # Errors
    /// When there is no such revision, or its entry cannot be read or is damaged.
    pub fn at(&self, number: u64) -> Result<Self, StateError> {
        let head = Reader { store: self.store }.entry(number)?;
        Ok(Self { head: Some(head), lineage: self.lineage.clone(), ..*self })
    }

    /// The numbers of all revisions, in order.
    pub fn revisions(&self) -> Result<Vec<u64>, StateError> {
        let mut numbers = Reader { store: self.store }.numbers()?;
        numbers.retain(|number| *number > 0);
        Ok(numbers)
    }
}

impl ProjectRef {
    /// What a plan binds itself to.
    #[must_use]
    pub fn recording(&self) -> Recording {
        Recording { digest: self.object.to_string(), revision: self.revision }
    }
}
