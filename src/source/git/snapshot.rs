//! The files of a workspace as they are at a commit.

use std::io::{self, Read};

use camino::Utf8Path;

use super::commit::Commit;
use super::error::GitError;
use super::objects::{ObjectKind, Objects};
use super::program::Git;
use super::repository::Repository;
use super::tree::{Entry, Found, Layout, ObjectId, Tree};
use crate::source::walk::{
    Files, HEAD, LinkTarget, MAX_FILE, MAX_KEY_FILE, MAX_LIST, MOST_BESIDE, Unreadable, Walked, is_hidden,
};

/// The longest text of a link that is followed, in bytes, as on Linux.
const MAX_LINK: u64 = 4096;

/// The files of a workspace as they are at a commit. What a checkout leaves out or rewrites by attributes is there as
/// it was committed.
#[derive(Debug)]
pub struct Snapshot {
    repository: Repository,
    commit: Commit,
    tree: Tree,
    objects: Objects,
}

impl Snapshot {
    /// The workspace at a commit; nothing when it is not there.
    ///
    /// # Errors
    /// When something else than a folder is there, or git fails.
    pub fn of(repository: &Repository, commit: &Commit) -> Result<Option<Self>, GitError> {
        let Some(top) = folder(repository, commit)? else { return Ok(None) };
        let tree = list(&repository.git, &top)?;
        let objects = Objects::open(&repository.git)?;
        Ok(Some(Self { repository: repository.clone(), commit: commit.clone(), tree, objects }))
    }

    fn follow(&self, path: &Utf8Path) -> Found {
        let layout = Layout { tree: &self.tree, prefix: &self.repository.prefix, top: &self.repository.top };
        layout.follow(path, |link| String::from_utf8(self.objects.blob(link, MAX_LINK, "4 KiB").ok()?).ok())
    }

    /// The file that a path leads to.
    fn file(&self, path: &Utf8Path) -> Result<ObjectId, Unreadable> {
        match self.follow(path) {
            Found::File(_, id) => Ok(id),
            Found::Folder(_) => Err(Unreadable::NotAFile),
            Found::Submodule => Err(Unreadable::Submodule),
            Found::Outside(Some(place)) if self.outside(&place).is_none() => Err(Unreadable::Missing),
            Found::Outside(_) => Err(Unreadable::LeadsOutside),
            Found::Missing => Err(Unreadable::Missing),
        }
    }

    fn look_at_link(&self, path: &Utf8Path, walked: &mut Walked) {
        let path = path.to_owned();
        match self.follow(&path) {
            Found::File(inside, _) => walked.take_link(path, target(Some(&inside), false)),
            Found::Folder(inside) => walked.take_link(path, target(Some(&inside), true)),
            Found::Submodule => walked.take_broken_link(path, Unreadable::Submodule),
            Found::Missing => walked.take_broken_link(path, Unreadable::Missing),
            // What lies outside of the repository is not in the commit.
            Found::Outside(None) => walked.take_link(path, target(None, false)),
            Found::Outside(Some(place)) => match self.outside(&place) {
                Some(ObjectKind::Blob) => walked.take_link(path, target(None, false)),
                Some(ObjectKind::Tree | ObjectKind::Other) => walked.take_link(path, target(None, true)),
                None => walked.take_broken_link(path, Unreadable::Missing),
            },
        }
    }

    /// What lies at a place below the top of the repository.
    fn outside(&self, place: &str) -> Option<ObjectKind> {
        self.objects.kind(&format!("{}:{place}", self.commit.id))
    }
}

fn target(inside: Option<&Utf8Path>, is_folder: bool) -> LinkTarget<'_> {
    LinkTarget { inside: inside.map(Utf8Path::as_std_path), is_folder, is_file: !is_folder }
}

impl Files for Snapshot {
    fn list(&self) -> io::Result<Walked> {
        let mut walked = Walked::default();
        let is_seen = |path: &Utf8Path| !path.iter().any(|name| is_hidden(name.as_ref()));
        for (path, entry) in self.tree.entries.iter().filter(|(path, _)| is_seen(path)) {
            match entry {
                Entry::File(_) => walked.take_file(path.clone()),
                Entry::Link(_) => self.look_at_link(path, &mut walked),
                Entry::Submodule => walked.problems.push((path.clone(), Unreadable::Submodule)),
            }
        }
        let misnamed = self.tree.misnamed.iter().filter(|path| is_seen(path));
        misnamed.cloned().for_each(|path| walked.take_misnamed(path));
        Ok(walked)
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.objects.blob(&self.file(path)?, MAX_FILE, "256 MiB")
    }

    fn head(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.objects.head(&self.file(path)?, HEAD)
    }

    fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.objects.blob(&self.file(path)?, MAX_KEY_FILE, "64 KiB")
    }

    fn beside(&self, path: &Utf8Path) -> Vec<String> {
        let folder = path.parent().map(|folder| self.follow(folder));
        let Some(Found::Folder(folder)) = folder else { return Vec::new() };
        let files = self.tree.below(&folder).filter(|(_, entry)| matches!(entry, Entry::File(_)));
        let beside = files.filter(|(path, _)| path.parent() == Some(&folder));
        let names = beside.filter_map(|(path, _)| path.file_name()).take(MOST_BESIDE);
        names.filter(|name| !is_hidden(name.as_ref())).map(str::to_owned).collect()
    }

    fn open_list(&self, path: &Utf8Path) -> Result<Box<dyn Read>, Unreadable> {
        let (length, content) = self.objects.stream(&self.file(path)?)?;
        if length > MAX_LIST {
            return Err(Unreadable::TooLarge { limit: "1 GiB" });
        }
        Ok(content)
    }
}

/// The tree of the workspace at a commit; nothing when nothing is there.
fn folder(repository: &Repository, commit: &Commit) -> Result<Option<String>, GitError> {
    let Repository { git, prefix, .. } = repository;
    if prefix.is_empty() {
        return Ok(Some(commit.id.to_string()));
    }
    let listing = git.answer(&["ls-tree", "-z", "--full-tree", &commit.id, "--", prefix])?;
    let listing = listing.unwrap_or_default();
    let Some((about, _)) = listing.split_once('\t') else { return Ok(None) };
    let mut words = about.split(' ');
    let what = match (words.next(), words.nth(1)) {
        (Some("040000"), Some(id)) => return Ok(Some(id.to_owned())),
        (Some("120000"), _) => "a symbolic link",
        (Some("160000"), _) => "a submodule, whose files are in another repository",
        _ => "a file",
    };
    Err(GitError::NoFolder { revision: commit.revision.clone(), path: prefix.clone(), what })
}

/// What lies below a tree.
fn list(git: &Git, tree: &str) -> Result<Tree, GitError> {
    let listing = git.output(&["ls-tree", "-r", "-z", "--full-tree", tree])?.unwrap_or_default();
    Tree::read(&listing).ok_or_else(|| GitError::Git("a list of files that cannot be read".into()))
}
