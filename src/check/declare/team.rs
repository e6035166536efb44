//! `kind: Team`

use schemars::JsonSchema;
use serde::Deserialize;

/// `spec` of a team.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamSpec {
    /// The users, such as `ana@example.com`.
    #[schemars(required)]
    pub members: Option<Vec<Option<Box<str>>>>,
}
