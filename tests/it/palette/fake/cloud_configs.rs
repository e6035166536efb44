//! What a cluster is in its cloud, its keys too. A PUT replaces all of it.

use serde_json::{Value, json};

use super::answers::{Answered, done, found, invalid, missing};
use super::call::Call;
use super::switches::{KeyChange, MoreKeys};
use super::tenant::{Cluster, Repave, Tenant, text};

impl Tenant {
    pub(super) fn get_cloud_config(&self, call: &Call, cloud: &str, uid: &str) -> Answered {
        let cluster = &self.clusters[self.configured(call, cloud, uid)?];
        let metadata = json!({"uid": uid, "name": cluster.metadata.name});
        let spec =
            json!({"clusterConfig": cluster.config, "machinePoolConfig": [{"name": "workers", "size": 3}]});
        found(json!({"metadata": metadata, "spec": spec, "status": {}}))
    }

    pub(super) fn replace_cloud_config(&mut self, call: &Call, cloud: &str, uid: &str) -> Answered {
        let at = self.configured(call, cloud, uid)?;
        let cluster = &mut self.clusters[at];
        let mut config = call.body["clusterConfig"].clone();
        if cloud == "vsphere" {
            restore_network(&mut config, &cluster.config);
        }
        let before = cluster.clone();
        cluster.config = config;
        if cluster.keys().len() > 1 && call.switches.more_keys == MoreKeys::Refused {
            return Err(invalid("a cluster has one key"));
        }
        // Any other text is another key, for those who compare text.
        if before.keys() != cluster.keys() && call.switches.key_change == KeyChange::Repaves {
            cluster.repave = Some(Repave::Pending);
        }
        done()
    }

    /// Where the cluster is whose configuration that is.
    fn configured(&self, call: &Call, cloud: &str, uid: &str) -> Result<usize, super::Answer> {
        let is_it = |cluster: &Cluster| {
            cluster.config_uid == uid && cluster.cloud == cloud && call.project == Some(&cluster.project)
        };
        self.clusters.iter().position(is_it).ok_or_else(|| missing("the cloud configuration"))
    }
}

/// A network is sent with the uid of its pool, and read with a reference to it.
fn restore_network(config: &mut Value, before: &Value) {
    let Some(network) = config["placement"]["network"].as_object_mut() else { return };
    if let Some(uid) = network.remove("parentPoolUid") {
        network.insert("parentPoolRef".into(), json!({"uid": text(&uid)}));
        let pool = before["placement"]["network"].get("ipPool").cloned();
        network.extend(pool.map(|pool| ("ipPool".to_owned(), pool)));
    }
}
