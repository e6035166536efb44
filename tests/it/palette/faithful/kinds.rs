//! The rules of the real server, one kind of object after the other.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::example::{OPS, fake_with, payments};
use super::super::fake::{ACTIVATION_LINK, CALLER, Fake, REFERENCE, Switches};
use super::client::{Client, delete, escaped, get, post, put};
use super::ordinary::search;

const KEYS: &str = "/v1/users/assets/sshkeys";

/// The names of a paged list, with a client that follows the tokens.
fn names(client: &mut Client, target: &str) -> (Vec<String>, usize) {
    let (mut names, mut pages, mut token) = (Vec::new(), 0, String::new());
    loop {
        let next = if token.is_empty() { String::new() } else { format!("&continue={}", escaped(&token)) };
        let page = client.send(&get(&format!("{target}?limit=50{next}"))).body;
        pages += 1;
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()));
        token = page["listmeta"]["continue"].as_str().unwrap().into();
        if token.is_empty() {
            assert_eq!(page["listmeta"]["count"], names.len());
            return (names, pages);
        }
    }
}

#[test]
fn pages_have_each_item_once() {
    let fake = Fake::with(Switches { page: 2, ..Switches::default() });
    let mut client = Client::of(&fake);
    let (roles, pages) = names(&mut client, "/v1/roles");
    assert_eq!((roles.len(), pages), (7, 4));
    assert_eq!(names(&mut client, "/v1/teams"), (vec![], 1), "an empty list is one page");
}

#[test]
fn a_token_that_is_not_escaped_is_none() {
    let fake = Fake::with(Switches { page: 2, ..Switches::default() });
    let mut client = Client::of(&fake);
    let page = client.send(&get("/v1/roles?limit=50")).body;
    let token = page["listmeta"]["continue"].as_str().unwrap();
    assert!(token.contains('+') && token.contains('/'));
    assert_eq!(client.send(&get(&format!("/v1/roles?limit=50&continue={token}"))).status, 400);
}

#[test]
fn a_limit_is_a_number_up_to_fifty() {
    let fake = Fake::start();
    fake.tenant(|tenant| {
        for number in 0..60 {
            tenant.role(&format!("r{number}"), "project", "user");
        }
    });
    let mut client = Client::of(&fake);
    assert_eq!(client.send(&get("/v1/roles?limit=100")).body["items"].as_array().unwrap().len(), 50);
    assert_eq!(client.send(&get("/v1/roles?limit=many")).status, 400);
    assert_eq!(fake.take_violations().len(), 2);
}

#[test]
fn keys_are_of_one_scope_and_not_in_pages() {
    let fake = Fake::with(Switches { page: 2, ..Switches::default() });
    let project = fake.tenant(|tenant| {
        payments(tenant);
        tenant.project("web");
        tenant.key("web", "ops", OPS);
        tenant.key("payments", "third", OPS);
        tenant.tenant_key("of-all", OPS);
        tenant.project_uid("payments")
    });
    let mut client = Client::of(&fake);
    let list = client.send(&get(KEYS).of(&project)).body;
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    assert_eq!(list.get("listmeta"), None);

    // Without the header, it is the tenant's: the contract finds it, the server does not.
    let body = json!({"metadata": {"name": "ops"}, "spec": {"publicKey": OPS}});
    client.send(&post(KEYS, &body));
    assert_eq!(fake.tenant(|tenant| tenant.keys.iter().filter(|key| key.project.is_none()).count()), 2);
    assert_eq!(fake.take_violations().len(), 1);

    let of_web = fake.tenant(|tenant| tenant.key_named("web", "ops").unwrap().metadata.uid.clone());
    assert_eq!(client.send(&get(&format!("{KEYS}/{of_web}")).of(&project)).code(), "ResourceNotFound");
}

#[test]
fn a_tenant_has_so_many_keys_and_no_more() {
    let (fake, project) = fake_with(Switches::default());
    fake.tenant(|tenant| tenant.most_keys = 2);
    let body = json!({"metadata": {"name": "third"}, "spec": {"publicKey": OPS}});
    assert_eq!(Client::of(&fake).send(&post(KEYS, &body).of(&project)).status, 400);
    assert!(fake.tenant(|tenant| tenant.key_named("payments", "third").is_none()));
}

#[test]
fn the_roles_of_teams_are_inherited() {
    let (fake, project) = fake_with(Switches::default());
    let (ben, team) = fake.tenant(|tenant| (tenant.holder("ben@example.com"), tenant.holder("platform")));
    let mut client = Client::of(&fake);
    let path = format!("/v1/users/{ben}/projects");
    let entry = client.send(&get(&path)).body["projects"][0].clone();
    assert_eq!(entry["uid"], project);
    assert_eq!(entry["roles"][0]["name"], "Project Viewer");
    assert_eq!(entry["inheritedRoles"][0]["name"], "Project Editor");
    assert_eq!(client.send(&delete(&format!("/v1/teams/{team}"))).status, 204);
    assert_eq!(client.send(&get(&path)).body["projects"][0]["inheritedRoles"], json!([]));
    assert_eq!(client.send(&get(&format!("/v1/teams/{team}/projects"))).code(), "ResourceNotFound");
    assert!(fake.tenant(|tenant| !tenant.grants.contains_key(&team)));
}

#[test]
fn roles_are_given_only_where_all_is_there() {
    let (fake, project) = fake_with(Switches::default());
    let (ben, admin, tenant_admin) = fake.tenant(|tenant| {
        (tenant.holder("ben@example.com"), tenant.role_uid("Project Admin"), tenant.role_uid("Tenant Admin"))
    });
    let mut client = Client::of(&fake);
    let nobody = "0123456789abcdef01234567";
    for (holder, project, role, status) in [
        (nobody, project.as_str(), &admin, 404),
        (&ben, nobody, &admin, 404),
        (&ben, &project, &nobody.to_owned(), 400),
        (&ben, &project, &tenant_admin, 400),
    ] {
        let body = json!({"projects": [{"projectUid": project, "roles": [role]}]});
        assert_eq!(client.send(&put(&format!("/v1/users/{holder}/projects"), &body)).status, status);
    }
    assert_eq!(
        fake.tenant(|tenant| tenant.roles_of("ben@example.com", "payments").join(",")),
        "Project Viewer"
    );
}

#[test]
fn a_project_is_made_with_all_its_roles_or_not_at_all() {
    let fake = Fake::start();
    let (caller, tenant_admin) =
        fake.tenant(|tenant| (tenant.caller.clone(), tenant.role_uid("Tenant Admin")));
    let users = json!([{"userId": caller, "roles": [tenant_admin]}]);
    let body = json!({"metadata": {"name": "web"}, "spec": {"users": users, "teams": []}});
    assert_eq!(Client::of(&fake).send(&post("/v1/projects", &body)).status, 400);
    assert!(fake.tenant(|tenant| tenant.projects.is_empty()));
}

#[test]
fn a_project_with_clusters_is_not_deleted() {
    let (fake, project) = fake_with(Switches::default());
    let mut client = Client::of(&fake);
    let path = format!("/v1/projects/{project}");
    assert_eq!(client.send(&delete(&path)).status, 400);
    fake.tenant(|tenant| tenant.cluster_named("payments", "prod-eu").is_deleted = true);
    assert_eq!(client.send(&delete(&path)).status, 204);
    assert!(fake.tenant(|tenant| tenant.keys.is_empty()), "its keys go with it");
    assert!(fake.tenant(|tenant| tenant.grants.values().all(BTreeMap::is_empty)), "and the roles in it");
}

#[test]
fn a_search_without_a_filter_finds_also_what_is_gone_or_virtual() {
    let (fake, project) = fake_with(Switches::default());
    fake.tenant(|tenant| {
        tenant.cluster("payments", "old", "maas", &[]).is_deleted = true;
        tenant.cluster("payments", "inner", "nested", &[]);
        tenant.project("web");
        tenant.cluster("web", "other", "aws", &["pair"]).state = "Provisioning".into();
    });
    let mut client = Client::of(&fake);
    let path = "/v1/dashboard/spectroclusters/search?limit=50";
    let found = client.send(&post(path, &search()).of(&project)).body;
    assert_eq!(found["listmeta"]["count"], 1);
    assert_eq!(found["items"][0]["metadata"]["name"], "prod-eu");
    let mut count = |body| client.send(&post(path, &body).of(&project)).body["listmeta"]["count"].clone();
    assert_eq!(count(json!({"filter": {"conjunction": "and", "filterGroups": []}})), 3);
    let by_name = |operator: &str, value: &str| {
        json!({"filter": {"conjunction": "or", "filterGroups": [{"conjunction": "and", "filters": [
            {"property": "clusterName", "type": "string", "condition": {"string": {
                "operator": operator, "match": {"conjunction": "or", "values": [value]}}}}]}]}})
    };
    assert_eq!(count(by_name("beginsWith", "in")), 1);
    assert_eq!(count(by_name("contains", "o")), 2);
    assert_eq!(count(by_name("eq", "inn")), 0);
}

#[test]
fn names_are_taken_once_and_a_team_has_known_users() {
    let (fake, _) = fake_with(Switches::default());
    let mut client = Client::of(&fake);
    let team = |name: &str, users: &[&str]| json!({"metadata": {"name": name}, "spec": {"users": users}});
    assert_eq!(client.send(&post("/v1/teams", &team("platform", &[]))).status, 409);
    assert_eq!(
        client.send(&post("/v1/teams", &team("new", &["0123456789abcdef01234567"]))).code(),
        "UserNotFound"
    );
    assert_eq!(fake.tenant(|tenant| tenant.teams.len()), 1, "what is refused has no effect");
}

#[test]
fn what_is_not_permitted_is_refused_and_told_before() {
    let (fake, project) = fake_with(Switches::default());
    fake.tenant(|tenant| tenant.withheld = vec!["sshKey.create".into(), "role.list".into()]);
    let mut client = Client::of(&fake);
    assert_eq!(client.send(&get("/v1/roles?limit=50")).status, 403);
    let body = json!({"metadata": {"name": "new"}, "spec": {"publicKey": OPS}});
    let refused = client.send(&post(KEYS, &body).of(&project));
    assert_eq!((refused.status, refused.code()), (403, "OperationForbidden"));
    assert_eq!(refused.body["ref"], REFERENCE);
    let me = client.send(&get("/v1/users/me")).body;
    let permitted = me["status"]["projectPermissions"][&project].as_array().unwrap();
    assert!(permitted.contains(&json!("sshKey.update")) && !permitted.contains(&json!("sshKey.create")));
    assert_eq!(me["status"]["activationLink"], ACTIVATION_LINK);
    assert_eq!(me["spec"]["emailId"], CALLER);
}

#[test]
fn limits_are_told_to_the_tenant_itself() {
    let fake = Fake::start();
    let mut client = Client::of(&fake);
    assert_eq!(client.send(&get("/v1/tenants/0123456789abcdef01234567/resourceLimits")).status, 403);
    let tenant = fake.tenant(|tenant| tenant.uid.clone());
    let limits = client.send(&get(&format!("/v1/tenants/{tenant}/resourceLimits"))).body;
    assert_eq!(limits["resources"][1]["limit"], 300);
}
