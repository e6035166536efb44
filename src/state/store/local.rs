//! The state in a folder. Bytes are written to a temporary file, synced, and linked or renamed into
//! place; then the folder is synced. So a reader sees a file whole or not at all, whenever the power goes.
#![expect(clippy::disallowed_methods, reason = "this is the store that reads and writes files")]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use super::{MAX_OBJECT, StateStore};

/// How the names of files begin that are being written.
const WRITING: &str = ".writing-";

/// How long a file may take to be written. What is older was left by a writer that was killed.
const WRITTEN_IN: Duration = Duration::from_hours(24);

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

    /// Takes away what writers have left that were killed long ago, by the clock of the file system.
    fn sweep(&self, new: &NamedTempFile) -> io::Result<()> {
        let now = new.as_file().metadata()?.modified()?;
        for folder in ["", "log", "leases", "objects"] {
            let Ok(entries) = fs::read_dir(self.folder.join(folder)) else { continue };
            for entry in entries {
                let entry = entry?;
                if !entry.file_name().to_string_lossy().starts_with(WRITING) {
                    continue;
                }
                let age = now.duration_since(entry.metadata()?.modified()?);
                if age.is_ok_and(|age| age > WRITTEN_IN) {
                    fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
}

impl StateStore for LocalStore {
    fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.folder.join(name);
        match fs::metadata(&path) {
            Err(error) if is_missing(&error, &path)? => return Ok(None),
            Err(error) => return Err(error),
            Ok(about) if !about.is_file() => return Err(io::Error::other("it is not a regular file")),
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        match File::open(&path) {
            Err(error) if is_missing(&error, &path)? => return Ok(None),
            Err(error) => return Err(error),
            Ok(file) => file.take(MAX_OBJECT + 1).read_to_end(&mut bytes)?,
        };
        if bytes.len() as u64 > MAX_OBJECT {
            return Err(io::Error::other("it is larger than 1 GiB"));
        }
        Ok(Some(bytes))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let path = self.folder.join(folder);
        let entries = match fs::read_dir(&path) {
            Err(error) if is_missing(&error, &path)? => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            // Temporary files of writers that are at work, or were killed.
            let name = entry?.file_name().to_string_lossy().into_owned();
            names.extend(Some(name).filter(|name| !name.starts_with('.')));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        let (file, path) = self.prepare(name, bytes)?;
        match fs::hard_link(file.path(), &path) {
            Ok(()) => sync_folder(&path).map(|()| true),
            // Whoever put it there may not have come to syncing the folder yet.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => sync_folder(&path).map(|()| false),
            Err(error) => Err(error),
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (file, path) = self.prepare(name, bytes)?;
        file.persist(&path)?;
        sync_folder(&path)
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
