//! The folder that the target keeps. Each file in it is there whole or not at all. No link below the folder is
//! followed, and no file is replaced or removed unless it is what keyplan wrote.
#![expect(clippy::disallowed_methods, reason = "this is the target that reads and writes files")]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};

use camino::{Utf8Path, Utf8PathBuf};

use crate::durable::{Draft, Readers, create_folders, folder_of, sync_folder};
use crate::targets::{TargetError, TargetErrorKind};

/// No file of ours is as large.
const MOST: u64 = 1 << 20;

/// The folder of the target.
#[derive(Clone, Debug)]
pub struct Folder {
    root: Utf8PathBuf,
}

/// What stands at a path below the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundFile {
    /// Nothing.
    Nothing,
    /// A file with these bytes.
    File(Vec<u8>),
    /// Something that keyplan would not write there: what.
    Other(&'static str),
}

impl FoundFile {
    /// Whether it is this text; or nothing, where there is none.
    fn is(&self, text: Option<&str>) -> bool {
        match (self, text) {
            (Self::Nothing, None) => true,
            (Self::File(bytes), Some(text)) => bytes == text.as_bytes(),
            (Self::Nothing | Self::File(_) | Self::Other(_), _) => false,
        }
    }
}

/// A file that is to become another, to come, or to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// Its path below the folder.
    pub path: Utf8PathBuf,
    /// What keyplan wrote there; nothing when it did not.
    pub before: Option<String>,
    /// What is to stand there; nothing when it is to go.
    pub after: Option<String>,
    /// Whether keyplan may have been stopped while it wrote there, so that anything may stand there.
    pub is_unfinished: bool,
}

impl Folder {
    /// The folder at this path, which need not exist yet.
    #[must_use]
    pub const fn new(root: Utf8PathBuf) -> Self {
        Self { root }
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// What stands at a path.
    ///
    /// # Errors
    /// When it cannot be read: which path, and why.
    pub fn look(&self, path: &Utf8Path) -> Result<FoundFile, TargetError> {
        let mut place = self.root.clone();
        let mut parts = path.components().peekable();
        while let Some(part) = parts.next() {
            place.push(part);
            let about = match fs::symlink_metadata(&place) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(FoundFile::Nothing),
                Err(error) => return Err(cannot("look at", &place, &error)),
                Ok(about) => about,
            };
            let is_last = parts.peek().is_none();
            match () {
                () if about.is_symlink() => return Ok(FoundFile::Other("a link")),
                () if about.is_dir() && is_last => return Ok(FoundFile::Other("a folder")),
                () if about.is_file() && is_last && about.len() > MOST => {
                    return Ok(FoundFile::Other("a large file"));
                }
                () if about.is_dir() || (about.is_file() && is_last) => {}
                () => return Ok(FoundFile::Other("no regular file")),
            }
        }
        let mut bytes = Vec::new();
        let read = File::open(&place).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
        read.map_err(|error| cannot("read", &place, &error))?;
        Ok(FoundFile::File(bytes))
    }

    /// Whether a file with this text stands at a path; or nothing, where there is none.
    ///
    /// # Errors
    /// When it cannot be read: which path, and why.
    pub fn has(&self, path: &Utf8Path, text: Option<&str>) -> Result<bool, TargetError> {
        Ok(self.look(path)?.is(text))
    }

    /// Whether a turn may be taken, and has not been: what stands there is what keyplan wrote, or nothing.
    ///
    /// # Errors
    /// When it is something else, or cannot be seen: why, for people.
    pub fn is_due(&self, turn: &FileEdit) -> Result<bool, TargetError> {
        let FileEdit { path, before, after, is_unfinished } = turn;
        let found = self.look(path)?;
        if found.is(after.as_deref()) {
            return Ok(false);
        }
        let shown = self.root.join(path);
        match &found {
            FoundFile::Nothing => self.is_alone(path).map(|()| true),
            FoundFile::File(_) if found.is(before.as_deref()) || *is_unfinished => Ok(true),
            FoundFile::File(_) if before.is_none() => Err(TargetError::conflict(format!(
                "`{shown}` is there already, and keyplan did not write it; move it away"
            ))),
            FoundFile::File(_) => Err(TargetError::conflict(format!(
                "`{shown}` is not what keyplan wrote; delete it, or let `keyplan drift --repair` have it written anew"
            ))),
            FoundFile::Other(what) => {
                Err(TargetError::conflict(format!("`{shown}` is {what}, or lies behind one; move it away")))
            }
        }
    }

    /// Whether no folder on the way differs by case alone: on many file systems it would be the same one.
    fn is_alone(&self, path: &Utf8Path) -> Result<(), TargetError> {
        let mut place = self.root.clone();
        for part in path.components() {
            let entries = match place.read_dir_utf8() {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(cannot("list", &place, &error)),
                Ok(entries) => entries,
            };
            for entry in entries {
                let entry = entry.map_err(|error| cannot("list", &place, &error))?;
                let name = entry.file_name();
                if name != part.as_str() && name.eq_ignore_ascii_case(part.as_str()) {
                    let other = entry.path();
                    return Err(TargetError::conflict(format!(
                        "`{other}` differs from `{part}` by case alone; delete it or rename one"
                    )));
                }
            }
            place.push(part);
        }
        Ok(())
    }

    /// Takes a turn.
    ///
    /// # Errors
    /// When it cannot be written: which path, and why.
    pub fn take(&self, turn: &FileEdit) -> Result<(), TargetError> {
        let place = self.root.join(&turn.path);
        match &turn.after {
            Some(text) => write(&place, text.as_bytes()).map_err(|error| cannot("write", &place, &error)),
            None => match fs::remove_file(&place) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot("delete", &place, &error)),
                Ok(()) | Err(_) => self.tidy(&turn.path).map_err(|error| cannot("delete", &place, &error)),
            },
        }
    }

    /// Removes the folders above a path that are empty now, and makes that outlast a crash.
    fn tidy(&self, path: &Utf8Path) -> io::Result<()> {
        let above = path.ancestors().skip(1).filter(|folder| !folder.as_str().is_empty());
        for folder in above {
            let place = self.root.join(folder);
            match fs::remove_dir(&place) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => return sync_folder(&place),
                Err(error) => return Err(error),
            }
        }
        if self.root.is_dir() { sync_folder(&self.root) } else { Ok(()) }
    }

    /// The files below the folder of a project, by their paths; none that are hidden.
    ///
    /// # Errors
    /// When a folder cannot be read: which, and why.
    pub fn files(&self) -> Result<Vec<Utf8PathBuf>, TargetError> {
        let mut files = Vec::new();
        let entries = walkdir::WalkDir::new(&self.root).min_depth(1).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| !entry.file_name().as_encoded_bytes().starts_with(b".")) {
            let entry = match entry {
                Err(error) if error.io_error().is_some_and(|error| error.kind() == ErrorKind::NotFound) => {
                    continue;
                }
                Err(error) => {
                    let folder = error.path().and_then(Utf8Path::from_path).unwrap_or(&self.root).to_owned();
                    return Err(cannot("list", &folder, &error.into()));
                }
                Ok(entry) => entry,
            };
            let below = entry.path().strip_prefix(self.root.as_std_path()).unwrap_or(entry.path());
            if !entry.file_type().is_dir() {
                files.push(Utf8PathBuf::from(below.to_string_lossy().into_owned()));
            }
        }
        Ok(files)
    }
}

fn cannot(what: &str, place: &Utf8Path, error: &io::Error) -> TargetError {
    let kind = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => TargetErrorKind::Denied,
        ErrorKind::NotADirectory | ErrorKind::IsADirectory | ErrorKind::AlreadyExists => {
            TargetErrorKind::Conflict
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::InvalidFilename => {
            TargetErrorKind::Refused
        }
        _ => TargetErrorKind::Unreachable,
    };
    TargetError::new(kind, format!("cannot {what} `{place}`: {}", error.kind()))
}

fn write(place: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(place);
    create_folders(folder)?;
    let mut draft = Draft::new(place, Readers::Umask)?;
    draft.write_all(bytes)?;
    draft.replace()?;
    sync_folder(folder)
}

#[cfg(test)]
mod tests {
    use camino::{Utf8Path, Utf8PathBuf};

    use super::{FileEdit, Folder, FoundFile};
    use crate::targets::{TargetError, TargetErrorKind};

    struct Scratch {
        folder: Folder,
        _home: tempfile::TempDir,
    }

    fn place() -> Scratch {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(home.path().join("rendered")).unwrap();
        Scratch { folder: Folder::new(root), _home: home }
    }

    fn turn(path: &str, before: Option<&str>, after: Option<&str>) -> FileEdit {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        FileEdit { path: path.into(), before: owned(before), after: owned(after), is_unfinished: false }
    }

    impl Scratch {
        /// Takes a turn if it may and must be taken.
        fn take(&self, turn: &FileEdit) -> Result<bool, TargetError> {
            let is_due = self.folder.is_due(turn)?;
            if is_due {
                self.folder.take(turn)?;
            }
            Ok(is_due)
        }

        fn files(&self) -> Vec<String> {
            let mut all: Vec<_> = walkdir::WalkDir::new(self.folder.root())
                .into_iter()
                .map(|entry| entry.unwrap().path().strip_prefix(self.folder.root()).unwrap().to_owned())
                .map(|path| path.to_str().unwrap().to_owned())
                .collect();
            all.sort();
            all
        }

        fn write(&self, path: &str, text: &str) {
            std::fs::write(self.folder.root().join(path), text).unwrap();
        }
    }

    #[test]
    fn a_file_comes_changes_and_goes_with_its_folders() {
        let place = place();
        assert_eq!(place.take(&turn("p/c/f", None, Some("1"))), Ok(true));
        assert_eq!(place.take(&turn("p/c/f", None, Some("1"))), Ok(false), "again");
        assert_eq!(place.take(&turn("p/d/f", None, Some("1"))), Ok(true));
        assert_eq!(place.take(&turn("p/c/f", Some("1"), Some("2"))), Ok(true));
        assert_eq!(place.folder.look(Utf8Path::new("p/c/f")), Ok(FoundFile::File(b"2".to_vec())));
        assert_eq!(place.take(&turn("p/c/f", Some("2"), None)), Ok(true));
        assert_eq!(place.take(&turn("p/c/f", Some("2"), None)), Ok(false), "again");
        assert_eq!(place.files(), ["", "p", "p/d", "p/d/f"]);
        assert_eq!(place.take(&turn("p/d/f", Some("1"), None)), Ok(true));
        assert_eq!(place.files(), [""], "the folder of the target stays");
    }

    #[test]
    fn a_folder_with_something_else_in_it_stays() {
        let place = place();
        place.take(&turn("p/c/f", None, Some("1"))).unwrap();
        place.write("p/README.md", "mine");
        place.take(&turn("p/c/f", Some("1"), None)).unwrap();
        assert_eq!(place.files(), ["", "p", "p/README.md"]);
    }

    #[test]
    fn what_keyplan_did_not_write_is_left_alone() {
        let place = place();
        place.take(&turn("p/c/f", None, Some("1"))).unwrap();
        place.write("p/c/f", "edited");
        for (before, after, why) in [
            (Some("1"), Some("2"), "is not what keyplan wrote"),
            (Some("1"), None, "is not what keyplan wrote"),
            (None, Some("2"), "is there already"),
        ] {
            let refused = place.take(&turn("p/c/f", before, after)).unwrap_err();
            assert_eq!(refused.kind, TargetErrorKind::Conflict);
            assert!(refused.why.contains(why), "{refused}");
            assert_eq!(place.folder.look(Utf8Path::new("p/c/f")), Ok(FoundFile::File(b"edited".to_vec())));
        }
        let unfinished = FileEdit { is_unfinished: true, ..turn("p/c/f", Some("1"), Some("2")) };
        assert_eq!(place.take(&unfinished), Ok(true));
        std::fs::remove_file(place.folder.root().join("p/c/f")).unwrap();
        assert_eq!(place.take(&turn("p/c/f", Some("1"), Some("3"))), Ok(true), "deleted is as good as new");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_folders_are_refused_at_every_step() {
        use std::os::unix::fs::symlink;
        let place = place();
        let outside = tempfile::tempdir().unwrap();
        place.take(&turn("p/c/f", None, Some("1"))).unwrap();
        let root = place.folder.root();
        symlink(outside.path(), root.join("q")).unwrap();
        symlink(outside.path(), root.join("p/d")).unwrap();
        symlink(outside.path().join("nowhere"), root.join("p/c/g")).unwrap();
        std::fs::create_dir(root.join("p/c/h")).unwrap();
        for (path, what) in
            [("q/c/f", "a link"), ("p/d/f", "a link"), ("p/c/g", "a link"), ("p/c/h", "a folder")]
        {
            let refused = place.take(&turn(path, None, Some("1"))).unwrap_err();
            assert!(refused.why.contains(what), "{refused}");
            assert!(place.take(&turn(path, Some("1"), None)).is_err(), "{path}");
        }
        assert!(place.take(&turn("p/c/f/x", None, Some("1"))).unwrap_err().why.contains("no regular file"));
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn names_that_differ_by_case_alone_are_refused() {
        let place = place();
        place.take(&turn("p/Prod/f", None, Some("1"))).unwrap();
        let refused = place.take(&turn("p/prod/f", None, Some("1"))).unwrap_err();
        assert!(refused.why.contains("differs from `prod` by case alone"), "{refused}");
        assert!(place.take(&turn("P/x/f", None, Some("1"))).is_err());
        assert_eq!(place.take(&turn("p/prod-2/f", None, Some("1"))), Ok(true));
    }

    #[test]
    fn half_written_files_are_no_files() {
        let place = place();
        place.take(&turn("p/c/f", None, Some("1"))).unwrap();
        place.write("p/c/.writing-x", "half");
        assert_eq!(place.folder.files().unwrap(), ["p/c/f"]);
    }
}
