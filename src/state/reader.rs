//! Reads the objects of a store, and says which one is wrong.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::entry::{Digest, Entry, EntryFile, EntryKind, FORMAT, FormatFile, Head, VERSION};
use super::state_error::StateError;
use super::store::StateStore;
use super::v1::{FormerHoldersObject, Invalid, ProjectObject, TeamsObject};
use crate::access::FormerHolders;
use crate::model::{Name, RecordedProject, Team};

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

/// What git puts where two branches have another text. Nothing that keyplan writes has it.
const MERGE_MARK: &[u8] = b"<<<<<<< ";

/// A state that was founded.
pub(super) struct Founded {
    pub(super) lineage: String,
    /// The number of the newest entry.
    pub(super) newest: u64,
    /// Whether `format.json` is there: it is written after entry 0.
    pub(super) has_format: bool,
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
        self.store.get(name).map_err(|source| StateError::Unreadable { object: self.named(name), source })
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
        let has_format = self.lineage()?.is_some();
        let names = self.names("log", "")?;
        if !has_format {
            let objects = self.names("objects", "")?;
            if names.is_empty() && objects.is_empty() {
                return Ok(None);
            }
            let is_object = |name: &String| name.len() == "0".repeat(64).len() + ".json".len();
            if !objects.iter().any(is_object) && !names.iter().any(|name| self.number(name).is_ok()) {
                return Err(StateError::Foreign { place: self.store.place() });
            }
            if !objects.is_empty() || names.len() > 1 {
                return Err(StateError::Missing { object: self.named("format.json") });
            }
        }
        if names.is_empty() {
            return Err(StateError::NoLog { place: self.store.place() });
        }
        let numbers = names.iter().map(|name| self.number(name)).collect::<Result<Vec<_>, _>>()?;
        let gap = (0..).zip(&numbers).find(|(expected, number)| expected != *number);
        if let Some((missing, _)) = gap {
            return Err(StateError::Missing { object: self.named(&entry_name(missing)) });
        }
        let lineage = self.same_lineage()?;
        Ok(Some(Founded { lineage, newest: numbers.len() as u64 - 1, has_format }))
    }

    /// The lineage by the first entry of the log, which is that of the format as well.
    pub(super) fn same_lineage(&self) -> Result<String, StateError> {
        let lineage = self.founding()?;
        if self.lineage()?.is_some_and(|format| format != lineage) {
            return Err(
                self.damaged("format.json", "its lineage is not the one of the first entry of the log")
            );
        }
        Ok(lineage)
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

    /// Whether an entry names the digest of the one before it. That one is not checked for the rest.
    pub(super) fn follows(&self, entry: &Entry) -> Result<(), StateError> {
        #[derive(Deserialize)]
        struct Digested {
            digest: Digest,
            #[serde(rename = "entry")]
            _entry: IgnoredAny,
        }
        let Some(number) = entry.number.checked_sub(1) else { return Ok(()) };
        let name = entry_name(number);
        let before: Digested = self.parse(&name, &self.need(&name)?)?;
        if entry.previous.as_ref() == Some(&before.digest) {
            return Ok(());
        }
        // Either it is damaged, or it is whole and of another history.
        self.entry(number)?;
        Err(self.broken(entry.number))
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
        let unreadable = |source| StateError::Unreadable { object: self.named(folder), source };
        self.store.list(folder, after).map_err(unreadable)
    }

    /// The number of the entry with this name in the log.
    pub(super) fn number(&self, name: &str) -> Result<u64, StateError> {
        let digits = name.strip_suffix(".json").filter(|digits| digits.len() == DIGITS);
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        number
            .filter(|number| *number <= LARGEST)
            .ok_or_else(|| StateError::Stray { object: self.named(&format!("log/{name}")) })
    }

    /// The numbers of all entries, in order.
    pub(super) fn numbers(&self) -> Result<Vec<u64>, StateError> {
        self.names("log", "")?.iter().map(|name| self.number(name)).collect()
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
