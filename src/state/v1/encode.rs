//! Resources into what is stored of them.

use std::collections::BTreeMap;

use super::shape::{
    ClusterV1, FormerHoldersObject, KeyV1, KnownKeyV1, MemberV1, MetadataV1, PastHolderV1, ProjectObject,
    ProjectV1, StrayV1, TeamV1, TeamsObject,
};
use crate::access::{FormerHolders, PastHolder};
use crate::model::{
    Cluster, DesiredProject, KnownKey, Member, Metadata, Name, Project, RecordedProject, SshKey, Stray, Team,
    UserName,
};
use crate::openssh::Fingerprint;

impl<'a> From<&'a Metadata> for MetadataV1<'a> {
    fn from(metadata: &'a Metadata) -> Self {
        let Metadata { description, labels, protected, partially_applied } = metadata;
        let stray = |Stray { address, login_user }: &'a Stray| StrayV1 {
            address: address.to_string().into(),
            login_user: login_user.as_deref().map(Into::into),
        };
        Self {
            description: description.as_deref().map(Into::into),
            labels: labels.iter().map(|(name, value)| ((&**name).into(), (&**value).into())).collect(),
            protected: *protected,
            partially_applied: partially_applied.as_ref().map(|strays| strays.iter().map(stray).collect()),
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

impl<'a> From<&'a Team> for TeamV1<'a> {
    fn from(team: &'a Team) -> Self {
        let Team { name, metadata, members } = team;
        let members = members.iter().map(|user| user.as_str().into()).collect();
        Self { name: name.as_str().into(), metadata: metadata.into(), members }
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

impl<'a> From<&'a Cluster> for ClusterV1<'a> {
    fn from(cluster: &'a Cluster) -> Self {
        let Cluster { project: _, name, metadata, ssh_key, cloud, login_user, nodes, sshd, known_keys } =
            cluster;
        let known_key = |KnownKey { fingerprint, reason, until }: &'a KnownKey| KnownKeyV1 {
            fingerprint: fingerprint.to_string().into(),
            reason: (&**reason).into(),
            until: until.map(|day| day.to_string().into()),
        };
        Self {
            name: name.as_str().into(),
            metadata: metadata.into(),
            ssh_key: ssh_key.as_ref().map(|key| key.as_str().into()),
            cloud: cloud.word().into(),
            login_user: (&**login_user).into(),
            nodes: nodes.iter().map(|node| node.to_string().into()).collect(),
            sshd: sshd.map(|sshd| sshd.to_string().into()),
            known_keys: known_keys.iter().map(known_key).collect(),
        }
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

/// The bytes of a project's object.
pub(in crate::state) fn project_bytes(project: &RecordedProject) -> Vec<u8> {
    bytes(&ProjectObject::from(project))
}

/// The bytes of the object of all teams.
pub(in crate::state) fn teams_bytes(teams: &BTreeMap<Name, Team>) -> Vec<u8> {
    bytes(&TeamsObject { teams: teams.values().map(Into::into).collect() })
}

/// The bytes of the object of everyone who may still hold keys.
pub(in crate::state) fn former_holders_bytes(FormerHolders(all): &FormerHolders) -> Vec<u8> {
    let past =
        |((fingerprint, user), PastHolder { team, revision }): (&(Fingerprint, UserName), &PastHolder)| {
            PastHolderV1 {
                fingerprint: fingerprint.to_string().into(),
                user: user.to_string().into(),
                team: team.as_ref().map(|team| team.to_string().into()),
                revision: *revision,
            }
        };
    bytes(&FormerHoldersObject { former_holders: all.iter().map(past).collect() })
}

fn bytes(object: &impl serde::Serialize) -> Vec<u8> {
    // The formats have no value that JSON cannot hold.
    serde_json::to_vec(object).unwrap_or_default()
}
