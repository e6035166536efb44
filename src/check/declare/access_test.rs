//! `kind: AccessTest`

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::LimitingOption;
use crate::openssh::KeyType;

/// `spec` of an access test.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessTestSpec {
    /// The clusters that it is about: those that meet all that is said here. `{}` means all clusters.
    #[schemars(required)]
    pub clusters: Option<ClusterSelectorSpec>,
    /// Users, and teams as `team:NAME`: nobody else opens any of the clusters.
    pub opened_only_by: Option<Vec<Option<Box<str>>>>,
    /// Users, and teams as `team:NAME`: each of them opens every cluster, a team with all of its members.
    pub opened_by: Option<Vec<Option<Box<str>>>>,
    /// How many people open each of the clusters.
    pub people: Option<PeopleSpec>,
    /// What the key of each of the clusters is like.
    pub key: Option<KeyConditionsSpec>,
    /// Users, and teams as `team:NAME`: nobody else has a role with which the key of a cluster may be changed.
    pub changed_only_by: Option<Vec<Option<Box<str>>>>,
}

/// Some clusters.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterSelectorSpec {
    /// Those that have all of these labels.
    pub labels: Option<BTreeMap<Box<str>, Box<str>>>,
    /// Those of one of these projects.
    pub projects: Option<Vec<Option<Arc<str>>>>,
    /// These, as `PROJECT/NAME`.
    pub names: Option<Vec<Option<Box<str>>>>,
}

/// A number of people.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PeopleSpec {
    /// Not fewer than these.
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub at_least: Option<u32>,
    /// Not more than these.
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub at_most: Option<u32>,
}

/// What a key is like.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyConditionsSpec {
    /// Whether there must be one.
    #[schemars(extend("default" = false))]
    pub required: Option<bool>,
    /// It has a last day, in so many days at most: `180d`.
    pub last_day_within: Option<Box<str>>,
    /// It has one of these types.
    pub types: Option<Vec<Option<KeyTypeWord>>>,
    /// It has all of these options.
    pub options: Option<Vec<Option<OptionWord>>>,
}

/// A type of keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct KeyTypeWord(#[schemars(extend("enum" = KeyType::ALL.map(KeyType::name)))] pub String);

/// An option that limits a key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct OptionWord(#[schemars(extend("enum" = LimitingOption::WORDS))] pub String);
