//! A workspace as it is at a git revision, read from the objects of the repository by `git ls-tree` and
//! `git cat-file --batch`: nothing is checked out, and no attribute rewrites a byte. What the repository configures is
//! not run, and nothing is fetched.

mod commit;
mod error;
mod objects;
mod program;
mod repository;
mod revision;
mod snapshot;
mod tree;

pub use commit::Commit;
pub use error::GitError;
pub use repository::Repository;
pub use revision::{BadRevision, Revision};
pub use snapshot::Snapshot;
