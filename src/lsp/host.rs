//! What the server is told of the world, which it does not look at itself.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::civil::Date;

use crate::check::proofs::Proofs;
use crate::model::Address;

/// The world around the server.
pub struct Host<'a> {
    /// The only workspace, by its absolute path, where one is named.
    pub workspace: Option<Utf8PathBuf>,
    /// The day in UTC.
    pub today: &'a dyn Fn() -> Date,
    /// The proofs that are kept in a workspace.
    pub proofs: &'a dyn Fn(&Utf8Path) -> Proofs,
    /// Whether something is recorded in the state of a workspace; nothing where there is no state.
    pub is_recorded: &'a dyn Fn(&Utf8Path, &Address) -> Option<bool>,
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}
