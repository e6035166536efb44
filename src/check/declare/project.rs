//! `kind: Project`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Role;

/// `spec` of a project.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectSpec {
    /// Who has which role in the project.
    pub members: Option<Vec<Option<ProjectMember>>>,
}

/// A role given to one user or to one team.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("if" = {"required": ["user"]}, "then" = {"properties": {"team": false}}, "else" = {"required": ["team"]}))]
pub struct ProjectMember {
    /// A user, such as `ana@example.com`.
    pub user: Option<Box<str>>,
    /// The name of a team.
    pub team: Option<Box<str>>,
    /// What they may do in the project.
    #[schemars(required, extend("enum" = Role::WORDS))]
    pub role: Option<Box<str>>,
}
