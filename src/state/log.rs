//! Opening the state: the format, the newest entry of the log, and the objects that it names.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Digest, EntryKind, Head, ProjectRef, TeamsRef};
use super::reader::Reader;
use super::state_error::StateError;
use super::store::objects::{both, each};
use super::store::{KnownEntry, StateStore};
use super::v1::teams_bytes;
use crate::access::FormerHolders;
use crate::model::{Address, Name, Recorded, RecordedProject, ResourceKind, Team};
use crate::plan::Recording;

/// How many entries are in memory at a time, where many are read.
pub(super) const AT_A_TIME: usize = 32;

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
        let head = founded.head.map_or_else(|| reader.newest(founded.newest), Ok)?;
        Ok(Self { is_founded: founded.has_format, ..Self::with_head(store, founded.lineage, head) })
    }

    /// The state of which this is the newest entry, as the store has just told.
    pub(super) fn with_head(store: &'a dyn StateStore, lineage: String, head: Head) -> Self {
        store.remember(KnownEntry { lineage: lineage.clone(), number: head.entry.number });
        Self { store, lineage: Some(lineage), head: Some(head), is_founded: true }
    }

    /// Opens the state in a store for one answer, as fast as can be: nothing is read but the newest entry, and
    /// so nothing else can keep it from answering.
    ///
    /// # Errors
    /// As for [`State::open`], but damage before the newest entry is not seen.
    pub fn newest(store: &'a dyn StateStore) -> Result<Self, StateError> {
        let reader = Reader { store };
        let known = store.known_entry();
        let head = || known.as_ref().and_then(|known| reader.entry(known.number).ok());
        let log = || both(store, || reader.log(known.as_ref()), head);
        let (lineage, (log, head)) = both(store, || reader.lineage(), log);
        let (lineage, log) = (lineage?, log?);
        let numbers = log.names.iter().map(|name| reader.number(name)).collect::<Result<Vec<_>, _>>()?;
        match (lineage, numbers.last()) {
            (Some(lineage), Some(newest)) => {
                let head = head.filter(|head| head.entry.number == *newest);
                let head = head.map_or_else(|| reader.entry(*newest), Ok)?;
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

    /// Whether these are the recorded teams, by the digest of their object.
    #[must_use]
    pub fn records_teams(&self, teams: &BTreeMap<Name, Team>) -> bool {
        match self.head.as_ref().and_then(|head| head.entry.teams.as_ref()) {
            Some(recorded) => recorded.object == Digest::of(&teams_bytes(teams)),
            None => teams.is_empty(),
        }
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
        let names: Vec<_> = self.projects().into_keys().collect();
        let projects = || each(self.store, &names, |name| self.project(name));
        let (teams, projects) = both(self.store, || self.teams(), projects);
        let mut recorded = Recorded { teams: teams?, projects: BTreeMap::new() };
        for project in projects {
            recorded.projects.extend(project?.map(|project| (project.project.name.clone(), project)));
        }
        Ok(recorded)
    }

    /// The recorded teams, and these of the recorded projects.
    pub fn recorded_of(&self, projects: &BTreeSet<Name>) -> Result<Recorded, StateError> {
        let (teams, projects) = both(self.store, || self.teams(), || self.projects_of(projects));
        Ok(Recorded { teams: teams?, projects: projects? })
    }

    /// These of the recorded projects.
    pub(super) fn projects_of(
        &self,
        projects: &BTreeSet<Name>,
    ) -> Result<BTreeMap<Name, RecordedProject>, StateError> {
        let names: Vec<_> = projects.iter().collect();
        let read = each(self.store, &names, |name| self.project(name.as_str()));
        let mut recorded = BTreeMap::new();
        for (name, project) in names.into_iter().zip(read) {
            recorded.extend(project?.map(|project| (name.clone(), project)));
        }
        Ok(recorded)
    }

    /// A revision by its number, as a state of its own.
    ///
    /// # Errors
    /// When there is no such revision, or its entry cannot be read or is damaged.
    pub fn at(&self, number: u64) -> Result<Self, StateError> {
        let known = self.head.clone().filter(|head| head.entry.number == number);
        let head = known.map_or_else(|| Reader { store: self.store }.entry(number), Ok)?;
        Ok(Self { head: Some(head), lineage: self.lineage.clone(), ..*self })
    }

    /// The newest revision of which this holds, as a state of its own; nothing where it holds of none.
    ///
    /// # Errors
    /// When an entry cannot be read or is damaged.
    pub fn newest_where(&self, is_it: impl Fn(&Self) -> bool) -> Result<Option<Self>, StateError> {
        for numbers in self.revisions().rchunks(AT_A_TIME) {
            for then in each(self.store, numbers, |number| self.at(*number)).into_iter().rev() {
                let then = then?;
                if is_it(&then) {
                    return Ok(Some(then));
                }
            }
        }
        Ok(None)
    }

    /// The numbers of all revisions, in order.
    #[must_use]
    pub fn revisions(&self) -> Vec<u64> {
        (1..=self.revision()).collect()
    }
}

impl ProjectRef {
    /// What a plan binds itself to.
    #[must_use]
    pub fn recording(&self) -> Recording {
        Recording { digest: self.object.to_string(), revision: self.revision }
    }
}
