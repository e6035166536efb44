//! The files of a cache: a bound on their size, and none of the errors that they may have.
#![expect(clippy::disallowed_methods, reason = "the cache of a store reads and writes its own files")]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::durable::{Draft, Readers, WRITING};
use crate::state::entry::Digest;
use crate::state::store::{KnownEntry, MAX_OBJECT};

/// How many bytes a cache has at most.
const MOST: u64 = 256 << 20;

/// What the smallest file takes of a disk, in bytes: so the number of files has a bound as well.
const BLOCK: u64 = 4 << 10;

/// Where an entry is noted that the store had.
const KNOWN: &str = "newest.json";

/// The longest note that is read, in bytes.
const LONGEST_NOTE: u64 = 4 << 10;

/// The folders of what is kept, named as in the store.
const FOLDERS: [&str; 2] = ["log", "objects"];

/// A folder with what is kept of one store. What goes wrong in it is as if nothing were kept.
pub(super) struct CacheFolder {
    path: Utf8PathBuf,
    /// How many bytes it has at most.
    most: u64,
    /// How many bytes may be added; nothing before it was looked at what is there.
    room: Mutex<Option<u64>>,
}

#[derive(Serialize, Deserialize)]
struct Note {
    lineage: String,
    entry: u64,
}

impl CacheFolder {
    pub(super) const fn new(path: Utf8PathBuf) -> Self {
        Self { path, most: MOST, room: Mutex::new(None) }
    }

    fn file(&self, folder: &str, digest: &Digest) -> Utf8PathBuf {
        self.path.join(folder).join(format!("{digest}.json"))
    }

    /// What is kept under a digest, if it stands this test. What does not goes.
    pub(super) fn read<T>(
        &self,
        folder: &str,
        digest: &Digest,
        test: impl Fn(&[u8]) -> Option<T>,
    ) -> Option<(Vec<u8>, T)> {
        let path = self.file(folder, digest);
        let bytes = read_file(&path, MAX_OBJECT)?;
        let Some(told) = test(&bytes) else {
            let _ = fs::remove_file(path);
            return None;
        };
        Some((bytes, told))
    }

    /// Keeps bytes under a digest, if there is room.
    pub(super) fn keep(&self, folder: &str, digest: &Digest, bytes: &[u8]) {
        let path = self.file(folder, digest);
        let is_there = fs::symlink_metadata(&path).is_ok();
        if !is_there && self.take_room(bytes.len() as u64) {
            let _ = write_file(&path, bytes);
        }
    }

    /// Whether there is room for a file. A process looks once at what is there, and lets the oldest go until half of
    /// the room is free: what it reads first is kept, however much it reads.
    fn take_room(&self, bytes: u64) -> bool {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let left = *room.get_or_insert_with(|| self.make_room().unwrap_or_default());
        let left = left.checked_sub(bytes.max(BLOCK));
        if left.is_some() {
            *room = left;
        }
        left.is_some()
    }

    fn make_room(&self) -> io::Result<u64> {
        let mut files = Vec::new();
        for folder in FOLDERS {
            let folder = self.path.join(folder);
            fs::create_dir_all(&folder)?;
            if fs::symlink_metadata(&folder)?.is_symlink() {
                return Err(ErrorKind::NotADirectory.into());
            }
            for file in fs::read_dir(&folder)? {
                let file = file?;
                let is_own = is_own(&file.file_name().to_string_lossy());
                // Another process may let the same one go.
                if let Some(about) = file.metadata().ok().filter(|_| is_own) {
                    files.push((about.modified()?, file.path(), about.len().max(BLOCK)));
                }
            }
        }
        files.sort_unstable();
        let mut taken: u64 = files.iter().map(|(_, _, bytes)| bytes).sum();
        for (_, path, bytes) in files {
            if taken <= self.most / 2 {
                break;
            }
            if fs::remove_file(path).is_ok() {
                taken -= bytes;
            }
        }
        Ok(self.most.saturating_sub(taken))
    }

    /// The entry that was noted at last.
    pub(super) fn known(&self) -> Option<KnownEntry> {
        let bytes = read_file(&self.path.join(KNOWN), LONGEST_NOTE)?;
        let Note { lineage, entry } = serde_json::from_slice(&bytes).ok()?;
        Some(KnownEntry { lineage, number: entry })
    }

    pub(super) fn remember(&self, known: &KnownEntry) {
        let note = Note { lineage: known.lineage.clone(), entry: known.number };
        // It has no value that JSON cannot hold.
        let bytes = serde_json::to_vec(&note).unwrap_or_default();
        let _ = fs::create_dir_all(&self.path).and_then(|()| write_file(&self.path.join(KNOWN), &bytes));
    }
}

/// Whether a file with this name is of a cache, or was to become one: others are let alone.
fn is_own(name: &str) -> bool {
    name.starts_with(WRITING) || name.strip_suffix(".json").is_some_and(|digest| digest.len() == 64)
}

/// The bytes of a file that is no link and no larger than this.
fn read_file(path: &Utf8Path, most: u64) -> Option<Vec<u8>> {
    let about = fs::symlink_metadata(path).ok()?;
    if !about.is_file() || about.len() > most {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn write_file(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = Draft::new(path, Readers::Owner)?;
    draft.write_all(bytes)?;
    draft.replace_unsynced()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8Path;

    use super::{BLOCK, CacheFolder, FOLDERS};
    use crate::state::entry::Digest;

    /// How many bytes of a folder count.
    fn taken(path: &Utf8Path) -> u64 {
        let folders = FOLDERS.map(|folder| path.join(folder));
        let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        files.map(|file| file.unwrap().metadata().unwrap().len().max(BLOCK)).sum()
    }

    #[test]
    fn it_never_has_more_than_its_bound_and_goes_on_to_keep_what_is_new() {
        let scratch = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(scratch.path()).unwrap();
        let most = 20 * BLOCK;
        for process in 0..20 {
            let cache = CacheFolder { most, ..CacheFolder::new(path.into()) };
            let digest = |number: u64| Digest::of(format!("{process} {number}").as_bytes());
            for number in 0..30 {
                let size = usize::try_from(BLOCK * (number % 3)).unwrap();
                cache.keep(FOLDERS[usize::from(number % 2 == 0)], &digest(number), &vec![b'x'; size]);
                assert!(taken(path) <= most, "{} of {most}", taken(path));
            }
            assert!(cache.read(FOLDERS[1], &digest(0), |_| Some(())).is_some(), "process {process}");
        }
        assert!(taken(path) > most / 2);
    }

    #[test]
    fn what_is_not_its_own_stays() {
        let scratch = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(scratch.path()).unwrap();
        let other = path.join("log/diary.json");
        fs::create_dir_all(path.join("log")).unwrap();
        fs::write(&other, vec![b'x'; 100]).unwrap();
        for number in 0..9 {
            let cache = CacheFolder { most: 2 * BLOCK, ..CacheFolder::new(path.into()) };
            cache.keep("log", &Digest::of(&[number]), b"{}");
        }
        assert!(other.exists());
    }
}
