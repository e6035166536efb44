//! Which rule answers which request: who may ask, in which scope, and for what.

use serde_json::Value;

use super::super::contract::{Answer, Contract, Request};
use super::answers::{Answered, invalid, missing, refusal};
use super::call::Call;
use super::switches::{BadApiKey, Puts, Switches, WrongProject};
use super::tenant::Tenant;

/// What the tenant answers, and does.
pub(super) fn answer(tenant: &mut Tenant, switches: &Switches, request: &Request) -> Answer {
    let before = (!request.only_asks()).then(|| tenant.clone());
    let answer = allowed(tenant, switches, request).and_then(|call| routed(tenant, &call));
    let has_effect = request.method != "PUT" || switches.puts == Puts::TakeEffect;
    if let Some(before) = before.filter(|_| answer.is_err() || !has_effect) {
        *tenant = before;
    }
    answer.unwrap_or_else(|refusal| refusal)
}

/// The request as a call, if it may be made.
fn allowed<'a>(tenant: &Tenant, switches: &'a Switches, request: &'a Request) -> Result<Call<'a>, Answer> {
    authenticated(switches, request)?;
    let project = scope(tenant, switches, request)?;
    let segments = request.segments();
    let withheld = permission(&request.method, &segments).filter(|one| tenant.withheld.contains(one));
    if let Some(permission) = withheld {
        return Err(refusal(403, "OperationForbidden", &format!("Operation not allowed: {permission}")));
    }
    if let Some(fault) = Contract::get().faults_of_body(request).first() {
        return Err(invalid(fault));
    }
    let body = request.json().unwrap_or(Value::Null);
    Ok(Call { request, switches, project, body })
}

fn authenticated(switches: &Switches, request: &Request) -> Result<(), Answer> {
    let key = request.header("apikey").unwrap_or_default();
    match switches.bad_api_key {
        _ if key == super::API_KEY => Ok(()),
        BadApiKey::Unauthorized => Err(refusal(401, "InvalidApiKey", "the API key is not valid")),
        BadApiKey::NotFound => Err(missing(&format!("the API key {key}"))),
    }
}

/// The project of the request's header, which the tenant's own operations refuse.
fn scope<'a>(tenant: &Tenant, switches: &Switches, request: &'a Request) -> Result<Option<&'a str>, Answer> {
    let Some(uid) = request.project() else { return Ok(None) };
    let is_of_projects = match request.segments()[..] {
        ["v1", "users", area, ..] => area == "assets",
        ["v1", "dashboard", area, ..] => area == "spectroclusters",
        ["v1", area, ..] => matches!(area, "cloudconfigs" | "spectroclusters"),
        _ => false,
    };
    if !is_of_projects {
        return Err(refusal(400, "ProjectUidIsNotEmpty", "the header ProjectUid has to be empty"));
    }
    if tenant.projects.iter().any(|project| project.metadata.uid == uid) {
        return Ok(Some(uid));
    }
    Err(match switches.wrong_project {
        WrongProject::ResourceNotFound => missing("the project"),
        WrongProject::ProjectNotFoundInTenant => {
            refusal(404, "ProjectNotFoundInTenant", "the project is not of this tenant")
        }
        WrongProject::ResourceAccessDenied => refusal(403, "ResourceAccessDenied", "access is denied"),
    })
}

/// What one has to be permitted.
fn permission(method: &str, segments: &[&str]) -> Option<String> {
    let area = match segments {
        ["v1", "users", "assets", ..] => "sshKey",
        ["v1", "users", "info" | "me"] => return None,
        ["v1", "users", ..] => "user",
        ["v1", "teams", ..] => "team",
        ["v1", "roles"] => "role",
        ["v1", "projects", ..] | ["v1", "dashboard", "projects", ..] => "project",
        ["v1", "cloudconfigs", ..] => "cloudconfig",
        ["v1", "spectroclusters" | "dashboard", ..] => "cluster",
        _ => return None,
    };
    let verb = match (method, segments) {
        ("POST", ["v1", "dashboard", ..]) => "list",
        ("GET", [.., last]) if !last.bytes().any(|byte| byte.is_ascii_digit()) => "list",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("DELETE", _) => "delete",
        _ => "get",
    };
    Some(format!("{area}.{verb}"))
}

fn routed(tenant: &mut Tenant, call: &Call) -> Answered {
    let segments = call.request.segments();
    match (call.request.method.as_str(), &segments[1..]) {
        ("GET", ["users", "info"]) => tenant.user_info(),
        ("GET", ["users", "me"]) => tenant.user_me(call),
        ("GET", ["users", "meta"]) => tenant.list_users(),
        ("GET", ["tenants", uid, "resourceLimits"]) => tenant.resource_limits(uid),
        ("GET", ["users", "assets", "sshkeys"]) => tenant.list_keys(call),
        ("POST", ["users", "assets", "sshkeys"]) => tenant.create_key(call),
        ("GET", ["users", "assets", "sshkeys", uid]) => tenant.get_key(call, uid),
        ("PUT", ["users", "assets", "sshkeys", uid]) => tenant.replace_key(call, uid),
        ("DELETE", ["users", "assets", "sshkeys", uid]) => tenant.delete_key(call, uid),
        ("GET", ["roles"]) => tenant.list_roles(call),
        ("GET", ["teams"]) => tenant.list_teams(call),
        ("POST", ["teams"]) => tenant.create_team(call),
        ("GET", ["teams", uid]) => tenant.get_team(uid),
        ("PUT", ["teams", uid]) => tenant.replace_team(call, uid),
        ("DELETE", ["teams", uid]) => tenant.delete_team(uid),
        ("GET", ["teams", uid, "roles"]) => tenant.team_roles(uid),
        ("GET", [kind @ ("users" | "teams"), uid, "projects"]) => tenant.get_grants(kind, uid),
        ("PUT", [kind @ ("users" | "teams"), uid, "projects"]) => tenant.put_grants(call, kind, uid),
        ("GET", ["dashboard", "projects", "metadata"]) => tenant.project_names(),
        ("POST", ["dashboard", "projects"]) => tenant.project_summaries(call),
        ("POST", ["projects"]) => tenant.create_project(call),
        ("GET", ["projects", uid]) => tenant.get_project(uid),
        ("DELETE", ["projects", uid]) => tenant.delete_project(uid),
        ("PUT", ["projects", uid, "meta"]) => tenant.replace_project_metadata(call, uid),
        ("POST", ["dashboard", "spectroclusters", "search"]) => tenant.search_clusters(call),
        ("GET", ["spectroclusters", uid, "repave", "status"]) => tenant.repave_status(call, uid),
        ("GET", ["cloudconfigs", cloud, uid]) => tenant.get_cloud_config(call, cloud, uid),
        ("PUT", ["cloudconfigs", cloud, uid, "clusterConfig"]) => {
            tenant.replace_cloud_config(call, cloud, uid)
        }
        _ => Err(missing(&call.request.path)),
    }
}
