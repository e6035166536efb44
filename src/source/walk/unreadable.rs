//! Why something cannot be read.

use std::io;

/// Why a file or a folder cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It does not exist.
    #[error("there is no such file")]
    Missing,
    /// A folder, a pipe, a socket or a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// It is larger than is read, in MiB or KiB as the limit says.
    #[error("it is larger than {limit}")]
    TooLarge {
        /// The limit, with its unit.
        limit: &'static str,
    },
    /// It leads out of the workspace.
    #[error("it leads out of the workspace")]
    LeadsOutside,
    /// A link to a folder that is hidden, and so passed over.
    #[error("it leads to a hidden folder, and these are passed over")]
    LeadsToHidden,
    /// A name that is not UTF-8 and so cannot be shown.
    #[error("its name is not UTF-8")]
    Name,
    /// What the operating system says.
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
