//! How a cluster is opened: by one key at most, as one login user, on its nodes.

use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{Address, Cluster, NodeAddress, SshKey, Subject};
use crate::openssh::{Fingerprint, SharedOptions};
use crate::words::words;

/// A cluster, and the key that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterAccess {
    pub cluster: Arc<Cluster>,
    /// Its key, if it has one.
    pub key: Option<Arc<SshKey>>,
}

/// What a key opens on a cluster, within which limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGrant {
    pub key: Address,
    pub fingerprint: Fingerprint,
    pub owner: Option<Subject>,
    /// What it may do there, and from where.
    pub options: SharedOptions,
    /// The last day on which it is valid, in UTC.
    pub expires: Option<Date>,
    pub login_user: Box<str>,
    /// Sorted; none when they are not known.
    pub nodes: Vec<NodeAddress>,
}

impl KeyGrant {
    #[must_use]
    pub fn new(cluster: &Cluster, key: &SshKey) -> Self {
        Self {
            key: key.address(),
            fingerprint: *key.public_key.fingerprint(),
            owner: key.owner.clone(),
            options: key.options.clone(),
            expires: key.expires,
            login_user: cluster.login_user.clone(),
            nodes: cluster.nodes.clone(),
        }
    }

    /// In what two grants differ, apart from who holds the key. Another name of the key is no other access.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<GrantDifference> {
        let Self { key: _, fingerprint, owner: _, options, expires, login_user, nodes } = self;
        let differs = [
            (GrantDifference::Key, *fingerprint != other.fingerprint),
            (GrantDifference::LoginUser, *login_user != other.login_user),
            (GrantDifference::Nodes, *nodes != other.nodes),
            (GrantDifference::Options, *options != other.options),
            (GrantDifference::LastDay, *expires != other.expires),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(difference, _)| difference).collect()
    }
}

words! {
    /// Something in which the access to a cluster may differ.
    pub enum GrantDifference {
        Key = "key",
        LoginUser = "login-user",
        Nodes = "nodes",
        Options = "options",
        LastDay = "last-day",
    }
}

/// What decides how a key opens a cluster, apart from who holds it.
type Identity<'a> = (&'a Fingerprint, &'a SharedOptions, Option<Date>, &'a str, &'a [NodeAddress]);

/// A cluster and its key, by which access is compared.
#[derive(Clone, Copy)]
pub(super) struct Opened<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) key: &'a SshKey,
}

impl<'a> Opened<'a> {
    pub(super) fn identity(self) -> Identity<'a> {
        let Self { cluster, key } = self;
        (key.public_key.fingerprint(), &key.options, key.expires, &cluster.login_user, &cluster.nodes)
    }

    pub(super) fn is_same_key(self, other: Self) -> bool {
        self.key.public_key.fingerprint() == other.key.public_key.fingerprint()
    }

    pub(super) fn grant(self) -> KeyGrant {
        KeyGrant::new(self.cluster, self.key)
    }
}
