//! Who may do what: users, teams, and their roles.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Item, Metadata, Named, Whole};
use crate::targets::palette::Uid;

/// `GET /v1/users/info`: whose API key it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    pub user_uid: Uid,
    pub tenant_uid: Uid,
    #[serde(default)]
    pub org_name: String,
}

/// `GET /v1/users/me`. It has a link beside this that sets the user's password: that is not read.
#[derive(Debug, Deserialize)]
pub struct UserMe {
    pub status: Permissions,
}

/// What the caller may do, such as `sshKey.create`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Permissions {
    pub tenant_permissions: BTreeMap<String, BTreeSet<String>>,
    /// By the uid of the project.
    pub project_permissions: BTreeMap<String, BTreeSet<String>>,
}

/// `GET /v1/users/meta`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub uid: Uid,
    /// Empty for a user without mail.
    #[serde(default)]
    pub email_id: String,
}

/// `GET /v1/roles`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Role {
    pub metadata: Metadata,
    #[serde(default)]
    pub spec: RoleSpec,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RoleSpec {
    /// `project` for a role that is held in a project.
    pub scope: String,
    /// `system` for a role that every tenant has.
    #[serde(rename = "type")]
    pub kind: String,
}

/// `GET /v1/teams`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Team {
    pub metadata: Metadata,
    #[serde(default)]
    pub spec: TeamSpec,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TeamSpec {
    pub users: Vec<Uid>,
    /// Roles in the tenant.
    pub roles: Vec<Uid>,
    /// What fills the team beside keyplan, where something does.
    pub sources: Vec<String>,
}

/// Users and teams that have a role in a project. Whether they are all is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Subjects {
    pub users: Vec<Named>,
    pub teams: Vec<Named>,
}

/// `GET /v1/users/{uid}/projects` and `GET /v1/teams/{uid}/projects`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProjectRoles {
    pub projects: Vec<RolesInProject>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RolesInProject {
    pub uid: Uid,
    #[serde(default)]
    pub name: String,
    /// Those given to the subject itself. None is as good as no entry.
    #[serde(default)]
    pub roles: Vec<Named>,
    /// Those that a user has through teams.
    #[serde(default)]
    pub inherited_roles: Vec<Named>,
}

/// `GET /v1/teams/{uid}/roles`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TenantRoles {
    pub roles: Vec<Named>,
}

items! {
    User: uid,
    Role: metadata.uid,
    Team: metadata.uid,
}

whole! {
    ProjectRoles: "projects",
    Team: "metadata",
    TenantRoles: "roles",
    UserInfo: "tenantUid",
    UserMe: "status",
}
