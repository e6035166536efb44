//! A workspace in a folder, with other texts in place of some of its files: those that an editor has not saved.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};

use camino::{Utf8Path, Utf8PathBuf};

use super::files::Files;
use super::folder::{Folder, HEAD, MAX_FILE, MAX_KEY_FILE};
use super::names::is_hidden;
use super::unreadable::Unreadable;
use super::walked::Walked;

/// A folder, and texts that count in place of what its files hold. A file that is not there yet is there by its text.
#[derive(Clone, Debug)]
pub struct Overlay<'a> {
    pub folder: Folder<'a>,
    /// Texts by their paths below the folder.
    pub texts: BTreeMap<Utf8PathBuf, &'a str>,
}

impl Overlay<'_> {
    /// The bytes of a text, if a file has one here.
    fn text(&self, path: &Utf8Path, most: u64, limit: &'static str) -> Option<Result<Vec<u8>, Unreadable>> {
        let text = self.texts.get(path)?;
        Some(if text.len() as u64 > most { Err(Unreadable::TooLarge { limit }) } else { Ok((*text).into()) })
    }
}

impl Files for Overlay<'_> {
    fn list(&self) -> io::Result<Walked> {
        let mut walked = self.folder.list()?;
        let is_seen = |path: &Utf8Path| !path.iter().any(|name| is_hidden(name.as_ref()));
        let mut is_changed = false;
        for path in self.texts.keys().filter(|path| is_seen(path)) {
            let Walked { files, others, rest, problems } = &walked;
            let is_listed = [files, others, rest].into_iter().any(|list| list.contains(path))
                || problems.iter().any(|(problem, _)| problem == path);
            if !is_listed && self.folder.is_free(path) {
                walked.take_file(path.clone());
                is_changed = true;
            }
        }
        if is_changed {
            for list in [&mut walked.files, &mut walked.others, &mut walked.rest] {
                list.sort();
            }
        }
        Ok(walked)
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.text(path, MAX_FILE, "256 MiB").unwrap_or_else(|| self.folder.read(path))
    }

    fn head(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        let Some(text) = self.texts.get(path) else { return self.folder.head(path) };
        let mut head = Vec::new();
        text.as_bytes().take(HEAD).read_to_end(&mut head)?;
        Ok(head)
    }

    fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.text(path, MAX_KEY_FILE, "64 KiB").unwrap_or_else(|| self.folder.read_key(path))
    }

    fn beside(&self, path: &Utf8Path) -> Vec<String> {
        let mut names = self.folder.beside(path);
        let others = self.texts.keys().filter(|other| other.parent() == path.parent());
        names.extend(others.filter_map(|other| other.file_name()).map(str::to_owned));
        names.retain(|name| !is_hidden(name.as_ref()));
        names.sort_unstable();
        names.dedup();
        names
    }

    fn open_list(&self, path: &Utf8Path) -> Result<Box<dyn Read>, Unreadable> {
        match self.texts.get(path) {
            Some(text) => Ok(Box::new(Cursor::new(text.as_bytes().to_vec()))),
            None => self.folder.open_list(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::super::sample::folder;
    use super::{Files, Folder, MAX_KEY_FILE, Overlay, Unreadable};

    #[test]
    fn a_text_counts_in_place_of_its_file() {
        let (_dir, root) = folder(&["b.yaml", "c.yaml", "k.pub"]);
        let texts = ["a.yaml", "b.yaml", "d/e.json", "k.pub", "n.pub", ".h.yaml", ".git/x.yaml"];
        let texts = texts.into_iter().map(|path| (path.into(), "text")).collect();
        let overlay = Overlay { folder: Folder(&root), texts };
        let walked = overlay.list().unwrap();
        assert_eq!(walked.files, ["a.yaml", "b.yaml", "c.yaml"]);
        assert_eq!(walked.others, ["d/e.json"]);
        assert_eq!(walked.rest, ["k.pub", "n.pub"]);
        let read = |path| overlay.read(Utf8Path::new(path)).unwrap();
        assert_eq!(
            (read("a.yaml"), read("b.yaml"), read("c.yaml")),
            (b"text".into(), b"text".into(), b"x".into())
        );
        assert_eq!(overlay.read_key(Utf8Path::new("n.pub")), Ok(b"text".into()));
        assert_eq!(overlay.read_key(Utf8Path::new("o.pub")), Err(Unreadable::Missing));
        assert_eq!(overlay.beside(Utf8Path::new("k.pub")), ["a.yaml", "b.yaml", "c.yaml", "k.pub", "n.pub"]);
    }

    #[test]
    fn a_text_is_read_up_to_the_limit_of_a_file() {
        let (_dir, root) = folder(&["k.pub"]);
        let long = "x".repeat(usize::try_from(MAX_KEY_FILE).unwrap() + 1);
        let overlay = Overlay { folder: Folder(&root), texts: [("k.pub".into(), long.as_str())].into() };
        assert_eq!(overlay.read_key(Utf8Path::new("k.pub")), Err(Unreadable::TooLarge { limit: "64 KiB" }));
    }
}
