//! `metadata`, as each kind has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

/// Names and values for machines.
pub type Labels = BTreeMap<Box<str>, Box<str>>;

/// `metadata` of a project.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectMetadata {
    /// The project's name: 1 to 63 letters, digits, `. _ - @ +` and single inner spaces.
    #[schemars(required, length(min = 1, max = 63))]
    pub name: Option<Arc<str>>,
    /// What it is for, in words.
    pub description: Option<Box<str>>,
    /// Names and values of your own.
    pub labels: Option<Labels>,
    /// Refuse to delete it, also when its declaration is gone.
    pub protected: Option<bool>,
    /// The name that it had before: renames it in place.
    pub previous_name: Option<Arc<str>>,
}

/// `metadata` of a team.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamMetadata {
    /// The team's name: 1 to 63 letters, digits, `. _ - @ +` and single inner spaces.
    #[schemars(required, length(min = 1, max = 63))]
    pub name: Option<Arc<str>>,
    /// Who they are, in words.
    pub description: Option<Box<str>>,
    /// Names and values of your own.
    pub labels: Option<Labels>,
    /// Refuse to delete it, also when its declaration is gone.
    pub protected: Option<bool>,
}

/// `metadata` of an SSH key.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SshKeyMetadata {
    /// The key's name, unique in its project: 1 to 63 letters, digits, `. _ - @ +` and single inner spaces.
    #[schemars(required, length(min = 1, max = 63))]
    pub name: Option<Arc<str>>,
    /// The project that the key belongs to.
    #[schemars(required)]
    pub project: Option<Arc<str>>,
    /// What it is for, in words.
    pub description: Option<Box<str>>,
    /// Names and values of your own.
    pub labels: Option<Labels>,
    /// Refuse to delete it, also when its declaration is gone.
    pub protected: Option<bool>,
}

/// `metadata` of a cluster.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterMetadata {
    /// The cluster's name, unique in its project: 1 to 63 letters, digits, `. _ - @ +` and single inner spaces.
    #[schemars(required, length(min = 1, max = 63))]
    pub name: Option<Arc<str>>,
    /// The project that the cluster belongs to.
    #[schemars(required)]
    pub project: Option<Arc<str>>,
    /// What it is for, in words.
    pub description: Option<Box<str>>,
    /// Names and values of your own.
    pub labels: Option<Labels>,
    /// Refuse to delete it, also when its declaration is gone.
    pub protected: Option<bool>,
    /// The name that it had before: renames it in place.
    pub previous_name: Option<Arc<str>>,
}

/// `metadata` of the workspace.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspaceMetadata {
    /// The workspace's name.
    #[schemars(required, length(min = 1, max = 63))]
    pub name: Option<Arc<str>>,
    /// What it is for, in words.
    pub description: Option<Box<str>>,
    /// Names and values of your own.
    pub labels: Option<Labels>,
}
