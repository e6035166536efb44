//! A workspace in memory.

use std::collections::BTreeMap;
use std::io::{self, Read};

use camino::{Utf8Path, Utf8PathBuf};

use super::files::Files;
use super::unreadable::Unreadable;
use super::walked::Walked;

/// A workspace in memory: texts by their paths.
#[derive(Clone, Debug, Default)]
pub struct Texts(pub BTreeMap<Utf8PathBuf, Vec<u8>>);

impl Files for Texts {
    fn list(&self) -> io::Result<Walked> {
        let mut walked = Walked::default();
        self.0.keys().cloned().for_each(|path| walked.take_file(path));
        Ok(walked)
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
