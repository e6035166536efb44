//! The repository that a workspace is in.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::commit::Commit;
use super::error::GitError;
use super::program::Git;
use super::revision::Revision;

/// The git repository that a workspace is in, and where. A workspace in a submodule is in the submodule's.
#[derive(Clone, Debug)]
pub struct Repository {
    pub(super) git: Git,
    /// The top of its files, as an absolute path without links.
    pub(super) top: Utf8PathBuf,
    /// The workspace below it, with `/`; empty when it is the top.
    pub(super) prefix: String,
}

impl Repository {
    /// Finds the repository of a workspace.
    ///
    /// # Errors
    /// When there is none, git does not trust it, or git cannot be run.
    pub fn of(workspace: &Utf8Path) -> Result<Self, GitError> {
        let folder = workspace.canonicalize_utf8()?;
        let git = Git::of(&folder);
        let top = match git.answer(&["rev-parse", "--show-toplevel"]) {
            Ok(top) => Utf8PathBuf::from(top.unwrap_or_default()),
            Err(GitError::Git(text)) if text.contains("not a git repository") => {
                return Err(GitError::NoRepository(workspace.into()));
            }
            Err(error) => return Err(error),
        };
        let top =
            fs::canonicalize(&top).ok().and_then(|real| Utf8PathBuf::from_path_buf(real).ok()).unwrap_or(top);
        let Ok(below) = folder.strip_prefix(&top) else {
            return Err(GitError::NotInWorkTree { workspace: workspace.into(), top });
        };
        let prefix = below.iter().collect::<Vec<_>>().join("/");
        Ok(Self { git, top, prefix })
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// When it names none, or one that is not in this clone.
    pub fn commit(&self, revision: &Revision) -> Result<Commit, GitError> {
        Commit::find(&self.git, revision)
    }

    /// Where the workspace is below the top of the repository, with `/`; empty when it is the top.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}
