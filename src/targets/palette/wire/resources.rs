//! Projects, keys and clusters.

use serde::Deserialize;

use super::{Item, Metadata, Named, Subjects, Whole};
use crate::targets::palette::Uid;

/// `GET /v1/dashboard/projects/metadata` and `GET /v1/projects/{uid}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Project {
    pub metadata: Metadata,
}

/// `POST /v1/dashboard/projects`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectSummary {
    pub metadata: Metadata,
    #[serde(default)]
    pub spec_summary: Subjects,
}

/// `GET /v1/users/assets/sshkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Key {
    pub metadata: Metadata,
    #[serde(default)]
    pub spec: KeySpec,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KeySpec {
    pub public_key: String,
}

/// `POST /v1/dashboard/spectroclusters/search`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    pub metadata: Metadata,
    pub spec_summary: ClusterSummary,
    #[serde(default)]
    pub status: ClusterStatus,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterSummary {
    pub cloud_config: CloudConfigReference,
    pub project_meta: Option<Named>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudConfigReference {
    /// Palette's word for the cloud, which is the part of the path as well.
    pub cloud_type: String,
    pub uid: Uid,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClusterStatus {
    /// `Running` when nothing is being done to it.
    pub state: String,
    pub repave: RepaveStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RepaveStatus {
    /// `Pending` until it is approved; empty where nodes are not to be replaced.
    pub state: String,
    pub message: String,
}

/// `GET /v1/cloudconfigs/{cloud}/{uid}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CloudConfig {
    pub spec: CloudConfigSpec,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudConfigSpec {
    pub cluster_config: ClusterConfig,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterConfig {
    /// On vsphere, maas and edge-native.
    pub ssh_keys: Vec<String>,
    /// On azure and aks.
    pub ssh_key: Option<String>,
}

/// `GET /v1/spectroclusters/{uid}/repave/status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Repave {
    pub spec: RepaveSpec,
    pub status: RepaveStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RepaveSpec {
    pub reasons: Vec<RepaveReason>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RepaveReason {
    pub code: String,
    pub message: String,
}

/// `GET /v1/tenants/{uid}/resourceLimits`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ResourceLimits {
    pub resources: Vec<ResourceLimit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ResourceLimit {
    /// `sshkey` for keys.
    pub kind: String,
    pub limit: i64,
}

items! {
    Project: metadata.uid,
    ProjectSummary: metadata.uid,
    Key: metadata.uid,
    Cluster: metadata.uid,
}

whole! {
    CloudConfig: "spec",
    Key: "metadata",
    Project: "metadata",
    Repave: "status",
    ResourceLimits: "resources",
}
