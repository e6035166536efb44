//! What is asked of the files of a workspace.

use std::io::{self, Read};

use camino::Utf8Path;

use super::unreadable::Unreadable;
use super::walked::Walked;

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
    fn head(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.read(path)
    }

    /// Reads a file that `publicKeyFile` names; `path` comes from [`resolve`](super::resolve()).
    ///
    /// # Errors
    /// When it is no regular file inside of the workspace, is too large, or cannot be read.
    fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable>;

    /// The names of the files beside one that `publicKeyFile` names, sorted and not too many. By default there are none.
    fn beside(&self, path: &Utf8Path) -> Vec<String> {
        let _ = path;
        Vec::new()
    }

    /// Opens the file that `blocklist` names; `path` comes from [`resolve`](super::resolve()). By default there is none.
    ///
    /// # Errors
    /// When it is no regular file inside of the workspace, is too large, or cannot be read.
    fn open_list(&self, path: &Utf8Path) -> Result<Box<dyn Read>, Unreadable> {
        let _ = path;
        Err(Unreadable::Missing)
    }
}
