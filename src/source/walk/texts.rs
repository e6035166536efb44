//! A workspace in memory.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

use super::files::Files;
use super::names::{is_declarations, is_like_declarations};
use super::unreadable::Unreadable;
use super::walked::Walked;

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
