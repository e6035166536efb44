//! Checks everything that a state keeps: every entry, the chain of their digests, every object.

use std::collections::BTreeSet;

use super::entry::Head;
use super::entry::{Digest, Entry, EntryKind, OpenApply};
use super::lease::read_plan;
use super::liveness::has_lease;
use super::reader::{Reader, entry_name};
use super::state_error::StateError;
use super::store::StateStore;

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

/// Checks a state from its first entry to its newest.
#[must_use]
pub fn verify(store: &dyn StateStore) -> Verified {
    let mut check = Check { reader: Reader { store }, verified: Verified::default(), seen: BTreeSet::new() };
    match check.reader.founded() {
        Ok(None) => return check.verified,
        Ok(Some(_)) => {}
        Err(error) => check.problem(error),
    }
    let newest = check.log();
    for apply in newest.into_iter().flat_map(|entry| entry.open_applies) {
        let has_lease = has_lease(&check.reader, &apply.token);
        check.verified.open.push((apply, has_lease));
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
    fn log(&mut self) -> Option<Entry> {
        let names = match self.reader.names("log", "") {
            Ok(names) => names,
            Err(error) => {
                self.problem(error);
                return None;
            }
        };
        if names.is_empty() {
            self.problem(StateError::NoLog { place: self.reader.store.place() });
        }
        if !names.is_empty()
            && let Err(error) = self.reader.same_lineage()
        {
            self.problem(error);
        }
        let mut before: Option<Head> = None;
        let mut next = 0;
        for name in names {
            let number = match self.reader.number(&name) {
                Ok(number) => number,
                Err(error) => {
                    self.problem(error);
                    continue;
                }
            };
            if number > next {
                let object = self.reader.named(&entry_name(next));
                self.problem(StateError::Missing { object });
                if number - next > 1 {
                    let (first, last) = (entry_name(next + 1), entry_name(number - 1));
                    let (first, last) = (self.reader.named(&first), self.reader.named(&last));
                    let object = if first == last { first } else { format!("{first}` to `{last}") };
                    self.problem(StateError::Missing { object });
                }
            }
            let follows_directly = number == next;
            next = number + 1;
            match self.reader.entry(number) {
                Ok(head) => {
                    let digest = before.filter(|_| follows_directly).map(|before| before.digest);
                    if digest.is_some() && head.entry.previous != digest {
                        let broken = self.reader.broken(number);
                        self.problem(broken);
                    }
                    self.objects(&head.entry);
                    self.verified.revisions += usize::from(number > 0);
                    before = Some(head);
                }
                Err(error) => {
                    before = None;
                    self.problem(error);
                }
            }
        }
        before.map(|before| before.entry)
    }

    /// Checks the objects that an entry names.
    fn objects(&mut self, entry: &Entry) {
        for (name, project) in &entry.projects {
            if self.seen.insert(project.object.clone())
                && let Err(error) = self.reader.project(name, &project.object)
            {
                self.problem(error);
            }
        }
        if let Some(teams) = &entry.teams
            && self.seen.insert(teams.object.clone())
            && let Err(error) = self.reader.teams(&teams.object)
        {
            self.problem(error);
        }
        if let EntryKind::Begin { plan } = &entry.kind
            && self.seen.insert(plan.clone())
            && let Err(error) = read_plan(&self.reader, plan)
        {
            self.problem(error);
        }
    }
}
