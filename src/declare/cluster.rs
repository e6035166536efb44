//! `kind: Cluster`

use schemars::JsonSchema;
use serde::Deserialize;

use super::metadata::ClusterMetadata;
use crate::model::Cloud;

/// A cluster belongs to one project and has at most one SSH key of that project.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Cluster")]
pub struct ClusterDocument {
    /// The version of this format.
    #[schemars(required, extend("const" = super::API_VERSION))]
    pub api_version: Option<String>,
    /// What the document declares.
    #[schemars(required, extend("const" = "Cluster"))]
    pub kind: Option<String>,
    /// Its name and what else every resource may carry.
    #[schemars(required)]
    pub metadata: Option<ClusterMetadata>,
    /// What it is.
    pub spec: Option<ClusterSpec>,
}

/// `spec` of a cluster.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterSpec {
    /// The name of the one key that opens the cluster, a key of the same project.
    pub ssh_key: Option<String>,
    /// Where the cluster runs.
    #[schemars(extend("enum" = Cloud::WORDS, "default" = "generic"))]
    pub cloud: Option<String>,
    /// The user that logs in on its nodes.
    #[schemars(extend("default" = crate::model::DEFAULT_LOGIN_USER))]
    pub login_user: Option<String>,
    /// Its nodes: a host name or an IP address, and a port where it is not 22.
    pub nodes: Option<Vec<Option<String>>>,
}
