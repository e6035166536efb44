//! Why a command could not do its work.

use std::borrow::Cow;
use std::io;

use super::exit_code::ExitCode;
use crate::apply::{ApplyError, TargetError, TargetErrorKind};
use crate::diagnostics::visible;
use crate::openssh::client::SetupError;
use crate::source::git::GitError;
use crate::state::{RecordError, StateError};

/// Why a command could not do its work, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{intent}: {}", reason(.source))]
    Io {
        /// What was to be done, with the path: "cannot read `x`".
        intent: String,
        source: io::Error,
    },
    #[error("{problem}")]
    Refused { problem: String, help: String },
    #[error("{problem}")]
    Guarded { problem: String, help: String },
    #[error("{problem}")]
    Declined { problem: String, help: String },
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Record(RecordError),
    #[error("{problem}")]
    Usage { problem: String, help: String },
}

/// What the operating system says, in words for people.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".into(),
        kind => kind.to_string(),
    }
}

impl From<SetupError> for Failure {
    fn from(unusable: SetupError) -> Self {
        let help = match unusable {
            SetupError::NoSsh | SetupError::NotOpenSsh => "install the client of OpenSSH",
            SetupError::Folder(_) => "make room, or name another folder in `TMPDIR`",
        };
        Self::Refused { problem: unusable.to_string(), help: help.into() }
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        Self::Refused { problem: visible(&error.to_string()), help: visible(&error.help()) }
    }
}

impl Failure {
    /// Nothing of a target can be seen.
    pub(super) fn target(error: &TargetError) -> Self {
        let help = match error.kind {
            TargetErrorKind::Unreachable => "try again once it answers",
            TargetErrorKind::Denied => "see whose credentials these are, and what they may do there",
            TargetErrorKind::Conflict | TargetErrorKind::Refused | TargetErrorKind::Unsupported => {
                "see to it there, and try again"
            }
        };
        Self::Refused { problem: visible(&error.to_string()), help: help.into() }
    }

    pub(super) fn io(intent: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let intent = intent.into();
        move |source| Self::Io { intent, source }
    }

    pub(super) const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Record(RecordError::Stale { .. }) => ExitCode::Stale,
            Self::Record(RecordError::Held { .. }) => ExitCode::Held,
            Self::Io { .. } | Self::Refused { .. } | Self::State(_) | Self::Record(_) => ExitCode::Error,
            Self::Guarded { .. } => ExitCode::Guarded,
            Self::Declined { .. } => ExitCode::Declined,
            Self::Usage { .. } => ExitCode::Usage,
        }
    }

    pub(super) fn help(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Io { .. } => None,
            Self::Refused { help, .. }
            | Self::Guarded { help, .. }
            | Self::Declined { help, .. }
            | Self::Usage { help, .. } => Some(help.into()),
            Self::State(error) => Some(error.help().into()),
            Self::Record(error) => Some(error.help().into()),
        }
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::State(error) => Self::State(error),
            error => Self::Record(error),
        }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Record(error) => error.into(),
            ApplyError::Interrupted => {
                Self::Declined { problem: error.to_string(), help: "run it again when you are ready".into() }
            }
            ApplyError::Unobservable { ref source, .. } => Self::Refused {
                problem: error.to_string(),
                help: format!(
                    "{}; if it is gone for good, `keyplan state verify` tells the lease, and `keyplan state release` \
                     gives it up",
                    mend(source)
                ),
            },
        }
    }
}

/// What makes it possible to look at a target.
const fn mend(error: &TargetError) -> &'static str {
    if error.is_retryable() {
        "make the target reachable, and apply again"
    } else {
        "see to what it says, and apply again"
    }
}

/// Writing to standard output failed: the disk is full, perhaps.
impl From<io::Error> for Failure {
    fn from(source: io::Error) -> Self {
        Self::Io { intent: "cannot write the output".into(), source }
    }
}
