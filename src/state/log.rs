//! Opening the state: the format, the newest entry of the log, and the objects that it names.

use std::collections::BTreeMap;
use std::io;

use serde::de::DeserializeOwned;

use super::entry::{Digest, Entry, EntryFile, FORMAT, FormatFile, ProjectRef, VERSION};
use super::store::StateStore;
use super::v1::{ProjectObject, TeamsObject};
use crate::model::{Name, Recorded, RecordedProject, ResourceKind, Team};

/// Why the state cannot be used. It is never read as empty instead.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The store cannot be read.
    #[error("cannot read `{object}` of the state: {}", .source.kind())]
    Unreadable {
        /// The object, with the place of the store.
        object: String,
        /// What the store says.
        source: io::Error,
    },
    /// An object is not what its name and its digest say.
    #[error("`{object}` of the state is damaged: {why}")]
    Damaged {
        /// The object, with the place of the store.
        object: String,
        /// What is wrong with it.
        why: String,
    },
    /// An object that another one names is not there.
    #[error("`{object}` of the state is missing")]
    Missing {
        /// The object, with the place of the store.
        object: String,
    },
    /// A newer keyplan wrote it.
    #[error("the state at `{place}` has format version {version}, and this keyplan knows version {VERSION}")]
    Newer {
        /// Where the store is.
        place: String,
        /// The version that it has.
        version: u64,
    },
    /// Something else is kept there.
    #[error("`{place}` holds something that is no state of keyplan")]
    Foreign {
        /// Where the store is.
        place: String,
    },
}

impl StateError {
    /// The next keystroke.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "check the permissions and the disk; nothing was changed",
            Self::Damaged { .. } | Self::Missing { .. } => {
                "bring the object back from a copy of the state; `keyplan state verify` names all that are wrong"
            }
            Self::Newer { .. } => "use a newer keyplan",
            Self::Foreign { .. } => "name another folder in `state` of keyplan.yaml",
        }
    }
}

/// The newest revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The digest of its entry.
    pub digest: Digest,
    /// The entry.
    pub entry: Entry,
}

/// An open state: its lineage and its newest revision. Objects are opened when they are asked for.
pub struct State<'a> {
    store: &'a dyn StateStore,
    /// Whose state it is; nothing before the first apply.
    pub lineage: Option<String>,
    /// The newest revision; nothing before the first apply.
    pub head: Option<Head>,
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
    /// When the store cannot be read, or what it holds is damaged, newer, or no state.
    pub fn open(store: &'a dyn StateStore) -> Result<Self, StateError> {
        let reader = Reader { store };
        let (lineage, names) = reader.founded()?;
        let newest = reader.numbers(&names)?.last().copied();
        let head = newest.map(|number| reader.entry(number)).transpose()?;
        Ok(Self { store, lineage, head })
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

    /// The digest of the recorded teams.
    #[must_use]
    pub fn teams_digest(&self) -> Option<&Digest> {
        Some(&self.head.as_ref()?.entry.teams.as_ref()?.object)
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
    ///
    /// # Errors
    /// When their object cannot be read or is damaged.
    pub fn teams(&self) -> Result<BTreeMap<Name, Team>, StateError> {
        match self.teams_digest() {
            Some(digest) => Reader { store: self.store }.teams(digest),
            None => Ok(BTreeMap::new()),
        }
    }

    /// One recorded project; nothing when it is not recorded.
    ///
    /// # Errors
    /// When its object cannot be read or is damaged.
    pub fn project(&self, name: &str) -> Result<Option<RecordedProject>, StateError> {
        match self.head.as_ref().and_then(|head| head.entry.projects.get(name)) {
            Some(project) => Reader { store: self.store }.project(name, &project.object).map(Some),
            None => Ok(None),
        }
    }

    /// All that is recorded.
    ///
    /// # Errors
    /// When an object cannot be read or is damaged.
    pub fn recorded(&self) -> Result<Recorded, StateError> {
        let mut recorded = Recorded { teams: self.teams()?, projects: BTreeMap::new() };
        for name in self.projects().keys() {
            if let Some(project) = self.project(name)? {
                recorded.projects.insert(project.project.name.clone(), project);
            }
        }
        Ok(recorded)
    }

    /// A revision by its number, as a state of its own.
    ///
    /// # Errors
    /// When there is no such revision, or its entry cannot be read or is damaged.
    pub fn at(&self, number: u64) -> Result<Self, StateError> {
        let head = Reader { store: self.store }.entry(number)?;
        Ok(Self { store: self.store, lineage: self.lineage.clone(), head: Some(head) })
    }

    /// The numbers of all revisions, in order.
    ///
    /// # Errors
    /// When the log cannot be listed.
    pub fn revisions(&self) -> Result<Vec<u64>, StateError> {
        let reader = Reader { store: self.store };
        reader.numbers(&reader.names("log")?)
    }
}

/// The largest number of an entry: larger ones are not exact in every reader of JSON.
const LARGEST: u64 = 1 << 53;

/// How many digits the name of an entry has.
const DIGITS: usize = 20;

/// The name of an entry.
pub(super) fn entry_name(number: u64) -> String {
    format!("log/{number:0DIGITS$}.json")
}

/// The name of an object.
pub(super) fn object_name(digest: &Digest) -> String {
    format!("objects/{digest}.json")
}

/// Reads objects of a store, and says which one is wrong.
pub(super) struct Reader<'a> {
    pub(super) store: &'a dyn StateStore,
}

impl Reader<'_> {
    pub(super) fn named(&self, name: &str) -> String {
        format!("{}/{name}", self.store.place())
    }

    fn damaged(&self, name: &str, why: impl Into<String>) -> StateError {
        StateError::Damaged { object: self.named(name), why: why.into() }
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        self.store.get(name).map_err(|source| StateError::Unreadable { object: self.named(name), source })
    }

    /// A small object that may not be there.
    pub(super) fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StateError> {
        self.get(name)?.map(|bytes| self.parse(name, &bytes)).transpose()
    }

    pub(super) fn need(&self, name: &str) -> Result<Vec<u8>, StateError> {
        self.get(name)?.ok_or_else(|| StateError::Missing { object: self.named(name) })
    }

    fn parse<T: DeserializeOwned>(&self, name: &str, bytes: &[u8]) -> Result<T, StateError> {
        serde_json::from_slice(bytes).map_err(|error| {
            let why = if error.is_eof() { "it is cut off" } else { "it is not what keyplan writes" };
            self.damaged(name, format!("{why} (line {}, column {})", error.line(), error.column()))
        })
    }

    /// The lineage, nothing when there is no state yet, and the names in the log.
    ///
    /// The log is listed first, because the format is written before the first entry: read in the opposite
    /// order, a state that is made meanwhile would look like one whose format is missing.
    pub(super) fn founded(&self) -> Result<(Option<String>, Vec<String>), StateError> {
        let entries = self.names("log")?;
        if let Some(lineage) = self.lineage()? {
            return Ok((Some(lineage), entries));
        }
        let objects = self.names("objects")?;
        // What is there now may have been made since the format was looked for.
        let lineage = if objects.is_empty() { None } else { self.lineage()? };
        if lineage.is_some() || (entries.is_empty() && objects.is_empty()) {
            return Ok((lineage, entries));
        }
        let is_object = |name: &String| name.len() == "0".repeat(64).len() + ".json".len();
        if objects.iter().any(is_object) || entries.iter().any(|name| self.number(name).is_ok()) {
            return Err(StateError::Missing { object: self.named("format.json") });
        }
        Err(StateError::Foreign { place: self.store.place() })
    }

    /// The lineage; nothing when there is no format.
    fn lineage(&self) -> Result<Option<String>, StateError> {
        let name = "format.json";
        let Some(bytes) = self.get(name)? else { return Ok(None) };
        let place = || self.store.place();
        let any: serde_json::Value = self.parse(name, &bytes)?;
        match (any["format"].as_str(), any["version"].as_u64()) {
            (Some(FORMAT), Some(version)) if version > u64::from(VERSION) => {
                Err(StateError::Newer { place: place(), version })
            }
            (Some(FORMAT), Some(version)) if version < u64::from(VERSION) => {
                Err(self.damaged(name, format!("there is no version {version}")))
            }
            (Some(FORMAT), Some(_)) => self.parse(name, &bytes).map(|file: FormatFile| Some(file.lineage)),
            _ => Err(StateError::Foreign { place: place() }),
        }
    }

    /// The names below a folder, in order.
    pub(super) fn names(&self, folder: &str) -> Result<Vec<String>, StateError> {
        let unreadable = |source| StateError::Unreadable { object: self.named(folder), source };
        self.store.list(folder).map_err(unreadable)
    }

    /// The number of the entry with this name in the log.
    pub(super) fn number(&self, name: &str) -> Result<u64, StateError> {
        let digits = name.strip_suffix(".json").filter(|digits| digits.len() == DIGITS);
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        number
            .filter(|number| (1..=LARGEST).contains(number))
            .ok_or_else(|| self.damaged(&format!("log/{name}"), "this is no name of an entry of the log"))
    }

    fn numbers(&self, names: &[String]) -> Result<Vec<u64>, StateError> {
        names.iter().map(|name| self.number(name)).collect()
    }

    pub(super) fn entry(&self, number: u64) -> Result<Head, StateError> {
        let name = entry_name(number);
        let file: EntryFile = self.parse(&name, &self.need(&name)?)?;
        if !file.is_sound() {
            return Err(self.damaged(&name, "its digest is another"));
        }
        let refs = file.entry.projects.values().map(|project| &project.object);
        let refs = refs.chain(file.entry.teams.iter().map(|teams| &teams.object)).chain(&file.entry.previous);
        if file.entry.number != number || refs.into_iter().any(|digest| !digest.is_well_formed()) {
            return Err(self.damaged(&name, "it is not the entry that its name says"));
        }
        Ok(Head { digest: file.digest, entry: file.entry })
    }

    fn object<T: DeserializeOwned>(&self, digest: &Digest) -> Result<T, StateError> {
        let name = object_name(digest);
        let bytes = self.need(&name)?;
        if Digest::of(&bytes) != *digest {
            return Err(self.damaged(&name, "its digest is another"));
        }
        self.parse(&name, &bytes)
    }

    pub(super) fn project(&self, name: &str, digest: &Digest) -> Result<RecordedProject, StateError> {
        let object: ProjectObject = self.object(digest)?;
        let damaged = |why: String| self.damaged(&object_name(digest), why);
        let project = RecordedProject::try_from(object).map_err(|error| damaged(error.to_string()))?;
        if project.project.name.as_str() != name {
            return Err(damaged(format!("it is of another project than `{name}`")));
        }
        Ok(project)
    }

    pub(super) fn teams(&self, digest: &Digest) -> Result<BTreeMap<Name, Team>, StateError> {
        let object: TeamsObject = self.object(digest)?;
        let damaged = |why: String| self.damaged(&object_name(digest), why);
        let team = |team| Team::try_from(team).map(|team| (team.name.clone(), team));
        object
            .teams
            .into_iter()
            .map(team)
            .collect::<Result<_, _>>()
            .map_err(|error| damaged(error.to_string()))
    }
}
