//! The state in a folder, in files that are there whole or not at all.
#![expect(clippy::disallowed_methods, reason = "this is the store that reads and writes files")]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::{MAX_OBJECT, StateStore, StoreError};
use crate::durable::{Draft, Readers, WRITING, create_folders, folder_of, sync_folder};

/// How long a file may take to be written, and how long a renewal of a lease is kept: it matters for minutes.
const KEPT_FOR: Duration = Duration::from_hours(24);

/// A store in a folder.
#[derive(Clone, Debug)]
pub struct LocalStore {
    folder: Utf8PathBuf,
}

impl LocalStore {
    /// The store in this folder, which need not exist yet.
    #[must_use]
    pub const fn new(folder: Utf8PathBuf) -> Self {
        Self { folder }
    }

    /// Takes away what writers have left that were killed long ago, and what leases have been long ago, by the clock
    /// of the file system.
    fn sweep(&self, new: &Draft) -> io::Result<()> {
        let now = new.modified()?;
        let is_old = |entry: &fs::DirEntry| -> io::Result<bool> {
            let age = now.duration_since(entry.metadata()?.modified()?);
            Ok(age.is_ok_and(|age| age > KEPT_FOR))
        };
        for folder in ["", "log", "objects"] {
            for entry in fs::read_dir(self.folder.join(folder))? {
                let entry = entry?;
                let is_temporary = entry.file_name().to_string_lossy().starts_with(WRITING);
                if is_temporary && is_old(&entry)? {
                    fs::remove_file(entry.path())?;
                }
            }
        }
        for lease in fs::read_dir(self.folder.join("leases"))? {
            let lease = lease?.path();
            for entry in fs::read_dir(&lease)? {
                let entry = entry?;
                if is_old(&entry)? {
                    fs::remove_file(entry.path())?;
                }
            }
            // One that is not empty stays.
            let _ = fs::remove_dir(lease);
        }
        Ok(())
    }
}

impl StateStore for LocalStore {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.folder.join(name);
        match fs::metadata(&path) {
            Err(error) if is_missing(&error, &path)? => return Ok(None),
            Err(error) => return Err(error.into()),
            Ok(about) if !about.is_file() => return Err(StoreError::damaged("it is not a regular file")),
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        match File::open(&path) {
            Err(error) if is_missing(&error, &path)? => return Ok(None),
            Err(error) => return Err(error.into()),
            Ok(file) => file.take(MAX_OBJECT + 1).read_to_end(&mut bytes)?,
        };
        if bytes.len() as u64 > MAX_OBJECT {
            return Err(StoreError::damaged("it is larger than 1 GiB"));
        }
        Ok(Some(bytes))
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        let path = self.folder.join(folder);
        let entries = match fs::read_dir(&path) {
            Err(error) if is_missing(&error, &path)? => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            // Temporary files of writers that are at work, or were killed.
            let name = entry?.file_name().to_string_lossy().into_owned();
            names.extend(Some(name).filter(|name| !name.starts_with('.') && name.as_str() > after));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let path = self.folder.join(name);
        let folder = folder_of(&path);
        create_folders(folder)?;
        let mut draft = Draft::new(&*path, Readers::Umask)?;
        draft.write_all(bytes)?;
        if name.starts_with("log/") {
            // Once for each entry is often enough. It is no error when it cannot be done.
            let _ = self.sweep(&draft);
        }
        let is_new = draft.create()?;
        // Also where it was there: whoever put it there may not have come to that yet.
        sync_folder(folder)?;
        Ok(is_new)
    }

    fn place(&self) -> String {
        self.folder.to_string()
    }
}

/// Whether there is nothing. A link to nothing is something: what it leads to may not be mounted today.
fn is_missing(error: &io::Error, path: &Utf8Path) -> io::Result<bool> {
    if error.kind() != ErrorKind::NotFound {
        return Ok(false);
    }
    let there = path.ancestors().find_map(|path| Some((path, fs::symlink_metadata(path).ok()?)));
    match there {
        Some((link, about)) if about.is_symlink() && !link.exists() => {
            Err(io::Error::new(ErrorKind::NotFound, format!("`{link}` is a link to nothing")))
        }
        _ => Ok(true),
    }
}
