//! Checks everything that a state keeps: every entry, the chain of their digests, every object.

use std::collections::BTreeSet;

use super::entry::Head;
use super::entry::{Digest, Entry, EntryKind, OpenApply, ProjectRef};
use super::lease::read_plan;
use super::liveness::has_lease;
use super::names::entry_name;
use super::reader::Reader;
use super::state_error::StateError;
use super::store::StateStore;
use super::store::objects::each;

/// How many entries are in memory at a time: each lists all projects.
const AT_A_TIME: usize = 64;

/// What was checked, and what is wrong.
#[derive(Debug, Default)]
pub struct Verified {
    /// Revisions: entries of the log after the one that founds the state.
    pub revisions: usize,
    pub objects: usize,
    /// Applies that have begun and not ended, and whether the lease of each is there.
    pub open: Vec<(OpenApply, bool)>,
    pub problems: Vec<StateError>,
}

/// Checks a state from its first entry to its newest: what the store has, whatever a cache has of it.
#[must_use]
pub fn verify(store: &dyn StateStore) -> Verified {
    let store = store.without_cache().unwrap_or(store);
    let mut check = Check { reader: Reader { store }, verified: Verified::default(), seen: BTreeSet::new() };
    let has_lineage = match check.reader.founded() {
        Ok(None) => return check.verified,
        Ok(Some(_)) => true,
        Err(error) => {
            check.problem(error);
            false
        }
    };
    let newest = check.log(has_lineage);
    for apply in newest.into_iter().flat_map(|entry| entry.open_applies) {
        match has_lease(&check.reader, &apply.token) {
            Ok(has_lease) => check.verified.open.push((apply, has_lease)),
            Err(error) => check.problem(error),
        }
    }
    check.verified.objects = check.seen.len();
    check.verified
}

struct Check<'a> {
    reader: Reader<'a>,
    verified: Verified,
    /// Objects that were looked at.
    seen: BTreeSet<Digest>,
}

impl Check<'_> {
    /// Takes in a problem, once: several checks may come upon it.
    fn problem(&mut self, problem: StateError) {
        let text = problem.to_string();
        if self.verified.problems.iter().all(|known| known.to_string() != text) {
            self.verified.problems.push(problem);
        }
    }

    /// Checks all entries, and returns the newest one that can be read.
    fn log(&mut self, has_lineage: bool) -> Option<Entry> {
        let names = match self.reader.names_in_log(None) {
            Ok(names) => names,
            Err(error) => {
                self.problem(error);
                return None;
            }
        };
        if names.is_empty() {
            self.problem(StateError::NoLog { place: self.reader.store.place() });
        }
        if !has_lineage
            && !names.is_empty()
            && let Err(error) = self.reader.same_lineage()
        {
            self.problem(error);
        }
        let mut before: Option<Head> = None;
        let mut next = 0;
        for names in names.chunks(AT_A_TIME) {
            for (number, head) in self.read(names) {
                self.gap(next, number);
                let follows_directly = number == next;
                next = number + 1;
                before = before.filter(|_| follows_directly);
                before = self.entry(head, before.as_ref());
            }
        }
        before.map(|before| before.entry)
    }

    /// Reads the entries with these names and checks what they name, many at a time. A name that is none of an entry
    /// is a problem.
    fn read(&mut self, names: &[String]) -> Vec<(u64, Result<Head, StateError>)> {
        let reader = &self.reader;
        let heads = each(reader.store, names, |name| {
            reader.number(name).map(|number| (number, reader.entry(number)))
        });
        let mut entries = Vec::new();
        let mut due = Vec::new();
        for head in heads {
            match head {
                Err(error) => self.problem(error),
                Ok((number, head)) => {
                    due.extend(head.iter().flat_map(|head| objects(&head.entry)));
                    entries.push((number, head));
                }
            }
        }
        due.retain(|object| self.seen.insert(object.digest().clone()));
        let reader = &self.reader;
        for problem in each(reader.store, &due, |object| object.check(reader).err()).into_iter().flatten() {
            self.problem(problem);
        }
        entries
    }

    /// Takes in that entries are missing between the one that was to come and the one that came.
    fn gap(&mut self, next: u64, number: u64) {
        if number <= next {
            return;
        }
        let object = self.reader.named(&entry_name(next));
        self.problem(StateError::Missing { object });
        if number - next > 1 {
            let (first, last) = (entry_name(next + 1), entry_name(number - 1));
            let (first, last) = (self.reader.named(&first), self.reader.named(&last));
            let object = if first == last { first } else { format!("{first}` to `{last}") };
            self.problem(StateError::Missing { object });
        }
    }

    /// Checks that an entry follows the one before it, if that is known, and returns it.
    fn entry(&mut self, head: Result<Head, StateError>, before: Option<&Head>) -> Option<Head> {
        let head = head.map_err(|error| self.problem(error)).ok()?;
        let digest = before.map(|before| &before.digest);
        if digest.is_some() && head.entry.previous.as_ref() != digest {
            let broken = self.reader.broken(head.entry.number);
            self.problem(broken);
        }
        self.verified.revisions += usize::from(head.entry.number > 0);
        Some(head)
    }
}

/// An object that an entry names.
enum Object {
    Project(String, Digest),
    Teams(Digest),
    FormerHolders(Digest),
    Plan(Digest),
}

/// The objects that an entry names.
fn objects(entry: &Entry) -> Vec<Object> {
    let project =
        |(name, project): (&String, &ProjectRef)| Object::Project(name.clone(), project.object.clone());
    let mut objects: Vec<_> = entry.projects.iter().map(project).collect();
    objects.extend(entry.teams.iter().map(|teams| Object::Teams(teams.object.clone())));
    objects.extend(entry.former_holders.clone().map(Object::FormerHolders));
    match &entry.kind {
        EntryKind::Begin { plan } => objects.push(Object::Plan(plan.clone())),
        EntryKind::Init { .. }
        | EntryKind::Apply { .. }
        | EntryKind::End { .. }
        | EntryKind::Release { .. }
        | EntryKind::Move { .. } => {}
    }
    objects
}

impl Object {
    const fn digest(&self) -> &Digest {
        match self {
            Self::Project(_, digest)
            | Self::Teams(digest)
            | Self::FormerHolders(digest)
            | Self::Plan(digest) => digest,
        }
    }

    fn check(&self, reader: &Reader<'_>) -> Result<(), StateError> {
        match self {
            Self::Project(name, digest) => reader.project(name, digest).map(drop),
            Self::Teams(digest) => reader.teams(digest).map(drop),
            Self::FormerHolders(digest) => reader.former_holders(digest).map(drop),
            Self::Plan(digest) => read_plan(reader, digest).map(drop),
        }
    }
}
