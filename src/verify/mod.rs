//! Whether nodes conform: each one's sshd is asked, by the public-key query of the SSH protocol, whether it
//! would accept a key. No private key is there, nothing is signed, and nothing is run on a node. The user's
//! own OpenSSH asks, so that jump hosts and known hosts are theirs.

mod canary;
mod fleet;
mod prober;
mod verdict;

pub use canary::canary;
pub use fleet::{Progress, ask_all};
pub use prober::Prober;
pub use verdict::{NodeProblem, ProbeError, Verdict, What};

use crate::model::{Address, NodeAddress};
use crate::openssh::PublicKey;

/// What is to be asked of one node.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The cluster that it belongs to.
    pub cluster: Address,
    /// The node.
    pub node: NodeAddress,
    /// The user that would log in.
    pub user: Box<str>,
    /// The key that is to be accepted; nothing when no key is.
    pub declared: Option<KnownKey>,
    /// Keys that were recorded before and are not to be accepted any more, the newest first.
    pub earlier: Vec<KnownKey>,
}

/// A recorded key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// What it is called, or was.
    pub address: Address,
    /// The key.
    pub key: PublicKey,
}
