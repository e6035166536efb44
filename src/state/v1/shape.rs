//! Resources, and the objects of a store that hold them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One project with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keyplan recorded project")]
pub struct ProjectObject<'a> {
    /// The project.
    pub project: ProjectV1<'a>,
    /// Its keys, by name.
    pub keys: Vec<KeyV1<'a>>,
    /// Its clusters, by name.
    pub clusters: Vec<ClusterV1<'a>>,
}

/// All teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keyplan recorded teams")]
pub struct TeamsObject<'a> {
    /// The teams, by name.
    pub teams: Vec<TeamV1<'a>>,
}

/// What every resource may carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataV1<'a> {
    /// For people.
    pub description: Option<Cow<'a, str>>,
    /// For machines.
    pub labels: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    /// Whether its deletion is refused.
    pub protected: bool,
    /// There where a change was applied in part, so that it may be otherwise than is recorded: what else may be there
    /// of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partially_applied: Option<Vec<StrayV1<'a>>>,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectV1<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Description, labels, protection.
    pub metadata: MetadataV1<'a>,
    /// Who has which role.
    pub members: Vec<MemberV1<'a>>,
}

/// A role given to a user or a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberV1<'a> {
    /// A user, or `team:NAME`.
    pub subject: Cow<'a, str>,
    /// What they may do.
    pub role: Cow<'a, str>,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamV1<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Description, labels, protection.
    pub metadata: MetadataV1<'a>,
    /// The users.
    pub members: Vec<Cow<'a, str>>,
}

/// An SSH key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyV1<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Description, labels, protection.
    pub metadata: MetadataV1<'a>,
    /// Type, base64 and comment on one line.
    pub public_key: Cow<'a, str>,
    /// A user, or `team:NAME`.
    pub owner: Option<Cow<'a, str>>,
    /// The last day on which it is valid.
    pub expires: Option<Cow<'a, str>>,
    /// What it may do, and from where, as a line of `authorized_keys` has it; left out where there is
    /// nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Cow<'a, str>>,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterV1<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Description, labels, protection.
    pub metadata: MetadataV1<'a>,
    /// The name of its key.
    pub ssh_key: Option<Cow<'a, str>>,
    /// Where it runs.
    pub cloud: Cow<'a, str>,
    /// Who logs in.
    pub login_user: Cow<'a, str>,
    /// Its nodes.
    pub nodes: Vec<Cow<'a, str>>,
    /// The oldest OpenSSH on its nodes; left out where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sshd: Option<Cow<'a, str>>,
    /// Keys of others that its nodes may have, by fingerprint; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_keys: Vec<KnownKeyV1<'a>>,
}

/// A key of others that nodes may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownKeyV1<'a> {
    /// `SHA256:...`
    pub fingerprint: Cow<'a, str>,
    /// Why it may be there.
    pub reason: Cow<'a, str>,
    /// The last day on which it may; left out where it may stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Cow<'a, str>>,
}

/// What may be there of a resource beside what its own name says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrayV1<'a> {
    /// Its address there.
    pub address: Cow<'a, str>,
    /// Of a cluster, whose file a block with that address is in; left out of all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_user: Option<Cow<'a, str>>,
}

/// An object: people who held a key, hold it no longer, and may still have its private half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keyplan state: the former holders of keys")]
pub struct FormerHoldersObject<'a> {
    /// Sorted by the key's material, then by user.
    pub former_holders: Vec<PastHolderV1<'a>>,
}

/// A person who held a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PastHolderV1<'a> {
    /// `SHA256:...`
    pub fingerprint: Cow<'a, str>,
    /// Who.
    pub user: Cow<'a, str>,
    /// The team through which they held it; nothing where they owned it.
    pub team: Option<Cow<'a, str>>,
    /// The number of the entry since which they hold it no longer.
    pub revision: u64,
}
