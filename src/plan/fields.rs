//! The fields of a resource as people compare them.

use crate::model::{Cluster, Metadata, Project, SshKey, Team};

use super::Resource;

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// One text.
    Text(String),
    /// Several, in order.
    List(Vec<String>),
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name in declarations.
    pub field: String,
    /// What is recorded.
    pub before: Option<FieldValue>,
    /// What is desired.
    pub after: Option<FieldValue>,
}

/// The fields in which two resources differ, in the order of declarations.
pub(super) fn fields(before: Option<&Resource>, after: Option<&Resource>) -> Vec<FieldChange> {
    let before = before.map(values).unwrap_or_default();
    let mut rest = after.map(values).unwrap_or_default().into_iter().peekable();
    let mut changes = Vec::new();
    let mut add = |field: String, before: Option<FieldValue>, after: Option<FieldValue>| {
        if before != after {
            changes.push(FieldChange { field, before, after });
        }
    };
    let known: Vec<_> = before.iter().map(|(field, _)| field.clone()).collect();
    for (field, value) in before {
        // Both lists are in the same order: what is new comes before the next field of both.
        while let Some((new, after)) = rest.next_if(|(next, _)| !known.contains(next)) {
            add(new, None, Some(after));
        }
        let after = rest.next_if(|(next, _)| *next == field).map(|(_, after)| after);
        add(field, Some(value), after);
    }
    rest.for_each(|(field, after)| add(field, None, Some(after)));
    changes
}

type Values = Vec<(String, FieldValue)>;

fn values(resource: &Resource) -> Values {
    let mut values = Values::new();
    match resource {
        Resource::Team(team) => {
            let Team { name, metadata, members } = &**team;
            text(&mut values, "name", Some(name));
            of_metadata(&mut values, metadata);
            list(&mut values, "members", members.iter().map(ToString::to_string));
        }
        Resource::Project(project) => {
            let Project { name, metadata, members } = &**project;
            text(&mut values, "name", Some(name));
            of_metadata(&mut values, metadata);
            let member = members.iter().map(|member| format!("{}: {}", member.subject, member.role));
            list(&mut values, "members", member);
        }
        Resource::Key(key) => {
            let SshKey { project: _, name, metadata, public_key, owner, expires, options } = &**key;
            text(&mut values, "name", Some(name));
            of_metadata(&mut values, metadata);
            text(&mut values, "type", Some(public_key.key_type()));
            text(&mut values, "fingerprint", Some(public_key.fingerprint()));
            text(&mut values, "publicKey", Some(public_key.line_with_comment()));
            text(&mut values, "owner", owner.as_ref());
            text(&mut values, "expires", expires.as_ref());
            list(&mut values, "options", options.items().into_iter());
        }
        Resource::Cluster(cluster) => {
            let Cluster { project: _, name, metadata, ssh_key, cloud, login_user, nodes } = &**cluster;
            text(&mut values, "name", Some(name));
            of_metadata(&mut values, metadata);
            text(&mut values, "sshKey", ssh_key.as_ref());
            text(&mut values, "cloud", Some(cloud));
            text(&mut values, "loginUser", Some(login_user));
            list(&mut values, "nodes", nodes.iter().map(ToString::to_string));
        }
    }
    values
}

fn of_metadata(values: &mut Values, metadata: &Metadata) {
    let Metadata { description, labels, protected } = metadata;
    text(values, "description", description.as_ref());
    for (name, value) in labels {
        text(values, &format!("labels.{name}"), Some(value));
    }
    text(values, "protected", protected.then_some("true"));
}

fn text(values: &mut Values, field: &str, value: Option<impl ToString>) {
    values.extend(value.map(|value| (field.to_owned(), FieldValue::Text(value.to_string()))));
}

fn list(values: &mut Values, field: &str, items: impl Iterator<Item = String>) {
    let items: Vec<_> = items.collect();
    if !items.is_empty() {
        values.push((field.to_owned(), FieldValue::List(items)));
    }
}
