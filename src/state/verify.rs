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
    let numbers = match reader.lineage().and_then(|lineage| Ok((lineage, reader.numbers()?))) {
        Ok((None, numbers)) if !numbers.is_empty() => {
            verified.problems.push(StateError::Missing { object: reader.named("format.json") });
            numbers
        }
        Ok((_, numbers)) => numbers,
        Err(error) => {
            verified.problems.push(error);
            reader.numbers().unwrap_or_default()
        }
    };
    let mut previous: Option<Digest> = None;
    let mut seen = BTreeSet::new();
    for number in 1..=numbers.last().copied().unwrap_or(0) {
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
