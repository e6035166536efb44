//! `capi`: the users of Cluster API's `KubeadmControlPlane` and `KubeadmConfigTemplate`, as patches of the
//! two objects that `clusterctl generate cluster` names after the cluster.
//!
//! A patch replaces the list of users. So the user may become root, as the users of the providers' templates
//! may: without that nobody could look after a node.

use serde::Serialize;

use super::entry::{Entry, yaml};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Patch<S> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: S,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ControlPlane<'a> {
    kubeadm_config_spec: Config<'a>,
}

#[derive(Serialize)]
struct ConfigTemplate<'a> {
    template: Template<'a>,
}

#[derive(Serialize)]
struct Template<'a> {
    spec: Config<'a>,
}

#[derive(Serialize)]
struct Config<'a> {
    users: [User<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    name: &'a str,
    sudo: &'static str,
    lock_password: bool,
    ssh_authorized_keys: Vec<String>,
}

pub(super) fn file(entry: &Entry<'_>) -> String {
    let config = || Config {
        users: [User {
            name: entry.user,
            sudo: "ALL=(ALL) NOPASSWD:ALL",
            lock_password: true,
            ssh_authorized_keys: entry.lines(),
        }],
    };
    let control_plane = Patch {
        api_version: "controlplane.cluster.x-k8s.io/v1beta2",
        kind: "KubeadmControlPlane",
        metadata: Metadata { name: format!("{}-control-plane", entry.name) },
        spec: ControlPlane { kubeadm_config_spec: config() },
    };
    let workers = Patch {
        api_version: "bootstrap.cluster.x-k8s.io/v1beta2",
        kind: "KubeadmConfigTemplate",
        metadata: Metadata { name: format!("{}-md-0", entry.name) },
        spec: ConfigTemplate { template: Template { spec: config() } },
    };
    format!("{}{}---\n{}", entry.header(), yaml(&control_plane), yaml(&workers))
}
