//! `kind: Team`

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::metadata::TeamMetadata;

/// A team is a name for several users.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Team")]
pub struct TeamDocument {
    /// The version of this format.
    #[schemars(required, with = "Option<String>", extend("const" = super::kind::API_VERSION))]
    pub api_version: Option<IgnoredAny>,
    /// What the document declares.
    #[schemars(required, with = "Option<String>", extend("const" = "Team"))]
    pub kind: Option<IgnoredAny>,
    /// Its name and what else every resource may carry.
    #[schemars(required)]
    pub metadata: Option<TeamMetadata>,
    /// What it is.
    #[schemars(required)]
    pub spec: Option<TeamSpec>,
}

/// `spec` of a team.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamSpec {
    /// The users, such as `ana@example.com`.
    #[schemars(required)]
    pub members: Option<Vec<Option<Box<str>>>>,
}
