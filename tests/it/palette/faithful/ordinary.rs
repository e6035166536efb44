//! What a good client does, operation by operation: no violation, and the state is what was asked for.

use serde_json::{Value, json};

use super::super::contract::Contract;
use super::super::example::{ON_CALL, OPS, fake_with};
use super::super::fake::{API_KEY, CALLER, Fake, KeyChange, Repave, Switches, TENANT, Tenant};
use super::client::{Client, delete, get, post, put};

/// The search for clusters that are neither virtual nor deleted.
pub(super) fn search() -> Value {
    json!({"filter": {"conjunction": "and", "filterGroups": [{"conjunction": "and", "filters": [
        {"property": "environment", "type": "string", "condition": {"string": {
            "operator": "eq", "negation": true, "match": {"conjunction": "or", "values": ["nested"]}}}},
        {"property": "isDeleted", "type": "bool", "condition": {"bool": {"value": false}}},
    ]}]}, "sort": [{"field": "creationTimestamp", "order": "asc"}]})
}

/// The item of a list with that name.
pub(super) fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item["metadata"]["name"] == name).unwrap()
}

#[test]
fn a_good_client_breaks_no_contract() {
    for switches in Switches::pairs() {
        let (fake, project) = fake_with(switches);
        let mut client = Client::of(&fake);
        read_all(&mut client, &project);
        change_teams_and_projects(&mut client, &fake);
        change_keys(&mut client, &project);
        rekey_clusters(&mut client, &fake, &project);
        let unused = Contract::get().unused(&fake.exchanges());
        let unused: Vec<_> = unused.iter().filter(|operation| !operation.ends_with("/users/me")).collect();
        assert!(unused.is_empty(), "{unused:?}");
        assert_eq!(client.connected, 1, "the connection is kept");
    }
}

fn read_all(client: &mut Client, project: &str) {
    let info = client.send(&get("/v1/users/info")).body;
    assert_eq!(info["orgName"], TENANT);
    for path in ["/v1/users/me", "/v1/users/meta", "/v1/dashboard/projects/metadata"] {
        client.send(&get(path));
    }
    for path in ["/v1/roles?limit=50", "/v1/teams?limit=50"] {
        assert_eq!(client.send(&get(path)).status, 200);
    }
    client.send(&get(&format!("/v1/tenants/{}/resourceLimits", info["tenantUid"].as_str().unwrap())));
    client.send(&post("/v1/dashboard/projects?limit=50", &json!({})));
    assert_eq!(client.send(&get(&format!("/v1/projects/{project}"))).status, 200);
    let user = info["userUid"].as_str().unwrap();
    assert_eq!(client.send(&get(&format!("/v1/users/{user}/projects"))).status, 200);
}

fn change_teams_and_projects(client: &mut Client, fake: &Fake) {
    let (user, role) =
        fake.tenant(|tenant| (tenant.holder("ben@example.com"), tenant.role_uid("Project Admin")));
    let body = json!({"metadata": {"name": "web"}, "spec": {"users": [{"userId": user, "roles": [role]}], "teams": []}});
    let project = client.send(&post("/v1/projects", &body)).uid();
    assert_eq!(fake.tenant(|tenant| tenant.roles_of("ben@example.com", "web").join(",")), "Project Admin");

    let path = format!("/v1/projects/{project}");
    let mut metadata = client.send(&get(&path)).body["metadata"].clone();
    metadata["name"] = "shop".into();
    metadata["annotations"] = json!({"description": "the shop"});
    assert_eq!(client.send(&put(&format!("{path}/meta"), &metadata)).status, 204);
    let described = |tenant: &mut Tenant| {
        tenant.project_named("shop").unwrap().metadata.annotations["description"].clone()
    };
    assert_eq!(fake.tenant(described), "the shop");

    let body = json!({"metadata": {"name": "shop"}, "spec": {"users": []}});
    let team = client.send(&post("/v1/teams", &body)).uid();
    let path = format!("/v1/teams/{team}");
    let mut object = client.send(&get(&path)).body;
    object["spec"]["users"] = json!([user]);
    assert_eq!(client.send(&put(&path, &object)).status, 204);
    assert_eq!(fake.tenant(|tenant| tenant.members("shop").join(",")), "ben@example.com");
    assert_eq!(client.send(&get(&format!("{path}/roles"))).status, 200);

    for holder in [path.clone(), format!("/v1/users/{user}")] {
        let projects = format!("{holder}/projects");
        let body = json!({"projects": [{"projectUid": project, "roles": [role]}]});
        assert_eq!(client.send(&put(&projects, &body)).status, 204);
        assert_eq!(
            client.send(&get(&projects)).body["projects"].as_array().unwrap().last().unwrap()["uid"],
            project
        );
    }
    assert_eq!(client.send(&delete(&path)).status, 204);
    assert_eq!(client.send(&delete(&format!("/v1/projects/{project}"))).status, 204);
}

fn change_keys(client: &mut Client, project: &str) {
    let keys = "/v1/users/assets/sshkeys";
    let body = json!({"metadata": {"name": "night"}, "spec": {"publicKey": OPS}});
    let path = format!("{keys}/{}", client.send(&post(keys, &body).of(project)).uid());
    let mut object = client.send(&get(&path).of(project)).body;
    object["spec"]["publicKey"] = ON_CALL.into();
    assert_eq!(client.send(&put(&path, &object).of(project)).status, 204);
    let list = client.send(&get(keys).of(project)).body;
    assert_eq!(named(&list, "night")["spec"]["publicKey"], ON_CALL);
    assert_eq!(client.send(&delete(&path).of(project)).status, 204);
    assert_eq!(client.send(&get(&path).of(project)).code(), "ResourceNotFound");
}

fn rekey_clusters(client: &mut Client, fake: &Fake, project: &str) {
    let clouds = ["vsphere", "maas", "edge-native", "azure"];
    for cloud in clouds {
        fake.tenant(|tenant| tenant.cluster("payments", cloud, cloud, &[OPS]).metadata.uid.clone());
    }
    fake.tenant(|tenant| tenant.cluster("payments", "aks", "aks", &[OPS]).metadata.uid.clone());
    for cloud in clouds {
        let path = config_of(fake, cloud);
        let mut config = client.send(&get(&path).of(project)).body["spec"]["clusterConfig"].clone();
        if let Some(network) = config["placement"]["network"].as_object_mut() {
            let pool = network.remove("parentPoolRef").unwrap();
            network.insert("parentPoolUid".into(), pool["uid"].clone());
            network.remove("ipPool");
        }
        match cloud {
            "azure" => config["sshKey"] = ON_CALL.into(),
            _ => config["sshKeys"] = json!([ON_CALL]),
        }
        let path = format!("{path}/clusterConfig");
        assert_eq!(client.send(&put(&path, &json!({"clusterConfig": config})).of(project)).status, 204);
        let (keys, repave, uid) = fake.tenant(|tenant| {
            let cluster = tenant.cluster_named("payments", cloud);
            (cluster.keys().join(","), cluster.repave, cluster.metadata.uid.clone())
        });
        assert_eq!(keys, ON_CALL);
        let status = client.send(&get(&format!("/v1/spectroclusters/{uid}/repave/status")).of(project)).body;
        assert_eq!(status["status"]["state"].as_str(), repave.map(|_| "Pending"));
    }
    assert_eq!(client.send(&get(&config_of(fake, "aks")).of(project)).status, 200);
    assert_eq!(
        client.send(&post("/v1/dashboard/spectroclusters/search?limit=50", &search()).of(project)).status,
        200
    );
}

/// The path of the configuration of a cluster that is called as its cloud.
fn config_of(fake: &Fake, cloud: &str) -> String {
    let uid = fake.tenant(|tenant| tenant.cluster_named("payments", cloud).config_uid.clone());
    format!("/v1/cloudconfigs/{cloud}/{uid}")
}

#[test]
fn the_whole_of_a_cloud_config_is_replaced_and_its_network_read_as_it_was() {
    let (fake, project) = fake_with(Switches::default());
    let mut client = Client::of(&fake);
    let before = fake.tenant(|tenant| tenant.cluster_named("payments", "prod-eu").config.clone());
    rekey_clusters(&mut client, &fake, &project);
    let mut after = fake.tenant(|tenant| tenant.cluster_named("payments", "vsphere").config.clone());
    assert_eq!(after["sshKeys"], json!([ON_CALL]));
    after["sshKeys"] = json!([OPS]);
    assert_eq!(after, before, "also what is not published");
}

#[test]
fn a_key_of_equal_text_replaces_no_node() {
    for repave in [Repave::Approved, Repave::Reverted] {
        let (fake, project) = fake_with(Switches { key_change: KeyChange::Repaves, ..Switches::default() });
        fake.tenant(|tenant| {
            tenant.cluster("payments", "maas", "maas", &[OPS]).repave = Some(repave);
        });
        let mut client = Client::of(&fake);
        let path = config_of(&fake, "maas");
        let config = client.send(&get(&path).of(&project)).body["spec"]["clusterConfig"].clone();
        let body = json!({"clusterConfig": config});
        client.send(&put(&format!("{path}/clusterConfig"), &body).of(&project));
        assert_eq!(fake.tenant(|tenant| tenant.cluster_named("payments", "maas").repave), Some(repave));
    }
}

#[test]
fn the_api_key_is_in_no_answer() {
    let (fake, project) = fake_with(Switches::default());
    let mut client = Client::of(&fake);
    for path in ["/v1/users/info", "/v1/users/me", "/v1/users/meta", "/v1/teams?limit=50"] {
        assert!(!client.send(&get(path)).text.contains(API_KEY));
    }
    let names = client.send(&get("/v1/users/meta")).text;
    assert!(names.contains(CALLER) && !names.contains("activate"), "{names}");
    assert_eq!(
        client.send(&get("/v1/users/assets/sshkeys").of(&project)).body["items"][0]["metadata"]["name"],
        "ops"
    );
}
