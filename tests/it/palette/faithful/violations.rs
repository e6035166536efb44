//! The contract finds what a bad client and a bad fake do wrong.

use serde_json::{Value, json};

use super::super::contract::Side;
use super::super::example::{OPS, fake_with};
use super::super::fake::{Answer, Fake, Fault, On, Switches, Tenant};
use super::client::{Ask, Client, ask, delete, get, post, put};
use super::ordinary::search;

const KEYS: &str = "/v1/users/assets/sshkeys";
const SEARCH: &str = "/v1/dashboard/spectroclusters/search";

/// The one violation of a request.
fn violation(fake: &Fake, ask: &Ask) -> (Side, String) {
    Client::of(fake).send(ask);
    let found = fake.take_violations();
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].side, found[0].what.clone())
}

fn key(name: &str, text: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"publicKey": text}})
}

#[test]
fn a_bad_client_is_found() {
    let (fake, project) = fake_with(Switches::default());
    let project = project.as_str();
    let (ben, team) = fake.tenant(|tenant| (tenant.holder("ben@example.com"), tenant.holder("platform")));
    let config = fake.tenant(|tenant| tenant.cluster_named("payments", "prod-eu").config_uid.clone());
    let cluster_config = format!("/v1/cloudconfigs/vsphere/{config}/clusterConfig");
    let network = json!({"networkName": "vm", "parentPoolRef": {"uid": "9a"}, "staticIp": true});
    let as_read = json!({"clusterConfig": {
        "placement": {"datacenter": "dc1", "folder": "k8s", "network": network}, "sshKeys": [OPS],
        "staticIp": true, "overrideClusterAPIConfig": ""}});
    let roles = json!({"projects": [{"projectUid": project, "roles": ["Project Admin"]}]});
    for (bad, what) in [
        (get("/v1/users"), "no such operation"),
        (get("/v1/projects?limit=50"), "no such operation"),
        (get(&format!("/v1/teams/{team}/projects/x")), "no such operation"),
        (get("/v1/users/ben/projects"), "no such operation"),
        (get("/v1/teams?limit=50").of(project), "has a ProjectUid"),
        (get(KEYS), "has no ProjectUid"),
        (post(&format!("{SEARCH}?limit=50"), &search()), "has no ProjectUid"),
        (get("/v1/teams?limit=51"), "does not match"),
        (get("/v1/teams"), "\"limit\" is a required property"),
        (get("/v1/teams?limit=50&filters=metadata.name=ORDERS"), "'filters' was unexpected"),
        (get("/v1/teams?limit=50&limit=50"), "there twice"),
        (delete(&format!("/v1/projects/{project}?cleanupProjectResources=true")), "has a query"),
        (get("/v1/users/info").without("Accept"), "does not accept JSON"),
        (get("/v1/users/info").without("ApiKey"), "has no ApiKey"),
        (get("/v1/users/info").with("ApiKey", "again"), "has apikey twice"),
        (post(KEYS, &key("a", OPS)).of(project).without("Content-Type"), "that its body is JSON"),
        (get("/v1/users/info").text("{}"), "has a body"),
        (ask("POST", KEYS).with("Content-Type", "application/json").of(project), "has no body"),
        (post(KEYS, &json!({"spec": {"publicKey": OPS}})).of(project), "\"metadata\" is a required property"),
        (post(KEYS, &key("b", "ssh-ed25519 AAAA ops\n")).of(project), "does not match"),
        (post(KEYS, &key("", OPS)).of(project), "shorter than 1"),
        (post(KEYS, &json!([])).of(project), "is not of type \"object\""),
        (put(&format!("/v1/users/{ben}/projects"), &roles), "does not match"),
        (put(&format!("/v1/users/{ben}/projects"), &json!({"projects": null})), "is not of type \"array\""),
        (put(&cluster_config, &as_read).of(project), "parentPoolRef"),
    ] {
        let (side, found) = violation(&fake, &bad);
        assert_eq!(side, Side::Client);
        assert!(found.contains(what), "{what}: {found}");
    }
}

#[test]
fn a_put_without_what_was_there_is_found() {
    let (fake, project) = fake_with(Switches::default());
    let team = fake.tenant(|tenant| {
        tenant.teams[0].sources = vec!["saml".into()];
        tenant.holder("platform")
    });
    let body = json!({"metadata": {"name": "platform"}, "spec": {"users": []}});
    let found = violation(&fake, &put(&format!("/v1/teams/{team}"), &body));
    assert_eq!(found, (Side::Client, "drops /spec/sources".into()));
    assert!(fake.tenant(|tenant| tenant.teams[0].sources.is_empty()), "the server takes it as it is");

    let config = fake.tenant(|tenant| tenant.cluster("payments", "m", "maas", &[OPS]).config_uid.clone());
    let body = json!({"clusterConfig": {"domain": "d", "sshKeys": [OPS], "enableLxdVm": true}});
    let found =
        violation(&fake, &put(&format!("/v1/cloudconfigs/maas/{config}/clusterConfig"), &body).of(&project));
    assert_eq!(found, (Side::Client, "drops /clusterConfig/overrideClusterAPIConfig".into()));
}

fn answer(status: u16, body: impl Into<Option<Value>>) -> Answer {
    Answer { status, body: body.into() }
}

#[test]
fn a_bad_fake_is_found() {
    let (fake, project) = fake_with(Switches::default());
    let uid = "0123456789abcdef01234567";
    let listmeta = json!({"continue": "", "count": 0, "limit": 50, "offset": 0});
    let of_tenant = get("/v1/users/info");
    let of_keys = get(KEYS).of(&project);
    let of_teams = get("/v1/teams?limit=50");
    let info = |change: fn(&mut Value)| {
        let mut body = json!({"userUid": uid, "tenantUid": uid, "orgName": "acme"});
        change(&mut body);
        answer(200, body)
    };
    let one_key =
        |metadata: Value| answer(200, json!({"items": [{"metadata": metadata, "spec": {"publicKey": OPS}}]}));
    for (ask, bad, what) in [
        (&of_tenant, answer(201, json!({"uid": uid})), "201 is not declared"),
        (&of_tenant, answer(418, None), "418 is not declared"),
        (&of_tenant, answer(200, None), "has a body"),
        (
            &of_tenant,
            info(|body| drop(body.as_object_mut().unwrap().remove("orgName"))),
            "\"orgName\" is a required",
        ),
        (&of_tenant, info(|body| body["userUid"] = "ana".into()), "does not match"),
        (&of_tenant, info(|body| body["orgName"] = 5.into()), "is not of type \"string\""),
        (&of_tenant, info(|body| body["later"] = 5.into()), "'later' was unexpected"),
        (&of_tenant, answer(404, json!({"message": "gone"})), "\"code\" is a required"),
        (&of_tenant, answer(403, json!({"code": "x", "message": "y", "ref": "z"})), "does not match"),
        (&of_tenant, answer(500, None), "has a body"),
        (&of_keys, answer(200, json!({"items": null})), "is not of type \"array\""),
        (&of_keys, answer(200, json!({"items": [], "listmeta": listmeta})), "'listmeta' was unexpected"),
        (&of_keys, one_key(json!({"name": "ops"})), "\"uid\" is a required"),
        (&of_keys, one_key(json!({"name": "ops", "uid": uid, "creationTimestamp": "now"})), "date-time"),
        (
            &of_keys,
            one_key(json!({"name": "ops", "uid": uid, "labels": {"a": 1}})),
            "is not of type \"string\"",
        ),
        (&of_teams, answer(200, json!({"items": []})), "\"listmeta\" is a required"),
        (&of_teams, answer(200, json!({"items": [1], "listmeta": listmeta})), "is not of type \"object\""),
        (&delete(&format!("/v1/teams/{uid}")), answer(204, json!({})), "has no body"),
    ] {
        fake.plant(Fault::Answered(bad), On::any());
        let (side, found) = violation(&fake, ask);
        assert_eq!(side, Side::Fake);
        assert!(found.contains(what), "{what}: {found}");
    }
}

#[test]
#[should_panic(expected = "the contract was broken:\n  Client, GET /v1/users: there is no such operation")]
fn a_test_that_breaks_the_contract_fails_at_its_end() {
    let fake = Fake::start();
    Client::of(&fake).send(&get("/v1/users"));
}

#[test]
#[should_panic(expected = "a thread of the fake has failed")]
fn a_fake_that_fails_fails_the_test() {
    let fake = Fake::start();
    fake.before(On::any(), |tenant: &mut Tenant| tenant.keys.clear());
    fake.before(On::any(), |tenant: &mut Tenant| drop(tenant.keys.remove(0)));
    assert!(Client::of(&fake).try_send(&get("/v1/users/info")).is_err());
}
