//! The target `ssh` and `keyplan drift` against real nodes: sshd on loopback, whose user has a home of its own
//! in a temporary folder.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Output};

use camino::Utf8PathBuf;
use keyplan::cli::args::SchemaOf;
use keyplan::cli::schema;
use serde_json::Value;

use crate::sshd::{Pair, Server};
use crate::support::{Workspace, command, stderr, stdout};

/// A node: an sshd that sees one home, and reads its keys from there.
struct Node {
    server: Server,
}

impl Node {
    /// A node that keyplan can log in to.
    fn start(key: &Pair) -> Option<Self> {
        Self::with(key, "")
    }

    /// A node whose shell does something before it runs a command.
    fn with(key: &Pair, before: &str) -> Option<Self> {
        let server = Server::start(|root| {
            format!(
                "AuthorizedKeysFile {root}/home/.ssh/authorized_keys\n\
                 ForceCommand {before} HOME={root}/home sh -c \"$SSH_ORIGINAL_COMMAND\""
            )
        })?;
        let node = Self { server };
        fs::create_dir_all(node.folder()).unwrap();
        node.write(&format!("{} keyplan\n", key.public));
        Some(node)
    }

    fn folder(&self) -> Utf8PathBuf {
        self.server.root.join("home/.ssh")
    }

    fn file(&self) -> Utf8PathBuf {
        self.folder().join("authorized_keys")
    }

    fn read(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn write(&self, text: &str) {
        fs::write(self.file(), text).unwrap();
    }

    /// What the folder of keys holds.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Whether a key opens it, by a real login.
    fn opens_to(&self, key: &Pair) -> bool {
        self.server.login(key)
    }
}

/// A workspace, the nodes that it speaks of, and the key that keyplan logs in with.
struct Fleet {
    workspace: Workspace,
    own: Pair,
    ops: Pair,
    night: Pair,
    user: String,
}

const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: acme}\n\
    spec: {target: ssh, ssh: {parallel: 8, timeout: 20}, budgets: {deletes: 100, deletesPercent: 100}}\n";

impl Fleet {
    fn new() -> Self {
        let workspace = Workspace::with(&[("acme/keyplan.yaml", SETTINGS.as_bytes())]);
        let pair = |name| Pair::make(&workspace.root, name);
        let (own, ops, night) = (pair("own"), pair("ops"), pair("night"));
        let user = Command::new("id").arg("-un").output().unwrap();
        let user = String::from_utf8(user.stdout).unwrap().trim_end().to_owned();
        let fleet = Self { workspace, own, ops, night, user };
        fleet.declare_keys(&[("ops", &fleet.ops), ("night", &fleet.night), ("own", &fleet.own)]);
        fleet
    }

    /// Writes the project and its keys.
    fn declare_keys(&self, keys: &[(&str, &Pair)]) {
        let mut text = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: pay}\n".to_owned();
        for (name, pair) in keys {
            text += &format!(
                "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: pay}}\n\
                 spec: {{publicKey: {}}}\n",
                pair.public
            );
        }
        self.workspace.write("acme/keys.yaml", text.as_bytes());
    }

    /// Writes clusters: name, key, nodes.
    fn declare(&self, clusters: &[(&str, Option<&str>, &[&str])]) {
        let documents = clusters.iter().map(|(name, key, nodes)| {
            let key = key.map(|key| format!("sshKey: {key}, ")).unwrap_or_default();
            format!(
                "apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: {name}, project: pay}}\n\
                 spec: {{{key}loginUser: {}, nodes: [{}]}}\n",
                self.user,
                nodes.join(", ")
            )
        });
        self.workspace.write("acme/clusters.yaml", documents.collect::<Vec<_>>().join("---\n").as_bytes());
    }

    /// Makes an `ssh` that reaches these nodes by name, and nothing else.
    fn reach(&self, nodes: &[(&str, &Node)]) {
        let config: Vec<_> =
            nodes.iter().map(|(name, node)| node.server.config_lines(name, Some(&self.own))).collect();
        self.workspace.write("ssh_config", config.concat().as_bytes());
        let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F {}/ssh_config \"$@\"\n", self.workspace.root);
        self.workspace.write("bin/ssh", script.as_bytes());
        let program = self.workspace.root.join("bin/ssh");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.workspace.root);
        command.env("PATH", format!("{}/bin:/usr/bin:/bin", self.workspace.root)).args(args);
        command
    }

    /// Runs keyplan, which has to end with a code.
    fn run(&self, args: &[&str], code: i32) -> Output {
        let output = self.command(args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", stdout(&output), stderr(&output));
        output
    }

    fn apply(&self, code: i32) -> String {
        stdout(&self.run(&["apply", "--auto-approve", "acme"], code))
    }

    fn json(&self, args: &[&str], code: i32, what: SchemaOf) -> Value {
        let output = self.run(args, code);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let schema = jsonschema::validator_for(&schema::of(what)).unwrap();
        let errors: Vec<_> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
        value
    }

    /// Nothing is left to plan.
    fn is_done(&self) {
        assert_eq!(stdout(&self.run(&["plan", "--detailed-exitcode", "acme"], 0)), "No changes.\n");
    }

    /// The block of a cluster with these keys.
    fn block(&self, cluster: &str, keys: &[(&str, &Pair)]) -> String {
        let lines = keys.iter().map(|(name, pair)| format!("{} key/pay/{name}\n", pair.public));
        format!(
            "# BEGIN MANAGED BY keyplan cluster/pay/{cluster}\n{}# END MANAGED BY keyplan cluster/pay/{cluster}\n",
            lines.collect::<Vec<_>>().concat()
        )
    }

    fn own_line(&self) -> String {
        format!("{} keyplan\n", self.own.public)
    }
}

#[test]
fn what_is_declared_opens_the_node_and_nothing_else_does() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    fs::set_permissions(node.file(), fs::Permissions::from_mode(0o640)).unwrap();
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    assert!(!node.opens_to(&fleet.ops));
    assert!(fleet.apply(0).contains("Applied: 5 created"));
    assert_eq!(node.read(), fleet.own_line() + &fleet.block("eu", &[("ops", &fleet.ops)]));
    assert!(node.opens_to(&fleet.ops) && !node.opens_to(&fleet.night));
    assert_eq!(fs::metadata(node.file()).unwrap().mode() & 0o777, 0o640);
    fleet.is_done();

    // A rekey: afterwards the new key opens it, and the old one does not.
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    fleet.apply(0);
    assert_eq!(node.read(), fleet.own_line() + &fleet.block("eu", &[("night", &fleet.night)]));
    assert!(node.opens_to(&fleet.night) && !node.opens_to(&fleet.ops));

    // New material under the same name reaches the cluster, which does not change itself.
    fleet.declare_keys(&[("night", &fleet.ops)]);
    fleet.apply(0);
    assert_eq!(node.read(), fleet.own_line() + &fleet.block("eu", &[("night", &fleet.ops)]));
    assert!(node.opens_to(&fleet.ops) && !node.opens_to(&fleet.night));

    // Without a key, and then without the cluster, only what was there before is there.
    fleet.declare(&[("eu", None, &["one"])]);
    fleet.apply(0);
    assert_eq!(node.read(), fleet.own_line());
    assert!(!node.opens_to(&fleet.ops));
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    fleet.apply(0);
    assert!(node.opens_to(&fleet.ops));
    fleet.declare(&[]);
    fleet.apply(0);
    assert_eq!(node.read(), fleet.own_line());
    assert_eq!(node.names(), ["authorized_keys"]);
    fleet.is_done();
}

#[test]
fn one_node_of_several_clusters_has_several_blocks() {
    let fleet = Fleet::new();
    let Some((one, two)) = Node::start(&fleet.own).zip(Node::start(&fleet.own)) else { return };
    fleet.reach(&[("one", &one), ("two", &two)]);
    fleet.declare(&[("eu", Some("ops"), &["one"]), ("us", Some("night"), &["one", "two"])]);
    fleet.apply(0);
    let (eu, us) = (fleet.block("eu", &[("ops", &fleet.ops)]), fleet.block("us", &[("night", &fleet.night)]));
    assert_eq!(one.read(), format!("{}{eu}{us}", fleet.own_line()));
    assert_eq!(two.read(), format!("{}{us}", fleet.own_line()));
    // A node that leaves a cluster loses its block, and that of no other.
    fleet.declare(&[("eu", Some("ops"), &["two"]), ("us", Some("night"), &["one"])]);
    fleet.apply(0);
    assert_eq!(one.read(), format!("{}{us}", fleet.own_line()));
    assert_eq!(two.read(), format!("{}{eu}", fleet.own_line()));
    // A new name moves the block.
    let text = fs::read_to_string(fleet.workspace.root.join("acme/clusters.yaml")).unwrap();
    let text = text.replace("{name: eu,", "{name: fra, previousName: eu,");
    fleet.workspace.write("acme/clusters.yaml", text.as_bytes());
    fleet.apply(0);
    assert_eq!(two.read(), fleet.own_line() + &fleet.block("fra", &[("ops", &fleet.ops)]));
}

#[test]
fn foreign_bytes_stay_as_they_are() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    let many = format!("ssh-rsa {} somebody\n", "A".repeat(370)).repeat(10_000);
    for foreign in [
        "# a comment\r\n\r\n  leading\r\n".to_owned(),
        "last line without an end".to_owned(),
        "tab\there \u{7f} \u{feff} é\n\n\n".to_owned(),
        many,
    ] {
        let before = fleet.own_line() + &foreign;
        node.write(&before);
        fleet.declare(&[("eu", Some("ops"), &["one"])]);
        fleet.apply(0);
        let end = if foreign.ends_with('\n') { "" } else { "\n" };
        assert!(node.read() == format!("{before}{end}{}", fleet.block("eu", &[("ops", &fleet.ops)])));
        fleet.declare(&[]);
        fleet.apply(0);
        assert!(node.read() == format!("{before}{end}"));
    }
}

#[test]
fn each_node_has_its_own_outcome_and_a_second_run_finishes_the_rest() {
    let fleet = Fleet::new();
    let Some((one, two)) = Node::start(&fleet.own).zip(Node::start(&fleet.own)) else { return };
    fleet.reach(&[("one", &one), ("two", &two)]);
    let elsewhere = two.server.root.join("elsewhere");
    fs::rename(two.file(), &elsewhere).unwrap();
    symlink(&elsewhere, two.file()).unwrap();
    fleet.declare(&[("eu", Some("ops"), &["one", "two"]), ("us", Some("ops"), &["one"])]);
    let value = fleet.json(&["apply", "--auto-approve", "--format", "json", "acme"], 9, SchemaOf::Apply);
    let outcomes = value["outcomes"].as_array().unwrap();
    let failed: Vec<_> = outcomes.iter().filter(|outcome| outcome["status"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{value:#}");
    assert_eq!(failed[0]["address"], "cluster/pay/eu");
    assert_eq!(failed[0]["reason"], "1 of 2 nodes failed");
    assert_eq!(failed[0]["nodes"][0]["node"], format!("{}@two", fleet.user));
    assert!(failed[0]["nodes"][0]["reason"].as_str().unwrap().contains("is a link"));
    assert!(one.opens_to(&fleet.ops));
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), fleet.own_line());
    // The plan shows the cluster again, even if somebody takes the declaration back.
    let declared = fs::read(fleet.workspace.root.join("acme/clusters.yaml")).unwrap();
    fleet.declare(&[("us", Some("ops"), &["one"])]);
    let plan = stdout(&fleet.run(&["plan", "--detailed-exitcode", "acme"], 2));
    assert!(plan.contains("- cluster/pay/eu"), "{plan}");
    fleet.workspace.write("acme/clusters.yaml", &declared);
    fs::remove_file(two.file()).unwrap();
    fs::rename(&elsewhere, two.file()).unwrap();
    fleet.apply(0);
    assert!(two.opens_to(&fleet.ops));
    fleet.is_done();
}
