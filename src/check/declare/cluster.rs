//! `kind: Cluster`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Cloud;

/// `spec` of a cluster.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterSpec {
    /// The name of the one key that opens the cluster, a key of the same project.
    pub ssh_key: Option<Arc<str>>,
    /// Where the cluster runs.
    #[schemars(extend("enum" = Cloud::WORDS, "default" = "generic"))]
    pub cloud: Option<Box<str>>,
    /// The user that logs in on its nodes.
    #[schemars(extend("default" = crate::model::DEFAULT_LOGIN_USER))]
    pub login_user: Option<Box<str>>,
    /// Its nodes: a host name or an IP address, and a port where it is not 22.
    pub nodes: Option<Vec<Option<Box<str>>>>,
    /// The oldest OpenSSH on its nodes, in quotes, as in `"8.4"`: it decides which lines they can read.
    pub sshd: Option<Box<str>>,
    /// Keys of others that its nodes may have beside keyplan's.
    pub known_keys: Option<Vec<Option<KnownKeySpec>>>,
}

/// A key that keyplan does not deliver, and that nodes may have all the same.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KnownKeySpec {
    /// Its fingerprint, as `ssh-keygen -l` prints it: `SHA256:...`
    #[schemars(required)]
    pub fingerprint: Option<Box<str>>,
    /// Why it may be there.
    #[schemars(required)]
    pub reason: Option<Box<str>>,
    /// The last day on which it may, as in `2027-06-30`.
    pub until: Option<Box<str>>,
}
