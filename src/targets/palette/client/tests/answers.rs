//! What is asked, and what answers mean.

use serde_json::json;

use super::super::super::Uid;
use super::super::super::wire::{Named, Permissions, ProjectRoles, TenantRoles, UserInfo};
use super::super::{Created, Scope, Written};
use super::table::{Answer, KEY, World, header, info, json_answer, refusal, text_answer};
use crate::http::{HeaderValue, Secret, TransportError};
use crate::targets::{TargetError, TargetErrorKind};

const KEYS: [&str; 4] = ["v1", "users", "assets", "sshkeys"];

fn project() -> Scope {
    Scope::Project(Uid::parse("p1").unwrap())
}

fn lost() -> Answer {
    Err(TransportError::Lost("Connection reset by peer".into()))
}

#[test]
fn a_call_is_of_the_scope_that_it_names() {
    let world = World::with(&[
        ("GET /v1/teams/a1/roles", &[json_answer(200, &json!({"roles": null}))]),
        ("PUT /v1/users/assets/sshkeys/k1 @p1", &[text_answer(204, "")]),
    ]);
    world.session().get::<TenantRoles>(&Scope::Tenant, &["v1", "teams", "a1", "roles"]).unwrap();
    let key = [&KEYS[..], &["k1"]].concat();
    assert_eq!(world.session().put(&project(), &key, &json!({"a": 1})), Ok(Written::Done));

    let [get, put] = &world.requests()[..] else { panic!("{:?}", world.asked()) };
    for request in [get, put] {
        let key = HeaderValue::Secret(Secret::new(KEY).unwrap());
        assert!(request.headers.iter().any(|header| header.name == "ApiKey" && header.value == key));
        assert_eq!(header(request, "Accept"), Some("application/json"));
    }
    assert_eq!((header(get, "ProjectUid"), header(put, "ProjectUid")), (None, Some("p1")));
    assert_eq!((header(get, "Content-Type"), header(put, "Content-Type")), (None, Some("application/json")));
    assert_eq!((get.body.as_deref(), put.body.as_deref()), (None, Some(b"{\"a\":1}".as_slice())));
}

#[test]
fn a_part_of_a_path_that_a_stranger_names_stays_one() {
    let world = World::with(&[]);
    let _ = world.session().object(&Scope::Tenant, &["v1", "teams", "../users?x#"]);
    assert_eq!(world.asked()[0], "GET /v1/teams/..%2Fusers%3Fx%23");
}

#[test]
fn the_tenant_is_known_by_its_name_or_its_uid() {
    for (tenant, is_right) in [("acme", true), ("ACME", false), ("other", false), ("", false)] {
        let world = World::with(&[("GET /v1/users/info", &[info(tenant)])]);
        let checked = world.session().preflight();
        assert_eq!(checked.is_ok(), is_right, "{checked:?}");
    }
    let uid = json!({"userUid": "u1", "tenantUid": "acme", "orgName": null});
    let world = World::with(&[("GET /v1/users/info", &[json_answer(200, &uid)])]);
    let UserInfo { user_uid, .. } = world.session().preflight().unwrap();
    assert_eq!(user_uid.as_str(), "u1");
}

#[test]
fn a_key_that_is_not_taken_is_told_without_being_shown() {
    let echoed = format!("no resource for {KEY}\u{1b}[2J and VG9wU2VjcmV0LUtleQ%3d%3D");
    for (status, code) in [(401, "InvalidApiKey"), (403, "OperationForbidden"), (404, "ResourceNotFound")] {
        let world = World::with(&[("GET /v1/users/info", &[refusal(status, code, &echoed)])]);
        let error = world.session().preflight().unwrap_err();
        assert_eq!(error.kind, TargetErrorKind::Denied);
        let told = "no resource for [redacted]\\u{1b}[2J and [redacted]";
        let told = format!("GET /v1/users/info: {status}: {told} (code {code}, reference 5d8a)");
        assert_eq!(error.why, format!("https://palette.example.com does not take the API key: {told}"));
    }
    let world = World::with(&[("GET /v1/users/info", &[info("other\u{7}")])]);
    let error = world.session().preflight().unwrap_err();
    let told = "the API key is of the tenant `other\\u{7}`, and not of `acme`";
    assert_eq!(error, TargetError::new(TargetErrorKind::Denied, told));
}

#[test]
fn only_a_good_key_may_say_that_something_is_not_there() {
    let teams = ["v1", "teams", "a1"];
    let gone = World::with(&[]);
    assert_eq!(gone.session().object(&Scope::Tenant, &teams), Ok(None));
    assert_eq!(gone.asked(), ["GET /v1/teams/a1", "GET /v1/users/info"]);
    assert_eq!(gone.session().put(&Scope::Tenant, &teams, &json!({})), Ok(Written::Gone));
    assert_eq!(gone.session().delete(&Scope::Tenant, &teams), Ok(Written::Gone));

    let bad = World::with(&[("GET /v1/users/info", &[refusal(404, "ResourceNotFound", "")])]);
    let denied = bad.session().object(&Scope::Tenant, &teams).unwrap_err();
    assert_eq!(denied.kind, TargetErrorKind::Denied);
    assert_eq!(bad.session().delete(&Scope::Tenant, &teams), Err(denied.clone()));
    assert_eq!(bad.session().create(&Scope::Tenant, &["v1", "teams"], &json!({})), Err(denied));

    // What has to be there is no object that may be gone.
    let error = gone.session().get::<ProjectRoles>(&Scope::Tenant, &["v1", "users", "u", "projects"]);
    let told = "GET /v1/users/u/projects: 404: it is not there (code ResourceNotFound, reference 5d8a)";
    assert_eq!(error, Err(TargetError::refused(told)));
}

#[test]
fn an_object_keeps_all_its_fields_to_be_put_back() {
    let team = json!({"metadata": {"uid": "a1", "x": null}, "spec": {"users": [null]}, "new": {"y": 0.5}});
    let world = World::with(&[("GET /v1/teams/a1", &[json_answer(200, &team)])]);
    assert_eq!(world.session().object(&Scope::Tenant, &["v1", "teams", "a1"]), Ok(Some(team)));
}

#[test]
fn what_may_have_been_created_is_looked_for() {
    let create = |answers: &[Answer]| {
        let world = World::with(&[("POST /v1/users/assets/sshkeys @p1", answers)]);
        let created = world.session().create(&project(), &KEYS, &json!({"metadata": {"name": "ops"}}));
        (created, world.asked().len())
    };
    let uid = Uid::parse("k1").unwrap();
    let good = json_answer(201, &json!({"uid": "k1"}));
    assert_eq!(create(std::slice::from_ref(&good)), (Ok(Created::Uid(uid.clone())), 1));
    // What was refused before it was looked at is sent again.
    let unsent = Err(TransportError::NotSent("Connection refused".into()));
    let limited = refusal(429, "TooManyRequests", "");
    assert_eq!(create(&[unsent, limited, good.clone()]), (Ok(Created::Uid(uid)), 3));
    // What may have been done is not.
    for answer in [
        lost(),
        Err(TransportError::TooLarge(9)),
        text_answer(502, "<html>"),
        text_answer(504, ""),
        text_answer(201, "{}"),
        text_answer(201, "{\"uid\": \"\"}"),
        refusal(400, "DuplicateName", ""),
        refusal(409, "DuplicateName", ""),
        refusal(500, "DuplicateName", ""),
        text_answer(500, ""),
    ] {
        let (created, asked) = create(&[answer.clone(), good.clone()]);
        assert!(matches!(created, Ok(Created::Unknown(_))), "{answer:?}: {created:?}");
        assert_eq!(asked, 1, "{answer:?}");
    }
    let (denied, _) = create(&[refusal(403, "OperationForbidden", "")]);
    assert_eq!(denied.unwrap_err().kind, TargetErrorKind::Denied);
}

#[test]
fn what_may_have_been_changed_is_looked_at() {
    let delete = |answer: Answer| {
        let world = World::with(&[("DELETE /v1/teams/a1", &[answer, text_answer(204, "")])]);
        world.session().delete(&Scope::Tenant, &["v1", "teams", "a1"])
    };
    assert_eq!(delete(text_answer(200, "")), Ok(Written::Done));
    assert!(matches!(delete(lost()), Ok(Written::Unknown(_))));
    assert!(matches!(delete(text_answer(503, "")), Ok(Written::Unknown(_))));
    assert_eq!(delete(refusal(429, "TooManyRequests", "")), Ok(Written::Done));
    assert_eq!(delete(refusal(422, "Invalid", "no")).unwrap_err().kind, TargetErrorKind::Refused);
}

#[test]
fn permissions_are_known_only_where_they_are_told() {
    let me = json!({"status": {"tenantPermissions": {"t1": ["team.list", "cluster.get"]},
        "projectPermissions": {"p1": ["sshKey.list"]}}});
    let told = |answer| {
        let world = World::with(&[("GET /v1/users/me", &[answer])]);
        world.session().permissions().unwrap()
    };
    let permissions = told(json_answer(200, &me)).unwrap();
    let needed = ["sshKey.list", "sshKey.create", "cluster.get"];
    assert_eq!(permissions.missing(&project(), &needed), ["sshKey.create"]);
    assert_eq!(permissions.missing(&Scope::Tenant, &["team.list", "team.create"]), ["team.create"]);
    let other = Scope::Project(Uid::parse("p2").unwrap());
    assert!(permissions.missing(&other, &needed).is_empty());
    assert!(Permissions::default().missing(&Scope::Tenant, &["team.list"]).is_empty());

    for answer in
        [refusal(404, "x", ""), refusal(401, "x", ""), text_answer(500, ""), json_answer(200, &json!([]))]
    {
        assert_eq!(told(answer), None);
    }
    assert_eq!(told(json_answer(200, &json!({"status": null}))), None);
}

#[test]
fn roles_through_teams_are_told_apart() {
    let roles = json!({"projects": [{"uid": "p1", "name": "payments", "roles": null,
        "inheritedRoles": [{"uid": "r1", "name": "Project Admin"}]}]});
    let world = World::with(&[("GET /v1/users/u1/projects", &[json_answer(200, &roles)])]);
    let roles: ProjectRoles =
        world.session().get(&Scope::Tenant, &["v1", "users", "u1", "projects"]).unwrap();
    let inherited = Named { uid: Uid::parse("r1").unwrap(), name: "Project Admin".into() };
    assert!(roles.projects[0].roles.is_empty());
    assert_eq!(roles.projects[0].inherited_roles, [inherited]);
}
