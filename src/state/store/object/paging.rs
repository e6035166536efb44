//! A list, put together from its pages.

use std::collections::{BTreeSet, HashSet};

use super::super::{StoreError, StoreErrorKind};
use super::dialect::Page;

/// Most pages of a list: at a thousand names each, more than a state has in a hundred years.
const MOST: usize = 20_000;

pub(super) struct Paging<'a> {
    folder: &'a str,
    after: &'a str,
    names: BTreeSet<String>,
    token: Option<Box<str>>,
    seen: HashSet<Box<str>>,
}

impl<'a> Paging<'a> {
    /// The names in a folder, which ends with a slash, that come after one.
    pub(super) fn new(folder: &'a str, after: &'a str) -> Self {
        Self { folder, after, names: BTreeSet::new(), token: None, seen: HashSet::new() }
    }

    /// What the next page is asked for with.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether this was the last page.
    pub(super) fn add(&mut self, page: Page) -> Result<bool, StoreError> {
        for name in page.names {
            self.add_name(&name)?;
        }
        let Some(token) = page.next else { return Ok(true) };
        if self.seen.len() >= MOST || !self.seen.insert(token.clone()) {
            return Err(unsound("its pages have no end"));
        }
        self.token = Some(token);
        Ok(false)
    }

    fn add_name(&mut self, name: &str) -> Result<(), StoreError> {
        let Some(below) = name.strip_prefix(self.folder) else {
            return Err(unsound("it has names that are not in the folder"));
        };
        let below = below.strip_suffix('/').unwrap_or(below);
        if below.contains('/') {
            return Err(unsound("it has names of a folder in the folder"));
        }
        // The console of a store may make an object with the name of the folder itself.
        if !below.is_empty() && below > self.after {
            self.names.insert(below.into());
        }
        Ok(())
    }

    pub(super) fn names(self) -> Vec<String> {
        self.names.into_iter().collect()
    }
}

fn unsound(why: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, format!("its list cannot be trusted: {why}"))
        .with_help("see what answers there: this is no list of the store that was asked")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(names: &[&str], next: Option<&str>) -> Page {
        Page { names: names.iter().map(|name| (*name).into()).collect(), next: next.map(Into::into) }
    }

    #[test]
    fn pages_are_put_together_in_order_and_each_name_once() {
        let mut paging = Paging::new("a/log/", "2");
        assert_eq!(paging.add(page(&["a/log/", "a/log/2", "a/log/5", "a/log/3/"], Some("x"))), Ok(false));
        assert_eq!(paging.token(), Some("x"));
        assert_eq!(paging.add(page(&["a/log/3", "a/log/1", "a/log/4"], None)), Ok(true));
        assert_eq!(paging.names(), ["3", "4", "5"]);
    }

    #[test]
    fn a_list_without_an_end_or_of_another_folder_is_an_error() {
        let mut paging = Paging::new("log/", "");
        assert_eq!(paging.add(page(&[], Some("x"))), Ok(false));
        assert_eq!(paging.add(page(&[], Some("y"))), Ok(false));
        paging.add(page(&[], Some("x"))).unwrap_err();
        for name in ["", "log", "lo", "logs/1", "/log/1", "log/1/2", "objects/1"] {
            Paging::new("log/", "").add(page(&[name], None)).expect_err(name);
        }
    }
}
