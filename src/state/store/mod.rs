//! Where the state is kept. A store holds named bytes and knows nothing of plans. Every object store has
//! these three calls; a name is a path of plain parts, as in `log/00000000000000000042.json`. What was created is never
//! written again.

mod cache;
pub(super) mod claim;
mod error;
pub mod git;
pub mod local;
pub mod object;
pub(crate) mod objects;
mod retry;
mod threads;

pub use cache::CachedStore;
pub use error::{StoreError, StoreErrorKind};
pub use retry::RetryingStore;

use jiff::Timestamp;

use self::threads::on_threads;
use super::clock::Clock;

/// The largest object that is kept and read, in bytes.
pub const MAX_OBJECT: u64 = 1 << 30;

/// An entry of the log that a store had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownEntry {
    /// Whose state it was.
    pub lineage: String,
    pub number: u64,
}

/// Names that a store has listed, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub names: Vec<String>,
    /// Whether no more come after these.
    pub is_all: bool,
}

/// A store of named bytes.
pub trait StateStore: Sync {
    /// The bytes of a name; nothing when there are none. That the store itself is not there is an error, unless it is
    /// made by the first `create`.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The names in a folder that come after this one in the order of bytes, in order and without the folder. None
    /// when there is no such folder.
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError>;

    /// Keeps bytes under a name that is free. Whether it was: of several that try at once, one succeeds. When this
    /// returns, the bytes outlast a crash. After an error the name may be free or hold all of the bytes.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError>;

    /// The store that this one stands in front of: whatever this one does not say itself is as there. Nothing for one
    /// that keeps bytes itself.
    fn inner(&self) -> Option<&dyn StateStore> {
        None
    }

    /// The first of the names that [`list`](Self::list) gives: as many as the store tells by one call.
    fn list_some(&self, folder: &str, after: &str) -> Result<Listed, StoreError> {
        match self.inner() {
            Some(inner) => inner.list_some(folder, after),
            None => self.list(folder, after).map(|names| Listed { names, is_all: true }),
        }
    }

    /// The largest object that it keeps, in bytes.
    fn max_object(&self) -> u64 {
        self.inner().map_or(MAX_OBJECT, StateStore::max_object)
    }

    /// Whether a call takes long, as over a network: then many are made at a time.
    fn has_latency(&self) -> bool {
        self.inner().is_some_and(StateStore::has_latency)
    }

    /// Whether it is known that of several who create one name, one alone succeeds. Else it is tried out before a state is
    /// founded.
    fn is_exclusive(&self) -> bool {
        self.inner().is_none_or(StateStore::is_exclusive)
    }

    /// Runs this for each number below one, as many at a time as the store takes. Asked only where calls take long.
    fn at_once(&self, number: usize, run: &(dyn Fn(usize) + Sync)) {
        match self.inner() {
            Some(inner) => inner.at_once(number, run),
            None => on_threads(number, run),
        }
    }

    /// An entry that was in the log once, with all before it, where that is remembered. The store may have it no more.
    fn known_entry(&self) -> Option<KnownEntry> {
        self.inner()?.known_entry()
    }

    /// Remembers that an entry is in the log, with all before it.
    fn remember(&self, entry: KnownEntry) {
        if let Some(inner) = self.inner() {
            inner.remember(entry);
        }
    }

    /// The store itself, where this is one with a cache.
    fn without_cache(&self) -> Option<&dyn StateStore> {
        self.inner()?.without_cache()
    }

    /// The time of day, by which leases are judged: that of the store where it tells one, for the clocks of those who
    /// use it differ.
    fn now(&self, clock: &dyn Clock) -> Timestamp {
        self.inner().map_or_else(|| clock.now(), |inner| inner.now(clock))
    }

    /// Where the store is, for people.
    fn place(&self) -> String;
}

impl StateStore for Box<dyn StateStore> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(name)
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        (**self).list(folder, after)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        (**self).create(name, bytes)
    }

    fn inner(&self) -> Option<&dyn StateStore> {
        Some(&**self)
    }

    fn place(&self) -> String {
        (**self).place()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A store that says of itself what no other does.
    struct Peculiar;

    impl StateStore for Peculiar {
        fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }
        fn list(&self, _: &str, _: &str) -> Result<Vec<String>, StoreError> {
            Ok(Vec::new())
        }
        fn create(&self, _: &str, _: &[u8]) -> Result<bool, StoreError> {
            Ok(true)
        }
        fn list_some(&self, _: &str, _: &str) -> Result<Listed, StoreError> {
            Ok(Listed { names: vec!["one".into()], is_all: false })
        }
        fn max_object(&self) -> u64 {
            7
        }
        fn has_latency(&self) -> bool {
            true
        }
        fn is_exclusive(&self) -> bool {
            false
        }
        fn at_once(&self, _: usize, run: &(dyn Fn(usize) + Sync)) {
            run(99);
        }
        fn now(&self, _: &dyn Clock) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
        fn place(&self) -> String {
            "peculiar".into()
        }
    }

    struct Today;

    impl Clock for Today {
        fn now(&self) -> Timestamp {
            Timestamp::MAX
        }
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
        fn pause(&self, _: Duration) {}
        fn notice(&self, _: &str) {}
    }

    #[test]
    fn a_store_in_front_of_another_says_what_that_one_says() {
        let boxed: Box<dyn StateStore> = Box::new(RetryingStore::new(Peculiar, &Today));
        let store = CachedStore::new(boxed, None);
        assert_eq!((store.max_object(), store.has_latency(), store.is_exclusive()), (7, true, false));
        assert_eq!((store.now(&Today), store.place()), (Timestamp::UNIX_EPOCH, "peculiar".into()));
        assert_eq!(store.list_some("log", "").unwrap().names, ["one"]);
        let heard = std::sync::Mutex::new(Vec::new());
        store.at_once(1, &|number| heard.lock().unwrap().push(number));
        assert_eq!(*heard.lock().unwrap(), [99]);
    }
}
