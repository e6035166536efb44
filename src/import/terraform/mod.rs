//! A state of Terraform with resources of the provider `spectrocloud`, as `terraform show -json` prints it.

mod labels;
mod people;
mod state;

use std::collections::BTreeMap;

pub use state::NotAState;

use super::authorized_keys::{ReadLines, read_text};
use super::declarations::Noted;
use super::found::{FoundKey, LeftOut, places};
use super::judge::DeclaredFind;
use super::login_user::login_user;
use super::names::{FreshNames, name_of};
use crate::model::{Cloud, Cluster, Metadata, Name, Project, Team};
use crate::openssh::Fingerprint;
use labels::labels;
use people::{People, name};
use state::{Resource, resources};

/// What a state holds.
#[derive(Debug, Default)]
pub struct TerraformState {
    pub projects: Vec<Project>,
    pub teams: Vec<Team>,
    /// Keys of a project; the state does not say of which one.
    pub keys: Vec<(Name, FoundKey)>,
    /// Clusters of a project with the keys that open them; the state does not say of which project.
    pub clusters: Vec<(Noted<Cluster>, Vec<FoundKey>)>,
    pub left_out: Vec<LeftOut>,
}

/// Reads a state. Keys and clusters are those of `project`; where addresses are given, those that lie within one of them.
///
/// # Errors
/// When it is none.
pub fn read(bytes: &[u8], project: Option<&Name>, only: &[String]) -> Result<TerraformState, NotAState> {
    let resources = resources(bytes)?;
    let mut left_out = Vec::new();
    let People { projects, teams } = People::of(&resources, &mut left_out);
    let mut state = TerraformState {
        projects: projects.into_values().collect(),
        teams: teams.into_values().collect(),
        left_out,
        ..TerraformState::default()
    };
    // Where none is named, it is only told what there is.
    let nameless = Name::declared("project").0;
    let project = project.unwrap_or(&nameless);
    let is_meant = |resource: &&Resource| {
        resource.is_managed && (only.is_empty() || only.iter().any(|address| resource.is_within(address)))
    };
    for resource in resources.iter().filter(is_meant) {
        match (resource.kind.as_str(), cloud_of(&resource.kind)) {
            ("ssh_key", _) if resource.is_of_tenant() => state.left_out.push(LeftOut::because(
                resource,
                "it is a key of the tenant, and a key of keyplan belongs to a project".into(),
            )),
            ("ssh_key", _) => state.key(resource),
            (_, Some(_)) if resource.is_of_tenant() => state.left_out.push(LeftOut::because(
                resource,
                "it is a cluster of the tenant, and a cluster of keyplan belongs to a project".into(),
            )),
            (_, Some(cloud)) => state.cluster(resource, project, cloud),
            _ => {}
        }
    }
    Ok(state)
}

impl TerraformState {
    fn key(&mut self, resource: &Resource) {
        let Some(name) = name(resource, &mut self.left_out) else { return };
        let ReadLines { mut keys, left_out } =
            read_text(&resource.address, resource.text("ssh_key").unwrap_or_default());
        let has_none = left_out.is_empty();
        self.left_out.extend(left_out);
        match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => self.keys.push((name, key)),
            (None, _) if has_none => {
                self.left_out
                    .push(LeftOut::because(resource, "the state does not say which key it is".into()));
            }
            (None, _) => {}
            (Some(_), false) => {
                self.left_out
                    .push(LeftOut::because(resource, "there are several keys in one `ssh_key`".into()));
            }
        }
    }

    fn cluster(&mut self, resource: &Resource, project: &Name, cloud: Cloud) {
        let Some(name) = name(resource, &mut self.left_out) else { return };
        let mut keys = Vec::new();
        for config in resource.blocks("cloud_config") {
            for text in config.text("ssh_key").into_iter().chain(config.texts("ssh_keys")) {
                let read = read_text(&resource.address, text);
                keys.extend(read.keys);
                self.left_out.extend(read.left_out);
            }
        }
        let cluster = Cluster {
            project: project.clone(),
            name,
            metadata: Metadata { labels: labels(resource), ..Metadata::default() },
            ssh_key: None,
            cloud,
            login_user: login_user(cloud).into(),
            nodes: Vec::new(),
            sshd: None,
            known_keys: Vec::new(),
        };
        self.clusters.push((cluster.into(), keys));
    }
}

/// What a cluster of this type runs on; nothing for what is no cluster.
fn cloud_of(kind: &str) -> Option<Cloud> {
    Some(match kind.strip_prefix("cluster_")? {
        "vsphere" | "edge_vsphere" => Cloud::Vsphere,
        "maas" => Cloud::Maas,
        "edge_native" => Cloud::EdgeNative,
        "azure" => Cloud::Azure,
        "aks" => Cloud::Aks,
        "aws" => Cloud::Aws,
        "eks" => Cloud::Eks,
        "apache_cloudstack" | "cloudstack" => Cloud::Cloudstack,
        "gcp" => Cloud::Gcp,
        "gke" => Cloud::Gke,
        "custom_cloud" | "openstack" | "libvirt" | "tke" | "edge" | "coxedge" | "brownfield" | "import" => {
            Cloud::Generic
        }
        _ => return None,
    })
}

impl TerraformState {
    /// The declarations of all keys of a project: those with a name, and then those that only a cluster has, which are
    /// called after it. A key of two names cannot be held: the second one is left out. `known` are the keys that the
    /// project has already.
    pub fn declare(&mut self, project: &Name, mut known: BTreeMap<Fingerprint, Name>) -> Vec<DeclaredFind> {
        let mut names = FreshNames::without(known.values());
        let mut declared = Vec::new();
        for (name, found) in std::mem::take(&mut self.keys) {
            let print = *found.key.fingerprint();
            let at = places(&found.at);
            if let Some(other) = known.get(&print) {
                let why = format!("it is the same key as `{other}`");
                self.left_out.push(LeftOut { at, why, rule: None });
            } else if names.give(&name) == name {
                known.insert(print, name.clone());
                declared.push((found.declared(project, name, None), found));
            } else {
                let why = format!(
                    "there is another key `{name}` in `{project}`: import one module at a time, by `--only`"
                );
                self.left_out.push(LeftOut { at, why, rule: None });
            }
        }
        for (cluster, found) in &self.clusters {
            for found in found {
                let print = *found.key.fingerprint();
                if known.contains_key(&print) {
                    continue;
                }
                let wanted = name_of(&format!("{}-key", cluster.resource.name));
                let name = names.give(wanted.as_ref().unwrap_or(&cluster.resource.name));
                known.insert(print, name.clone());
                declared.push((found.declared(project, name, None), found.clone()));
            }
        }
        declared
    }
}
