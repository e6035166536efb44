//! What can be asked of nodes, apart from how they are reached.

use std::net::IpAddr;

use super::desired::Login;
use super::own_key::OwnKey;
use crate::openssh::{OpenSshVersion, PublicKey};

/// What was found on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The bytes of the file of authorized keys; nothing when there is none.
    pub file: Option<Vec<u8>>,
    /// The key that let keyplan in.
    pub own_key: OwnKey,
    /// From where the node sees keyplan come; nothing where it does not say so.
    pub client: Option<IpAddr>,
    /// The OpenSSH of the node; nothing where it is another server, or a connection that was there already was used.
    pub sshd: Option<OpenSshVersion>,
}

/// What came of a file that was to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// It was.
    Done,
    /// Somebody else had changed it meanwhile, so that it was not.
    Changed,
}

/// Nodes that can be reached.
pub(super) trait Nodes: Sync {
    /// Reads a file. `anew` does so over a connection of its own, even where one is open already.
    ///
    /// # Errors
    /// When it cannot be read: why, for people.
    fn observe(&self, login: &Login, anew: bool) -> Result<Found, String>;

    /// Replaces a file, if it is still the old one.
    ///
    /// # Errors
    /// When it was not replaced, or nobody knows: why, for people.
    fn replace(&self, login: &Login, old: Option<&[u8]>, new: &[u8]) -> Result<Replaced, String>;

    /// Whether the node's sshd would let a key in.
    ///
    /// # Errors
    /// When it cannot be asked: why, for people.
    fn accepts(&self, login: &Login, key: &PublicKey) -> Result<bool, String>;
}
