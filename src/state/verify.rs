//! Checks everything that a state keeps: every entry, the chain of their digests, every object.

use std::collections::BTreeSet;

use super::entry::Digest;
use super::log::{Reader, StateError, entry_name};
use super::store::StateStore;

/// What was checked, and what is wrong.
#[derive(Debug, Default)]
pub struct Verified {
    /// Entries of the log.
    pub revisions: usize,
    /// Objects that entries name.
    pub objects: usize,
    /// Everything that is wrong.
    pub problems: Vec<StateError>,
}

/// Checks a state from its first entry to its newest.
#[must_use]
pub fn verify(store: &dyn StateStore) -> Verified {
    let reader = Reader { store };
    let mut verified = Verified::default();
    let names = match reader.founded() {
        Ok((_, names)) => names,
        Err(error) => {
            verified.problems.push(error);
            reader.names("log").unwrap_or_default()
        }
    };
    let mut previous: Option<Digest> = None;
    let mut seen = BTreeSet::new();
    let mut next = 1;
    for name in names {
        let number = match reader.number(&name) {
            Ok(number) => number,
            Err(error) => {
                verified.problems.push(error);
                continue;
            }
        };
        if number > next {
            previous = None;
            let (first, last) = (reader.named(&entry_name(next)), reader.named(&entry_name(number - 1)));
            let object = if first == last { first } else { format!("{first}` to `{last}") };
            verified.problems.push(StateError::Missing { object });
        }
        next = number + 1;
        previous = match reader.entry(number) {
            Ok(head) => {
                verified.revisions += 1;
                let is_chained = number == 1 || previous.is_none() || head.entry.previous == previous;
                if !is_chained || (number == 1 && head.entry.previous.is_some()) {
                    let object = reader.named(&entry_name(number));
                    let why = "it does not follow the entry before it".into();
                    verified.problems.push(StateError::Damaged { object, why });
                }
                for (name, project) in &head.entry.projects {
                    if seen.insert(project.object.clone()) {
                        verified.problems.extend(reader.project(name, &project.object).err());
                    }
                }
                if let Some(teams) = &head.entry.teams {
                    let is_new = seen.insert(teams.object.clone());
                    verified.problems.extend(is_new.then(|| reader.teams(&teams.object).err()).flatten());
                }
                Some(head.digest)
            }
            Err(error) => {
                verified.problems.push(error);
                None
            }
        };
    }
    verified.objects = seen.len();
    verified
}
