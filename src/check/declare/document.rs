//! What documents of all kinds have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::kind::API_VERSION;

/// A document with a `spec` of its kind.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document<S> {
    /// The version of this format.
    #[schemars(required, with = "Option<String>", extend("const" = API_VERSION))]
    pub api_version: Option<IgnoredAny>,
    /// What the document declares.
    #[schemars(required, with = "Option<String>")]
    pub kind: Option<IgnoredAny>,
    /// Its name and what else every resource may carry.
    #[schemars(required)]
    pub metadata: Option<DeclaredMetadata>,
    /// What it is.
    pub spec: Option<S>,
}

/// `metadata` of every kind. The schema of a kind says which of the fields it has; the others are never there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclaredMetadata {
    /// Its name: 1 to 63 letters, digits, `. _ - @ +` and single inner spaces.
    #[schemars(required, length(min = 1, max = 63))]
    pub name: Option<Arc<str>>,
    /// The project that it belongs to, in which its name is unique.
    #[schemars(required)]
    pub project: Option<Arc<str>>,
    /// What it is for, in words.
    pub description: Option<Box<str>>,
    /// Names and values of your own.
    pub labels: Option<BTreeMap<Box<str>, Box<str>>>,
    /// Refuse to delete it, also when its declaration is gone.
    pub protected: Option<bool>,
    /// The name that it had before: renames it in place.
    pub previous_name: Option<Arc<str>>,
}
