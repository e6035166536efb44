//! What a tenant of Palette has.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::seed::PROJECT_ROLES;

/// 24 hexadecimal digits.
pub(crate) type Uid = String;

/// The time that Go writes for none.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) uid: Uid,
    pub(crate) name: String,
    /// The user whose API key it is.
    pub(crate) caller: Uid,
    /// What the caller may not do, such as `sshKey.create`.
    pub(crate) withheld: Vec<String>,
    /// The most keys that there may be, in all scopes.
    pub(crate) most_keys: usize,
    pub(crate) users: Vec<User>,
    pub(crate) roles: Vec<Role>,
    pub(crate) teams: Vec<Team>,
    pub(crate) projects: Vec<Project>,
    pub(crate) keys: Vec<Key>,
    pub(crate) clusters: Vec<Cluster>,
    /// Roles by their holder, a user or a team, and then by project. An empty list may stay behind.
    pub(crate) grants: BTreeMap<Uid, BTreeMap<Uid, Vec<Uid>>>,
    /// Counts what was made, for uids and times.
    made: u64,
}

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) uid: Uid,
    pub(crate) mail: String,
}

#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) uid: Uid,
    pub(crate) name: String,
    pub(crate) scope: &'static str,
    /// `system`, or `user` for those that a tenant has made.
    pub(crate) kind: &'static str,
}

#[derive(Clone)]
pub(crate) struct Team {
    pub(crate) metadata: Metadata,
    pub(crate) users: Vec<Uid>,
    /// Roles in the tenant.
    pub(crate) roles: Vec<Uid>,
    pub(crate) sources: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Project {
    pub(crate) metadata: Metadata,
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) metadata: Metadata,
    /// None: the tenant's.
    pub(crate) project: Option<Uid>,
    pub(crate) text: String,
}

#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) metadata: Metadata,
    pub(crate) project: Uid,
    /// As the API calls it: `cloudstack` is `apache-cloudstack`.
    pub(crate) cloud: String,
    pub(crate) config_uid: Uid,
    /// `nested` is a virtual cluster.
    pub(crate) environment: String,
    pub(crate) is_deleted: bool,
    pub(crate) state: String,
    pub(crate) repave: Option<Repave>,
    /// The `spec.clusterConfig` of its cloud's configuration.
    pub(crate) config: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repave {
    Pending,
    Approved,
    Reverted,
}

/// A name, and what else an object says of itself.
#[derive(Clone, Default)]
pub(crate) struct Metadata {
    pub(crate) uid: Uid,
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    made_at: String,
    changed_at: String,
}

impl Metadata {
    pub(super) fn json(&self) -> Value {
        json!({
            "uid": self.uid, "name": self.name, "labels": self.labels, "annotations": self.annotations,
            "creationTimestamp": self.made_at, "lastModifiedTimestamp": self.changed_at,
            "deletionTimestamp": NO_TIME,
        })
    }

    /// Takes what was sent: all of it, and only that.
    pub(super) fn replace(&mut self, sent: &Value, now: String) {
        self.name = text(&sent["name"]);
        self.labels = texts(&sent["labels"]);
        self.annotations = texts(&sent["annotations"]);
        self.changed_at = now;
    }
}

impl Tenant {
    pub(super) fn new(name: &str, caller: &str) -> Self {
        let mut tenant = Self {
            uid: String::new(),
            name: name.into(),
            caller: String::new(),
            withheld: vec![],
            most_keys: 300,
            users: vec![],
            roles: vec![],
            teams: vec![],
            projects: vec![],
            keys: vec![],
            clusters: vec![],
            grants: BTreeMap::new(),
            made: 0,
        };
        tenant.uid = tenant.new_uid();
        tenant.caller = tenant.user(caller);
        tenant.role("Tenant Admin", "tenant", "system");
        for name in PROJECT_ROLES {
            tenant.role(name, "project", "system");
        }
        tenant
    }

    pub(super) fn new_uid(&mut self) -> Uid {
        self.made += 1;
        format!("66{:012x}{:010x}", self.made * 0x9e37_79b9, self.made)
    }

    /// The time: a second passes with each thing made.
    pub(super) fn now(&mut self) -> String {
        self.made += 1;
        Timestamp::from_second(1_780_000_000 + i64::try_from(self.made).unwrap()).unwrap().to_string()
    }

    pub(super) fn new_metadata(&mut self, sent: &Value) -> Metadata {
        let (uid, now) = (self.new_uid(), self.now());
        let mut metadata = Metadata { uid, made_at: now.clone(), ..Metadata::default() };
        metadata.replace(sent, now);
        metadata
    }
}

/// Text of a field, empty where it is not there.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

/// A list of texts, empty where it is not there.
pub(super) fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let empty = Map::new();
    let fields = value.as_object().unwrap_or(&empty);
    fields.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}
