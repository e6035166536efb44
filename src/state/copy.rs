//! Copies a state to another place, where it goes on.
//!
//! What is copied is no state before entry 0 is there, and that one comes last: until then, nobody takes the part that is
//! there for the state. What decides is an entry in the log of the old place: an apply that is faster is copied as well, and
//! one that is slower is refused. Killed at any moment, the copy can be made again, and goes on.

use std::collections::BTreeSet;

use super::apply_context::ApplyContext;
use super::clock::Clock;
use super::entry::{Digest, EntryKind};
use super::log::State;
use super::names::entry_name;
use super::probe::probe;
use super::reader::Reader;
use super::record_error::RecordError;
use super::state_error::StateError;
use super::store::claim::claim;
use super::store::objects::each;
use super::store::{StateStore, StoreError};
use super::verify::verify;
use super::writer::{Writer, entry_after};

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// The newest revision that is at the new place.
    pub revision: u64,
    /// Objects and entries that were copied.
    pub copied: usize,
    /// Those that were there already.
    pub present: usize,
}

/// Why a state was not copied. At the old place nothing has changed, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is nothing to copy.
    #[error("there is no state at `{place}`")]
    NoState { place: String },
    /// It is not sound.
    #[error("the state at `{place}` is not sound: {first}")]
    Unsound {
        place: String,
        /// The first of its problems.
        first: String,
    },
    /// Applies have begun and not ended.
    #[error("the apply of {holder} that began with revision {begin} has not ended")]
    Open { holder: String, begin: u64 },
    /// Both places are one.
    #[error("`{to}` is the place that is copied from, `{from}`, under another name")]
    Same { from: String, to: String },
    /// Another state is at the new place.
    #[error("`{place}` holds another state")]
    OtherState { place: String },
    /// The new place has what the old one has not.
    #[error("`{object}` is not what the state at `{from}` has there: something was applied at the new place")]
    Ahead { object: String, from: String },
}

impl CopyError {
    /// The next keystroke.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::State(error) => error.help(),
            Self::Record(error) => error.help(),
            Self::NoState { .. } => "name the place of a state first, and then the new one".into(),
            Self::Unsound { .. } => "`keyplan state verify` names all problems: mend them first".into(),
            Self::Open { .. } => {
                "wait until it is done, or apply again if it was interrupted; `keyplan state verify` tells more".into()
            }
            Self::Same { .. } | Self::OtherState { .. } | Self::Ahead { .. } => "name a place where nothing is".into(),
        }
    }
}

/// Copies the state in one store to another, which `to_place` names, and records at the old place that it goes on there.
///
/// # Errors
/// When it was not copied whole: making the copy again goes on.
pub fn copy(
    from: &dyn StateStore,
    (to, to_place): (&dyn StateStore, &str),
    context: &ApplyContext,
    clock: &dyn Clock,
) -> Result<Copied, CopyError> {
    let (from, to) = (from.without_cache().unwrap_or(from), to.without_cache().unwrap_or(to));
    is_sound(from)?;
    let (source, target) = (Reader { store: from }, Reader { store: to });
    let mut copying = Copying { source, target, clock, copied: Copied::default() };
    let mut known = copying.known()?;
    copying.are_apart(&context.nonce)?;
    if !to.is_exclusive() {
        probe(to, &context.nonce, clock)?;
    }
    loop {
        let state = State::open_as_kept(from)?;
        let Some(lineage) = state.lineage.clone() else {
            return Err(CopyError::NoState { place: from.place() });
        };
        copying.is_for(&lineage, &known)?;
        let moved = state.moved_to();
        if moved.is_some_and(|moved| moved != to_place) {
            State::open(from)?;
        }
        if let Some(open) = state.head.iter().flat_map(|head| &head.entry.open_applies).next() {
            return Err(CopyError::Open { holder: open.holder.clone(), begin: open.begin });
        }
        let last = if moved.is_some() { state.revision() - 1 } else { state.revision() };
        if moved.is_some() && known.contains(&entry_name(0)) {
            return Ok(Copied { revision: last, ..copying.copied });
        }
        copying.all_but_the_first(last, &mut known)?;
        if moved.is_none() {
            let entry = entry_after(&state, None, context, EntryKind::Move { to: to_place.into() });
            let is_ours = Writer { store: from, clock }.append(&entry)?;
            if !is_ours {
                continue;
            }
        }
        copying.one(&entry_name(0), &known)?;
        is_sound(to)?;
        copying.copied.revision = last;
        return Ok(copying.copied);
    }
}

fn is_sound(store: &dyn StateStore) -> Result<(), CopyError> {
    match verify(store).problems.into_iter().next() {
        None => Ok(()),
        Some(problem @ (StateError::Unreadable { .. } | StateError::Newer { .. })) => Err(problem.into()),
        Some(problem) => Err(CopyError::Unsound { place: store.place(), first: problem.to_string() }),
    }
}

struct Copying<'a> {
    source: Reader<'a>,
    target: Reader<'a>,
    clock: &'a dyn Clock,
    copied: Copied,
}

impl Copying<'_> {
    /// The names that are at the new place.
    fn known(&self) -> Result<BTreeSet<String>, StateError> {
        let mut known = BTreeSet::new();
        for folder in ["log", "objects"] {
            let names = self.target.names(folder, "")?;
            known.extend(names.into_iter().map(|name| format!("{folder}/{name}")));
        }
        Ok(known)
    }

    /// Whether the two places are two: whatever their names say, what is written at one is not at the other.
    fn are_apart(&self, nonce: &str) -> Result<(), CopyError> {
        let name = format!("copies/{nonce}.json");
        let unwritable =
            |source: StoreError| RecordError::Unwritable { object: self.target.named(&name), source };
        claim(self.target.store, &name, b"{}\n", self.clock).map_err(unwritable)?;
        if self.source.get(&name)?.is_none() {
            return Ok(());
        }
        Err(CopyError::Same { from: self.source.store.place(), to: self.target.store.place() })
    }

    /// Whether the new place has nothing, or a part of this state.
    fn is_for(&self, lineage: &str, known: &BTreeSet<String>) -> Result<(), CopyError> {
        match self.target.founded() {
            // A part of the state is there.
            Ok(_) | Err(StateError::Missing { .. } | StateError::NoLog { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let kept = self.target.lineage()?;
        let is_first = !known.contains(&entry_name(0));
        let founding = if is_first { None } else { Some(self.target.founding()?) };
        let is_other = |kept: &Option<String>| kept.as_ref().is_some_and(|kept| kept != lineage);
        if is_other(&kept) || is_other(&founding) {
            return Err(CopyError::OtherState { place: self.target.store.place() });
        }
        Ok(())
    }

    /// Copies all objects, and the entries up to this one but for the first.
    fn all_but_the_first(&mut self, last: u64, known: &mut BTreeSet<String>) -> Result<(), CopyError> {
        let objects = self.source.names("objects", "")?;
        let objects = objects.into_iter().map(|name| format!("objects/{name}"));
        let entries: Vec<_> = (1..=last).map(entry_name).collect();
        // Names of entries are of one length.
        let is_later = |name: &&String| name.starts_with("log/") && **name > entry_name(last);
        if let Some(later) = known.iter().find(is_later) {
            return Err(self.ahead(later));
        }
        let names: Vec<_> = objects.chain(["format.json".into()]).chain(entries).collect();
        let made = each(self.target.store, &names, |name| self.make(name, known));
        for (name, made) in names.into_iter().zip(made) {
            self.count(made?);
            known.insert(name);
        }
        Ok(())
    }

    fn one(&mut self, name: &str, known: &BTreeSet<String>) -> Result<(), CopyError> {
        let made = self.make(name, known)?;
        self.count(made);
        Ok(())
    }

    const fn count(&mut self, is_new: bool) {
        let count = if is_new { &mut self.copied.copied } else { &mut self.copied.present };
        *count += 1;
    }

    /// Copies what has this name, unless it is there. An object is known by its digest, which its name is.
    fn make(&self, name: &str, known: &BTreeSet<String>) -> Result<bool, CopyError> {
        let is_object = name.starts_with("objects/");
        if is_object && known.contains(name) {
            return Ok(false);
        }
        let bytes = self.source.need(name)?;
        if is_object && !name.contains(Digest::of(&bytes).as_str()) {
            let object = self.source.named(name);
            return Err(StateError::Damaged { object, why: "its digest is another".into() }.into());
        }
        let unwritable =
            |source: StoreError| RecordError::Unwritable { object: self.target.named(name), source };
        if !claim(self.target.store, name, &bytes, self.clock).map_err(unwritable)? {
            return Err(self.ahead(name));
        }
        Ok(!known.contains(name))
    }

    fn ahead(&self, name: &str) -> CopyError {
        CopyError::Ahead { object: self.target.named(name), from: self.source.store.place() }
    }
}
