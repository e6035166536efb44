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

    /// The largest object that it keeps, in bytes.
    fn max_object(&self) -> u64 {
        MAX_OBJECT
    }

    /// Whether a call takes long, as over a network: then many are made at a time.
    fn has_latency(&self) -> bool {
        false
    }

    /// Whether it is known that of several who create one name, one alone succeeds. Else it is tried out before a state is
    /// founded.
    fn is_exclusive(&self) -> bool {
        true
    }

    /// Runs this for each number below one, as many at a time as the store takes. Asked only where calls take long.
    fn at_once(&self, number: usize, run: &(dyn Fn(usize) + Sync)) {
        on_threads(number, run);
    }

    /// An entry that was in the log once, with all before it, where that is remembered. The store may have it no more.
    fn known_entry(&self) -> Option<KnownEntry> {
        None
    }

    /// Remembers that an entry is in the log, with all before it.
    fn remember(&self, _entry: KnownEntry) {}

    /// The store itself, where this is one with a cache.
    fn without_cache(&self) -> Option<&dyn StateStore> {
        None
    }

    /// The time of day, by which leases are judged: that of the store where it tells one, for the clocks of those who
    /// use it differ.
    fn now(&self, clock: &dyn Clock) -> Timestamp {
        clock.now()
    }

    /// Where the store is, for people.
    fn place(&self) -> String;
}

impl<S: StateStore + ?Sized> StateStore for Box<S> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(name)
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        (**self).list(folder, after)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        (**self).create(name, bytes)
    }

    fn max_object(&self) -> u64 {
        (**self).max_object()
    }

    fn has_latency(&self) -> bool {
        (**self).has_latency()
    }

    fn is_exclusive(&self) -> bool {
        (**self).is_exclusive()
    }

    fn at_once(&self, number: usize, run: &(dyn Fn(usize) + Sync)) {
        (**self).at_once(number, run);
    }

    fn known_entry(&self) -> Option<KnownEntry> {
        (**self).known_entry()
    }

    fn remember(&self, entry: KnownEntry) {
        (**self).remember(entry);
    }

    fn without_cache(&self) -> Option<&dyn StateStore> {
        (**self).without_cache()
    }

    fn now(&self, clock: &dyn Clock) -> Timestamp {
        (**self).now(clock)
    }

    fn place(&self) -> String {
        (**self).place()
    }
}
