//! Lists of the log. How its names go on is known, so that pages far behind each other are asked for at the same time.

use super::names::{name_in_log, number_in_log};
use super::store::objects::each;
use super::store::{Listed, StateStore, StoreError};

/// Most pages that are asked for at a time.
const MOST: u64 = 32;

/// The names in the log after that of an entry, or all, in order: what [`StateStore::list`] gives, in fewer trips.
pub(super) fn names_in_log(store: &dyn StateStore, after: Option<u64>) -> Result<Vec<String>, StoreError> {
    let after = after.map(name_in_log).unwrap_or_default();
    let Listed { mut names, mut is_all } = store.list_some("log", &after)?;
    // A log that is not much longer is not worth many calls.
    let (length, mut pages) = (names.len() as u64, 1);
    while !is_all {
        pages = MOST.min(pages * 4);
        let before = names.len();
        is_all = extend(store, &mut names, pages, length)?;
        if !is_all && names.len() == before {
            // There are names that are none of entries, or pages without a name.
            let last = names.last().unwrap_or(&after);
            names.extend(store.list("log", last)?);
            is_all = true;
        }
    }
    Ok(names)
}

/// Goes on with so many pages, each of which is expected to have so many names. Whether no more come after them.
fn extend(
    store: &dyn StateStore,
    names: &mut Vec<String>,
    pages: u64,
    length: u64,
) -> Result<bool, StoreError> {
    let Some(last) = names.last().and_then(|name| number_in_log(name)) else { return Ok(false) };
    let starts: Vec<_> = (0..pages).map(|page| name_in_log(last + page * length)).collect();
    let listed = each(store, &starts, |start| store.list_some("log", start));
    for (start, page) in starts.iter().zip(listed) {
        let Some(known) = names.last().filter(|last| *last >= start).cloned() else {
            // The page before was shorter: what is between is not known yet.
            return Ok(false);
        };
        let page = page?;
        names.extend(page.names.into_iter().filter(|name| *name > known));
        if page.is_all {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;

    /// A store whose calls list a page of names, and now and then fewer.
    struct Paged {
        names: BTreeSet<String>,
        page: usize,
        /// How many names a call leaves out of its page, by turns.
        short: Vec<usize>,
        calls: Mutex<usize>,
    }

    impl StateStore for Paged {
        fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }
        fn list(&self, _: &str, after: &str) -> Result<Vec<String>, StoreError> {
            Ok(self.names.iter().filter(|name| name.as_str() > after).cloned().collect())
        }
        fn list_some(&self, folder: &str, after: &str) -> Result<Listed, StoreError> {
            let mut calls = self.calls.lock().unwrap();
            let page = self.page.saturating_sub(self.short[*calls % self.short.len()]);
            *calls += 1;
            let mut names = self.list(folder, after)?;
            let is_all = names.len() <= page;
            names.truncate(page);
            Ok(Listed { names, is_all })
        }
        fn create(&self, _: &str, _: &[u8]) -> Result<bool, StoreError> {
            Ok(false)
        }
        fn place(&self) -> String {
            "nowhere".into()
        }
    }

    fn log(entries: impl IntoIterator<Item = u64>, page: usize) -> Paged {
        let names = entries.into_iter().map(name_in_log).collect();
        Paged { names, page, short: vec![0], calls: Mutex::default() }
    }

    proptest! {
        #[test]
        fn names_are_those_of_a_whole_list(
            entries in 0_u64..90,
            missing in proptest::collection::btree_set(0_u64..90, 0..4),
            strays in proptest::collection::btree_set("[0a]{0,20}[.j]{0,2}", 0..3),
            page in 1_usize..9,
            short in proptest::collection::vec(0_usize..3, 1..5),
            after in proptest::option::of(0_u64..100),
        ) {
            let mut store = log((0..entries).filter(|number| !missing.contains(number)), page);
            store.names.extend(strays.into_iter().filter(|name| !name.is_empty()));
            store.short = short;
            let whole = store.list("log", &after.map(name_in_log).unwrap_or_default()).unwrap();
            prop_assert_eq!(names_in_log(&store, after).unwrap(), whole);
        }
    }

    #[test]
    fn a_log_of_pages_is_listed_by_little_more_calls_than_it_has_pages() {
        for (entries, calls) in [(0, 1), (1000, 1), (1001, 5), (5000, 5), (5001, 21), (100_000, 117)] {
            let store = log(0..entries, 1000);
            assert_eq!(names_in_log(&store, None).unwrap().len() as u64, entries);
            assert_eq!(store.calls.into_inner().unwrap(), calls, "{entries}");
        }
    }
}
