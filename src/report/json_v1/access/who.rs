//! Who opens clusters, as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    AccessFormerHolder, AccessHolder, AccessKey, AccessRole, AsOf, DeclaredAt, access_former, access_holder,
    access_key, access_role, as_of, declared_at,
};
use crate::access::KeyHolders;
use crate::access::query::{ClusterWho, Who};
use crate::diagnostics::visible;
use crate::model::{KnownKey, SshKey, Subject};
use crate::report::access::{AccessOf, DeclaredPlaces, Link};
use crate::report::json_v1::FORMAT_VERSION;

/// What `keyplan who --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan who")]
pub struct WhoOpens {
    /// The version of this shape.
    pub format_version: &'static str,
    /// Of what it is answered.
    pub as_of: AsOf,
    /// The clusters that were asked about, in the order of their addresses.
    pub clusters: Vec<AccessCluster>,
    /// The keys that they have, in the order of their addresses.
    pub keys: Vec<KeyHeld>,
    /// Who holds the keys of each owner.
    pub owners: Vec<OwnerHeld>,
    /// Who has which role in their projects.
    pub roles: Vec<AccessRole>,
}

/// A cluster that was asked about.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccessCluster {
    /// What it is called.
    pub address: String,
    /// The user that logs in on its nodes.
    pub login_user: String,
    /// Its nodes; none when they are not known.
    pub nodes: Vec<String>,
    /// The address of its key, which is among `keys`; nothing where it has none.
    pub key: Option<String>,
    /// Keys that keyplan does not deliver, and that its nodes may have all the same: they may open it too.
    pub known_keys: Vec<AccessKnownKey>,
    /// Where it is declared with that key.
    pub declared_at: Option<DeclaredAt>,
}

/// A key that keyplan does not deliver, and that the nodes of a cluster may have.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccessKnownKey {
    /// The SHA-256 fingerprint of its public key.
    pub fingerprint: String,
    /// Why it may be there.
    pub reason: String,
    /// The last day on which it may, in UTC; nothing where it may stay.
    pub until: Option<String>,
    /// Whether that day is over. The key may open the cluster all the same.
    pub expired: bool,
}

/// The owner of keys, and who holds these.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnerHeld {
    /// A user, or `team:NAME`, as in `owner` of its keys; nothing for keys without an owner.
    pub owner: Option<String>,
    /// Everyone who holds them.
    pub holders: Vec<AccessHolder>,
}

/// A key and who may still hold it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeyHeld {
    /// The key.
    #[serde(flatten)]
    pub key: AccessKey,
    /// Everyone who held it and may still have its private half.
    pub former_holders: Vec<AccessFormerHolder>,
}

impl WhoOpens {
    /// An answer.
    #[must_use]
    pub fn new(of: &AccessOf, who: &Who<'_>, places: Option<&DeclaredPlaces<'_>>) -> Self {
        let cluster = |one: &ClusterWho<'_>| AccessCluster {
            address: one.cluster.address().to_string(),
            login_user: visible(&one.cluster.login_user),
            nodes: one.cluster.nodes.iter().map(|node| visible(&node.to_string())).collect(),
            key: one.key.map(|key| key.address().to_string()),
            known_keys: one.cluster.known_keys.iter().map(|known| known_key(known, of)).collect(),
            declared_at: declared_at(places, Link::Cluster(one.cluster)),
        };
        let held = |key: &SshKey| KeyHeld {
            key: access_key(key, of, places),
            former_holders: who
                .holders
                .former(key)
                .into_iter()
                .map(|(user, past)| access_former(user, past))
                .collect(),
        };
        let owner = |(owner, holders): (Option<&Subject>, &KeyHolders)| OwnerHeld {
            owner: owner.map(|owner| visible(&owner.to_string())),
            holders: holders.iter().map(access_holder).collect(),
        };
        let roles = who.roles.iter().flat_map(|(project, roles)| {
            roles.iter().map(|holder| access_role(project, &holder)).collect::<Vec<_>>()
        });
        Self {
            format_version: FORMAT_VERSION,
            as_of: as_of(of),
            clusters: who.clusters.iter().map(cluster).collect(),
            owners: who.holders.by_owner().map(owner).collect(),
            keys: who.keys().into_values().map(held).collect(),
            roles: roles.collect(),
        }
    }
}

fn known_key(known: &KnownKey, of: &AccessOf) -> AccessKnownKey {
    AccessKnownKey {
        fingerprint: known.fingerprint.to_string(),
        reason: visible(&known.reason),
        until: known.until.map(|last| last.to_string()),
        expired: known.is_expired(of.day),
    }
}
