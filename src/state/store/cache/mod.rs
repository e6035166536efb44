//! What a store never changes, kept on this machine: its objects, and the entries of its log.
//!
//! The cache is not trusted. An object is named by its digest. An entry is taken from the cache only where it follows
//! from one that the store itself gave to this process: each entry names the digest of the one before it. The store
//! tells which entry is the newest, and the two newest and the first are always its own. So a cache that is torn, forged,
//! or of another state costs time and nothing else; and so does one that cannot be written.

mod chain;
mod folder;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::Utf8Path;

use self::chain::{Chain, Link};
use self::folder::CacheFolder;
use super::{KnownEntry, StateStore, StoreError};
use crate::state::entry::{Digest, EntryFile};
use crate::state::names::{entry_number, object_digest};

/// A store with a cache, where calls of it take long.
pub struct CachedStore<S> {
    inner: S,
    cache: Option<Cache>,
}

struct Cache {
    folder: CacheFolder,
    chain: Mutex<Chain>,
    /// Names of which it is not known whether this process has created them: of these the store alone can tell.
    unsure: Mutex<BTreeSet<String>>,
    known: Mutex<Option<KnownEntry>>,
}

impl<S: StateStore> CachedStore<S> {
    /// `caches` is a folder for the caches of all states. Without one, or where the store has no latency, nothing is
    /// kept.
    pub fn new(inner: S, caches: Option<&Utf8Path>) -> Self {
        let place = Digest::of(inner.place().as_bytes());
        let caches = caches.filter(|_| inner.has_latency());
        let cache = caches.map(|caches| Cache::new(CacheFolder::new(caches.join(place.as_str()))));
        Self { inner, cache }
    }
}

impl Cache {
    fn new(folder: CacheFolder) -> Self {
        let known = Mutex::new(folder.known());
        Self { folder, chain: Mutex::default(), unsure: Mutex::default(), known }
    }

    /// What is kept under a name, where that is certain to be what the store has.
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        if lock(&self.unsure).contains(name) {
            return None;
        }
        if let Some(digest) = object_digest(name) {
            return self
                .folder
                .read("objects", &digest, |bytes| (Digest::of(bytes) == digest).then_some(()))
                .map(|(bytes, ())| bytes);
        }
        lock(&self.chain).follow(entry_number(name)?, |number, digest| self.entry(number, digest))
    }

    /// The entry with this number and digest.
    fn entry(&self, number: u64, digest: &Digest) -> Option<(Vec<u8>, Option<Digest>)> {
        self.folder.read("log", digest, |bytes| {
            let file: EntryFile = serde_json::from_slice(bytes).ok()?;
            let is_it = file.digest == *digest && file.entry.number == number && file.is_sound();
            is_it.then_some(file.entry.previous)
        })
    }

    /// Takes in what the store has given or taken under a name.
    fn keep(&self, name: &str, bytes: &[u8]) {
        if let Some(digest) = object_digest(name) {
            if Digest::of(bytes) == digest {
                self.folder.keep("objects", &digest, bytes);
            }
        } else if let Some((number, link)) = entry_number(name).zip(Link::read(bytes)) {
            self.folder.keep("log", &link.digest, bytes);
            lock(&self.chain).learn(number, link);
        }
    }
}

impl<S: StateStore> CachedStore<S> {
    /// Remembers the entry after the newest one that is known.
    fn went_on(&self, name: &str) {
        let known = self.known_entry().and_then(|known| Some((entry_number(name)?, known)));
        if let Some((number, known)) = known
            && number == known.number + 1
        {
            self.remember(KnownEntry { number, ..known });
        }
    }
}

impl<S: StateStore> StateStore for CachedStore<S> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(cache) = &self.cache else { return self.inner.get(name) };
        if let Some(bytes) = cache.get(name) {
            return Ok(Some(bytes));
        }
        let bytes = self.inner.get(name)?;
        if let Some(bytes) = &bytes {
            cache.keep(name, bytes);
        }
        Ok(bytes)
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list(folder, after)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let Some(cache) = &self.cache else { return self.inner.create(name, bytes) };
        lock(&cache.unsure).insert(name.to_owned());
        let is_new = self.inner.create(name, bytes)?;
        if is_new {
            lock(&cache.unsure).remove(name);
            cache.keep(name, bytes);
            self.went_on(name);
        }
        Ok(is_new)
    }

    fn inner(&self) -> Option<&dyn StateStore> {
        Some(&self.inner)
    }

    fn known_entry(&self) -> Option<KnownEntry> {
        self.cache.as_ref().and_then(|cache| lock(&cache.known).clone())
    }

    fn remember(&self, entry: KnownEntry) {
        let Some(cache) = &self.cache else { return };
        let mut known = lock(&cache.known);
        if known.as_ref() != Some(&entry) {
            cache.folder.remember(&entry);
            *known = Some(entry);
        }
    }

    fn without_cache(&self) -> Option<&dyn StateStore> {
        Some(&self.inner)
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
