//! A plan into what is kept of it.

use std::borrow::Cow;

use super::shape::{
    AccessV1, BaseV1, ChangeV1, FieldV1, FormerHolderV1, GitBaseV1, GuardV1, HolderV1, KeyGrantV1, NoteV1,
    RecordingV1, ResourceV1, SharedNodeV1, StepV1,
};
use crate::access::{AccessChange, FormerHolder, Holder, KeyGrant};
use crate::model::{Address, Name};
use crate::plan::{
    Base, Change, FieldChange, FieldValue, GitBase, Guard, Note, Recording, Resource, SharedNode,
};

impl From<&Base> for BaseV1 {
    fn from(base: &Base) -> Self {
        let Base { git, workspace, target, lineage, revision, teams, projects } = base;
        let project =
            |(name, recording): (&Name, &Option<_>)| (name.to_string(), recording_v1(recording.as_ref()));
        let git = git.as_ref().map(|GitBase { revision, commit }| GitBaseV1 {
            revision: revision.clone(),
            commit: commit.clone(),
        });
        Self {
            git,
            workspace: workspace.clone(),
            target: target.clone(),
            lineage: lineage.clone(),
            revision: *revision,
            teams: teams.as_ref().map(|recording| recording_v1(recording.as_ref())),
            projects: projects.iter().map(project).collect(),
        }
    }
}

fn recording_v1(recording: Option<&Recording>) -> RecordingV1 {
    match recording {
        Some(Recording { digest, revision }) => {
            RecordingV1 { digest: Some(digest.clone()), revision: Some(*revision) }
        }
        None => RecordingV1::default(),
    }
}

pub(super) fn change_v1(change: &Change, declared_at: Option<String>) -> ChangeV1<'_> {
    let field = |FieldChange { field, before, after }| FieldV1 {
        field,
        before: before.map(items),
        after: after.map(items),
    };
    ChangeV1 {
        address: change.address().to_string(),
        previous_address: change.previous_address().map(|address| address.to_string()),
        kind: change.address().kind().word().into(),
        change: StepV1 {
            actions: vec![change.action().word().into()],
            before: change.before().map(resource_v1),
            after: change.after().map(resource_v1),
        },
        action_reason: change.reason().word().into(),
        declared_at,
        fields: change.fields().into_iter().map(field).collect(),
        reach: change.reach.iter().map(ToString::to_string).collect(),
    }
}

fn items(value: FieldValue<'_>) -> Vec<Cow<'_, str>> {
    match value {
        FieldValue::Text(text) => vec![text],
        FieldValue::List(items) => items.into_iter().map(Cow::Owned).collect(),
    }
}

fn resource_v1(resource: &Resource) -> ResourceV1<'_> {
    let empty = ResourceV1::default();
    match resource {
        Resource::Team(team) => ResourceV1 { team: Some((&**team).into()), ..empty },
        Resource::Project(project) => ResourceV1 { project: Some((&**project).into()), ..empty },
        Resource::Key(key) => ResourceV1 {
            project_name: Some(key.project.as_str().into()),
            key: Some((&**key).into()),
            ..empty
        },
        Resource::Cluster(cluster) => ResourceV1 {
            project_name: Some(cluster.project.as_str().into()),
            cluster: Some((&**cluster).into()),
            ..empty
        },
    }
}

fn grant_v1(grant: &KeyGrant) -> KeyGrantV1 {
    let KeyGrant { key, fingerprint, owner, options, expires, login_user, nodes } = grant;
    KeyGrantV1 {
        key: key.to_string(),
        fingerprint: fingerprint.to_string(),
        owner: owner.as_ref().map(ToString::to_string),
        options: (!options.is_none()).then(|| options.to_string()),
        expires: expires.map(|day| day.to_string()),
        login_user: login_user.to_string(),
        nodes: texts(nodes),
    }
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

fn holders_v1(holders: &[Holder]) -> Vec<HolderV1> {
    let holder = |Holder { user, team }: &Holder| HolderV1 {
        user: user.as_ref().map(ToString::to_string),
        team: team.as_ref().map(ToString::to_string),
    };
    holders.iter().map(holder).collect()
}

pub(super) fn access_v1(access: &AccessChange) -> AccessV1 {
    match access {
        AccessChange::Cluster { cluster, before, after, gained, lost } => {
            let differs =
                before.as_ref().zip(after.as_ref()).map(|(before, after)| before.differences(after));
            AccessV1::Cluster {
                cluster: cluster.to_string(),
                differs: texts(&differs.unwrap_or_default()),
                before: before.as_ref().map(|grant| grant_v1(grant).into()),
                after: after.as_ref().map(|grant| grant_v1(grant).into()),
                gained: holders_v1(gained),
                lost: holders_v1(lost),
            }
        }
        AccessChange::Moved { from, to, grant } => {
            AccessV1::Moved { from: from.to_string(), to: to.to_string(), grant: grant_v1(grant) }
        }
        AccessChange::Forgotten { cluster, grant } => {
            AccessV1::Forgotten { cluster: cluster.to_string(), grant: grant_v1(grant) }
        }
        AccessChange::Holders { key, fingerprint, gained, lost, clusters } => AccessV1::KeyHolders {
            key: key.to_string(),
            fingerprint: fingerprint.to_string(),
            gained: holders_v1(gained),
            lost: holders_v1(lost),
            clusters: texts(clusters),
        },
        AccessChange::Role { user, role, project, gained, through } => AccessV1::Role {
            user: user.to_string(),
            role: role.to_string(),
            project: project.to_string(),
            gained: *gained,
            through: texts(through),
        },
    }
}

pub(super) fn former_holder_v1(former: &FormerHolder) -> FormerHolderV1 {
    let FormerHolder { user, team, left_team, fingerprint, keys, clusters } = former;
    FormerHolderV1 {
        user: user.to_string(),
        team: team.as_ref().map(ToString::to_string),
        left_team: *left_team,
        fingerprint: fingerprint.to_string(),
        keys: texts(keys),
        clusters: texts(clusters),
    }
}

pub(super) fn shared_node_v1(shared: &SharedNode) -> SharedNodeV1 {
    let SharedNode { node, login_user, clusters } = shared;
    SharedNodeV1 { node: node.to_string(), login_user: login_user.to_string(), clusters: texts(clusters) }
}

pub(super) fn note_v1(note: &Note) -> NoteV1 {
    let Note { address, summary, help, rule } = note;
    NoteV1 {
        rule: rule.map(|rule| rule.word().into()),
        address: address.to_string(),
        summary: summary.clone(),
        help: help.clone(),
    }
}

pub(super) fn guard_v1(guard: &Guard) -> GuardV1 {
    let Guard { rule, summary, help, addresses } = guard;
    GuardV1 {
        rule: rule.word().into(),
        summary: summary.clone(),
        help: help.clone(),
        addresses: addresses.iter().map(Address::to_string).collect(),
    }
}
