//! What is stored of resources into resources again.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::shape::{
    ClusterV1, FormerHoldersObject, KeyV1, KnownKeyV1, MemberV1, MetadataV1, PastHolderV1, ProjectObject,
    ProjectV1, StrayV1, TeamV1,
};
use crate::access::{FormerHolders, PastHolder};
use crate::model::{
    Address, Cloud, Cluster, KnownKey, Member, Metadata, Name, NodeAddress, Project, RecordedProject, Role,
    SshKey, Stray, Subject, Team, UserName,
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

impl TryFrom<MetadataV1<'_>> for Metadata {
    type Error = Invalid;

    fn try_from(stored: MetadataV1<'_>) -> Result<Self, Invalid> {
        let MetadataV1 { description, labels, protected, partially_applied } = stored;
        let stray = |StrayV1 { address, login_user }: StrayV1<'_>| {
            Ok(Stray { address: read_address(&address)?, login_user: login_user.map(Into::into) })
        };
        let strays = |strays: Vec<_>| strays.into_iter().map(stray).collect::<Result<BTreeSet<_>, Invalid>>();
        Ok(Self {
            description: description.map(Into::into),
            labels: labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            protected,
            partially_applied: partially_applied.map(strays).transpose()?.map(Arc::new),
        })
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
        Ok(Self { name: read_name(&name)?, metadata: metadata.try_into()?, members })
    }
}

impl TryFrom<TeamV1<'_>> for Team {
    type Error = Invalid;

    fn try_from(stored: TeamV1<'_>) -> Result<Self, Invalid> {
        let TeamV1 { name, metadata, members } = stored;
        let members = members.iter().map(|user| read_user(user)).collect::<Result<_, Invalid>>()?;
        Ok(Self { name: read_name(&name)?, metadata: metadata.try_into()?, members })
    }
}

impl KeyV1<'_> {
    /// The key, as one of a project.
    pub fn of(self, project: &Name) -> Result<SshKey, Invalid> {
        let Self { name, metadata, public_key, owner, expires, options } = self;
        Ok(SshKey {
            project: project.clone(),
            name: read_name(&name)?,
            metadata: metadata.try_into()?,
            public_key: PublicKey::from_line(&public_key)
                .map_err(|_| invalid("public key", &public_key)())?,
            owner: owner.map(|owner| read_subject(&owner)).transpose()?,
            expires: expires.map(|day| read_day(&day)).transpose()?,
            options: options.map(|options| read_options(&options)).transpose()?.unwrap_or_default().into(),
        })
    }
}

impl ClusterV1<'_> {
    /// The cluster, as one of a project.
    pub fn of(self, project: &Name) -> Result<Cluster, Invalid> {
        let Self { name, metadata, ssh_key, cloud, login_user, nodes, sshd, known_keys } = self;
        let sshd = sshd.map(|sshd| OpenSshVersion::parse(&sshd).ok_or_else(invalid("sshd", &sshd)));
        let node = |node: Cow<'_, str>| read_node(&node);
        Ok(Cluster {
            project: project.clone(),
            name: read_name(&name)?,
            metadata: metadata.try_into()?,
            ssh_key: ssh_key.map(|key| read_name(&key)).transpose()?,
            cloud: Cloud::parse(&cloud).ok_or_else(invalid("cloud", &cloud))?,
            login_user: login_user.into(),
            nodes: nodes.into_iter().map(node).collect::<Result<_, Invalid>>()?,
            sshd: sshd.transpose()?,
            known_keys: known_keys.into_iter().map(KnownKey::try_from).collect::<Result<_, Invalid>>()?,
        })
    }
}

impl TryFrom<KnownKeyV1<'_>> for KnownKey {
    type Error = Invalid;

    fn try_from(stored: KnownKeyV1<'_>) -> Result<Self, Invalid> {
        let KnownKeyV1 { fingerprint, reason, until } = stored;
        Ok(Self {
            fingerprint: read_fingerprint(&fingerprint)?,
            reason: reason.into(),
            until: until.map(|day| read_day(&day)).transpose()?,
        })
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

pub(in crate::state) fn read_subject(text: &str) -> Result<Subject, Invalid> {
    Subject::parse(text).map_err(|_| invalid("user or team", text)())
}

pub(in crate::state) fn read_address(text: &str) -> Result<Address, Invalid> {
    Address::parse(text).ok_or_else(invalid("address", text))
}

pub(in crate::state) fn read_node(text: &str) -> Result<NodeAddress, Invalid> {
    NodeAddress::parse(text).map_err(|_| invalid("node", text)())
}

pub(in crate::state) fn read_name(text: &str) -> Result<Name, Invalid> {
    Name::parse(text).map_err(|_| invalid("name", text)())
}

/// Reads options. They are there, and as they were written: an edit is not taken for what it might mean.
pub(in crate::state) fn read_options(text: &str) -> Result<KeyOptions, Invalid> {
    let is_as_written = |options: &KeyOptions| !options.is_none() && options.to_string() == text;
    KeyOptions::parse(text).filter(is_as_written).ok_or_else(invalid("option list of a key", text))
}

pub(in crate::state) fn read_role(text: &str) -> Result<Role, Invalid> {
    Role::parse(text).ok_or_else(invalid("role", text))
}

impl TryFrom<FormerHoldersObject<'_>> for FormerHolders {
    type Error = Invalid;

    fn try_from(stored: FormerHoldersObject<'_>) -> Result<Self, Invalid> {
        let past = |PastHolderV1 { fingerprint, user, team, revision }: PastHolderV1<'_>| {
            let team = team.map(|team| read_name(&team)).transpose()?;
            Ok(((read_fingerprint(&fingerprint)?, read_user(&user)?), PastHolder { team, revision }))
        };
        stored.former_holders.into_iter().map(past).collect::<Result<_, Invalid>>().map(Self)
    }
}

pub(in crate::state) fn read_day(text: &str) -> Result<Date, Invalid> {
    text.parse().map_err(|_| invalid("day", text)())
}

pub(in crate::state) fn read_user(text: &str) -> Result<UserName, Invalid> {
    UserName::parse(text).map_err(|_| invalid("user", text)())
}

pub(in crate::state) fn read_fingerprint(text: &str) -> Result<Fingerprint, Invalid> {
    text.parse().map_err(|_| invalid("fingerprint", text)())
}
