//! Where the state is kept. A store holds named bytes and knows nothing of plans. Every object store has
//! these four calls; a name is a path of plain parts, as in `log/00000000000000000042.json`.

pub mod local;

use std::io;

/// The largest object that is kept and read, in bytes.
pub const MAX_OBJECT: u64 = 1 << 30;

/// A store of named bytes.
pub trait StateStore: Sync {
    /// The bytes of a name; nothing when there are none.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// All names below a folder, in order, without the folder. None when there is no such folder.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Keeps bytes under a name that is free. Whether it was: of several that try at once, one succeeds.
    /// When this returns, the bytes outlast a crash.
    ///
    /// # Errors
    /// When the store cannot be written to; the name may then be free or hold all of the bytes.
    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> io::Result<bool>;

    /// Keeps bytes under a name, whatever it held.
    ///
    /// # Errors
    /// When the store cannot be written to; the name then holds what it did, or all of the bytes.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// The largest object that it keeps, in bytes.
    fn max_object(&self) -> u64 {
        MAX_OBJECT
    }

    /// Where the store is, for people.
    fn place(&self) -> String;
}
