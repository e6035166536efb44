//! Why nothing can be read at a git revision, and what to do about it.

use std::io;

use camino::Utf8PathBuf;

use super::revision::{Missing, Revision};

/// Why nothing can be read at a git revision.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("there is no program `git`")]
    NoGit,
    #[error("`{0}` is not in a git repository")]
    NoRepository(Utf8PathBuf),
    #[error("`{workspace}` is not below `{top}`, where its git repository has its files")]
    NotInWorkTree { workspace: Utf8PathBuf, top: Utf8PathBuf },
    #[error("{}", missing(.0))]
    NoRevision(Missing),
    #[error("`{revision}` is a {kind}, and no commit")]
    NoCommit { revision: Revision, kind: String },
    #[error("at `{revision}`, `{path}` is {what}")]
    NoFolder { revision: Revision, path: String, what: &'static str },
    /// What git itself says: one line or several.
    #[error("git says: {0}")]
    Git(String),
    #[error("git cannot be run: {0}")]
    Io(#[from] io::Error),
}

fn missing(Missing { revision, is_shallow, .. }: &Missing) -> String {
    let what = if revision.is_merge_base() {
        format!("the history that is here has no common commit of HEAD and `{}`", revision.start())
    } else {
        format!("there is no revision `{revision}` here")
    };
    if *is_shallow { format!("{what}: this clone is shallow") } else { what }
}

impl GitError {
    /// What a failure of git comes to.
    pub(super) fn of_output(stderr: &[u8]) -> Self {
        let text = String::from_utf8_lossy(stderr);
        let lines = text.lines().map(|line| line.trim().trim_start_matches("fatal: "));
        let text = lines.filter(|line| !line.is_empty()).take(MOST_LINES).collect::<Vec<_>>().join("; ");
        Self::Git(if text.is_empty() { "nothing, and fails".into() } else { text })
    }

    /// The next step.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoGit => "install git, or add it to `PATH`".into(),
            Self::NoRepository(_) => "name a workspace that is in a clone, or leave `--base` out".into(),
            Self::NotInWorkTree { .. } => {
                "name the workspace by its place in the clone; `git config core.worktree` may lead elsewhere"
                    .into()
            }
            Self::NoRevision(missing) => missing.help(),
            Self::NoCommit { .. } => "name a branch, a tag or a commit".into(),
            Self::NoFolder { .. } => "name a revision at which it is a folder of this repository".into(),
            Self::Git(text) if text.contains("dubious ownership") => {
                "if you trust the repository, run the `git config` command that git names".into()
            }
            Self::Git(_) => "see that `git status` works in the workspace".into(),
            Self::Io(_) => "see that `git version` works".into(),
        }
    }
}

/// How many lines of git are told.
const MOST_LINES: usize = 6;
