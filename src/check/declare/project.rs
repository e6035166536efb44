//! `kind: Project`

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::metadata::ProjectMetadata;
use crate::model::Role;

/// A project groups clusters, holds the SSH keys that they may have, and gives roles to users and
/// teams.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Project")]
pub struct ProjectDocument {
    /// The version of this format.
    #[schemars(required, with = "Option<String>", extend("const" = super::kind::API_VERSION))]
    pub api_version: Option<IgnoredAny>,
    /// What the document declares.
    #[schemars(required, with = "Option<String>", extend("const" = "Project"))]
    pub kind: Option<IgnoredAny>,
    /// Its name and what else every resource may carry.
    #[schemars(required)]
    pub metadata: Option<ProjectMetadata>,
    /// What it is.
    pub spec: Option<ProjectSpec>,
}

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
