//! Why something cannot be read.

use std::io;

/// Why a file or a folder cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("there is no such file")]
    Missing,
    #[error("it is not a regular file")]
    NotAFile,
    /// It is larger than is read, in MiB or KiB as the limit says.
    #[error("it is larger than {limit}")]
    TooLarge { limit: &'static str },
    #[error("it leads out of the workspace")]
    LeadsOutside,
    #[error("it leads to a hidden folder, and these are passed over")]
    LeadsToHidden,
    #[error("it is a submodule, whose files are in another repository")]
    Submodule,
    /// A clone can be partial, and its objects can be damaged.
    #[error("this clone does not have its content")]
    NoObject,
    #[error("its name is not UTF-8")]
    Name,
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
