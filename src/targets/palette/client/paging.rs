//! Lists that come in pages.

use std::collections::BTreeSet;

use super::super::Uid;
use super::super::wire::{Item, Items};

/// The most items of one page that Palette gives.
pub(super) const LIMIT: &str = "50";
/// Most pages of one list.
const MOST: usize = 1000;

/// The pages of a list that have come so far.
#[derive(Debug)]
pub(super) struct Pages<T> {
    items: Vec<T>,
    uids: BTreeSet<Uid>,
    tokens: BTreeSet<String>,
    /// How many there are in all, as the last page says.
    count: Option<u64>,
}

/// Why pages make up no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PagingError {
    #[error("a page leads back to one that was read")]
    Circle,
    #[error("there are more than {MOST} pages")]
    TooMany,
}

impl<T: Item> Pages<T> {
    pub(super) const fn new() -> Self {
        Self { items: Vec::new(), uids: BTreeSet::new(), tokens: BTreeSet::new(), count: None }
    }

    /// Takes in a page: the token of the next one, if there is one.
    pub(super) fn add(&mut self, page: Items<T>) -> Result<Option<String>, PagingError> {
        for item in page.items {
            if self.uids.insert(item.uid().clone()) {
                self.items.push(item);
            }
        }
        self.count = page.listmeta.count;
        let token = page.listmeta.token;
        if token.is_empty() {
            return Ok(None);
        }
        if !self.tokens.insert(token.clone()) {
            return Err(PagingError::Circle);
        }
        if self.tokens.len() >= MOST { Err(PagingError::TooMany) } else { Ok(Some(token)) }
    }

    /// The whole list, or how many items came and how many there are said to be.
    pub(super) fn whole(self) -> Result<Vec<T>, (usize, u64)> {
        match self.count {
            Some(count) if count != self.items.len() as u64 => Err((self.items.len(), count)),
            _ => Ok(self.items),
        }
    }
}
