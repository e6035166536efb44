//! The one commit that a revision names.

use super::error::GitError;
use super::program::Git;
use super::revision::{Missing, Revision, is_id};

/// A commit that a revision named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub revision: Revision,
    /// Its whole name, in hexadecimal digits.
    pub id: Box<str>,
}

/// How many digits of a commit's name people are shown.
const SHORT: usize = 10;

impl Commit {
    /// The commit that a revision names.
    pub(super) fn find(git: &Git, revision: &Revision) -> Result<Self, GitError> {
        let Some(object) = named(git, revision.start())? else { return Err(missing(git, revision)?) };
        let Some(commit) = peeled(git, &object)? else { return Err(no_commit(git, revision, &object)?) };
        let id = if revision.is_merge_base() { merge_base(git, &commit)? } else { Some(commit) };
        match id {
            Some(id) => Ok(Self { revision: revision.clone(), id: id.into() }),
            None => Err(missing(git, revision)?),
        }
    }

    /// The beginning of its name.
    #[must_use]
    pub fn short(&self) -> &str {
        self.id.get(..SHORT).unwrap_or(&self.id)
    }
}

/// The object that a text names. It never begins with `-`.
fn named(git: &Git, text: &str) -> Result<Option<String>, GitError> {
    Ok(git.answer(&["rev-parse", "--verify", "--quiet", text])?.filter(|id| is_id(id)))
}

/// The commit that an object is, or that a tag is of.
fn peeled(git: &Git, id: &str) -> Result<Option<String>, GitError> {
    named(git, &format!("{id}^{{commit}}"))
}

/// The commit that another one has in common with `HEAD`.
fn merge_base(git: &Git, commit: &str) -> Result<Option<String>, GitError> {
    let Some(head) = named(git, "HEAD")? else { return Ok(None) };
    Ok(git.answer(&["merge-base", commit, &head])?.filter(|base| is_id(base)))
}

fn missing(git: &Git, revision: &Revision) -> Result<GitError, GitError> {
    let is_shallow = git.answer(&["rev-parse", "--is-shallow-repository"])?.is_some_and(|it| it == "true");
    Ok(GitError::NoRevision(Missing { revision: revision.clone(), is_shallow }))
}

/// Why an object is no commit. One that is not there has a name all the same, that which was given.
fn no_commit(git: &Git, revision: &Revision, object: &str) -> Result<GitError, GitError> {
    match git.answer(&["cat-file", "-t", object]) {
        Ok(Some(kind)) if kind != "commit" && kind != "tag" => {
            Ok(GitError::NoCommit { revision: revision.clone(), kind })
        }
        Ok(_) | Err(_) => missing(git, revision),
    }
}
