//! Why a store cannot be read or written.

use std::borrow::Cow;
use std::io;

use crate::model::is_plain;

/// What kind of error it is, which decides what can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// There is no such store.
    Missing,
    /// It is there, and does not let keyplan do this.
    Denied,
    /// There is no room.
    Full,
    /// It cannot do this now; trying again later may help.
    Unavailable,
    /// Nobody knows whether it was done.
    Ambiguous,
    /// It holds something that is no object of a store.
    Damaged,
}

/// Why a store cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct StoreError {
    /// What kind of error it is.
    pub kind: StoreErrorKind,
    /// What the store itself says.
    pub words: String,
    /// What to do, where the kind does not tell it well.
    next_step: Option<Cow<'static, str>>,
}

impl StoreError {
    /// What would rule a terminal is not taken into the words.
    #[must_use]
    pub fn new(kind: StoreErrorKind, words: impl AsRef<str>) -> Self {
        let plain = |letter: char| match letter {
            '\n' | '\t' => Some(' '),
            letter => is_plain(letter).then_some(letter),
        };
        Self { kind, words: words.as_ref().chars().filter_map(plain).collect(), next_step: None }
    }

    /// The same with the next step, as the beginning of a sentence.
    #[must_use]
    pub fn with_help(self, next_step: impl Into<Cow<'static, str>>) -> Self {
        Self { next_step: Some(next_step.into()), ..self }
    }

    pub(super) fn damaged(words: &str) -> Self {
        Self::new(StoreErrorKind::Damaged, words)
    }

    /// Whether the same call may succeed in a moment.
    pub(super) const fn may_be_retried(&self) -> bool {
        match self.kind {
            StoreErrorKind::Unavailable | StoreErrorKind::Ambiguous => true,
            StoreErrorKind::Missing
            | StoreErrorKind::Denied
            | StoreErrorKind::Full
            | StoreErrorKind::Damaged => false,
        }
    }

    /// The next keystroke, as the beginning of a sentence.
    #[must_use]
    pub fn help(&self) -> &str {
        if let Some(next_step) = &self.next_step {
            return next_step;
        }
        match self.kind {
            StoreErrorKind::Missing => "see whether the disk is mounted, and `state` of keyplan.yaml right",
            StoreErrorKind::Denied => "check the permissions",
            StoreErrorKind::Full => "make room there, and try again",
            StoreErrorKind::Unavailable => "check that the disk or the service answers, and try again",
            StoreErrorKind::Ambiguous => "plan again: that tells what was recorded",
            StoreErrorKind::Damaged => "take away what is in the way, or bring the object back from a copy",
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => StoreErrorKind::Missing,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreErrorKind::Denied,
            io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => StoreErrorKind::Damaged,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                StoreErrorKind::Full
            }
            io::ErrorKind::TimedOut => StoreErrorKind::Ambiguous,
            _ => StoreErrorKind::Unavailable,
        };
        Self::new(kind, error.to_string())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io;

    use super::{StoreError, StoreErrorKind};

    #[test]
    fn the_words_of_the_system_are_told() {
        // ENOENT, EIO, EACCES, ENOTDIR, EROFS, ENOSPC, ESTALE of NFS
        for (code, kind) in [
            (2, StoreErrorKind::Missing),
            (5, StoreErrorKind::Unavailable),
            (13, StoreErrorKind::Denied),
            (20, StoreErrorKind::Damaged),
            (28, StoreErrorKind::Full),
            (30, StoreErrorKind::Denied),
            (116, StoreErrorKind::Unavailable),
        ] {
            let error = io::Error::from_raw_os_error(code);
            let told = error.to_string();
            let error = StoreError::from(error);
            assert_eq!((error.kind, error.to_string()), (kind, told));
        }
    }
}
