//! What can be asked of nodes, apart from how they are reached.

use std::net::IpAddr;

use super::desired::Login;
use crate::openssh::client::{LoginKey, Sharing};
use crate::openssh::{OpenSshVersion, PublicKey};
use crate::targets::TargetError;

/// What was found on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The bytes of the file of authorized keys; nothing when there is none.
    pub file: Option<Vec<u8>>,
    /// The key that let keyplan in.
    pub own_key: LoginKey,
    /// From where the node sees keyplan come; nothing where it does not say so.
    pub client: Option<IpAddr>,
    /// The OpenSSH of the node; nothing where it is another server, or a connection that was there already was used.
    pub sshd: Option<OpenSshVersion>,
}

/// The outcome of replacing a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// It was.
    Done,
    /// It was changed meanwhile, so that it was not.
    Changed,
}

/// Whether to go on with what is in flight.
pub(super) type GoesOn<'a> = dyn Fn() -> bool + Sync + 'a;

/// What is in flight is finished, whoever interrupts.
pub(super) const FINISHES: &GoesOn<'static> = &|| true;

/// Nodes that can be reached.
pub(super) trait Nodes: Sync {
    /// A session with a node. Nobody logs in before a file is observed. What is asked fails as soon as it does not go
    /// on any more.
    fn session<'a>(&'a self, login: &Login, goes_on: &'a GoesOn<'a>) -> Box<dyn NodeSession + 'a>;
}

/// One login to a node, in which its file is read and replaced. All that is asked until it is paused has one deadline.
pub(super) trait NodeSession: Send {
    /// Reads the file, after a login where there is none yet. `Sharing::Never` logs in anew.
    ///
    /// # Errors
    /// When it cannot be read.
    fn observe(&mut self, sharing: Sharing) -> Result<Found, TargetError>;

    /// Replaces the file that was observed, if it is still the old one.
    ///
    /// # Errors
    /// When it was not replaced, or nobody knows.
    fn replace(&mut self, old: Option<&[u8]>, new: &[u8]) -> Result<Replaced, TargetError>;

    /// Whether the node's sshd would let each key in, in their order, or why that cannot be asked. Nobody logs
    /// in for that.
    fn accepts(&mut self, keys: &[&PublicKey]) -> Vec<Result<bool, TargetError>>;

    /// Nothing is asked for a while. The login may end with that.
    fn pause(&mut self);
}
