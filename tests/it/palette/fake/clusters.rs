//! Clusters: the search for them, and what waits for their nodes.

use serde_json::{Value, json};

use super::answers::{Answered, found, missing};
use super::call::Call;
use super::tenant::{Cluster, Repave, Tenant, list, text};

impl Tenant {
    /// Those of the project, and without one those of the tenant, that the filter takes.
    pub(super) fn search_clusters(&self, call: &Call) -> Answered {
        let filter = &call.body["filter"];
        let is_in_scope = |cluster: &&Cluster| call.project.is_none_or(|uid| uid == cluster.project);
        let taken = self.clusters.iter().filter(is_in_scope).filter(|cluster| takes(filter, cluster));
        call.page(&taken.map(|cluster| self.summary(cluster)).collect::<Vec<_>>())
    }

    fn summary(&self, cluster: &Cluster) -> Value {
        let project = self.projects.iter().find(|project| project.metadata.uid == cluster.project);
        let project = project.map_or("", |project| &project.metadata.name);
        let repave = cluster.repave.map_or(json!({}), |state| json!({"state": state.word()}));
        json!({
            "metadata": cluster.metadata.json(),
            "specSummary": {
                "cloudConfig": {"cloudType": cluster.cloud, "uid": cluster.config_uid, "machinePools": []},
                "projectMeta": {"uid": cluster.project, "name": project},
            },
            "status": {"state": cluster.state, "repave": repave},
        })
    }

    pub(super) fn repave_status(&self, call: &Call, uid: &str) -> Answered {
        let is_it = |one: &&Cluster| one.metadata.uid == uid && call.project == Some(&one.project);
        let cluster = self.clusters.iter().find(is_it).ok_or_else(|| missing("the cluster"))?;
        let Some(state) = cluster.repave else {
            return found(json!({"metadata": cluster.metadata.json(), "spec": {}, "status": {}}));
        };
        let reason = json!({"code": "NodePoolRepave", "message": "the SSH keys have changed"});
        found(json!({
            "metadata": cluster.metadata.json(),
            "spec": {"reasons": [reason], "source": "user", "spectroClusterUid": uid},
            "status": {"state": state.word(), "message": ""},
        }))
    }
}

impl Repave {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Approved => "Approved",
            Self::Reverted => "Reverted",
        }
    }
}

/// Does a filter take a cluster? Without one, all are taken: also deleted and virtual ones.
fn takes(filter: &Value, cluster: &Cluster) -> bool {
    let groups = filter["filterGroups"].as_array().into_iter().flatten();
    joined(
        &filter["conjunction"],
        groups.map(|group| {
            let filters = group["filters"].as_array().into_iter().flatten();
            joined(&group["conjunction"], filters.map(|one| fits(one, cluster)))
        }),
    )
}

fn joined(conjunction: &Value, mut results: impl Iterator<Item = bool>) -> bool {
    if conjunction == "or" { results.any(|one| one) } else { results.all(|one| one) }
}

fn fits(filter: &Value, cluster: &Cluster) -> bool {
    let condition = &filter["condition"];
    match text(&filter["property"]).as_str() {
        "isDeleted" => condition["bool"]["value"] == cluster.is_deleted,
        "environment" => fits_text(&condition["string"], &cluster.environment),
        "clusterName" => fits_text(&condition["string"], &cluster.metadata.name),
        _ => false,
    }
}

fn fits_text(condition: &Value, value: &str) -> bool {
    let wanted = list(&condition["match"]["values"]).into_iter();
    let fits = joined(
        &condition["match"]["conjunction"],
        wanted.map(|wanted| match &condition["operator"] {
            operator if operator == "contains" => value.contains(&wanted),
            operator if operator == "beginsWith" => value.starts_with(&wanted),
            _ => value == wanted,
        }),
    );
    fits != (condition["negation"] == true)
}
