//! A plan into what is kept of it.

use std::borrow::Cow;

use super::shape::{
    AccessV1, BaseV1, ChangeV1, FieldV1, GitBaseV1, GuardV1, KeyGrantV1, NoteV1, RecordingV1, ResourceV1,
    StepV1,
};
use crate::model::{Address, Name};
use crate::plan::{
    AccessChange, Base, Change, FieldChange, FieldValue, GitBase, Guard, KeyGrant, Note, Recording, Resource,
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

pub(super) fn access_v1(access: &AccessChange) -> AccessV1 {
    let grant = |grant: &KeyGrant| {
        let KeyGrant { key, fingerprint, owner, options } = grant;
        KeyGrantV1 {
            key: key.to_string(),
            fingerprint: fingerprint.to_string(),
            owner: owner.as_ref().map(ToString::to_string),
            options: (!options.is_none()).then(|| options.to_string()),
        }
    };
    match access {
        AccessChange::Cluster { cluster, before, after } => AccessV1::Cluster {
            cluster: cluster.to_string(),
            before: before.as_ref().map(grant),
            after: after.as_ref().map(grant),
        },
        AccessChange::Role { user, role, project, gained, through } => AccessV1::Role {
            user: user.to_string(),
            role: role.to_string(),
            project: project.to_string(),
            gained: *gained,
            through: through.iter().map(ToString::to_string).collect(),
        },
    }
}

pub(super) fn note_v1(note: &Note) -> NoteV1 {
    let Note { address, summary, help } = note;
    NoteV1 { address: address.to_string(), summary: summary.clone(), help: help.clone() }
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
