//! What lies below a directory.
#![expect(clippy::disallowed_methods, reason = "this is the file that reads")]

use std::borrow::Cow;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf, is_separator};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::names::{is_declarations, is_hidden, is_like_declarations};
use super::unreadable::Unreadable;

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

/// What a link leads to.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct LinkTarget<'a> {
    /// Its path below the workspace; nothing when it is outside.
    pub(in crate::source) inside: Option<&'a Path>,
    pub(in crate::source) is_folder: bool,
    pub(in crate::source) is_file: bool,
}

/// Finds the files of declarations below `root`, in each of its folders on any core.
pub(super) fn walk(root: &Utf8Path) -> io::Result<Walked> {
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
        if kind.is_dir() || !(kind.is_file() || kind.is_symlink() || is_declarations(entry.path())) {
            return;
        }
        match relative(root, entry.path()) {
            Err(lossy) => self.take_misnamed(lossy),
            Ok(path) if kind.is_symlink() => self.look_at_link(real_root, entry.path(), path),
            Ok(path) if kind.is_file() => self.take_file(path),
            Ok(path) => self.problems.push((path, Unreadable::NotAFile)),
        }
    }

    fn look_at_link(&mut self, real_root: &Path, link: &Path, path: Utf8PathBuf) {
        match fs::canonicalize(link).and_then(with_kind) {
            Ok((target, kind)) => {
                let inside = target.strip_prefix(real_root).ok();
                let target = LinkTarget { inside, is_folder: kind.is_dir(), is_file: kind.is_file() };
                self.take_link(path, target);
            }
            Err(error) => self.take_broken_link(path, error.into()),
        }
    }

    /// Takes a regular file, by what its name says.
    pub(in crate::source) fn take_file(&mut self, path: Utf8PathBuf) {
        if is_declarations(path.as_std_path()) {
            self.files.push(path);
        } else if is_like_declarations(path.as_std_path()) {
            self.others.push(path);
        } else {
            self.rest.push(path);
        }
    }

    /// Takes what has a name that is not UTF-8; the path is its nearest rendering.
    pub(in crate::source) fn take_misnamed(&mut self, lossy: Utf8PathBuf) {
        if is_declarations(lossy.as_std_path()) {
            self.problems.push((lossy, Unreadable::Name));
        }
    }

    /// Takes a link to what is there.
    pub(in crate::source) fn take_link(&mut self, path: Utf8PathBuf, target: LinkTarget<'_>) {
        let LinkTarget { inside, is_folder, is_file } = target;
        if !is_folder && !is_declarations(path.as_std_path()) {
            return;
        }
        let Some(inside) = inside else {
            return self.problems.push((path, Unreadable::LeadsOutside));
        };
        if !is_folder && !is_file {
            return self.problems.push((path, Unreadable::NotAFile));
        }
        let hidden = inside.components().any(|part| is_hidden(part.as_os_str()));
        match (hidden, is_folder) {
            (true, true) => self.problems.push((path, Unreadable::LeadsToHidden)),
            (true, false) => self.files.push(path),
            (false, false) if !is_declarations(inside) => self.files.push(path),
            (false, _) => {}
        }
    }

    /// Takes a link whose target cannot be looked at.
    pub(in crate::source) fn take_broken_link(&mut self, path: Utf8PathBuf, why: Unreadable) {
        if is_declarations(path.as_std_path()) {
            self.problems.push((path, why));
        }
    }
}

fn with_kind(path: PathBuf) -> io::Result<(PathBuf, FileType)> {
    let kind = fs::metadata(&path)?.file_type();
    Ok((path, kind))
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
    use super::super::sample::folder;
    use super::{look_up, walk};

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
}
