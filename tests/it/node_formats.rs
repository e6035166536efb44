//! The files that nodes are born from: as people read them, as `keyplan render` prints them, and as the
//! programs take them that they are for.

use std::fs;
use std::process::{Command, Output};

use camino::Utf8Path;
use keyplan::model::NodeFormat;
use serde_json::{Value, json};

use crate::support::{Workspace, keyplan, skipped, skipped_without, stderr, stdout};

const LINE: &str = "expiry-time=\"20970630235959Z\" ssh-ed25519 \
                    AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 key/payments/ops";

const ACCESS: &str = "\
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 ana's key
  expires: 2097-06-30
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: ops, loginUser: USER}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: spare, project: payments}
";

fn workspace_for(user: &str) -> Workspace {
    Workspace::with(&[("access.yaml", ACCESS.replace("USER", user).as_bytes())])
}

fn workspace() -> Workspace {
    workspace_for("spectro")
}

/// Runs the binary, which has to end with a code.
fn run(workspace: &Workspace, args: &[&str], code: i32) -> Output {
    let output = keyplan(&workspace.root, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", stdout(&output), stderr(&output));
    output
}

fn rendered(workspace: &Workspace, format: NodeFormat) -> String {
    let output = run(workspace, &["render", format.word(), "payments/prod-eu"], 0);
    assert_eq!(stderr(&output), "");
    stdout(&output)
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({snapshot_path => "../snapshots/nodes", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}

/// The documents of a YAML file.
fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize;
    serde_yaml::Deserializer::from_str(text).map(|one| Value::deserialize(one).unwrap()).collect()
}

#[test]
fn each_format_reads_well() {
    let workspace = workspace();
    for format in NodeFormat::ALL {
        snapshot(format.word(), &rendered(&workspace, *format));
    }
}

/// The user is there, and nobody gets in. The playbook would lock out Ansible itself.
#[test]
fn a_cluster_without_a_key() {
    let workspace = workspace();
    let mut all = String::new();
    for format in NodeFormat::ALL {
        let code = i32::from(*format == NodeFormat::Ansible);
        let output = run(&workspace, &["render", format.word(), "payments/spare"], code);
        assert!(!stdout(&output).contains("ssh-"), "{format}");
        all.extend([&format!("--> {format}\n"), &stdout(&output), &stderr(&output)].map(String::as_str));
    }
    snapshot("without-a-key", &all);
}

#[test]
fn a_cluster_is_named_by_its_address_as_well() {
    let workspace = workspace();
    let output = run(&workspace, &["render", "butane", "cluster/payments/prod-eu", "."], 0);
    assert_eq!(stdout(&output), rendered(&workspace, NodeFormat::Butane));
    for (cluster, code, said) in [
        (
            "prod-eu",
            64,
            "error: `prod-eu` is no cluster\n  help: write its project and its name, as in `payments/prod-eu`\n",
        ),
        ("key/payments/ops", 64, "error: `key/payments/ops` is no cluster\n"),
        (
            "payments/prod-ue",
            1,
            "error: cluster `payments/prod-ue` is not declared\n  help: did you mean `payments/prod-eu`?\n",
        ),
        ("a/b", 1, "error: cluster `a/b` is not declared\n  help: `keyplan plan .` shows what is new\n"),
    ] {
        let output = run(&workspace, &["render", "butane", cluster], code);
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).starts_with(said), "{}", stderr(&output));
    }
    let output = run(&workspace, &["render", "cloud-ini", "payments/prod-eu"], 64);
    assert!(stderr(&output).contains("'cloud-init'"), "{}", stderr(&output));
}

#[test]
fn what_is_declared_is_rendered_unless_what_is_recorded_is_asked_for() {
    let workspace = workspace();
    let recorded = ["render", "authorized-keys", "payments/prod-eu", "--recorded"];
    let output = run(&workspace, &recorded, 1);
    assert!(stderr(&output).starts_with("error: cluster `payments/prod-eu` is not recorded\n"));
    run(&workspace, &["apply", "--auto-approve"], 0);
    let before = stdout(&run(&workspace, &recorded, 0));
    assert_eq!(before, rendered(&workspace, NodeFormat::AuthorizedKeys));
    workspace.write(
        "access.yaml",
        ACCESS.replace("USER", "root").replace("  expires: 2097-06-30\n", "").as_bytes(),
    );
    assert_eq!(stdout(&run(&workspace, &recorded, 0)), before);
    assert!(!rendered(&workspace, NodeFormat::AuthorizedKeys).contains("expiry-time"));
}

/// A key past its last day opens nothing: what is rendered is what a cluster without a key has.
#[test]
fn an_expired_key_is_left_out_and_that_is_told() {
    let workspace = workspace();
    let expired = ACCESS.replace("USER", "spectro").replace("2097-06-30", "2020-02-29");
    workspace.write("access.yaml", expired.as_bytes());
    let keyless = Workspace::with(&[("access.yaml", expired.replace("sshKey: ops, ", "").as_bytes())]);
    for workspace in [&workspace, &keyless] {
        run(workspace, &["apply", "--auto-approve"], 0);
    }
    let told = "note: key/payments/ops has expired, and is left out\n";
    for recorded in [&[][..], &["--recorded"]] {
        for format in NodeFormat::ALL {
            let args = [&["render", format.word(), "payments/prod-eu"], recorded].concat();
            let code = i32::from(*format == NodeFormat::Ansible);
            let (output, without) = (run(&workspace, &args, code), run(&keyless, &args, code));
            assert_eq!(stdout(&output), stdout(&without), "{args:?}");
            assert_eq!(stderr(&output), format!("{told}{}", stderr(&without)), "{args:?}");
        }
    }
}

#[test]
fn nothing_is_rendered_of_declarations_with_errors() {
    let workspace = workspace();
    workspace.write("more.yaml", b"kind: Nothing\n");
    let output = run(&workspace, &["render", "cloud-init", "payments/prod-eu"], 3);
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("nothing was rendered"), "{}", stderr(&output));
}

#[test]
fn what_a_format_cannot_carry_is_refused() {
    let workspace = workspace();
    let declared = "apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: Big One, project: payments}\n\
                    spec: {sshKey: ops, loginUser: 'yes'}\n";
    workspace.write("big.yaml", declared.as_bytes());
    let mut all = String::new();
    for format in NodeFormat::ALL {
        let is_carried = matches!(format, NodeFormat::AuthorizedKeys | NodeFormat::Ignition);
        let output = run(&workspace, &["render", format.word(), "payments/Big One"], i32::from(!is_carried));
        assert_eq!(stdout(&output).is_empty(), !is_carried, "{format}");
        all.push_str(&stderr(&output));
    }
    snapshot("refused", &all);
}

/// A file with every key of a user takes away the key that another cluster has there; also of what is recorded.
#[test]
fn a_file_with_every_key_of_a_user_is_refused_where_another_cluster_has_the_user() {
    let workspace = workspace();
    let other = "apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: night, project: payments}\n\
                 spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKRJe7pr44xXgJUxdm6bfDNkl4mbvQ1sbML2uUMzm9EI}\n\
                 ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: other, project: payments}\n\
                 spec: {sshKey: night, nodes: [n1, n2]}\n";
    workspace.write("other.yaml", other.as_bytes());
    let shared = ACCESS.replace("loginUser: USER", "loginUser: spectro, nodes: [n0, n2]");
    workspace.write("access.yaml", shared.as_bytes());
    run(&workspace, &["apply", "--auto-approve"], 0);
    for recorded in [&[][..], &["--recorded"]] {
        for format in NodeFormat::ALL {
            let is_refused = matches!(format, NodeFormat::AuthorizedKeys | NodeFormat::Ansible);
            let args = [&["render", format.word(), "payments/prod-eu"], recorded].concat();
            let output = run(&workspace, &args, i32::from(is_refused));
            let names_both = stderr(&output).contains("cluster/payments/other has `spectro` on `n2` too");
            assert_eq!(names_both, is_refused, "{}", stderr(&output));
        }
    }
}

/// The limits of the API, and what its controller makes of it: user data with nothing in quotes.
#[test]
fn cluster_api_makes_the_same_line_of_it() {
    let documents = documents(&rendered(&workspace(), NodeFormat::Capi));
    let [control_plane, workers] = &documents[..] else { panic!("{documents:?}") };
    assert_eq!(control_plane["spec"]["kubeadmConfigSpec"], workers["spec"]["template"]["spec"]);
    let users = control_plane["spec"]["kubeadmConfigSpec"]["users"].as_array().unwrap();
    assert_eq!(users.len(), 1);
    let fields: Vec<_> = users[0].as_object().unwrap().keys().map(String::as_str).collect();
    for field in fields {
        assert!(["name", "sudo", "lockPassword", "sshAuthorizedKeys"].contains(&field), "{field}");
    }
    let keys = users[0]["sshAuthorizedKeys"].as_array().unwrap();
    assert!(keys.len() <= 100);
    for key in keys {
        let key = key.as_str().unwrap();
        assert!((1..=2048).contains(&key.chars().count()));
        let read: Value =
            serde_yaml::from_str(&format!("users:\n  - name: x\n    keys:\n      - {key}\n")).unwrap();
        assert_eq!(read["users"][0]["keys"], json!([LINE]));
    }
}

/// Ignition takes no field that it does not know without a warning, and no key twice.
#[test]
fn ignition_knows_every_field() {
    let read: Value = serde_json::from_str(&rendered(&workspace(), NodeFormat::Ignition)).unwrap();
    let expected = json!({
        "ignition": {"version": "3.0.0"},
        "passwd": {"users": [{"name": "spectro", "sshAuthorizedKeys": [LINE]}]},
    });
    assert_eq!(read, expected);
}

/// A user with a locked password, and the line as it is.
#[test]
fn kairos_gets_the_whole_line() {
    let read = documents(&rendered(&workspace(), NodeFormat::Kairos));
    let user = json!({"lock_passwd": true, "groups": ["admin"], "ssh_authorized_keys": [LINE]});
    assert_eq!(read, [json!({"stages": {"initramfs": [{"users": {"spectro": user}}]}})]);
}

#[test]
fn ssh_keygen_reads_the_file_of_sshd() {
    let workspace = workspace();
    workspace.write("authorized_keys", rendered(&workspace, NodeFormat::AuthorizedKeys).as_bytes());
    let Ok(read) = Command::new("ssh-keygen")
        .args(["-l", "-f", "authorized_keys"])
        .current_dir(&workspace.root)
        .output()
    else {
        return skipped("ssh-keygen cannot be run");
    };
    assert!(stdout(&read).ends_with(" key/payments/ops (ED25519)\n"), "{}{}", stdout(&read), stderr(&read));
}

/// A program, ready to run in a folder that is its home; nothing when it is missing.
fn program(name: &str, home: &Utf8Path) -> Option<Command> {
    let folders = ["/usr/local/bin", "/usr/bin", "/bin"];
    if !folders.iter().any(|folder| Utf8Path::new(folder).join(name).exists()) {
        skipped_without(name);
        return None;
    }
    let mut command = Command::new(name);
    command.current_dir(home).env_clear().env("HOME", home.as_str()).env("LC_ALL", "C.UTF-8");
    command.env("PATH", folders.join(":"));
    Some(command)
}

fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}{}", stdout(&output), stderr(&output));
    stdout(&output)
}

#[test]
fn butane_makes_the_same_ignition_of_it() {
    let workspace = workspace();
    let Some(mut butane) = program("butane", &workspace.root) else { return };
    workspace.write("x.bu", rendered(&workspace, NodeFormat::Butane).as_bytes());
    let made: Value = serde_json::from_str(&succeeds(butane.args(["--strict", "x.bu"]))).unwrap();
    let ours: Value = serde_json::from_str(&rendered(&workspace, NodeFormat::Ignition)).unwrap();
    assert_eq!(made, ours);
}

#[test]
fn ignition_validates_it() {
    let workspace = workspace();
    let Some(mut ignition) = program("ignition-validate", &workspace.root) else { return };
    workspace.write("x.ign", rendered(&workspace, NodeFormat::Ignition).as_bytes());
    assert_eq!(succeeds(ignition.arg("x.ign")), "");
}

/// The schema of cloud-init itself, with users that could be numbers among them.
#[test]
fn cloud_init_validates_it() {
    for user in ["spectro", "_1", "e3"] {
        let workspace = workspace_for(user);
        let files = ["prod-eu", "spare"].map(|cluster| {
            let user_data = run(&workspace, &["render", "cloud-init", &format!("payments/{cluster}")], 0);
            workspace.write(cluster, &user_data.stdout);
            cluster
        });
        for file in files {
            let Some(mut cloud_init) = program("cloud-init", &workspace.root) else { return };
            let said = succeeds(cloud_init.args(["schema", "--config-file", file]));
            assert!(said.contains("Valid"), "{said}");
        }
    }
}

/// What cloud-init writes down for the user, by its own code.
#[test]
fn cloud_init_keeps_the_options() {
    const SCRIPT: &str = "\
import sys, yaml
from cloudinit import ssh_util
users = yaml.safe_load(sys.stdin)['users']
assert users[0] == 'default' and len(users) == 2, users
for line in users[1]['ssh_authorized_keys']:
    parsed = ssh_util.AuthKeyLineParser().parse(line)
    assert parsed.valid(), line
    print(users[1]['name'], parsed.keytype, parsed.options, str(parsed), sep='|')
";
    let workspace = workspace();
    if program("cloud-init", &workspace.root).is_none() {
        return;
    }
    let Some(mut python) = program("python3", &workspace.root) else { return };
    workspace.write("user-data", rendered(&workspace, NodeFormat::CloudInit).as_bytes());
    let user_data = fs::File::open(workspace.root.join("user-data")).unwrap();
    let said = succeeds(python.args(["-c", SCRIPT]).stdin(user_data));
    let options = LINE.split(' ').next().unwrap();
    assert_eq!(said, format!("spectro|ssh-ed25519|{options}|{LINE}\n"));
}

/// Runs the playbook on this machine; what Ansible counted.
fn play(workspace: &Workspace, more: &[&str]) -> Option<String> {
    let mut ansible = program("ansible-playbook", &workspace.root)?;
    ansible.args(["-i", "localhost,", "-c", "local", "playbook.yaml"]).args(more);
    // Not in the user's own home, which need not exist.
    ansible.env("ANSIBLE_REMOTE_TMP", workspace.root.join("tmp").as_str());
    Some(succeeds(ansible.args(["-e", "ansible_python_interpreter=/usr/bin/python3"])))
}

const HOSTS: [&str; 2] = ["-e", "keyplan_hosts=localhost"];

#[test]
fn ansible_leaves_the_line_and_no_other() {
    let me = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let workspace = workspace_for(me.trim());
    let playbook = rendered(&workspace, NodeFormat::Ansible);
    workspace.write("playbook.yaml", playbook.as_bytes());
    if play(&workspace, &["--syntax-check", HOSTS[0], HOSTS[1]]).is_none() {
        return;
    }
    // The file of a test, in the place of the user's own one.
    let path = workspace.root.join("authorized_keys");
    let marked = format!("user: {}", me.trim());
    let aside = playbook.replace(&marked, &format!("{marked}\n      path: {path}\n      manage_dir: false"));
    assert_ne!(aside, playbook);
    workspace.write("playbook.yaml", aside.as_bytes());
    let foreign = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIID63ctlqdhWSl/7rovOssEU5qS2BwhgmfKS0qYDO0aq old\n";
    workspace.write("authorized_keys", foreign.as_bytes());
    let checked = play(&workspace, &["--check", HOSTS[0], HOSTS[1]]).unwrap();
    assert!(checked.contains("changed=1"), "{checked}");
    assert_eq!(fs::read_to_string(&path).unwrap(), foreign);
    let changed = play(&workspace, &HOSTS).unwrap();
    assert!(changed.contains("changed=1"), "{changed}");
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{LINE}\n"));
    let again = play(&workspace, &HOSTS).unwrap();
    assert!(again.contains("changed=0") && again.contains("ok=1"), "{again}");
}

/// Without the hosts nothing is done anywhere.
#[test]
fn ansible_touches_no_host_that_is_not_named() {
    let workspace = workspace();
    workspace.write("playbook.yaml", rendered(&workspace, NodeFormat::Ansible).as_bytes());
    let Some(mut ansible) = program("ansible-playbook", &workspace.root) else { return };
    let output = ansible.args(["-i", "localhost,", "-c", "local", "playbook.yaml"]).output().unwrap();
    assert!(!output.status.success(), "{}", stdout(&output));
    assert!(stderr(&output).contains("'keyplan_hosts' is undefined"), "{}", stderr(&output));
}
