//! Answers about access as JSON.

mod reach;
mod who;
mod why;

pub use reach::Reached;
pub use who::WhoOpens;
pub use why::WhyAnswer;

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::query::is_expired;
use crate::access::{Holder, PastHolder, RoleHolder};
use crate::diagnostics::visible;
use crate::model::{SshKey, UserName};
use crate::report::access::{AccessOf, DeclaredPlaces, Link, Place};

/// Of what a question was answered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AsOf {
    /// Whether it is what is declared, and not what is recorded.
    pub declared: bool,
    /// The revision that was recorded; nothing of what is declared.
    pub revision: Option<u64>,
    /// The git commit at which it is declared; nothing of the workspace as it is now, and of what is recorded.
    pub base: Option<String>,
    /// The day, in UTC, by which keys have expired or not.
    pub day: String,
}

/// A file and a line of it, where a resource is declared that says the same.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeclaredAt {
    /// The file.
    pub filename: String,
    /// The line of the field that says so.
    pub line: usize,
}

/// A key that was asked about, or that opens a cluster that was.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccessKey {
    /// What it is called.
    pub address: String,
    /// The SHA-256 fingerprint of its public key.
    pub fingerprint: String,
    /// A user, or `team:NAME`; nothing where the key has no owner.
    pub owner: Option<String>,
    /// The last day on which it is valid, in UTC.
    pub expires: Option<String>,
    /// Whether that day is over, so that it opens nothing.
    pub expired: bool,
    /// What it may do, and from where, as sshd reads it.
    pub options: String,
    /// Where it is declared so.
    pub declared_at: Option<DeclaredAt>,
}

/// A person who holds a key.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccessHolder {
    /// Nothing where who holds it is not known.
    pub user: Option<String>,
    /// The team that owns the key, where the person is not the owner.
    pub team: Option<String>,
}

/// A person who held a key and may still have its private half.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccessFormerHolder {
    /// The person.
    pub user: String,
    /// The team through which they held it; nothing where they owned it.
    pub team: Option<String>,
    /// The revision since which they hold it no longer.
    pub revision: u64,
}

/// A person's role in a project.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccessRole {
    /// The project.
    pub project: String,
    /// The person.
    pub user: String,
    /// The role.
    pub role: &'static str,
    /// The teams through which they have it; none when it is their own.
    pub through: Vec<String>,
    /// Whether it lets them give the clusters of the project other keys.
    pub may_change: bool,
}

fn as_of(of: &AccessOf) -> AsOf {
    AsOf {
        declared: of.revision.is_none(),
        revision: of.revision,
        base: of.base.as_ref().map(|(_, commit)| commit.clone()),
        day: of.day.to_string(),
    }
}

fn declared_at(places: Option<&DeclaredPlaces<'_>>, link: Link<'_>) -> Option<DeclaredAt> {
    let Place { file, line } = places?.of(link)?;
    Some(DeclaredAt { filename: file, line })
}

fn access_key(key: &SshKey, of: &AccessOf, places: Option<&DeclaredPlaces<'_>>) -> AccessKey {
    AccessKey {
        address: key.address().to_string(),
        fingerprint: key.public_key.fingerprint().to_string(),
        owner: key.owner.as_ref().map(|owner| visible(&owner.to_string())),
        expires: key.expires.map(|day| day.to_string()),
        expired: is_expired(key, of.day),
        options: visible(&key.options.to_string()),
        declared_at: declared_at(places, Link::Key(key)),
    }
}

fn access_holder(Holder { user, team }: Holder) -> AccessHolder {
    AccessHolder { user: user.map(|user| visible(user.as_str())), team: team.map(|team| team.to_string()) }
}

fn access_former(user: &UserName, past: &PastHolder) -> AccessFormerHolder {
    AccessFormerHolder {
        user: visible(user.as_str()),
        team: past.team.as_ref().map(ToString::to_string),
        revision: past.revision,
    }
}

fn access_role(project: &crate::model::Name, holder: &RoleHolder) -> AccessRole {
    AccessRole {
        project: format!("project/{project}"),
        user: visible(holder.user.as_str()),
        role: holder.role.word(),
        through: holder.through.iter().map(ToString::to_string).collect(),
        may_change: holder.role.may_change_keys(),
    }
}
