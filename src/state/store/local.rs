//! The state in a folder. Bytes are written to a temporary file, synced, and linked into
//! place; then the folder is synced. So a reader sees a file whole or not at all, whenever the power goes.
#![expect(clippy::disallowed_methods, reason = "this is the store that reads and writes files")]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use super::{MAX_OBJECT, StateStore, StoreError};

/// How the names of files begin that are being written.
const WRITING: &str = ".writing-";

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

    /// Writes a synced temporary file beside its place.
    fn prepare(&self, name: &str, bytes: &[u8]) -> io::Result<(NamedTempFile, Utf8PathBuf)> {
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        if !folder.is_dir() {
            create_folders(folder)?;
        }
        let mut file = temporary_file(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        if name.starts_with("log/") {
            // Once for each entry is often enough. It is no error when it cannot be done.
            let _ = self.sweep(&file);
        }
        Ok((file, path))
    }

    /// Takes away what writers have left that were killed long ago, and what leases have been long ago, by the clock
    /// of the file system.
    fn sweep(&self, new: &NamedTempFile) -> io::Result<()> {
        let now = new.as_file().metadata()?.modified()?;
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
        let (file, path) = self.prepare(name, bytes)?;
        let is_new = match fs::hard_link(file.path(), &path) {
            Ok(()) => true,
            // Whoever put it there may not have come to syncing the folder yet.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error.into()),
        };
        sync_folder(&path)?;
        Ok(is_new)
    }

    fn place(&self) -> String {
        self.folder.to_string()
    }
}

/// A new file beside its place. Others may read it as far as the umask lets them: people share a state.
///
/// # Errors
/// When the folder cannot be written to.
pub fn temporary_file(folder: &Utf8Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(WRITING).tempfile_in(folder)
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

/// Makes a folder, and syncs those above it that are new.
fn create_folders(folder: &Utf8Path) -> io::Result<()> {
    if let Some(above) = folder.parent().filter(|above| !above.as_str().is_empty() && !above.is_dir()) {
        create_folders(above)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(folder),
    }
}

/// Makes the name of a file or folder outlast a crash.
fn sync_folder(path: &Utf8Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    File::open(folder)?.sync_all()
}
