//! What Palette answers, as far as it is looked at. Fields that are not named here are left alone, what is null is as
//! if it were not there, and no time is read: Palette writes the year 1 for none.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned};
use serde_json::Value;

use super::Uid;

/// An [`Item`] by the uid that it has itself or in its metadata.
macro_rules! items {
    ($($type:ident: $($field:ident).+),+ $(,)?) => {
        $(impl Item for $type {
            fn uid(&self) -> &Uid {
                &self.$($field).+
            }
        })+
    };
}

/// A [`Whole`] answer by the field that it always has.
macro_rules! whole {
    ($($type:ident: $field:literal),+ $(,)?) => {
        $(impl Whole for $type {
            const FIELD: &'static str = $field;
        })+
    };
}

mod resources;
mod search;
mod subjects;

pub use resources::{
    CloudConfig, CloudConfigReference, CloudConfigSpec, Cluster, ClusterConfig, ClusterStatus,
    ClusterSummary, Key, KeySpec, Project, ProjectSummary, Repave, RepaveReason, RepaveSpec, RepaveStatus,
    ResourceLimit, ResourceLimits,
};
pub use search::{search_of_clusters, search_of_projects};
pub use subjects::{
    Permissions, ProjectRoles, Role, RoleSpec, RolesInProject, Subjects, Team, TeamSpec, TenantRoles, User,
    UserInfo, UserMe,
};

/// What Palette answers as a whole.
pub trait Whole: DeserializeOwned {
    /// A field that is always there, even if it is null. What is without it is another answer, and no empty one.
    const FIELD: &'static str;
}

/// Reads an answer. Nulls are left out, in lists as well.
///
/// # Errors
/// When it is of another shape.
pub fn decode<T: Whole>(value: Value) -> Result<T, serde_json::Error> {
    if value.get(T::FIELD).is_none() {
        return Err(de::Error::custom(format_args!("it has no `{}`", T::FIELD)));
    }
    decode_any(value)
}

/// Reads an error, of which nothing is always there.
///
/// # Errors
/// When it is of another shape.
pub fn decode_error(value: Value) -> Result<ErrorBody, serde_json::Error> {
    decode_any(value)
}

fn decode_any<T: DeserializeOwned>(mut value: Value) -> Result<T, serde_json::Error> {
    leave_out_nulls(&mut value);
    serde_json::from_value(value)
}

fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(leave_out_nulls);
        }
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(leave_out_nulls);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An object of a list.
pub trait Item: DeserializeOwned {
    fn uid(&self) -> &Uid;
}

/// A list, or a page of it.
#[derive(Debug, Deserialize)]
pub struct Items<T> {
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
    #[serde(default)]
    pub listmeta: ListMeta,
}

#[derive(Debug, Default, Deserialize)]
pub struct ListMeta {
    /// The token of the next page; empty on the last one.
    #[serde(default, rename = "continue")]
    pub token: String,
    /// How many items there are on all pages.
    pub count: Option<u64>,
}

/// An error of Palette itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ErrorBody {
    pub code: String,
    pub message: String,
    /// What its operators find in their logs.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// The uid of what was created.
#[derive(Debug, Deserialize)]
pub struct Created {
    pub uid: Uid,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    pub uid: Uid,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// A reference with the name of what it leads to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Named {
    pub uid: Uid,
    #[serde(default)]
    pub name: String,
}

impl<T: Item> Whole for Items<T> {
    const FIELD: &'static str = "items";
}

whole! {
    Created: "uid",
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nulls_are_empty_and_unknown_fields_are_left_alone() {
        let teams = json!({"items": [null, {
            "metadata": {"uid": "a1", "name": "sre", "labels": null, "annotations": {"x": null, "y": "z"},
                "creationTimestamp": "0001-01-01T00:00:00Z", "new": {"deep": [1]}},
            "spec": {"users": null, "roles": ["b2", null], "new": true},
        }], "listmeta": null, "new": 1});
        let teams: Items<Team> = decode(teams).unwrap();
        let [team] = &teams.items[..] else { panic!("{teams:?}") };
        assert_eq!((team.uid().as_str(), &*team.metadata.name), ("a1", "sre"));
        assert_eq!(team.metadata.annotations, BTreeMap::from([("y".into(), "z".into())]));
        assert_eq!((team.spec.users.len(), team.spec.roles.len()), (0, 1));
        assert_eq!((&*teams.listmeta.token, teams.listmeta.count), ("", None));
        assert!(decode::<Items<Team>>(json!({"items": null})).unwrap().items.is_empty());
    }

    #[test]
    fn a_cluster_and_its_keys_are_read() {
        let cluster = json!({"metadata": {"uid": "c"}, "specSummary": {"cloudConfig": {"cloudType": "vsphere",
            "uid": "d"}, "projectMeta": null}, "status": {"state": "Running", "repave": null}});
        let cluster = decode::<Items<Cluster>>(json!({"items": [cluster]})).unwrap().items.remove(0);
        assert_eq!((&*cluster.status.state, &*cluster.status.repave.state), ("Running", ""));
        let keys = |config: Value| {
            decode::<CloudConfig>(json!({"spec": {"clusterConfig": config}})).unwrap().spec.cluster_config
        };
        assert_eq!(keys(json!({"sshKeys": null})), ClusterConfig::default());
        assert_eq!(keys(json!({"sshKeys": ["a"]})).ssh_keys, ["a"]);
        assert_eq!(keys(json!({"sshKey": "a"})).ssh_key.as_deref(), Some("a"));
    }

    #[test]
    fn the_link_that_sets_a_password_is_not_read() {
        let me = json!({"status": {"activationLink": "https://secret", "tenantPermissions": {"t": ["team.list"]}}});
        let me: UserMe = decode(me).unwrap();
        assert!(!format!("{me:?}").contains("secret"));
    }

    #[test]
    fn another_answer_is_no_empty_one() {
        for other in [json!([]), json!({}), json!({"item": []}), json!(null), json!("items")] {
            assert!(decode::<Items<Key>>(other.clone()).is_err(), "{other}");
            assert!(decode::<ProjectRoles>(other).is_err());
        }
        assert!(decode::<CloudConfig>(json!({"spec": {}})).is_err());
        assert!(decode::<CloudConfig>(json!({"spec": {"clusterConfig": null}})).is_err());
    }

    #[test]
    fn what_has_no_uid_is_an_error() {
        assert!(decode::<Items<Key>>(json!({"items": [{"metadata": {"uid": "", "name": "x"}}]})).is_err());
        assert!(decode::<Items<Key>>(json!({"items": [{"metadata": {"name": "x"}}]})).is_err());
    }
}
