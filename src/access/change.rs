//! One way in which access changes.

use super::{Holder, KeyGrant};
use crate::model::{Address, Name, Role, UserName};
use crate::openssh::Fingerprint;

/// A way in which access changes. No path is told of twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// A cluster gets, loses or changes its key, its login user or its nodes, or its key changes its options or last
    /// day.
    Cluster {
        /// The cluster, by its new name.
        cluster: Address,
        before: Option<KeyGrant>,
        after: Option<KeyGrant>,
        /// Who holds the key now and did not, where it is the same key; who holds another one, its owner says.
        gained: Vec<Holder>,
        lost: Vec<Holder>,
    },
    /// The same key opens the same nodes, for the same people, as another cluster.
    Moved { from: Address, to: Address, grant: KeyGrant },
    /// The cluster is not declared any more, and the target leaves it as it is: its key goes on opening it.
    Forgotten { cluster: Address, grant: KeyGrant },
    /// Other people hold a key, which opens clusters as before.
    Holders {
        /// The key, by its new name.
        key: Address,
        fingerprint: Fingerprint,
        gained: Vec<Holder>,
        lost: Vec<Holder>,
        /// By their new names.
        clusters: Vec<Address>,
    },
    /// A person gains or loses a role in a project.
    Role {
        user: UserName,
        role: Role,
        project: Address,
        gained: bool,
        /// The teams through which they have or had it; none when it is their own.
        through: Vec<Name>,
    },
}
