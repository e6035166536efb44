//! The format of what the state keeps of resources, version 1: frozen. A field is never renamed or taken
//! out. One may be added that is left out where it says nothing: then every state without it keeps its
//! bytes, and an older keyplan, for which `deny_unknown_fields` makes a state with it an error, stops
//! rather than lose it. Anything else is a version of its own.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Address, Cloud, Cluster, DesiredProject, Member, Metadata, Name, NodeAddress, Project, RecordedProject,
    Role, SshKey, StrayBlock, Subject, Team, UserName,
};
use crate::openssh::{Fingerprint, KeyOptions, OpenSshVersion, PublicKey};

/// Why stored text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {field} `{value}` is not valid")]
pub struct Invalid {
    field: &'static str,
    value: String,
}

fn invalid(field: &'static str, value: &str) -> impl FnOnce() -> Invalid {
    let value = escaped(value);
    move || Invalid { field, value }
}

/// Stored text may be anything once it is damaged.
fn escaped(value: &str) -> String {
    value.chars().take(60).flat_map(char::escape_default).collect()
}

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

/// A role given to somebody.
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
    /// There where a change was applied in part, so that not all nodes are as is recorded: what else may stand on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partially_applied: Option<Vec<StrayBlockV1<'a>>>,
}

/// A block that may stand on the nodes of a cluster beside its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrayBlockV1<'a> {
    /// The address of a cluster, which the block names.
    pub cluster: Cow<'a, str>,
    /// Whose file it is in.
    pub login_user: Cow<'a, str>,
}

impl<'a> From<&'a Metadata> for MetadataV1<'a> {
    fn from(metadata: &'a Metadata) -> Self {
        let Metadata { description, labels, protected } = metadata;
        Self {
            description: description.as_deref().map(Into::into),
            labels: labels.iter().map(|(name, value)| ((&**name).into(), (&**value).into())).collect(),
            protected: *protected,
        }
    }
}

impl From<MetadataV1<'_>> for Metadata {
    fn from(stored: MetadataV1<'_>) -> Self {
        let MetadataV1 { description, labels, protected } = stored;
        Self {
            description: description.map(Into::into),
            labels: labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            protected,
        }
    }
}

impl<'a> From<&'a Project> for ProjectV1<'a> {
    fn from(project: &'a Project) -> Self {
        let Project { name, metadata, members } = project;
        let member = |member: &'a Member| {
            let Member { subject, role } = member;
            MemberV1 { subject: subject.to_string().into(), role: role.word().into() }
        };
        Self {
            name: name.as_str().into(),
            metadata: metadata.into(),
            members: members.iter().map(member).collect(),
        }
    }
}

impl TryFrom<ProjectV1<'_>> for Project {
    type Error = Invalid;

    fn try_from(stored: ProjectV1<'_>) -> Result<Self, Invalid> {
        let ProjectV1 { name, metadata, members } = stored;
        let member = |member: MemberV1<'_>| {
            let MemberV1 { subject, role } = member;
            Ok(Member { subject: read_subject(&subject)?, role: read_role(&role)? })
        };
        let members = members.into_iter().map(member).collect::<Result<_, Invalid>>()?;
        Ok(Self { name: read_name(&name)?, metadata: metadata.into(), members })
    }
}

impl<'a> From<&'a Team> for TeamV1<'a> {
    fn from(team: &'a Team) -> Self {
        let Team { name, metadata, members } = team;
        let members = members.iter().map(|user| user.as_str().into()).collect();
        Self { name: name.as_str().into(), metadata: metadata.into(), members }
    }
}

impl TryFrom<TeamV1<'_>> for Team {
    type Error = Invalid;

    fn try_from(stored: TeamV1<'_>) -> Result<Self, Invalid> {
        let TeamV1 { name, metadata, members } = stored;
        let members = members.iter().map(|user| read_user(user)).collect::<Result<_, Invalid>>()?;
        Ok(Self { name: read_name(&name)?, metadata: metadata.into(), members })
    }
}

impl<'a> From<&'a SshKey> for KeyV1<'a> {
    fn from(key: &'a SshKey) -> Self {
        let SshKey { project: _, name, metadata, public_key, owner, expires, options } = key;
        Self {
            name: name.as_str().into(),
            metadata: metadata.into(),
            public_key: public_key.line_with_comment().into(),
            owner: owner.as_ref().map(|owner| owner.to_string().into()),
            expires: expires.as_ref().map(|day| day.to_string().into()),
            options: (!options.is_none()).then(|| options.to_string().into()),
        }
    }
}

impl KeyV1<'_> {
    /// The key, as one of a project.
    ///
    /// # Errors
    /// When a field is not what it should be.
    pub fn of(self, project: &Name) -> Result<SshKey, Invalid> {
        let Self { name, metadata, public_key, owner, expires, options } = self;
        let day = |day: Cow<'_, str>| day.parse().map_err(|_| invalid("day", &day)());
        Ok(SshKey {
            project: project.clone(),
            name: read_name(&name)?,
            metadata: metadata.into(),
            public_key: PublicKey::from_line(&public_key)
                .map_err(|_| invalid("public key", &public_key)())?,
            owner: owner.map(|owner| read_subject(&owner)).transpose()?,
            expires: expires.map(day).transpose()?,
            options: options.map(|options| read_options(&options)).transpose()?.unwrap_or_default().into(),
        })
    }
}

impl<'a> From<&'a Cluster> for ClusterV1<'a> {
    fn from(cluster: &'a Cluster) -> Self {
        let Cluster {
            project: _,
            name,
            metadata,
            ssh_key,
            cloud,
            login_user,
            nodes,
            sshd,
            partially_applied,
        } = cluster;
        let block = |block: &'a StrayBlock| StrayBlockV1 {
            cluster: block.cluster.to_string().into(),
            login_user: (&*block.login_user).into(),
        };
        Self {
            name: name.as_str().into(),
            metadata: metadata.into(),
            ssh_key: ssh_key.as_ref().map(|key| key.as_str().into()),
            cloud: cloud.word().into(),
            login_user: (&**login_user).into(),
            nodes: nodes.iter().map(|node| node.to_string().into()).collect(),
            sshd: sshd.map(|sshd| sshd.to_string().into()),
            partially_applied: partially_applied.as_ref().map(|blocks| blocks.iter().map(block).collect()),
        }
    }
}

impl ClusterV1<'_> {
    /// The cluster, as one of a project.
    ///
    /// # Errors
    /// When a field is not what it should be.
    pub fn of(self, project: &Name) -> Result<Cluster, Invalid> {
        let Self { name, metadata, ssh_key, cloud, login_user, nodes, sshd, partially_applied } = self;
        let block = |StrayBlockV1 { cluster, login_user }: StrayBlockV1<'_>| {
            Ok(StrayBlock { cluster: read_address(&cluster)?, login_user: login_user.into() })
        };
        let blocks = |blocks: Vec<_>| blocks.into_iter().map(block).collect::<Result<BTreeSet<_>, Invalid>>();
        let sshd = sshd.map(|sshd| OpenSshVersion::parse(&sshd).ok_or_else(invalid("sshd", &sshd)));
        let node = |node: Cow<'_, str>| read_node(&node);
        Ok(Cluster {
            project: project.clone(),
            name: read_name(&name)?,
            metadata: metadata.into(),
            ssh_key: ssh_key.map(|key| read_name(&key)).transpose()?,
            cloud: Cloud::parse(&cloud).ok_or_else(invalid("cloud", &cloud))?,
            login_user: login_user.into(),
            nodes: nodes.into_iter().map(node).collect::<Result<_, Invalid>>()?,
            sshd: sshd.transpose()?,
            partially_applied: partially_applied.map(blocks).transpose()?.map(Arc::new),
        })
    }
}

impl<'a> From<&'a RecordedProject> for ProjectObject<'a> {
    fn from(recorded: &'a RecordedProject) -> Self {
        let RecordedProject { project, keys, clusters } = recorded;
        Self {
            project: project.into(),
            keys: keys.values().map(|key| (&**key).into()).collect(),
            clusters: clusters.values().map(|cluster| (&**cluster).into()).collect(),
        }
    }
}

impl<'a> From<&'a DesiredProject> for ProjectObject<'a> {
    /// What is recorded when everything desired was applied.
    fn from(desired: &'a DesiredProject) -> Self {
        let DesiredProject { project, keys, clusters } = desired;
        Self {
            project: (&project.value).into(),
            keys: keys.values().map(|key| (&*key.value).into()).collect(),
            clusters: clusters.values().map(|cluster| (&*cluster.value).into()).collect(),
        }
    }
}

impl TryFrom<ProjectObject<'_>> for RecordedProject {
    type Error = Invalid;

    fn try_from(stored: ProjectObject<'_>) -> Result<Self, Invalid> {
        let ProjectObject { project, keys, clusters } = stored;
        let mut recorded = Self::new(project.try_into()?);
        let name = recorded.project.name.clone();
        for key in keys {
            let key = key.of(&name)?;
            recorded.keys.insert(key.name.clone(), key.into());
        }
        for cluster in clusters {
            let cluster = cluster.of(&name)?;
            if let Some(key) = cluster.ssh_key.as_ref().filter(|key| !recorded.keys.contains_key(*key)) {
                return Err(invalid("key of a cluster", key.as_str())());
            }
            recorded.clusters.insert(cluster.name.clone(), cluster.into());
        }
        Ok(recorded)
    }
}

pub(super) fn read_subject(text: &str) -> Result<Subject, Invalid> {
    Subject::parse(text).map_err(|_| invalid("user or team", text)())
}

/// Reads the text of an address.
pub(super) fn read_address(text: &str) -> Result<Address, Invalid> {
    Address::parse(text).ok_or_else(invalid("address", text))
}

pub(super) fn read_node(text: &str) -> Result<NodeAddress, Invalid> {
    NodeAddress::parse(text).map_err(|_| invalid("node", text)())
}

/// Reads a name.
pub(super) fn read_name(text: &str) -> Result<Name, Invalid> {
    Name::parse(text).map_err(|_| invalid("name", text)())
}

/// Reads options. They are there, and as they were written: an edit is not taken for what it might mean.
pub(super) fn read_options(text: &str) -> Result<KeyOptions, Invalid> {
    let is_as_written = |options: &KeyOptions| !options.is_none() && options.to_string() == text;
    KeyOptions::parse(text).filter(is_as_written).ok_or_else(invalid("option list of a key", text))
}

/// Reads the text of a role.
pub(super) fn read_role(text: &str) -> Result<Role, Invalid> {
    Role::parse(text).ok_or_else(invalid("role", text))
}

/// Reads the name of a user.
pub(super) fn read_user(text: &str) -> Result<UserName, Invalid> {
    UserName::parse(text).map_err(|_| invalid("user", text)())
}

/// Reads a fingerprint.
pub(super) fn read_fingerprint(text: &str) -> Result<Fingerprint, Invalid> {
    text.parse().map_err(|_| invalid("fingerprint", text)())
}

/// The bytes of a project's object.
pub(super) fn project_bytes(project: &RecordedProject) -> Vec<u8> {
    bytes(&ProjectObject::from(project))
}

/// The bytes of the object of all teams.
pub(super) fn teams_bytes(teams: &BTreeMap<Name, Team>) -> Vec<u8> {
    bytes(&TeamsObject { teams: teams.values().map(Into::into).collect() })
}

fn bytes(object: &impl serde::Serialize) -> Vec<u8> {
    // The formats have no value that JSON cannot hold.
    serde_json::to_vec(object).unwrap_or_default()
}
