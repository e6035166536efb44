//! `keyplan drift` with the target `palette`, by the binary: what it tells, and that it only reads.

use std::process::Stdio;

use keyplan::cli::args::SchemaOf;
use keyplan::cli::schema;

use super::cli::{command_with, run_with, settings, settings_of, told};
use super::fake::{API_KEY, Effect, Fake, Fault, On, Switches, Tenant};
use crate::support::{Workspace, keyplan, stderr};

const OPS: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/ ops";
const OTHER: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 on-call";

fn payments(tenant: &mut Tenant) {
    tenant.user("Ben@example.com");
    tenant.project("payments");
    tenant.key("payments", "ops", OPS);
    tenant.cluster("payments", "prod-eu", "vsphere", &[OPS]);
    tenant.cluster("payments", "prod-us", "eks", &[]);
    tenant.team("sre", &["Ben@example.com"]);
    tenant.grant("sre", "payments", "Project Admin");
    tenant.grant("Ben@example.com", "payments", "Cluster Viewer");
}

const DECLARED: &str = "\
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ben@example.com]}
---
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
spec: {members: [{team: sre, role: Project Admin}, {user: ben@example.com, role: Cluster Viewer}]}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: OPS, owner: team:sre}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: ops, cloud: vsphere}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-us, project: payments}
spec: {cloud: eks}
";

/// The settings with which what is declared is recorded, and nothing else.
const RECORD: &str =
    "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: acme}\nspec: {target: record}\n";

/// A workspace in which what the fake has is recorded.
fn recorded(fake: &Fake) -> Workspace {
    let workspace = Workspace::with(&[]);
    workspace.write("access.yaml", DECLARED.replace("OPS", OPS).as_bytes());
    workspace.write("keyplan.yaml", RECORD.as_bytes());
    let applied = keyplan(&workspace.root, &["apply", "--auto-approve"]);
    assert_eq!(applied.status.code(), Some(0), "{}", stderr(&applied));
    workspace.write("keyplan.yaml", settings(fake, "").as_bytes());
    workspace
}

fn drift(workspace: &Workspace, args: &[&str], code: i32) -> String {
    told(workspace, &[&["drift"], args].concat(), code)
}

#[test]
fn what_is_there_as_recorded_is_in_sync_whatever_palette_is_like() {
    for switches in Switches::pairs() {
        let fake = Fake::with(switches);
        fake.tenant(payments);
        let workspace = recorded(&fake);
        let told = drift(&workspace, &[], 0);
        assert!(told.ends_with("Looked at 5 resources: 5 in sync, 0 drifted, 0 unreachable.\n"), "{told}");
        assert_eq!(fake.writes(), Vec::<String>::new());
    }
}

#[test]
fn what_others_have_changed_is_told() {
    let fake = Fake::start();
    fake.tenant(|tenant| {
        payments(tenant);
        tenant.user("eve@example.com");
        tenant.grant("eve@example.com", "payments", "Project Admin");
        tenant.key("payments", "legacy", OTHER);
        tenant.key_named("payments", "ops").unwrap().text = OTHER.into();
    });
    let workspace = recorded(&fake);
    fake.tenant(|tenant| {
        tenant.cluster("payments", "scratch", "maas", &[OTHER]);
        tenant.teams[0].users.clear();
    });
    insta::assert_snapshot!(drift(&workspace, &["--all"], 4));
    let json = run_with(&workspace, Some(API_KEY), &["drift", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert!(jsonschema::validator_for(&schema::of(SchemaOf::Drift)).unwrap().is_valid(&json), "{json}");
    assert_eq!((&json["drifted_count"], &json["unrecorded_count"]), (&3.into(), &2.into()), "{json}");
    assert_eq!(fake.writes(), Vec::<String>::new());
}

#[test]
fn only_what_is_asked_about_is_read() {
    let fake = Fake::start();
    fake.tenant(payments);
    let workspace = recorded(&fake);
    let told = drift(&workspace, &["key/payments/ops"], 0);
    assert!(told.starts_with("key/payments/ops: in sync\n"), "{told}");
    let asked: Vec<_> = fake.exchanges().iter().map(|exchange| exchange.request.line()).collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(drift(&workspace, &["team/sre"], 0).starts_with("team/sre: in sync\n"));
}

#[test]
fn what_cannot_be_read_is_never_missing() {
    let fake = Fake::start();
    fake.tenant(payments);
    let workspace = recorded(&fake);
    fake.plant(Fault::forbidden(), On::the("GET", "/v1/users/assets/sshkeys").times(9));
    let told = drift(&workspace, &[], 1);
    assert!(told.contains("key/payments/ops: unreachable: "), "{told}");
    assert!(!told.contains("missing"), "{told}");
    assert!(told.contains("4 in sync, 0 drifted, 1 unreachable"), "{told}");
}

#[test]
fn a_key_that_is_not_that_of_the_tenant_is_refused_first_of_all() {
    let fake = Fake::start();
    fake.tenant(payments);
    let workspace = recorded(&fake);
    for (key, why) in [
        (None, "neither `SPECTROCLOUD_APIKEY` nor `PALETTE_API_KEY` holds an API key of Palette"),
        (Some("a b c d e f g h"), "`SPECTROCLOUD_APIKEY` holds no API key of Palette: it has a space"),
        (Some("d3JvbmctYXBpLWtleQ=="), "does not take the API key"),
    ] {
        let output = run_with(&workspace, key, &["drift"]);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(why), "{told}");
        assert!(key.is_none_or(|key| !told.contains(key)), "{told}");
    }
    workspace.write("keyplan.yaml", settings_of(&fake, "globex", "").as_bytes());
    let told = drift(&workspace, &[], 1);
    assert!(told.contains("the API key is of the tenant `acme`, and not of `globex`"), "{told}");
    assert!(fake.exchanges().iter().all(|exchange| exchange.request.line() == "GET /v1/users/info"));
}

#[test]
fn a_host_that_does_not_answer_is_told() {
    let fake = Fake::start();
    fake.tenant(payments);
    let workspace = recorded(&fake);
    let url = fake.url();
    drop(fake);
    let told = drift(&workspace, &[], 1);
    assert!(
        told.contains(&format!("error: {url}: GET /v1/users/info: ")) && told.contains("help: "),
        "{told}"
    );
}

/// Palette does not answer, so that there is something to wait for when Ctrl-C is pressed.
#[cfg(unix)]
#[test]
fn a_ctrl_c_ends_the_looking_as_declined() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let fake = Fake::start();
    fake.tenant(payments);
    let workspace = recorded(&fake);
    let projects = || On::the("GET", "/v1/dashboard/projects/metadata");
    let (tell, told) = std::sync::mpsc::channel::<i32>();
    fake.before(projects(), move |_| kill(Pid::from_raw(told.recv().unwrap()), Signal::SIGINT).unwrap());
    fake.plant(Fault::Gateway(503, Effect::Before), projects().always());
    let mut command = command_with(&workspace, Some(API_KEY), &["drift"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    tell.send(child.id().try_into().unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(8), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("interrupted; nothing is known of what is there"),
        "{}",
        stderr(&output)
    );
    assert!(output.stdout.is_empty());
}
