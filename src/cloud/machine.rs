//! What credentials are found on, handed in.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

/// The environment, the files, the programs and the time of day of a machine.
pub trait Machine: Send + Sync {
    /// A variable of the environment; nothing where it is empty.
    fn variable(&self, name: &str) -> Option<String>;

    fn home(&self) -> Option<Utf8PathBuf>;

    fn now(&self) -> Timestamp;

    /// # Errors
    /// When the file cannot be read.
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>>;

    /// Runs a program without input, for a limited time, and returns what it printed.
    ///
    /// # Errors
    /// When it cannot be run, or takes too long.
    fn run(&self, program: &str, args: &[&str]) -> io::Result<Printed>;
}

/// What a program has printed, and whether it ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    pub is_success: bool,
    pub out: Vec<u8>,
    /// Its last words for people.
    pub err: String,
}
