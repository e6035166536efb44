//! Files that are there whole or not at all, whenever the power goes: written beside their place, synced, and renamed
//! or linked into it. What is dropped before that leaves nothing behind.
#![expect(clippy::disallowed_methods, reason = "a folder is opened to be synced")]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

/// How the names of files begin that are being written: a writer that is killed leaves them.
pub const WRITING: &str = ".writing-";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Others, as far as the umask lets them.
    Umask,
}

/// A file that is being written beside its place, in a folder that is there.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    path: Utf8PathBuf,
}

impl Draft {
    /// # Errors
    /// When the folder cannot be written to.
    pub fn new(path: impl Into<Utf8PathBuf>, readers: Readers) -> io::Result<Self> {
        let path = path.into();
        let mut builder = tempfile::Builder::new();
        builder.prefix(WRITING);
        #[cfg(unix)]
        if readers == Readers::Umask {
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        Ok(Self { file: builder.tempfile_in(folder_of(&path))?, path })
    }

    /// A draft of what is to replace a file that is there: with its permissions, and with its owner as far as the
    /// system lets one give files away.
    ///
    /// # Errors
    /// When the folder cannot be written to, or the file is not there.
    pub fn like(path: impl Into<Utf8PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let about = fs::symlink_metadata(&path)?;
        let draft = Self::new(path, Readers::Owner)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt as _, fchown};
            let own = draft.file.as_file().metadata()?;
            if (own.uid(), own.gid()) != (about.uid(), about.gid()) {
                // Who may not do that owns what they write, as with every editor that does it safely.
                let _ = fchown(draft.file.as_file(), Some(about.uid()), Some(about.gid()));
            }
        }
        draft.file.as_file().set_permissions(about.permissions())?;
        Ok(draft)
    }

    /// The time of the last write, by the clock of the file system.
    ///
    /// # Errors
    /// When the file system does not tell.
    pub fn modified(&self) -> io::Result<SystemTime> {
        self.file.as_file().metadata()?.modified()
    }

    /// Puts it in its place, and in that of a file or link that is there. The name outlasts a crash once its folder
    /// has been synced, which not every file system can do.
    ///
    /// # Errors
    /// When it cannot be written to the end: the place is as it was.
    pub fn replace(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(self.path)?;
        Ok(())
    }

    /// As [`Draft::replace`], without waiting for the disk: when the power goes, the place may hold anything. For what is
    /// checked when it is read.
    ///
    /// # Errors
    /// When it cannot be written to the end: the place is as it was.
    pub fn replace_unsynced(self) -> io::Result<()> {
        self.file.persist(self.path)?;
        Ok(())
    }

    /// Puts it in its place where nothing is, and tells whether it did. A link it is, as some file systems rename over
    /// what is there even when they are told not to.
    ///
    /// # Errors
    /// When it cannot be written to the end: the place is as it was.
    pub fn create(self) -> io::Result<bool> {
        self.file.as_file().sync_all()?;
        match fs::hard_link(self.file.path(), &self.path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            linked => linked.map(|()| true),
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes a folder, and those above it; all that are new outlast a crash.
///
/// # Errors
/// When one cannot be made.
pub fn create_folders(folder: &Utf8Path) -> io::Result<()> {
    if folder.as_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    create_folders(above)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(above),
    }
}

/// Makes the names in a folder outlast a crash.
///
/// # Errors
/// When the folder cannot be synced.
pub fn sync_folder(folder: &Utf8Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder that a path is in.
#[must_use]
pub fn folder_of(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(scratch.path().join("f")).unwrap();
        (scratch, path)
    }

    fn draft(path: &Utf8Path, text: &str) -> Draft {
        let mut draft = Draft::new(path, Readers::Umask).unwrap();
        draft.write_all(text.as_bytes()).unwrap();
        draft
    }

    #[test]
    fn a_place_holds_the_old_or_the_new_and_no_draft_is_left() {
        let (scratch, path) = folder();
        drop(draft(&path, "dropped"));
        assert!(!path.exists());
        assert!(draft(&path, "1").create().unwrap());
        assert!(!draft(&path, "2").create().unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "1");
        let unplaced = draft(&path, "3");
        assert_eq!(fs::read_to_string(&path).unwrap(), "1");
        unplaced.replace().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "3");
        let below = draft(&path, "4");
        fs::remove_file(&path).unwrap();
        create_folders(&path.join("folder")).unwrap();
        assert!(below.replace().is_err());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_replaces_a_file_has_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_scratch, path) = folder();
        for mode in [0o600, 0o640, 0o755] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let mut draft = Draft::like(&*path).unwrap();
            draft.write_all(b"new").unwrap();
            draft.replace().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "new");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
        assert!(Draft::like(path.with_extension("gone")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_replaced_and_not_followed_and_an_owner_is_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (scratch, path) = folder();
        let other = scratch.path().join("other");
        fs::write(&other, "other").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(!draft(&path, "x").create().unwrap());
        Draft::new(&*path, Readers::Owner).unwrap().replace().unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "other");
        let about = fs::symlink_metadata(&path).unwrap();
        assert!(about.is_file() && about.permissions().mode() & 0o777 == 0o600);
    }
}
