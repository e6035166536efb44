//! What is the tenant's is refused in a project, and what is a project's is in no other.

use serde_json::json;

use super::super::example::{OPS, fake_with};
use super::super::fake::{Fake, Switches};
use super::client::{Client, get, post, put};
use super::ordinary::search;

/// A fake with `payments` and `web`; a client; and the uid of `web`.
fn two_projects() -> (Fake, Client, String) {
    let (fake, _) = fake_with(Switches::default());
    let web = fake.tenant(|tenant| tenant.project("web").metadata.uid.clone());
    let client = Client::of(&fake);
    (fake, client, web)
}

#[test]
fn what_is_the_tenants_is_refused_in_a_project() {
    let (fake, mut client, web) = two_projects();
    let asks = [
        get("/v1/users/info"),
        get("/v1/users/meta"),
        get("/v1/roles?limit=50"),
        get("/v1/teams?limit=50"),
        get("/v1/dashboard/projects/metadata"),
        post("/v1/dashboard/projects?limit=50", &json!({})),
        post("/v1/projects", &json!({"metadata": {"name": "new"}, "spec": {"users": [], "teams": []}})),
        get(&format!("/v1/users/{}/projects", fake.tenant(|tenant| tenant.caller.clone()))),
    ];
    for ask in &asks {
        assert_eq!(client.send(&ask.clone().of(&web)).code(), "ProjectUidIsNotEmpty");
    }
    assert_eq!(fake.take_violations().len(), asks.len());
}

#[test]
fn what_is_a_projects_is_in_no_other() {
    let (fake, mut client, web) = two_projects();
    let (cluster, config) = fake.tenant(|tenant| {
        let cluster = tenant.cluster_named("payments", "prod-eu");
        (cluster.metadata.uid.clone(), cluster.config_uid.clone())
    });
    for path in
        [format!("/v1/spectroclusters/{cluster}/repave/status"), format!("/v1/cloudconfigs/vsphere/{config}")]
    {
        assert_eq!(client.send(&get(&path).of(&web)).code(), "ResourceNotFound");
    }
    let found = client.send(&post("/v1/dashboard/spectroclusters/search?limit=50", &search()).of(&web)).body;
    assert_eq!(found["items"], json!([]));
}

#[test]
fn a_cloud_config_is_found_below_its_own_cloud() {
    let (fake, project) = fake_with(Switches::default());
    let config = fake.tenant(|tenant| tenant.cluster_named("payments", "prod-eu").config_uid.clone());
    let mut client = Client::of(&fake);
    let path = format!("/v1/cloudconfigs/maas/{config}");
    assert_eq!(client.send(&get(&path).of(&project)).code(), "ResourceNotFound");
    let body = json!({"clusterConfig": {"domain": "d", "sshKeys": [OPS]}});
    assert_eq!(client.send(&put(&format!("{path}/clusterConfig"), &body).of(&project)).status, 404);
}
