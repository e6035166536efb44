//! Programs of others: how they are started, and that none outlasts this one.

mod git;
pub(crate) mod running;

pub(crate) use git::git;
pub use running::{AllEnded, end_all};
