//! The target `ssh` and `keyplan drift` against real nodes: sshd on loopback, whose user has a home of its own
//! in a temporary folder.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Child, Command, Output, Stdio};

use camino::Utf8PathBuf;
use keyplan::cli::args::SchemaOf;
use keyplan::cli::schema;
use serde_json::Value;

use crate::sshd::{Pair, Server};
use crate::support::{Workspace, command, stderr, stdout};

/// A node: an sshd that sees one home, and reads its keys from there.
pub(crate) struct Node {
    pub(crate) server: Server,
}

impl Node {
    /// A node that keyplan can log in to.
    pub(crate) fn start(key: &Pair) -> Option<Self> {
        Self::with(key, "")
    }

    /// A node whose sshd reads another file, into which keyplan's key has been put.
    pub(crate) fn reading(key: &Pair, file: &str) -> Option<Self> {
        let node = Self::made("", file)?;
        fs::write(node.server.root.join("home/.ssh").join(file), &key.public).unwrap();
        node.write(&format!("{} keyplan\n", key.public));
        Some(node)
    }

    /// A node whose shell does something before it runs a command.
    pub(crate) fn with(key: &Pair, before: &str) -> Option<Self> {
        let node = Self::made(before, "authorized_keys")?;
        node.write(&format!("{} keyplan\n", key.public));
        Some(node)
    }

    /// A node whose sshd reads a file in its folder of keys, or several that are behind each other there.
    pub(crate) fn made(before: &str, file: &str) -> Option<Self> {
        let server = Server::start(|root| {
            // sshd reads this at each login; without it nobody gets in. And a bash that is not the outermost
            // one does not read what the tester has in .bashrc.
            fs::write(root.join("revoked"), "").unwrap();
            format!(
                "AuthorizedKeysFile {root}/home/.ssh/{file}\nRevokedKeys {root}/revoked\nSetEnv SHLVL=2\n\
                 ForceCommand {before} HOME={root}/home PATH={root}/home/bin:$PATH sh -c \"$SSH_ORIGINAL_COMMAND\""
            )
        })?;
        let node = Self { server };
        fs::create_dir_all(node.folder()).unwrap();
        Some(node)
    }

    /// Keeps every version of its file: `mv` there copies what it moves to the end of another one.
    pub(crate) fn keep_versions(&self, to: &Utf8PathBuf) {
        let bin = self.server.root.join("home/bin");
        fs::create_dir_all(&bin).unwrap();
        let program = format!("#!/bin/sh\ncat \"$2\" >> {to}\nexec /bin/mv \"$@\"\n");
        fs::write(bin.join("mv"), program).unwrap();
        fs::set_permissions(bin.join("mv"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn folder(&self) -> Utf8PathBuf {
        self.server.root.join("home/.ssh")
    }

    fn file(&self) -> Utf8PathBuf {
        self.folder().join("authorized_keys")
    }

    pub(crate) fn read(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    pub(crate) fn write(&self, text: &str) {
        fs::write(self.file(), text).unwrap();
    }

    /// What the folder of keys holds.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Whether a key opens it, by a real login.
    pub(crate) fn opens_to(&self, key: &Pair) -> bool {
        self.server.login(key)
    }
}

/// A node whose shell waits at a gate before it runs anything, while the gate is closed.
pub(crate) struct Gate {
    pub(crate) node: Node,
    folder: Utf8PathBuf,
}

impl Gate {
    pub(crate) fn new(fleet: &Fleet) -> Option<Self> {
        let folder = fleet.workspace.root.join("gate");
        fs::create_dir(&folder).unwrap();
        for name in ["arrived", "opened"] {
            assert!(Command::new("mkfifo").arg(folder.join(name)).status().unwrap().success());
        }
        let wait = format!(
            "if test -e {folder}/closed; then echo > {folder}/arrived; cat {folder}/opened > /dev/null; fi;"
        );
        let gate = Self { node: Node::with(&fleet.own, &wait)?, folder };
        gate.close();
        Some(gate)
    }

    pub(crate) fn close(&self) {
        fs::write(self.folder.join("closed"), "").unwrap();
    }

    /// Lets everybody through before anybody has come.
    pub(crate) fn open_for_good(&self) {
        fs::remove_file(self.folder.join("closed")).unwrap();
    }

    /// Waits until somebody stands before the gate.
    pub(crate) fn wait(&self) {
        fs::read(self.folder.join("arrived")).unwrap();
    }

    /// Lets them through, and everybody after them.
    pub(crate) fn open(&self) {
        fs::remove_file(self.folder.join("closed")).unwrap();
        fs::write(self.folder.join("opened"), "").unwrap();
    }
}

/// A workspace, the nodes that it speaks of, and the key that keyplan logs in with.
pub(crate) struct Fleet {
    pub(crate) workspace: Workspace,
    pub(crate) own: Pair,
    pub(crate) ops: Pair,
    pub(crate) night: Pair,
    pub(crate) user: String,
}

pub(crate) const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: acme}\n\
    spec: {target: ssh, ssh: {parallel: 8, timeout: 20}, budgets: {deletes: 100, deletesPercent: 100}}\n";

impl Fleet {
    pub(crate) fn new() -> Self {
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
    pub(crate) fn declare_keys(&self, keys: &[(&str, &Pair)]) {
        let keys = keys.iter().map(|(name, pair)| {
            format!(
                "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: pay}}\n\
                 spec: {{publicKey: {}}}\n",
                pair.public
            )
        });
        let project = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: pay}\n".to_owned();
        let text: Vec<_> = std::iter::once(project).chain(keys).collect();
        self.workspace.write("acme/keys.yaml", text.concat().as_bytes());
    }

    /// Writes clusters: name, key, nodes.
    pub(crate) fn declare(&self, clusters: &[(&str, Option<&str>, &[&str])]) {
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
    pub(crate) fn reach(&self, nodes: &[(&str, &Node)]) {
        let config: Vec<_> =
            nodes.iter().map(|(name, node)| node.server.config_lines(name, Some(&self.own))).collect();
        self.workspace.write("ssh_config", config.concat().as_bytes());
        let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F {}/ssh_config \"$@\"\n", self.workspace.root);
        self.workspace.write("bin/ssh", script.as_bytes());
        let program = self.workspace.root.join("bin/ssh");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.workspace.root);
        command.env("PATH", format!("{}/bin:/usr/bin:/bin", self.workspace.root)).args(args);
        command
    }

    /// Runs keyplan, which has to end with a code.
    pub(crate) fn run(&self, args: &[&str], code: i32) -> Output {
        let output = self.command(args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", stdout(&output), stderr(&output));
        output
    }

    pub(crate) fn apply(&self, code: i32) -> String {
        stdout(&self.run(&["apply", "--auto-approve", "acme"], code))
    }

    pub(crate) fn json(&self, args: &[&str], code: i32, what: SchemaOf) -> Value {
        let output = self.run(args, code);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let schema = jsonschema::validator_for(&schema::of(what)).unwrap();
        let errors: Vec<_> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
        value
    }

    /// Nothing is left to plan.
    pub(crate) fn is_done(&self) {
        assert_eq!(stdout(&self.run(&["plan", "--detailed-exitcode", "acme"], 0)), "No changes.\n");
    }

    /// Makes every lease one that has run out.
    pub(crate) fn expire_leases(&self) {
        let leases = self.workspace.root.join("acme/.keyplan/state/leases");
        for entry in walkdir::WalkDir::new(leases).into_iter().map(Result::unwrap) {
            if !entry.file_type().is_file() {
                continue;
            }
            let path = entry.path();
            let mut lease: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            if lease.get("until").is_some() {
                lease["until"] = "2026-01-01T00:00:00Z".into();
                lease["term_seconds"] = 0.into();
                fs::write(path, lease.to_string()).unwrap();
            }
        }
    }

    pub(crate) fn own_line(&self) -> String {
        format!("{} keyplan\n", self.own.public)
    }
}

/// The block of a cluster with this key, for these nodes.
pub(crate) fn block(cluster: &str, (name, pair): (&str, &Pair), nodes: &[&str]) -> String {
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let logins = nodes.iter().map(|node| format!("# for {}@{node}\n", user.trim_end()));
    format!(
        "# BEGIN MANAGED BY keyplan cluster/pay/{cluster}\n{}{} key/pay/{name}\n\
         # END MANAGED BY keyplan cluster/pay/{cluster}\n",
        logins.collect::<Vec<_>>().concat(),
        pair.public
    )
}

/// Sends a signal to keyplan alone: a terminal would send it to the whole group, in which `ssh` is not.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(status.unwrap().success());
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
    assert_eq!(node.read(), fleet.own_line() + &block("eu", ("ops", &fleet.ops), &["one"]));
    assert!(node.opens_to(&fleet.ops) && !node.opens_to(&fleet.night));
    assert_eq!(fs::metadata(node.file()).unwrap().mode() & 0o777, 0o640);
    fleet.is_done();

    // A rekey: afterwards the new key opens it, and the old one does not.
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    fleet.apply(0);
    assert_eq!(node.read(), fleet.own_line() + &block("eu", ("night", &fleet.night), &["one"]));
    assert!(node.opens_to(&fleet.night) && !node.opens_to(&fleet.ops));

    // New material under the same name reaches the cluster, which does not change itself.
    fleet.declare_keys(&[("night", &fleet.ops)]);
    fleet.apply(0);
    assert_eq!(node.read(), fleet.own_line() + &block("eu", ("night", &fleet.ops), &["one"]));
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
    let eu = |node| block("eu", ("ops", &fleet.ops), &[node]);
    let us = |node| block("us", ("night", &fleet.night), &[node]);
    assert_eq!(one.read(), format!("{}{}{}", fleet.own_line(), eu("one"), us("one")));
    assert_eq!(two.read(), format!("{}{}", fleet.own_line(), us("two")));
    // A node that leaves a cluster loses its block, and that of no other.
    fleet.declare(&[("eu", Some("ops"), &["two"]), ("us", Some("night"), &["one"])]);
    fleet.apply(0);
    assert_eq!(one.read(), format!("{}{}", fleet.own_line(), us("one")));
    assert_eq!(two.read(), format!("{}{}", fleet.own_line(), eu("two")));
    // A new name moves the block.
    let text = fs::read_to_string(fleet.workspace.root.join("acme/clusters.yaml")).unwrap();
    let text = text.replace("{name: eu,", "{name: fra, previousName: eu,");
    fleet.workspace.write("acme/clusters.yaml", text.as_bytes());
    fleet.apply(0);
    assert_eq!(two.read(), fleet.own_line() + &block("fra", ("ops", &fleet.ops), &["two"]));
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
        assert!(node.read() == format!("{before}{end}{}", block("eu", ("ops", &fleet.ops), &["one"])));
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
    assert_eq!(failed[0]["error"], "refused");
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

#[test]
fn a_new_key_is_proven_before_the_old_one_goes() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let before = node.read();
    // This sshd does not take the new key, whatever the file says.
    let revoked = node.server.root.join("revoked");
    fs::write(&revoked, &fleet.night.public).unwrap();
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains("sshd does not accept the new key, so that the old one stays"), "{shown}");
    assert_eq!(node.read(), before);
    assert!(node.opens_to(&fleet.ops));
    fs::write(&revoked, "").unwrap();
    fleet.apply(0);
    assert!(node.opens_to(&fleet.night) && !node.opens_to(&fleet.ops));
    assert_eq!(node.read(), fleet.own_line() + &block("eu", ("night", &fleet.night), &["one"]));
}

/// Keys are told by their SHA256, whatever the user likes to read.
#[test]
fn a_configuration_with_other_fingerprints_proves_keys_as_well() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    let path = fleet.workspace.root.join("ssh_config");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{config}  FingerprintHash md5\n")).unwrap();
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    assert!(node.opens_to(&fleet.ops));
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    fleet.apply(0);
    assert!(node.opens_to(&fleet.night) && !node.opens_to(&fleet.ops));
}

#[test]
fn keyplan_does_not_lock_itself_out() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    fleet.declare(&[("eu", Some("own"), &["one"])]);
    fleet.apply(0);
    // With a line of its own beside the block, nothing is lost.
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    fleet.declare(&[("eu", Some("own"), &["one"])]);
    fleet.apply(0);
    // Without it, the block is what lets keyplan in.
    let its = block("eu", ("own", &fleet.own), &["one"]);
    node.write(&its);
    for clusters in [&[("eu", Some("ops"), &["one"][..])][..], &[("eu", None, &["one"])], &[]] {
        fleet.declare(clusters);
        let shown = fleet.apply(9);
        assert!(shown.contains("would lock itself out"), "{shown}");
        assert!(shown.contains("--remove-own-key 'key/pay/own'"), "{shown}");
        assert_eq!(node.read(), its);
    }
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.run(&["apply", "--auto-approve", "--remove-own-key", "key/pay/ops", "acme"], 9);
    assert_eq!(node.read(), its);
    fleet.run(&["apply", "--auto-approve", "--remove-own-key", "key/pay/own", "acme"], 0);
    assert_eq!(node.read(), block("eu", ("ops", &fleet.ops), &["one"]));
    assert!(node.opens_to(&fleet.ops) && !node.opens_to(&fleet.own));
}

#[test]
fn nodes_that_refuse_hang_drop_or_chat() {
    let fleet = Fleet::new();
    let Some(chatty) = Node::with(&fleet.own, "echo Welcome; echo; echo keyplan-1 0 done;") else { return };
    // It drops the connection in the middle of an answer.
    let Some(dropping) = Node::with(&fleet.own, "printf '\\nkeyplan-1'; kill -9 $PPID;") else { return };
    let Some(hanging) = Node::with(&fleet.own, "exec sleep 20;") else { return };
    let Some(refusing) = Node::start(&fleet.ops) else { return };
    let settings = SETTINGS.replace("timeout: 20", "timeout: 2");
    fleet.workspace.write("acme/keyplan.yaml", settings.as_bytes());
    let nodes =
        [("chatty", &chatty), ("dropping", &dropping), ("hanging", &hanging), ("refusing", &refusing)];
    fleet.reach(&nodes);
    let config = fs::read_to_string(fleet.workspace.root.join("ssh_config")).unwrap();
    let nobody = config.split("Host ").nth(1).unwrap().replace("chatty", "nobody");
    let nobody = nobody.replace(&format!("Port {}", chatty.server.port), "Port 1");
    fleet.workspace.write("ssh_config", format!("{config}Host {nobody}").as_bytes());
    let names = ["chatty", "dropping", "hanging", "refusing", "nobody"];
    let clusters: Vec<_> =
        names.iter().map(|name| (*name, Some("ops"), std::slice::from_ref(name))).collect();
    fleet.declare(&clusters);
    let told = fleet.json(&["apply", "--auto-approve", "--format", "json", "acme"], 9, SchemaOf::Apply);
    assert!(chatty.read().contains(&block("chatty", ("ops", &fleet.ops), &["chatty"])), "{told:#}");
    // What ssh says of a connection that is dropped depends on whether it was about to send something.
    for (name, error, reasons) in [
        ("dropping", "unreachable", &["closed by remote host", "Broken pipe", "Connection reset"][..]),
        ("hanging", "unreachable", &["no answer within 6 s"]),
        ("refusing", "denied", &["Permission denied"]),
        ("nobody", "unreachable", &["Connection refused"]),
    ] {
        let mut outcomes = told["outcomes"].as_array().unwrap().iter();
        let address = format!("cluster/pay/{name}");
        let outcome = outcomes.find(|outcome| outcome["address"] == *address).unwrap();
        assert_eq!((&outcome["error"], &outcome["nodes"][0]["error"]), (&error.into(), &error.into()));
        let reason = outcome["nodes"][0]["reason"].as_str().unwrap();
        assert!(reasons.iter().any(|why| reason.contains(why)), "{name}: {told:#}");
    }
    for node in [&dropping, &hanging] {
        assert_eq!(node.read(), fleet.own_line());
    }
    let shown = fleet.apply(9);
    assert!(shown.contains(" 4 not done"), "{shown}");
}

#[test]
fn two_keyplans_at_one_node_lose_nothing() {
    let fleets = [Fleet::new(), Fleet::new()];
    let Some(node) = Node::start(&fleets[0].own) else { return };
    node.write(&format!("{}{}", fleets[0].own_line(), fleets[1].own_line()));
    let foreign = node.read();
    let mut names = Vec::new();
    for (fleet, side) in fleets.iter().zip(["left", "right"]) {
        fleet.reach(&[("one", &node)]);
        let clusters: Vec<_> = (0..3).map(|number| format!("{side}-{number}")).collect();
        let declared: Vec<_> =
            clusters.iter().map(|name| (name.as_str(), Some("ops"), &["one"][..])).collect();
        fleet.declare(&declared);
        names.push(clusters);
    }
    std::thread::scope(|scope| {
        for fleet in &fleets {
            scope.spawn(|| fleet.apply(0));
        }
    });
    let after = node.read();
    assert!(after.starts_with(&foreign));
    for (fleet, clusters) in fleets.iter().zip(names) {
        for cluster in clusters {
            assert!(after.contains(&block(&cluster, ("ops", &fleet.ops), &["one"])), "{cluster}:\n{after}");
        }
    }
    assert_eq!(node.names(), ["authorized_keys"]);
}

#[test]
fn an_interruption_finishes_what_is_in_flight() {
    let fleet = Fleet::new();
    let Some(gate) = Gate::new(&fleet) else { return };
    fleet.workspace.write("acme/keyplan.yaml", SETTINGS.replace("parallel: 8", "parallel: 1").as_bytes());
    fleet.reach(&[("one", &gate.node), ("two", &gate.node)]);
    fleet.declare(&[("eu", Some("ops"), &["one"]), ("us", Some("ops"), &["two"])]);
    let mut child =
        fleet.command(&["apply", "--auto-approve", "acme"]).stdout(Stdio::piped()).spawn().unwrap();
    gate.wait();
    signal(&child, "INT");
    gate.open();
    assert_eq!(child.wait().unwrap().code(), Some(9));
    assert!(gate.node.read().contains(&block("eu", ("ops", &fleet.ops), &["one"])));
    assert!(!gate.node.read().contains("cluster/pay/us"));
    let plan = stdout(&fleet.run(&["plan", "acme"], 0));
    assert!(plan.contains("cluster/pay/us") && !plan.contains("cluster/pay/eu"), "{plan}");
    fleet.apply(0);
    fleet.is_done();
}

#[test]
fn an_apply_that_was_killed_is_ended_with_what_is_there() {
    let fleet = Fleet::new();
    let Some(gate) = Gate::new(&fleet) else { return };
    let Some(done) = Node::start(&fleet.own) else { return };
    fleet.workspace.write("acme/keyplan.yaml", SETTINGS.replace("parallel: 8", "parallel: 1").as_bytes());
    fleet.reach(&[("a", &done), ("b", &gate.node)]);
    fleet.declare(&[("eu", Some("ops"), &["a", "b"]), ("z", Some("ops"), &["b"])]);
    let mut child =
        fleet.command(&["apply", "--auto-approve", "acme"]).stdout(Stdio::piped()).spawn().unwrap();
    gate.wait();
    child.kill().unwrap();
    child.wait().unwrap();
    gate.open();
    assert!(done.read().contains("cluster/pay/eu"));
    // Nobody waits for the lease to run out here.
    fleet.expire_leases();
    let output = fleet.run(&["apply", "--auto-approve", "acme"], 0);
    assert!(stderr(&output).contains("never ended; what it did is now recorded"), "{}", stderr(&output));
    fleet.is_done();
    for (name, node) in [("a", &done), ("b", &gate.node)] {
        assert!(node.read().contains(&block("eu", ("ops", &fleet.ops), &[name])));
    }
    // And the same once more, with the declaration taken back before anybody applies again.
    fleet.declare(&[("eu", Some("night"), &["a", "b"]), ("z", Some("ops"), &["b"])]);
    gate.close();
    let mut child =
        fleet.command(&["apply", "--auto-approve", "acme"]).stdout(Stdio::piped()).spawn().unwrap();
    gate.wait();
    child.kill().unwrap();
    child.wait().unwrap();
    gate.open();
    assert!(done.opens_to(&fleet.night));
    fleet.expire_leases();
    fleet.declare(&[("eu", Some("ops"), &["a", "b"]), ("z", Some("ops"), &["b"])]);
    fleet.apply(0);
    fleet.is_done();
    assert!(done.opens_to(&fleet.ops) && !done.opens_to(&fleet.night));
}

#[test]
fn drift_says_what_differs_on_each_node() {
    let fleet = Fleet::new();
    let Some((one, two)) = Node::start(&fleet.own).zip(Node::start(&fleet.own)) else { return };
    fleet.reach(&[("one", &one), ("two", &two)]);
    fleet.declare(&[("eu", Some("ops"), &["one", "two"]), ("us", Some("night"), &["one"])]);
    fleet.run(&["drift", "--workspace", "acme"], 0);
    fleet.apply(0);
    let value = fleet.json(&["drift", "--workspace", "acme", "--format", "json"], 0, SchemaOf::Drift);
    assert_eq!(value["in_sync_count"], 2);
    assert_eq!(value["places"][0]["foreign_lines"], 1);
    let foreign = &value["places"][0]["foreign"][0];
    assert_eq!((&foreign["comment"], &foreign["declared"][0]), (&"keyplan".into(), &"key/pay/own".into()));
    let right = (one.read(), two.read());
    one.write(&right.0.replace("key/pay/ops", "key/pay/ops\nssh-ed25519 AAAA theirs"));
    two.write(&(fleet.own_line() + &block("old", ("ops", &fleet.ops), &["one"])));
    let shown = stdout(&fleet.run(&["drift", "--workspace", "acme"], 4));
    let own = foreign["fingerprint"].as_str().unwrap();
    assert_eq!(
        shown,
        format!(
            "{user}@one: drifted (1 foreign line)\n    edited block: cluster/pay/eu\n    \
             foreign line 1: {own} `keyplan`, declared as key/pay/own\n\
             {user}@two: drifted (1 foreign line)\n    missing block: cluster/pay/eu\n    \
             extra block: cluster/pay/old\n    \
             foreign line 1: {own} `keyplan`, declared as key/pay/own\n\
             Looked at 2 nodes: 0 in sync, 2 drifted, 0 unreachable; 2 foreign lines are not known.\n",
            user = fleet.user
        )
    );
    // Marked, the next plan has it, and the next apply mends it. The block of nobody stays.
    fleet.is_done();
    let output = fleet.run(&["drift", "--repair", "--workspace", "acme", "pay/eu"], 4);
    assert!(stderr(&output).contains("marked as partially applied: cluster/pay/eu"), "{}", stderr(&output));
    fleet.apply(0);
    assert_eq!(one.read(), right.0);
    let shown = stdout(&fleet.run(&["drift", "--workspace", "acme", "project/pay"], 4));
    assert!(shown.contains("extra block: cluster/pay/old") && !shown.contains("missing"), "{shown}");
    two.write("# END MANAGED BY keyplan cluster/pay/eu\n");
    drop(one);
    // Now keyplan cannot log in to either.
    let shown = stdout(&fleet.run(&["drift", "--workspace", "acme"], 1));
    assert!(shown.contains("0 in sync, 0 drifted, 2 unreachable"), "{shown}");
    fleet.run(&["drift", "--workspace", "acme", "pay/nothing"], 1);
    fleet.run(&["drift", "--workspace", "acme", "key/pay/ops"], 64);
}
