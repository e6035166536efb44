//! Each switch does what it says, and all pairs of answers are tried.

use serde_json::json;

use super::super::example::{ON_CALL, OPS, fake_with};
use super::super::fake::{
    BadApiKey, DuplicateName, EmptyValues, Fake, KeyChange, KeyLabels, KeyRename, MoreKeys, PageTokens,
    ProjectSummary, Puts, RolePuts, Switches, TenantKeys, UNKNOWN_FIELD, UnknownFields, UsersMe,
    WrongProject,
};
use super::client::{Client, Reply, escaped, get, post, put};
use super::ordinary::named;

const KEYS: &str = "/v1/users/assets/sshkeys";

fn defaults() -> Switches {
    Switches::default()
}

#[test]
fn few_settings_have_all_pairs() {
    let all = Switches::pairs();
    assert!(all.len() <= 16, "{}", all.len());
    let has = |test: &dyn Fn(&Switches) -> bool| all.iter().any(test);
    for rename in [KeyRename::Taken, KeyRename::Ignored] {
        for keys in [TenantKeys::Hidden, TenantKeys::Listed] {
            assert!(has(&|one| one.key_rename == rename && one.tenant_keys == keys));
        }
        for status in [DuplicateName::Conflict, DuplicateName::BadRequest, DuplicateName::InternalError] {
            assert!(has(&|one| one.key_rename == rename && one.duplicate_name == status));
        }
    }
}

#[test]
fn a_page_begins_at_a_number_or_behind_the_last_item() {
    for (page_tokens, next) in
        [(PageTokens::Numbers, "Project Viewer"), (PageTokens::Cursors, "Project Editor")]
    {
        let fake = Fake::with(Switches { page_tokens, page: 2, ..defaults() });
        let mut client = Client::of(&fake);
        let first = client.send(&get("/v1/roles?limit=50")).body;
        assert_eq!(first["items"][1]["metadata"]["name"], "Project Admin");
        fake.tenant(|tenant| drop(tenant.roles.remove(0)));
        let token = escaped(first["listmeta"]["continue"].as_str().unwrap());
        let second = client.send(&get(&format!("/v1/roles?limit=50&continue={token}"))).body;
        assert_eq!(second["items"][0]["metadata"]["name"], next);
    }
}

#[test]
fn a_put_of_roles_replaces_or_merges() {
    for (role_puts, left) in [(RolePuts::Replace, ""), (RolePuts::Merge, "Project Viewer")] {
        let (fake, _) = fake_with(Switches { role_puts, ..defaults() });
        let ben = fake.tenant(|tenant| tenant.holder("ben@example.com"));
        let reply =
            Client::of(&fake).send(&put(&format!("/v1/users/{ben}/projects"), &json!({"projects": []})));
        assert_eq!(reply.status, 204);
        assert_eq!(fake.tenant(|tenant| tenant.roles_of("ben@example.com", "payments").join(",")), left);
    }
}

/// Puts the key `ops` with another name and a label.
fn renamed(switches: Switches) -> Fake {
    let (fake, project) = fake_with(switches);
    let mut client = Client::of(&fake);
    let list = client.send(&get(KEYS).of(&project)).body;
    let mut key = named(&list, "ops").clone();
    key["metadata"]["name"] = "operations".into();
    key["metadata"]["labels"] = json!({"owner": "ana"});
    let uid = key["metadata"]["uid"].as_str().unwrap();
    assert_eq!(client.send(&put(&format!("{KEYS}/{uid}"), &key).of(&project)).status, 204);
    fake
}

#[test]
fn a_put_of_a_key_takes_its_name_or_not() {
    let fake = renamed(defaults());
    assert!(fake.tenant(|tenant| tenant.key_named("payments", "operations").is_some()));
    let fake = renamed(Switches { key_rename: KeyRename::Ignored, ..defaults() });
    assert!(fake.tenant(|tenant| tenant.key_named("payments", "operations").is_none()));
}

#[test]
fn labels_of_keys_are_kept_or_dropped() {
    for (key_labels, count) in [(KeyLabels::Kept, 1), (KeyLabels::Dropped, 0)] {
        let fake = renamed(Switches { key_labels, ..defaults() });
        let labels =
            fake.tenant(|tenant| tenant.key_named("payments", "operations").unwrap().metadata.labels.len());
        assert_eq!(labels, count);
    }
}

#[test]
fn a_put_that_does_nothing_says_that_it_did() {
    let fake = renamed(Switches { puts: Puts::DoNothing, ..defaults() });
    assert!(fake.tenant(|tenant| tenant.key_named("payments", "ops").is_some()));
    assert_eq!(fake.writes().len(), 1);
}

#[test]
fn keys_of_the_tenant_are_listed_and_marked_or_not() {
    for (tenant_keys, count) in [(TenantKeys::Hidden, 2), (TenantKeys::Listed, 3)] {
        let (fake, project) = fake_with(Switches { tenant_keys, ..defaults() });
        fake.tenant(|tenant| tenant.tenant_key("of-all", OPS));
        let list = Client::of(&fake).send(&get(KEYS).of(&project)).body;
        assert_eq!(list["items"].as_array().unwrap().len(), count);
        if tenant_keys == TenantKeys::Listed {
            assert_eq!(named(&list, "of-all")["metadata"]["annotations"]["scope"], "tenant");
        }
    }
}

#[test]
fn a_bad_api_key_is_unauthorized_or_not_found() {
    for (bad_api_key, status, is_told) in
        [(BadApiKey::Unauthorized, 401, false), (BadApiKey::NotFound, 404, true)]
    {
        let fake = Fake::with(Switches { bad_api_key, ..defaults() });
        let ask = get("/v1/users/info").without("ApiKey").with("ApiKey", "wrong-key");
        let reply = Client::of(&fake).send(&ask);
        assert_eq!((reply.status, reply.text.contains("wrong-key")), (status, is_told));
    }
}

#[test]
fn a_wrong_project_has_three_answers() {
    for (wrong_project, status, code) in [
        (WrongProject::ResourceNotFound, 404, "ResourceNotFound"),
        (WrongProject::ProjectNotFoundInTenant, 404, "ProjectNotFoundInTenant"),
        (WrongProject::ResourceAccessDenied, 403, "ResourceAccessDenied"),
    ] {
        let fake = Fake::with(Switches { wrong_project, ..defaults() });
        let reply = Client::of(&fake).send(&get(KEYS).of("0123456789abcdef01234567"));
        assert_eq!((reply.status, reply.code()), (status, code));
    }
}

#[test]
fn a_name_that_is_taken_has_three_answers() {
    for (duplicate_name, status) in [
        (DuplicateName::Conflict, 409),
        (DuplicateName::BadRequest, 400),
        (DuplicateName::InternalError, 500),
    ] {
        let (fake, project) = fake_with(Switches { duplicate_name, ..defaults() });
        let body = json!({"metadata": {"name": "ops"}, "spec": {"publicKey": ON_CALL}});
        assert_eq!(Client::of(&fake).send(&post(KEYS, &body).of(&project)).status, status);
    }
}

/// Gives a cluster these keys.
fn put_keys(fake: &Fake, project: &str, keys: &[&str]) -> Reply {
    let path = fake.tenant(|tenant| {
        format!("/v1/cloudconfigs/maas/{}", tenant.cluster("payments", "m", "maas", &[OPS]).config_uid)
    });
    let mut client = Client::of(fake);
    let mut config = client.send(&get(&path).of(project)).body["spec"]["clusterConfig"].clone();
    config["sshKeys"] = json!(keys);
    client.send(&put(&format!("{path}/clusterConfig"), &json!({"clusterConfig": config})).of(project))
}

#[test]
fn a_cluster_takes_more_keys_or_refuses_them() {
    for (more_keys, status, kept) in [(MoreKeys::Taken, 204, 2), (MoreKeys::Refused, 400, 1)] {
        let (fake, project) = fake_with(Switches { more_keys, ..defaults() });
        assert_eq!(put_keys(&fake, &project, &[OPS, ON_CALL]).status, status);
        assert_eq!(fake.tenant(|tenant| tenant.cluster_named("payments", "m").keys().len()), kept);
    }
}

#[test]
fn another_key_replaces_nodes_or_not() {
    for (key_change, waits) in [(KeyChange::Repaves, true), (KeyChange::InPlace, false)] {
        let (fake, project) = fake_with(Switches { key_change, ..defaults() });
        assert_eq!(put_keys(&fake, &project, &[ON_CALL]).status, 204);
        assert_eq!(fake.tenant(|tenant| tenant.cluster_named("payments", "m").repave.is_some()), waits);
    }
}

#[test]
fn a_summary_names_who_has_roles_or_nobody() {
    for (project_summary, users) in [(ProjectSummary::Complete, 1), (ProjectSummary::WithoutSubjects, 0)] {
        let (fake, _) = fake_with(Switches { project_summary, ..defaults() });
        let reply = Client::of(&fake).send(&post("/v1/dashboard/projects?limit=50", &json!({})));
        let summary = &reply.body["items"][0]["specSummary"];
        let counts = [&summary["users"], &summary["teams"]].map(|list| list.as_array().unwrap().len());
        assert_eq!(counts, [users; 2]);
    }
}

#[test]
fn who_am_i_is_answered_or_not() {
    for (users_me, status, words) in [
        (UsersMe::Answers, 200, "team.list"),
        (UsersMe::OtherWords, 200, "TEAM_LIST"),
        (UsersMe::NotFound, 404, ""),
    ] {
        let fake = Fake::with(Switches { users_me, ..defaults() });
        let reply = Client::of(&fake).send(&get("/v1/users/me"));
        assert!(reply.status == status && reply.text.contains(words), "{}", reply.text);
    }
}

#[test]
fn empty_lists_may_be_null() {
    let (fake, project) = fake_with(Switches { empty_values: EmptyValues::Null, ..defaults() });
    fake.tenant(|tenant| tenant.keys.clear());
    let mut client = Client::of(&fake);
    assert_eq!(client.send(&get(KEYS).of(&project)).body, json!({"items": null}));
    let team = fake.tenant(|tenant| tenant.holder("platform"));
    let object = client.send(&get(&format!("/v1/teams/{team}"))).body;
    assert_eq!(object["spec"]["sources"], json!(null));
    assert_eq!(
        client.send(&put(&format!("/v1/teams/{team}"), &object)).status,
        204,
        "and may go back as such"
    );
}

#[test]
fn unknown_fields_are_everywhere_and_are_to_go_back() {
    let (fake, _) = fake_with(Switches { unknown_fields: UnknownFields::Everywhere, ..defaults() });
    let mut client = Client::of(&fake);
    let path = format!("/v1/teams/{}", fake.tenant(|tenant| tenant.holder("platform")));
    let mut team = client.send(&get(&path)).body;
    assert!(team["spec"][UNKNOWN_FIELD].is_object() && team["metadata"]["labels"] == json!({}));
    assert_eq!(client.send(&put(&path, &team)).status, 204);
    assert_eq!(fake.take_violations(), []);
    team["spec"].as_object_mut().unwrap().remove(UNKNOWN_FIELD);
    assert_eq!(client.send(&put(&path, &team)).status, 204);
    let found: Vec<_> = fake.take_violations().into_iter().map(|violation| violation.what).collect();
    assert_eq!(found, [format!("drops /spec/{UNKNOWN_FIELD}")]);
}
