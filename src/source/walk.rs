//! The walk below a directory, and the reading of files: the only I/O of this room.
//!
//! Every `*.yaml` and `*.yml` file is found, in path order. Hidden files and folders are passed
//! over. A link that stays inside is passed over too, because what it names is found by its own
//! path, unless that is hidden (as where a configuration map is mounted); a link out of the
//! directory is a problem. Only regular files are listed and opened, so that a pipe cannot hang a run.
#![expect(clippy::disallowed_methods, reason = "this is the file that reads")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf, is_separator};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

/// The largest file of declarations that is read, in bytes.
pub const MAX_FILE: u64 = 256 << 20;
/// The largest file that `publicKeyFile` may name, in bytes: an RSA key of 16384 bits has 2.8 KiB.
pub const MAX_KEY_FILE: u64 = 64 << 10;

/// The largest file that `blocklist` may name, in bytes: badkeys' own has some hundred MiB.
pub const MAX_LIST: u64 = 1 << 30;

/// What is read of a file, in bytes, to see whether it holds declarations.
const HEAD: u64 = 64 << 10;

/// How many files beside one are looked at for the one that was meant.
const MOST_BESIDE: usize = 1000;

/// What is read of a file, in bytes, before its length is asked for. Where there are many files most are
/// smaller, and that question is a tenth of reading one.
const SMALL_FILE: usize = 1 << 10;

/// Why a file or a folder cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It does not exist.
    #[error("there is no such file")]
    Missing,
    /// A folder, a pipe, a socket or a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// It is larger than is read, in MiB or KiB as the limit says.
    #[error("it is larger than {limit}")]
    TooLarge {
        /// The limit, with its unit.
        limit: &'static str,
    },
    /// It leads out of the workspace.
    #[error("it leads out of the workspace")]
    LeadsOutside,
    /// A link to a folder that is hidden, and so passed over.
    #[error("it leads to a hidden folder, and these are passed over")]
    LeadsToHidden,
    /// A name that is not UTF-8 and so cannot be shown.
    #[error("its name is not UTF-8")]
    Name,
    /// What the operating system says.
    #[error("{0}")]
    Io(io::ErrorKind),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            kind => Self::Io(kind),
        }
    }
}

/// The files of a workspace, wherever they are.
pub trait Files: Sync {
    /// The files of declarations.
    ///
    /// # Errors
    /// When the workspace is no folder that can be read.
    fn list(&self) -> io::Result<Walked>;

    /// Reads a file that the list names.
    ///
    /// # Errors
    /// When it is too large, or cannot be read.
    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable>;

    /// Reads the beginning of a file that the list names, declarations or not: some KiB.
    ///
    /// # Errors
    /// When it cannot be read.
    fn head(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.read(path)
    }

    /// Reads a file that `publicKeyFile` names; `path` comes from [`resolve`].
    ///
    /// # Errors
    /// When it is no regular file inside of the workspace, is too large, or cannot be read.
    fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable>;

    /// The names of the files beside one that `publicKeyFile` names, sorted and not too many. By default there are none.
    fn beside(&self, path: &Utf8Path) -> Vec<String> {
        let _ = path;
        Vec::new()
    }

    /// Opens the file that `blocklist` names; `path` comes from [`resolve`]. By default there is none.
    ///
    /// # Errors
    /// When it is no regular file inside of the workspace, is too large, or cannot be read.
    fn open_list(&self, path: &Utf8Path) -> Result<Box<dyn Read>, Unreadable> {
        let _ = path;
        Err(Unreadable::Missing)
    }
}

/// A workspace in a folder.
#[derive(Clone, Copy, Debug)]
pub struct Folder<'a>(pub &'a Utf8Path);

impl Files for Folder<'_> {
    fn list(&self) -> io::Result<Walked> {
        walk(self.0)
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        read_at_most(&self.0.join(path), MAX_FILE, "256 MiB")
    }

    fn head(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        File::open(self.0.join(path))?.take(HEAD).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        read_at_most(&self.regular_inside(path)?, MAX_KEY_FILE, "64 KiB")
    }

    fn beside(&self, path: &Utf8Path) -> Vec<String> {
        let folder = self.0.join(path).parent().map(Utf8Path::to_owned).unwrap_or_default();
        let is_inside =
            || fs::canonicalize(&folder).ok()?.starts_with(fs::canonicalize(self.0).ok()?).then_some(());
        let Some(entries) = is_inside().and_then(|()| folder.read_dir_utf8().ok()) else { return Vec::new() };
        let files = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let mut names: Vec<_> = files.take(MOST_BESIDE).map(|entry| entry.file_name().to_owned()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort_unstable();
        names
    }

    fn open_list(&self, path: &Utf8Path) -> Result<Box<dyn Read>, Unreadable> {
        let file = File::open(self.regular_inside(path)?)?;
        if file.metadata()?.len() > MAX_LIST {
            return Err(Unreadable::TooLarge { limit: "1 GiB" });
        }
        Ok(Box::new(file.take(MAX_LIST)))
    }
}

impl Folder<'_> {
    /// The path of a regular file. A link may not lead out of the workspace.
    fn regular_inside(&self, path: &Utf8Path) -> Result<Utf8PathBuf, Unreadable> {
        let path = self.0.join(path);
        if !fs::canonicalize(&path)?.starts_with(fs::canonicalize(self.0)?) {
            return Err(Unreadable::LeadsOutside);
        }
        if fs::metadata(&path)?.is_file() { Ok(path) } else { Err(Unreadable::NotAFile) }
    }
}

/// A workspace in memory: texts by their paths.
#[derive(Clone, Debug, Default)]
pub struct Texts(pub BTreeMap<Utf8PathBuf, Vec<u8>>);

impl Files for Texts {
    fn list(&self) -> io::Result<Walked> {
        let files = self.0.keys().filter(|path| is_declarations(path.as_std_path())).cloned().collect();
        let others = self.0.keys().filter(|path| is_like_declarations(path.as_std_path())).cloned().collect();
        let is_known = |path: &Path| is_declarations(path) || is_like_declarations(path);
        let rest = self.0.keys().filter(|path| !is_known(path.as_std_path())).cloned().collect();
        Ok(Walked { files, others, rest, problems: Vec::new() })
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.0.get(path).cloned().ok_or(Unreadable::Missing)
    }

    fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.read(path)
    }

    fn open_list(&self, path: &Utf8Path) -> Result<Box<dyn Read>, Unreadable> {
        Ok(Box::new(io::Cursor::new(self.read(path)?)))
    }
}

/// What the walk found below a directory. Paths are relative to it.
#[derive(Debug, Default)]
pub struct Walked {
    /// Files of declarations, in path order.
    pub files: Vec<Utf8PathBuf>,
    /// Files that are not read, and by their names may have been meant to be.
    pub others: Vec<Utf8PathBuf>,
    /// What could not be looked into.
    pub problems: Vec<(Utf8PathBuf, Unreadable)>,
    /// Regular files of any other kind, in path order.
    pub rest: Vec<Utf8PathBuf>,
}

/// Finds the files of declarations below `root`, in each of its folders on any core.
fn walk(root: &Utf8Path) -> io::Result<Walked> {
    fs::read_dir(root)?;
    let real_root = fs::canonicalize(root)?;
    let top: Vec<_> = entries(WalkDir::new(root).min_depth(1).max_depth(1)).collect();
    let below = |entry: walkdir::Result<DirEntry>| {
        let mut walked = Walked::default();
        match entry {
            Ok(folder) if folder.file_type().is_dir() => {
                for entry in entries(WalkDir::new(folder.path())) {
                    walked.take(root, &real_root, entry);
                }
            }
            entry => walked.take(root, &real_root, entry),
        }
        walked
    };
    let parts: Vec<_> = top.into_par_iter().map(below).collect();
    let mut walked = Walked::default();
    for Walked { files, others, rest, problems } in parts {
        walked.files.extend(files);
        walked.others.extend(others);
        walked.problems.extend(problems);
        walked.rest.extend(rest);
    }
    Ok(walked)
}

/// What a walk comes across, by name, without what is hidden.
fn entries(walk: WalkDir) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let is_seen = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry.file_name());
    // In one folder paths differ in their last names alone, and whole paths need not be taken apart.
    let by_name = |one: &DirEntry, other: &DirEntry| one.path().as_os_str().cmp(other.path().as_os_str());
    walk.sort_by(by_name).into_iter().filter_entry(is_seen)
}

/// Looks at these names alone in the folder `root`, as a walk would.
///
/// # Errors
/// When there is no such folder.
pub fn look_up(root: &Utf8Path, names: &[&str]) -> io::Result<Walked> {
    let real_root = fs::canonicalize(root)?;
    let mut walked = Walked::default();
    for name in names {
        for entry in WalkDir::new(root.join(name)).max_depth(0).follow_root_links(false) {
            let is_there = |error: &walkdir::Error| {
                error.io_error().is_none_or(|error| error.kind() != io::ErrorKind::NotFound)
            };
            if entry.as_ref().err().is_none_or(is_there) {
                walked.take(root, &real_root, entry);
            }
        }
    }
    Ok(walked)
}

impl Walked {
    fn take(&mut self, root: &Utf8Path, real_root: &Path, entry: walkdir::Result<DirEntry>) {
        match entry {
            Ok(entry) => self.look_at(root, real_root, &entry),
            Err(error) => {
                let path = relative(root, error.path().unwrap_or(root.as_std_path()));
                let why = error.into_io_error().map_or(Unreadable::LeadsOutside, Unreadable::from);
                self.problems.push((path.unwrap_or_else(|lossy| lossy), why));
            }
        }
    }

    fn look_at(&mut self, root: &Utf8Path, real_root: &Path, entry: &DirEntry) {
        let kind = entry.file_type();
        if kind.is_file() && is_like_declarations(entry.path()) {
            self.others.extend(relative(root, entry.path()));
            return;
        }
        if kind.is_dir() || (!kind.is_symlink() && !is_declarations(entry.path())) {
            self.rest.extend(relative(root, entry.path()).ok().filter(|_| kind.is_file()));
            return;
        }
        match relative(root, entry.path()) {
            Err(lossy) if is_declarations(entry.path()) => self.problems.push((lossy, Unreadable::Name)),
            Err(_) => {}
            Ok(path) if kind.is_symlink() => self.look_at_link(real_root, entry.path(), path),
            Ok(path) if kind.is_file() => self.files.push(path),
            Ok(path) => self.problems.push((path, Unreadable::NotAFile)),
        }
    }

    fn look_at_link(&mut self, real_root: &Path, link: &Path, path: Utf8PathBuf) {
        let (target, kind) = match fs::canonicalize(link).and_then(with_kind) {
            Ok(found) => found,
            Err(error) if is_declarations(link) => return self.problems.push((path, error.into())),
            Err(_) => return,
        };
        let is_folder = kind.is_dir();
        if !is_folder && !is_declarations(link) {
            return;
        }
        let Ok(inside) = target.strip_prefix(real_root) else {
            return self.problems.push((path, Unreadable::LeadsOutside));
        };
        if !is_folder && !kind.is_file() {
            return self.problems.push((path, Unreadable::NotAFile));
        }
        let hidden = inside.components().any(|part| is_hidden(part.as_os_str()));
        match (hidden, is_folder) {
            (true, true) => self.problems.push((path, Unreadable::LeadsToHidden)),
            (true, false) => self.files.push(path),
            (false, false) if !is_declarations(&target) => self.files.push(path),
            (false, _) => {}
        }
    }
}

fn with_kind(path: PathBuf) -> io::Result<(PathBuf, FileType)> {
    let kind = fs::metadata(&path)?.file_type();
    Ok((path, kind))
}

/// Where a path that a declaration gives leads, below the workspace; nothing when it leads outside.
#[must_use]
pub fn resolve(declaring_file: &Utf8Path, given: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut resolved = declaring_file.parent().map_or_else(Utf8PathBuf::new, Utf8Path::to_owned);
    for part in given.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::Normal(name) => resolved.push(name),
            Utf8Component::ParentDir if resolved.pop() => {}
            Utf8Component::ParentDir | Utf8Component::RootDir | Utf8Component::Prefix(_) => return None,
        }
    }
    Some(resolved)
}

fn read_at_most(path: &Utf8Path, most: u64, limit: &'static str) -> Result<Vec<u8>, Unreadable> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::with_capacity(SMALL_FILE);
    file.by_ref().take(SMALL_FILE as u64).read_to_end(&mut bytes)?;
    if bytes.len() == SMALL_FILE {
        let length = file.metadata()?.len();
        if length > most {
            return Err(Unreadable::TooLarge { limit });
        }
        bytes.reserve(usize::try_from(length).unwrap_or(0));
        file.take(most + 1 - SMALL_FILE as u64).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(Unreadable::TooLarge { limit });
        }
    }
    bytes.shrink_to_fit();
    Ok(bytes)
}

fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn is_declarations(path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    path.ends_with(b".yaml") || path.ends_with(b".yml")
}

/// What templates of YAML end in. Copies that editors make, such as `a.yaml~` and `a.yaml.orig`, do not.
const TEMPLATES: [&str; 8] = ["tpl", "tmpl", "template", "gotmpl", "j2", "jinja", "jinja2", "erb"];

/// Whether a file's name is nearly one of declarations: `a.YAML`, `a.yaml.tpl`, `a.json`.
fn is_like_declarations(path: &Path) -> bool {
    let (Some(end), Some(stem)) = (path.extension(), path.file_stem()) else { return false };
    let is = |end: &std::ffi::OsStr, words: &[&str]| words.iter().any(|word| end.eq_ignore_ascii_case(word));
    let is_template = is(end, &TEMPLATES);
    let end = if is_template { Path::new(stem).extension() } else { Some(end) };
    !is_declarations(path) && end.is_some_and(|end| is(end, &["yaml", "yml", "json"]))
}

/// A path below the root; as an error, its nearest rendering in UTF-8.
fn relative(root: &Utf8Path, path: &Path) -> Result<Utf8PathBuf, Utf8PathBuf> {
    let whole = path.to_string_lossy();
    let below = whole.strip_prefix(root.as_str()).unwrap_or(&whole).trim_start_matches(is_separator);
    let below = Utf8PathBuf::from(if below.is_empty() { "." } else { below });
    match whole {
        Cow::Borrowed(_) => Ok(below),
        Cow::Owned(_) => Err(below),
    }
}

#[cfg(test)]
mod tests {
    use camino::{Utf8Path, Utf8PathBuf};

    use super::{Files, Folder, MAX_KEY_FILE, SMALL_FILE, Unreadable, look_up, resolve, walk};

    fn folder(files: &[&str]) -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        (dir, root)
    }

    #[test]
    fn finds_declarations_in_path_order_and_passes_over_what_is_hidden() {
        let (_dir, root) =
            folder(&["b.yaml", "a/z.yml", "a/a.yaml", ".git/c.yaml", ".d.yaml", "e.json", "a.b/f.yaml"]);
        let walked = walk(&root).unwrap();
        assert_eq!(walked.files, ["a/a.yaml", "a/z.yml", "a.b/f.yaml", "b.yaml"]);
        assert_eq!(walked.others, ["e.json"]);
        assert!(walked.problems.is_empty());
        assert!(walk(&root.join("missing")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_out_of_the_directory_nor_round_in_it() {
        use std::os::unix::fs::symlink;
        let (_outside, elsewhere) = folder(&["x.yaml"]);
        let (_dir, root) = folder(&["a/a.yaml", "..data/b.yaml", "c.pub"]);
        symlink(&root, root.join("a/loop")).unwrap();
        symlink("a.yaml", root.join("a/same.yaml")).unwrap();
        symlink("..data/b.yaml", root.join("b.yaml")).unwrap();
        symlink(elsewhere.join("x.yaml"), root.join("out.yaml")).unwrap();
        symlink(&elsewhere, root.join("out")).unwrap();
        symlink("nowhere", root.join("gone.yaml")).unwrap();
        symlink("nowhere", root.join("gone.txt")).unwrap();
        let walked = walk(&root).unwrap();
        assert_eq!(walked.files, ["a/a.yaml", "b.yaml"]);
        assert_eq!(
            walked.problems,
            [
                ("gone.yaml".into(), Unreadable::Missing),
                ("out".into(), Unreadable::LeadsOutside),
                ("out.yaml".into(), Unreadable::LeadsOutside),
            ]
        );
        symlink(elsewhere.join("x.yaml"), root.join("out.pub")).unwrap();
        assert_eq!(Folder(&root).read_key(Utf8Path::new("out.pub")), Err(Unreadable::LeadsOutside));
        assert_eq!(Folder(&root).read_key(Utf8Path::new("c.pub")), Ok(b"x".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_looked_up_are_found_as_on_a_walk() {
        use std::os::unix::fs::symlink;
        let (_dir, root) = folder(&["a.yaml", "b/c.yaml", "..data/d.yaml"]);
        symlink("..data/d.yaml", root.join("d.yaml")).unwrap();
        symlink("nowhere", root.join("gone.yaml")).unwrap();
        symlink("/", root.join("out.yaml")).unwrap();
        let walked = walk(&root).unwrap();
        let looked_up = look_up(&root, &["a.yaml", "b/c.yaml", "d.yaml", "e.yaml", "gone.yaml", "out.yaml"]);
        let looked_up = looked_up.unwrap();
        assert_eq!((&looked_up.files, &looked_up.problems), (&walked.files, &walked.problems));
        assert_eq!(walked.files, ["a.yaml", "b/c.yaml", "d.yaml"]);
        assert!(look_up(&root.join("missing"), &["a.yaml"]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_folder_is_not_opened() {
        let (_dir, root) = folder(&["folder.yaml/a.txt"]);
        let made = std::process::Command::new("mkfifo").arg(root.join("pipe.yaml")).status();
        assert!(made.unwrap().success());
        std::os::unix::fs::symlink("pipe.yaml", root.join("link.yaml")).unwrap();
        std::os::unix::fs::symlink("pipe.yaml", root.join("link.pub")).unwrap();
        let not_a_file = |path: &str| (Utf8PathBuf::from(path), Unreadable::NotAFile);
        for walked in
            [walk(&root).unwrap(), look_up(&root, &["folder.yaml", "link.yaml", "pipe.yaml"]).unwrap()]
        {
            assert!(walked.files.is_empty());
            assert_eq!(walked.problems, [not_a_file("link.yaml"), not_a_file("pipe.yaml")]);
        }
        for path in ["link.pub", "pipe.yaml", "folder.yaml"] {
            assert_eq!(Folder(&root).read_key(Utf8Path::new(path)), Err(Unreadable::NotAFile));
        }
    }

    #[test]
    fn a_file_of_any_size_is_read_whole() {
        let (_dir, root) = folder(&["a.yaml"]);
        for size in [0, 1, SMALL_FILE - 1, SMALL_FILE, SMALL_FILE + 1, 100 * SMALL_FILE] {
            let bytes: Vec<_> = (0..=u8::MAX).cycle().take(size).collect();
            std::fs::write(root.join("a.yaml"), &bytes).unwrap();
            assert_eq!(Folder(&root).read(Utf8Path::new("a.yaml")), Ok(bytes), "{size}");
        }
    }

    #[test]
    fn a_key_file_is_read_up_to_its_limit() {
        let (_dir, root) = folder(&["a.pub"]);
        for (size, is_read) in [(MAX_KEY_FILE, true), (MAX_KEY_FILE + 1, false)] {
            std::fs::File::options().write(true).open(root.join("a.pub")).unwrap().set_len(size).unwrap();
            assert_eq!(Folder(&root).read_key(Utf8Path::new("a.pub")).is_ok(), is_read, "{size}");
        }
    }

    #[test]
    fn a_file_of_a_gigabyte_is_not_read() {
        let (_dir, root) = folder(&["a.yaml"]);
        std::fs::File::options().write(true).open(root.join("a.yaml")).unwrap().set_len(1 << 30).unwrap();
        assert_eq!(
            Folder(&root).read(Utf8Path::new("a.yaml")),
            Err(Unreadable::TooLarge { limit: "256 MiB" })
        );
    }

    #[test]
    fn a_path_is_relative_to_its_file_and_stays_inside() {
        let from = Utf8Path::new("teams/payments/keys.yaml");
        for (given, expected) in [
            ("ops.pub", Some("teams/payments/ops.pub")),
            ("./keys/ops.pub", Some("teams/payments/keys/ops.pub")),
            ("../../ops.pub", Some("ops.pub")),
            ("../../../ops.pub", None),
            ("/etc/ops.pub", None),
        ] {
            assert_eq!(
                resolve(from, Utf8Path::new(given)).as_deref(),
                expected.map(Utf8Path::new),
                "{given}"
            );
        }
    }
}
