//! What lies below the workspace at a commit, and where paths and links in it lead.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

/// The name of an object, in hexadecimal digits.
pub(super) type ObjectId = Box<str>;

/// How many links one path may lead through, as on Linux.
const MOST_LINKS: usize = 40;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    File(ObjectId),
    /// A symbolic link; the object holds where it leads.
    Link(ObjectId),
    /// A submodule, whose files are in another repository.
    Submodule,
}

/// What lies below the workspace. Paths are relative to it.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) entries: BTreeMap<Utf8PathBuf, Entry>,
    /// What has a name that is not UTF-8, by its nearest rendering.
    pub(super) misnamed: Vec<Utf8PathBuf>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    File(Utf8PathBuf, ObjectId),
    Folder(Utf8PathBuf),
    Submodule,
    /// Outside of the workspace; with its path below the top of the repository when it is there.
    Outside(Option<String>),
    Missing,
}

impl Tree {
    /// Reads what `git ls-tree -r -z` prints.
    pub(super) fn read(listing: &[u8]) -> Option<Self> {
        let mut tree = Self::default();
        for record in listing.split_inclusive(|&byte| byte == 0) {
            let (entry, path) = entry(record.strip_suffix(&[0])?)?;
            match std::str::from_utf8(path) {
                Ok(path) => {
                    tree.entries.insert(path.into(), entry);
                }
                Err(_) => tree.misnamed.push(String::from_utf8_lossy(path).into_owned().into()),
            }
        }
        Some(tree)
    }

    /// What lies directly or deeper in a folder.
    pub(super) fn below<'a>(
        &'a self,
        folder: &'a Utf8Path,
    ) -> impl Iterator<Item = (&'a Utf8Path, &'a Entry)> {
        let entries = self.entries.range(folder.to_owned()..);
        entries
            .map(|(path, entry)| (path.as_path(), entry))
            .take_while(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| *path != folder)
    }

    fn is_folder(&self, path: &Utf8Path) -> bool {
        path.as_str().is_empty() || self.below(path).next().is_some()
    }
}

/// One record: `MODE TYPE OBJECT`, a tab, and the path.
fn entry(record: &[u8]) -> Option<(Entry, &[u8])> {
    let tab = record.iter().position(|&byte| byte == b'\t')?;
    let (about, path) = (std::str::from_utf8(&record[..tab]).ok()?, &record[tab + 1..]);
    let mut words = about.split(' ');
    let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
    let entry = match mode {
        "120000" => Entry::Link(id.into()),
        "160000" => Entry::Submodule,
        _ => Entry::File(id.into()),
    };
    Some((entry, path))
}

/// A workspace in a repository, as far as paths go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout<'a> {
    pub(super) tree: &'a Tree,
    /// The workspace below the top of the repository.
    pub(super) prefix: &'a str,
    /// Where the top is, for links with an absolute path.
    pub(super) top: &'a Utf8Path,
}

impl Layout<'_> {
    /// Where a path below the workspace leads, through links as a file system goes. What lies outside of the workspace
    /// is taken for folders. `read_link` gives the text of a link.
    pub(super) fn follow(&self, path: &Utf8Path, read_link: impl Fn(&str) -> Option<String>) -> Found {
        let mut at: Vec<String> = names(self.prefix).map(str::to_owned).collect();
        let mut rest: Vec<String> = reversed(path.as_str());
        let mut links = 0;
        while let Some(name) = rest.pop() {
            match name.as_str() {
                ".." if at.pop().is_none() => return Found::Outside(None),
                "." | ".." => continue,
                _ => at.push(name),
            }
            let Some(inside) = self.inside(&at) else { continue };
            match self.tree.entries.get(&inside) {
                Some(Entry::File(id)) if rest.is_empty() => return Found::File(inside, id.clone()),
                Some(Entry::Submodule) => return Found::Submodule,
                None if self.tree.is_folder(&inside) => {}
                Some(Entry::File(_)) | None => return Found::Missing,
                Some(Entry::Link(id)) => {
                    links += 1;
                    let Some(target) = read_link(id).filter(|_| links <= MOST_LINKS) else {
                        return Found::Missing;
                    };
                    at.pop();
                    let Some(target) = self.from(&target, &mut at) else { return Found::Outside(None) };
                    rest.extend(reversed(target));
                }
            }
        }
        match self.inside(&at) {
            Some(inside) => Found::Folder(inside),
            None => Found::Outside(Some(at.join("/"))),
        }
    }

    /// What of a link's text is still to be gone, from `at`; nothing when it leads out of the repository.
    fn from<'t>(&self, target: &'t str, at: &mut Vec<String>) -> Option<&'t str> {
        if !target.starts_with('/') {
            return Some(target);
        }
        at.clear();
        Utf8Path::new(target).strip_prefix(self.top).ok().map(Utf8Path::as_str)
    }

    /// A place below the workspace.
    fn inside(&self, at: &[String]) -> Option<Utf8PathBuf> {
        let depth = names(self.prefix).count();
        let is_inside = at.len() >= depth && names(self.prefix).zip(at).all(|(one, other)| one == other);
        is_inside.then(|| at[depth..].join("/").into())
    }
}

fn names(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

fn reversed(path: &str) -> Vec<String> {
    names(path).rev().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::{Entry, Found, Layout, Tree};

    /// The object of a link is named by where it leads.
    const LISTING: &[u8] = b"100644 blob a1\ta.yaml\0\
        100755 blob b1\tb/c.yaml\0\
        120000 blob ../a.yaml\tb/link\0\
        120000 blob b\tfolder\0\
        120000 blob loop\tloop\0\
        120000 blob ../..\tout\0\
        120000 blob ../../access/a.yaml\tout-and-in\0\
        120000 blob /repository/access/b/c.yaml\tabsolute\0\
        120000 blob /etc/passwd\tpasswd\0\
        160000 commit c1\tmodule\0\
        100644 blob d1\t\xff.yaml\0";

    fn follow(path: &str) -> Found {
        let tree = Tree::read(LISTING).unwrap();
        let layout = Layout { tree: &tree, prefix: "access", top: Utf8Path::new("/repository") };
        layout.follow(Utf8Path::new(path), |id| Some(id.to_owned()))
    }

    #[test]
    fn reads_every_kind_of_entry() {
        let tree = Tree::read(LISTING).unwrap();
        assert_eq!(tree.entries.len(), 10);
        assert_eq!(tree.entries[Utf8Path::new("b/c.yaml")], Entry::File("b1".into()));
        assert_eq!(tree.entries[Utf8Path::new("module")], Entry::Submodule);
        assert_eq!(tree.misnamed, ["\u{fffd}.yaml"]);
        for torn in [&b"100644 blob a1"[..], b"100644 blob\ta\0", b"\0"] {
            assert!(Tree::read(torn).is_none(), "{torn:?}");
        }
    }

    #[test]
    fn paths_lead_where_a_file_system_leads_them() {
        let file = |path: &str, id: &str| Found::File(path.into(), id.into());
        for (path, found) in [
            ("a.yaml", file("a.yaml", "a1")),
            ("./b/../a.yaml", file("a.yaml", "a1")),
            ("b/link", file("a.yaml", "a1")),
            ("folder/c.yaml", file("b/c.yaml", "b1")),
            ("folder/link", file("a.yaml", "a1")),
            ("absolute", file("b/c.yaml", "b1")),
            ("folder", Found::Folder("b".into())),
            (".", Found::Folder("".into())),
            ("a.yaml/x", Found::Missing),
            ("nowhere", Found::Missing),
            ("loop", Found::Missing),
            ("module/a.yaml", Found::Submodule),
            ("..", Found::Outside(Some(String::new()))),
            ("../other/x", Found::Outside(Some("other/x".into()))),
            ("../accessible", Found::Outside(Some("accessible".into()))),
            ("out", Found::Outside(None)),
            ("passwd", Found::Outside(None)),
            ("../access/a.yaml", file("a.yaml", "a1")),
            ("out-and-in", Found::Outside(None)),
        ] {
            assert_eq!(follow(path), found, "{path}");
        }
    }
}
