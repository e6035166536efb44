//! One run of git on the repository that a folder belongs to.

use std::io;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};

use super::error::GitError;
use crate::process::git;

/// A folder of a stranger is not taken for a repository. Git itself decides, by `safe.directory`, whether it trusts the
/// owner of one.
const SETTINGS: [&str; 1] = ["safe.bareRepository=explicit"];

/// Git, for one folder.
#[derive(Clone, Debug)]
pub(super) struct Git {
    /// An absolute path.
    folder: Utf8PathBuf,
}

impl Git {
    pub(super) fn of(folder: &Utf8Path) -> Self {
        Self { folder: folder.into() }
    }

    /// A run with these arguments, which reads nothing. No transport is allowed: before git 2.45 that alone keeps a
    /// partial clone from fetching what it has not.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = git("", &SETTINGS);
        command.arg("--no-optional-locks").args(["-C", self.folder.as_str()]).args(args);
        command
    }

    /// What git prints when it succeeds; nothing when its answer is no.
    pub(super) fn output(&self, args: &[&str]) -> Result<Option<Vec<u8>>, GitError> {
        let Output { status, stdout, stderr } = self.command(args).output().map_err(unstarted)?;
        match status.code() {
            Some(0) => Ok(Some(stdout)),
            Some(1) => Ok(None),
            _ => Err(GitError::of_output(&stderr)),
        }
    }

    /// The same as a text, without the line end.
    pub(super) fn answer(&self, args: &[&str]) -> Result<Option<String>, GitError> {
        let text = self.output(args)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(text.map(|text| text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)))
    }
}

/// Why git could not be started.
pub(super) fn unstarted(error: io::Error) -> GitError {
    match error.kind() {
        io::ErrorKind::NotFound => GitError::NoGit,
        _ => GitError::Io(error),
    }
}
