//! `keyplan import terraform`.

use std::fs;

use serde_json::{Value, json};

use crate::import::{key_line, run};
use crate::support::Workspace;

fn resource(address: &str, kind: &str, mode: &str, values: &Value) -> Value {
    json!({
        "address": address, "mode": mode, "type": format!("spectrocloud_{kind}"), "name": "x",
        "provider_name": "registry.terraform.io/spectrocloud/spectrocloud", "schema_version": 2,
        "values": values, "sensitive_values": {"ssh_key": true}, "new_attribute": [null],
    })
}

pub(crate) fn managed(address: &str, kind: &str, values: &Value) -> Value {
    resource(address, kind, "managed", values)
}

fn data(address: &str, kind: &str, values: &Value) -> Value {
    resource(address, kind, "data", values)
}

/// Who is who, and what is of no interest.
fn root_module() -> Vec<Value> {
    vec![
        managed(
            "spectrocloud_project.p",
            "project",
            &json!(
            {"id": "p1", "name": "payments", "description": "cards ", "tags": ["tier:gold", "plain"], "timeouts": null}),
        ),
        data("data.spectrocloud_project.d", "project", &json!({"id": "p2", "name": "Default"})),
        data("data.spectrocloud_user.ana", "user", &json!({"id": "u1", "email": "ana@example.com"})),
        managed(
            "spectrocloud_user.ben",
            "user",
            &json!({"id": "u2", "email": "ben@example.com",
            "project_role": [{"project_id": "p1", "role_ids": ["r2", "r9"]}], "tenant_role": []}),
        ),
        data("data.spectrocloud_role.a", "role", &json!({"id": "r1", "name": "Project Admin"})),
        data("data.spectrocloud_role.e", "role", &json!({"id": "r2", "name": "Cluster Editor"})),
        managed("spectrocloud_role.custom", "role", &json!({"id": "r9", "name": "My Role"})),
        managed(
            "spectrocloud_team.sre",
            "team",
            &json!({"id": "t1", "name": "sre", "users": ["u1", "u2", "u7"],
            "project_role_mapping": [{"id": "p1", "roles": ["r1"]}, {"id": "p2", "roles": ["r2"]}, {"id": "p7", "roles": []}]}),
        ),
        managed(
            "spectrocloud_ssh_key.tenant",
            "ssh_key",
            &json!(
            {"name": "tenant-key", "context": "tenant", "ssh_key": key_line(9, "")}),
        ),
        managed("spectrocloud_cloudaccount_aws.a", "cloudaccount_aws", &json!({"aws_secret_key": "hunter2"})),
        json!({"address": "tls_private_key.k", "mode": "managed", "type": "tls_private_key",
            "values": {"private_key_pem": "hunter2"}}),
    ]
}

/// Keys and clusters.
fn child_module() -> Vec<Value> {
    vec![
        managed(
            "module.m.spectrocloud_ssh_key.ops",
            "ssh_key",
            &json!(
            {"name": "ops", "context": "project", "ssh_key": format!("{}\n", key_line(1, "ops@acme"))}),
        ),
        managed(
            "module.m.spectrocloud_ssh_key.again[\"x\"]",
            "ssh_key",
            &json!(
            {"name": "again", "context": "project", "ssh_key": key_line(1, "")}),
        ),
        managed(
            "module.m.spectrocloud_ssh_key.bad",
            "ssh_key",
            &json!(
            {"name": "bad", "context": "project", "ssh_key": "hunter2 hunter2"}),
        ),
        managed(
            "module.m.spectrocloud_cluster_vsphere.eu",
            "cluster_vsphere",
            &json!(
            {"name": "prod-eu", "context": "project", "tags": ["env:prod"],
             "cloud_config": [{"ssh_key": null, "ssh_keys": [key_line(1, "")], "network_type": "VIP"}]}),
        ),
        managed(
            "module.m.spectrocloud_cluster_maas.us",
            "cluster_maas",
            &json!(
            {"name": "prod-us", "context": "project", "cloud_config": [{"ssh_keys": [key_line(2, "inline"), key_line(1, "")]}]}),
        ),
        managed(
            "module.m.spectrocloud_cluster_edge_native.e",
            "cluster_edge_native",
            &json!(
            {"name": "edge", "cloud_config": [{"ssh_keys": [key_line(3, "")]}]}),
        ),
        managed(
            "module.m.spectrocloud_cluster_eks.k",
            "cluster_eks",
            &json!(
            {"name": "eks", "context": "project", "tags_map": {"env": "dev"}, "cloud_config": [{"ssh_key_name": "default"}]}),
        ),
        managed("module.m.spectrocloud_cluster_profile.p", "cluster_profile", &json!({"name": "profile"})),
    ]
}

/// A state with a tenant's share of everything.
fn terraform_state() -> String {
    json!({"format_version": "1.9", "terraform_version": "1.12.0", "checks": [],
        "values": {"outputs": {"secret": {"sensitive": true, "value": "hunter2"}},
            "root_module": {"resources": root_module(), "child_modules": [{"address": "module.m", "resources": child_module()}]}}})
    .to_string()
}

#[test]
fn a_state_of_terraform_is_declared() {
    let workspace = Workspace::with(&[("state.json", terraform_state().as_bytes())]);
    let import = |more: &[&str]| run(&workspace, &[&["import", "terraform", "state.json"], more].concat());
    let (code, said) = import(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("which project its 2 keys and 4 clusters are; it has `Default`, `payments`"),
        "{said}"
    );
    let (code, said) = import(&["--project", "payments"]);
    assert_eq!(code, Some(9), "{said}");
    for expected in [
        "spectrocloud_team.sre: the state does not say who the member `u7` is",
        "spectrocloud_team.sre: the state does not say which project `p7` is",
        "spectrocloud_user.ben: its role `My Role` in `payments` is none of those",
        "spectrocloud_ssh_key.tenant: it is a key of the tenant",
        "module.m.spectrocloud_ssh_key.again[\"x\"]: it is the same key as `ops`",
        "module.m.spectrocloud_ssh_key.bad: this is not an OpenSSH public key",
        "module.m.spectrocloud_cluster_maas.us",
        "wrote teams.yaml: 1 document",
        "wrote Default/project.yaml: 1 document",
        "wrote payments/keys.yaml: 3 documents",
        "wrote payments/clusters.yaml: 4 documents",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    let written = ["teams", "Default/project", "payments/project", "payments/keys", "payments/clusters"];
    let read = |file: &str| fs::read_to_string(workspace.root.join(format!("{file}.yaml"))).unwrap();
    insta::assert_snapshot!(written.map(|file| format!("# {file}\n{}", read(file))).join("\n"));
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(run(&workspace, &["apply", "--auto-approve"]).0, Some(0));
    assert!(run(&workspace, &["plan"]).1.contains("No changes."));
    let (code, said) = import(&["--project", "payments"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("declared already: `cluster/payments/prod-eu`"), "{said}");
    assert!(run(&workspace, &["plan"]).1.contains("No changes."));
}

#[test]
fn of_a_state_of_terraform_a_module_is_taken_and_a_key_chosen() {
    let workspace = Workspace::with(&[("state.json", terraform_state().as_bytes())]);
    let only = "module.m.spectrocloud_cluster_maas.us";
    let args =
        ["import", "terraform", "state.json", "--project", "payments", "--only", only, "--key", "inline"];
    let (_, said) = run(&workspace, &args);
    assert!(said.contains("wrote payments/clusters.yaml: 1 document"), "{said}");
    let clusters = fs::read_to_string(workspace.root.join("payments/clusters.yaml")).unwrap();
    assert!(clusters.contains("sshKey: prod-us-key\n"), "{clusters}");
    assert_eq!(run(&workspace, &["validate"]).0, Some(0));
}

#[test]
fn what_terraform_does_not_print_of_a_state_is_refused_without_a_word_of_it() {
    let workspace = Workspace::with(&[]);
    for (text, expected) in [
        ("{\"password\": \"hunter2\"", "it is not JSON, from line 1 on"),
        (
            "{\"format_version\": \"1.2\", \"resource_changes\": [\"hunter2\"]}",
            "it is a plan, and not a state",
        ),
        (
            "{\"format_version\": \"7.0\", \"values\": \"hunter2\"}",
            "`format_version` is one that keyplan does not know",
        ),
        ("hunter2", "it is not JSON"),
    ] {
        workspace.write("state.json", text.as_bytes());
        let (code, said) = run(&workspace, &["import", "terraform", "state.json", "--project", "p"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(expected) && !said.contains("hunter2"), "{said}");
    }
    workspace.write("state.json", b"{\"format_version\": \"1.0\"}");
    let (code, said) = run(&workspace, &["import", "terraform", "state.json"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nothing was written"), "{said}");
}
