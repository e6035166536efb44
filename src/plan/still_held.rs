//! What a plan says of keys that it leaves on clusters and that former holders may still have.

use super::{Guard, GuardRule, Note, Plan};
use crate::access::StillHeld;
use crate::model::FormerHolderLevel;

/// People who are named in a note; the others are counted.
const MOST: usize = 3;

impl Plan {
    /// Notes keys that clusters have afterwards and that former holders may still have, but for those of whom the plan
    /// tells itself; at `error`, refuses changes that leave them.
    pub fn note_still_held(&mut self, held: Vec<StillHeld>, level: FormerHolderLevel) {
        let mut notes: Vec<_> = held.into_iter().filter_map(|held| self.note_of(held)).collect();
        let first = notes.first().filter(|_| level == FormerHolderLevel::Error && !self.changes.is_empty());
        self.guards.extend(first.map(|first| Guard {
            rule: GuardRule::FormerHolder,
            summary: match notes.len() - 1 {
                0 => first.summary.clone(),
                more => format!("{}; and {more} more", first.summary),
            },
            help: first.help.clone(),
            addresses: notes.iter().map(|note| note.address.clone()).collect(),
        }));
        self.notes.append(&mut notes);
    }

    fn note_of(&self, held: StillHeld) -> Option<Note> {
        let StillHeld { fingerprint, keys, clusters, mut people } = held;
        people.retain(|(user, _)| {
            !self.former_holders.iter().any(|told| told.user == *user && told.fingerprint == fingerprint)
        });
        let address = keys.first().filter(|_| !people.is_empty())?.clone();
        let named =
            people.iter().take(MOST).map(|(user, revision)| format!("{user} (until revision {revision})"));
        let mut who = named.collect::<Vec<_>>().join(", ");
        if people.len() > MOST {
            who = format!("{who} and {} more", people.len() - MOST);
        }
        let (have, it) = match clusters {
            1 => ("1 cluster has".to_owned(), "it"),
            number => (format!("{number} clusters have"), "them"),
        };
        Some(Note {
            rule: Some(GuardRule::FormerHolder),
            summary: format!("{who} may still hold {address}, which {have}"),
            help: format!("give {it} another key; `keyplan explain {}` tells more", GuardRule::FormerHolder),
            address,
        })
    }
}
