//! Reads the objects of a store, and says which one is wrong.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::entry::{Digest, EntryFile, EntryKind, FORMAT, FormatFile, Head, VERSION};
use super::listing;
use super::names::{entry_name, name_in_log, number_in_log, object_name};
use super::state_error::StateError;
use super::store::objects::both;
use super::store::{KnownEntry, StateStore, StoreError};
use super::v1::{FormerHoldersObject, Invalid, ProjectObject, TeamsObject};
use crate::access::FormerHolders;
use crate::model::{Name, RecordedProject, Team};

/// What git puts where two branches have another text. Nothing that keyplan writes has it.
const MERGE_MARK: &[u8] = b"<<<<<<< ";

/// A state that was founded.
pub(super) struct Founded {
    pub(super) lineage: String,
    /// The number of the newest entry.
    pub(super) newest: u64,
    /// The newest entry, where it has been read.
    pub(super) head: Option<Head>,
    /// Whether `format.json` is there: it is written after entry 0.
    pub(super) has_format: bool,
}

/// Names in the log.
pub(super) struct Log {
    /// The number of the entry that is to be the first of them.
    pub(super) first: u64,
    pub(super) names: Vec<String>,
}

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

    pub(super) fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        self.store.get(name).map_err(|source| self.unreadable(name, source))
    }

    fn unreadable(&self, name: &str, source: StoreError) -> StateError {
        StateError::Unreadable { object: self.named(name), source }
    }

    pub(super) fn need(&self, name: &str) -> Result<Vec<u8>, StateError> {
        self.get(name)?.ok_or_else(|| StateError::Missing { object: self.named(name) })
    }

    fn parse<T: DeserializeOwned>(&self, name: &str, bytes: &[u8]) -> Result<T, StateError> {
        serde_json::from_slice(bytes).map_err(|error| {
            if bytes.windows(MERGE_MARK.len()).any(|window| window == MERGE_MARK) {
                return StateError::Merge { object: self.named(name), place: self.store.place() };
            }
            let why = if error.is_eof() { "it is cut off" } else { "it is not what keyplan writes" };
            self.damaged(name, format!("{why} (line {}, column {})", error.line(), error.column()))
        })
    }

    /// What is there of the founding of a state; nothing where there is none yet.
    ///
    /// Entry 0 is written first, then the format, then objects, then other entries, and another apply may be
    /// about it: what looks incomplete is looked at twice.
    pub(super) fn founded(&self) -> Result<Option<Founded>, StateError> {
        match self.look() {
            Err(StateError::Missing { .. } | StateError::NoLog { .. }) => self.look(),
            seen => seen,
        }
    }

    fn look(&self) -> Result<Option<Founded>, StateError> {
        let known = self.store.known_entry();
        let newest = || known.as_ref().and_then(|known| self.newest(known.number).ok());
        let entries = || both(self.store, || self.founding(), newest);
        let log = || both(self.store, || self.log(known.as_ref()), entries);
        let (format, (log, (founding, head))) = both(self.store, || self.lineage(), log);
        let (format, mut log) = (format?, log?);
        if let Err(error @ StateError::Unreadable { .. }) = founding {
            return Err(error);
        }
        if known.is_some_and(|known| log.first == known.number && format.as_ref() != Some(&known.lineage)) {
            log = self.log(None)?;
        }
        if format.is_none() {
            let objects = self.names("objects", "")?;
            if log.names.is_empty() && objects.is_empty() {
                return Ok(None);
            }
            let is_object = |name: &String| name.len() == "0".repeat(64).len() + ".json".len();
            if !objects.iter().any(is_object) && !log.names.iter().any(|name| self.number(name).is_ok()) {
                return Err(StateError::Foreign { place: self.store.place() });
            }
            if !objects.is_empty() || log.names.len() > 1 {
                return Err(StateError::Missing { object: self.named("format.json") });
            }
        }
        let numbers = log.names.iter().map(|name| self.number(name)).collect::<Result<Vec<_>, _>>()?;
        let Some(newest) = numbers.last() else {
            return Err(StateError::NoLog { place: self.store.place() });
        };
        let gap = (log.first..).zip(&numbers).find(|(expected, number)| expected != *number);
        if let Some((missing, _)) = gap {
            return Err(StateError::Missing { object: self.named(&entry_name(missing)) });
        }
        let has_format = format.is_some();
        let lineage = self.same(founding?, format)?;
        let head = head.filter(|head| head.entry.number == *newest);
        Ok(Some(Founded { lineage, newest: *newest, head, has_format }))
    }

    /// The names in the log from an entry on that is known to have been there with all before it: it has to be there
    /// still, else they are all looked at.
    pub(super) fn log(&self, known: Option<&KnownEntry>) -> Result<Log, StateError> {
        let before = known.and_then(|known| Some((known.number, known.number.checked_sub(1)?)));
        if let Some((first, before)) = before {
            let names = self.names_in_log(Some(before))?;
            if names.first() == Some(&name_in_log(first)) {
                return Ok(Log { first, names });
            }
        }
        Ok(Log { first: 0, names: self.names_in_log(None)? })
    }

    /// The names in the log after that of an entry, or all, in order.
    pub(super) fn names_in_log(&self, after: Option<u64>) -> Result<Vec<String>, StateError> {
        listing::names_in_log(self.store, after).map_err(|source| self.unreadable("log", source))
    }

    /// The lineage by the first entry of the log, which is that of the format as well.
    pub(super) fn same_lineage(&self) -> Result<String, StateError> {
        let (founding, format) = both(self.store, || self.founding(), || self.lineage());
        self.same(founding?, format?)
    }

    fn same(&self, founding: String, format: Option<String>) -> Result<String, StateError> {
        if format.is_some_and(|format| format != founding) {
            return Err(
                self.damaged("format.json", "its lineage is not the one of the first entry of the log")
            );
        }
        Ok(founding)
    }

    /// The lineage by the first entry of the log.
    pub(super) fn founding(&self) -> Result<String, StateError> {
        match self.entry(0)?.entry.kind {
            EntryKind::Init { lineage } => Ok(lineage),
            EntryKind::Apply { .. }
            | EntryKind::Begin { .. }
            | EntryKind::End { .. }
            | EntryKind::Release { .. }
            | EntryKind::Move { .. } => Err(self.damaged(&entry_name(0), "it does not found a state")),
        }
    }

    /// The newest entry, which names the digest of the one before it. That one is not checked for the rest.
    pub(super) fn newest(&self, number: u64) -> Result<Head, StateError> {
        let Some(before) = number.checked_sub(1) else { return self.entry(number) };
        let (head, digest) = both(self.store, || self.entry(number), || self.digest(before));
        let (head, digest) = (head?, digest?);
        if head.entry.previous.as_ref() == Some(&digest) {
            return Ok(head);
        }
        // Either it is damaged, or it is whole and of another history.
        self.entry(before)?;
        Err(self.broken(number))
    }

    /// What an entry says its digest is.
    fn digest(&self, number: u64) -> Result<Digest, StateError> {
        #[derive(Deserialize)]
        struct Digested {
            digest: Digest,
            #[serde(rename = "entry")]
            _entry: IgnoredAny,
        }
        let name = entry_name(number);
        self.parse(&name, &self.need(&name)?).map(|file: Digested| file.digest)
    }

    pub(super) fn broken(&self, number: u64) -> StateError {
        StateError::Broken { object: self.named(&entry_name(number)), place: self.store.place() }
    }

    /// The lineage; nothing when there is no format.
    pub(super) fn lineage(&self) -> Result<Option<String>, StateError> {
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

    /// The names in a folder after this one, in order.
    pub(super) fn names(&self, folder: &str, after: &str) -> Result<Vec<String>, StateError> {
        self.store.list(folder, after).map_err(|source| self.unreadable(folder, source))
    }

    /// The number of the entry with this name in the log.
    pub(super) fn number(&self, name: &str) -> Result<u64, StateError> {
        number_in_log(name).ok_or_else(|| StateError::Stray { object: self.named(&format!("log/{name}")) })
    }

    pub(super) fn entry(&self, number: u64) -> Result<Head, StateError> {
        let name = entry_name(number);
        let file: EntryFile = self.parse(&name, &self.need(&name)?)?;
        if !file.is_sound() {
            return Err(self.damaged(&name, "its digest is another"));
        }
        let refs = file.entry.projects.values().map(|project| &project.object);
        let refs = refs.chain(file.entry.teams.iter().map(|teams| &teams.object)).chain(&file.entry.previous);
        let refs = refs.chain(&file.entry.former_holders);
        let plan = match &file.entry.kind {
            EntryKind::Begin { plan } => Some(plan),
            EntryKind::Init { .. }
            | EntryKind::Apply { .. }
            | EntryKind::End { .. }
            | EntryKind::Release { .. }
            | EntryKind::Move { .. } => None,
        };
        let refs = refs.chain(plan).chain(file.entry.open_applies.iter().map(|apply| &apply.plan));
        let founds = matches!(file.entry.kind, EntryKind::Init { .. });
        if file.entry.number != number
            || founds != (number == 0)
            || refs.into_iter().any(|digest| !digest.is_well_formed())
        {
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

    pub(super) fn former_holders(&self, digest: &Digest) -> Result<FormerHolders, StateError> {
        let object: FormerHoldersObject = self.object(digest)?;
        let damaged = |error: Invalid| self.damaged(&object_name(digest), error.to_string());
        object.try_into().map_err(damaged)
    }
}
