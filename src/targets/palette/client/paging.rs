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
    /// Whether an earlier page said otherwise: then an item may have moved onto a page that was read before.
    has_changed: bool,
}

/// Why pages make up no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PagingError {
    #[error("a page leads back to one that was read")]
    Circle,
    #[error("there are more than {MOST} pages")]
    TooMany,
    #[error("{items} items came, and there are said to be {count}")]
    Short { items: usize, count: u64 },
    #[error("it changes while it is read")]
    Changed,
}

impl<T: Item> Pages<T> {
    pub(super) const fn new() -> Self {
        Self {
            items: Vec::new(),
            uids: BTreeSet::new(),
            tokens: BTreeSet::new(),
            count: None,
            has_changed: false,
        }
    }

    /// Takes in a page: the token of the next one, if there is one.
    pub(super) fn add(&mut self, page: Items<T>) -> Result<Option<String>, PagingError> {
        for item in page.items {
            if self.uids.insert(item.uid().clone()) {
                self.items.push(item);
            }
        }
        let count = page.listmeta.count;
        self.has_changed |= self.count.is_some() && self.count != count;
        self.count = count;
        let token = page.listmeta.token;
        if token.is_empty() {
            return Ok(None);
        }
        if !self.tokens.insert(token.clone()) {
            return Err(PagingError::Circle);
        }
        if self.tokens.len() >= MOST { Err(PagingError::TooMany) } else { Ok(Some(token)) }
    }

    /// The whole list, if it is known to be that.
    pub(super) fn whole(self) -> Result<Vec<T>, PagingError> {
        let items = self.items.len();
        match self.count {
            Some(count) if count != items as u64 => Err(PagingError::Short { items, count }),
            _ if self.has_changed => Err(PagingError::Changed),
            _ => Ok(self.items),
        }
    }
}
