//! The fields of a resource as people compare them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::{Cluster, Metadata, Name, Project, SshKey, Stray, Team};

use super::Resource;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue<'a> {
    Text(Cow<'a, str>),
    /// Several, in order.
    List(Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange<'a> {
    pub field: Cow<'a, str>,
    pub before: Option<FieldValue<'a>>,
    pub after: Option<FieldValue<'a>>,
}

/// The fields in which two resources differ, in the order of declarations.
pub(super) fn fields<'a>(before: Option<&'a Resource>, after: Option<&'a Resource>) -> Vec<FieldChange<'a>> {
    let before = before.map(values).unwrap_or_default();
    let mut rest = after.map(values).unwrap_or_default().into_iter().peekable();
    let mut changes = Vec::with_capacity(before.len().max(rest.len()));
    let mut add = |field, before, after| {
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

type Values<'a> = Vec<(Cow<'a, str>, FieldValue<'a>)>;

fn values(resource: &Resource) -> Values<'_> {
    // Few resources have more fields.
    let mut values = Values::with_capacity(8);
    match resource {
        Resource::Team(team) => {
            let Team { name, metadata, members } = &**team;
            text(&mut values, "name", name.as_str());
            of_metadata(&mut values, metadata);
            list(&mut values, "members", members.iter().map(ToString::to_string));
        }
        Resource::Project(project) => {
            let Project { name, metadata, members } = &**project;
            text(&mut values, "name", name.as_str());
            of_metadata(&mut values, metadata);
            let member = members.iter().map(|member| format!("{}: {}", member.subject, member.role));
            list(&mut values, "members", member);
        }
        Resource::Key(key) => {
            let SshKey { project: _, name, metadata, public_key, owner, expires, options } = &**key;
            text(&mut values, "name", name.as_str());
            of_metadata(&mut values, metadata);
            text(&mut values, "type", public_key.key_type().name());
            text(&mut values, "fingerprint", public_key.fingerprint().to_string());
            text(&mut values, "publicKey", public_key.line_with_comment());
            optional(&mut values, "owner", owner.as_ref().map(ToString::to_string));
            optional(&mut values, "expires", expires.as_ref().map(ToString::to_string));
            list(&mut values, "options", options.items().into_iter());
        }
        Resource::Cluster(cluster) => {
            let Cluster { project: _, name, metadata, ssh_key, cloud, login_user, nodes, sshd, known_keys } =
                &**cluster;
            text(&mut values, "name", name.as_str());
            of_metadata(&mut values, metadata);
            optional(&mut values, "sshKey", ssh_key.as_ref().map(Name::as_str));
            text(&mut values, "cloud", cloud.word());
            text(&mut values, "loginUser", &**login_user);
            list(&mut values, "nodes", nodes.iter().map(ToString::to_string));
            optional(&mut values, "sshd", sshd.as_ref().map(ToString::to_string));
            list(&mut values, "knownKeys", known_keys.iter().map(ToString::to_string));
        }
    }
    let mark = resource.metadata().partially_applied.as_deref().map(in_words);
    optional(&mut values, "partiallyApplied", mark);
    values
}

/// The mark of a partially applied resource: what else may be there of it.
fn in_words(strays: &BTreeSet<Stray>) -> String {
    let words = |Stray { address, login_user }: &Stray| match login_user {
        Some(user) => format!("{user} {address}"),
        None => address.to_string(),
    };
    let each: Vec<_> = strays.iter().map(words).collect();
    if each.is_empty() { "true".into() } else { each.join(", ") }
}

fn of_metadata<'a>(values: &mut Values<'a>, metadata: &'a Metadata) {
    let Metadata { description, labels, protected, partially_applied: _ } = metadata;
    optional(values, "description", description.as_deref());
    for (name, value) in labels {
        text(values, format!("labels.{name}"), &**value);
    }
    optional(values, "protected", protected.then_some("true"));
}

fn text<'a>(values: &mut Values<'a>, field: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
    values.push((field.into(), FieldValue::Text(value.into())));
}

fn optional<'a>(values: &mut Values<'a>, field: &'static str, value: Option<impl Into<Cow<'a, str>>>) {
    if let Some(value) = value {
        text(values, field, value);
    }
}

fn list(values: &mut Values<'_>, field: &'static str, items: impl Iterator<Item = String>) {
    let items: Vec<_> = items.collect();
    if !items.is_empty() {
        values.push((field.into(), FieldValue::List(items)));
    }
}
