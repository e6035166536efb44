//! Which entries follow, backwards, from those that the store gave.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::state::entry::Digest;

/// How far back it is gone for one entry, through all between: after that it is quicker to ask the store.
const FAR: u64 = 1024;

/// What an entry says of itself, without a look at the rest of it.
#[derive(Deserialize)]
pub(super) struct Link {
    pub(super) digest: Digest,
    entry: LinkedEntry,
}

#[derive(Deserialize)]
struct LinkedEntry {
    previous: Option<Digest>,
}

impl Link {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let link: Self = serde_json::from_slice(bytes).ok()?;
        let mut digests = std::iter::once(&link.digest).chain(&link.entry.previous);
        digests.all(Digest::is_well_formed).then_some(link)
    }
}

/// The digests of entries by their numbers, each as the one after it names it.
#[derive(Default)]
pub(super) struct Chain(BTreeMap<u64, Digest>);

impl Chain {
    /// Takes in an entry that the store gave.
    pub(super) fn learn(&mut self, number: u64, link: Link) {
        if let Some((before, digest)) = number.checked_sub(1).zip(link.entry.previous) {
            self.follows(before, digest);
        }
    }

    fn follows(&mut self, number: u64, digest: Digest) {
        if self.0.get(&number).is_some_and(|known| *known != digest) {
            // The store has another history than it had.
            self.0.clear();
        }
        self.0.insert(number, digest);
    }

    /// What is kept of an entry, which is reached through those that are kept after it. `kept` gives what is kept under
    /// a number and a digest, with the digest of the entry before it.
    ///
    /// The newest digest that is known is of the entry before one that the store gave. That entry is to come from the
    /// store as well, so that a log in which two histories are mixed is seen. So is the first one, which is the first to
    /// go where entries are deleted by their age.
    pub(super) fn follow(
        &mut self,
        number: u64,
        kept: impl Fn(u64, &Digest) -> Option<(Vec<u8>, Option<Digest>)>,
    ) -> Option<Vec<u8>> {
        let (newest, _) = self.0.last_key_value()?;
        let (from, _) = self.0.range(number..).next()?;
        if number == 0 || number >= *newest || from - number > FAR {
            return None;
        }
        let mut at = *from;
        loop {
            let (bytes, previous) = kept(at, self.0.get(&at)?)?;
            if let Some((before, digest)) = at.checked_sub(1).zip(previous) {
                self.follows(before, digest);
            }
            if at == number {
                return Some(bytes);
            }
            at -= 1;
        }
    }
}
