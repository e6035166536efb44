//! `keyplan verify`, asked of real servers: what they accept is what it says, and it never logs in.

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use keyplan::cli::args::SchemaOf;
use keyplan::cli::schema;
use serde_json::Value;

use crate::sshd::{Pair, Server};
use crate::support::{Workspace, command, keyplan, stderr, stdout};

/// A workspace, and the configuration of ssh that leads to its nodes.
struct World {
    workspace: Workspace,
    config: Utf8PathBuf,
}

impl World {
    /// A workspace without declarations, and a configuration that leads to these servers, whatever else is
    /// in it: also a private key that opens them.
    fn of(servers: &[&Server]) -> Self {
        let settings = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: test}\n\
                        spec:\n  rules: {unused-key: off, expired-key: off, expiring-key: off}\n  \
                        budgets: {deletes: 1000, deletesPercent: 100}\n";
        let workspace = Workspace::with(&[("keyplan.yaml", settings.as_bytes())]);
        let lines = servers.iter().map(|server| server.config_lines(&name(server), Some(&server.key)));
        let config = workspace.root.join("ssh_config");
        fs::write(&config, lines.collect::<String>()).unwrap();
        Self { workspace, config }
    }

    /// Declares keys and clusters of a project, and applies them.
    fn apply(&self, keys: &[(&str, &str)], clusters: &[(&str, String)]) {
        let mut text = String::from("apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n");
        for (name, public) in keys {
            let _ = write!(
                text,
                "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: p}}\n\
                 spec: {{publicKey: {public}}}\n"
            );
        }
        for (name, spec) in clusters {
            let _ = write!(
                text,
                "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: {name}, project: p}}\n\
                 spec: {{{spec}}}\n"
            );
        }
        self.workspace.write("access.yaml", text.as_bytes());
        let output = keyplan(&self.workspace.root, &["apply", "--auto-approve"]);
        assert!(output.status.success(), "{}", stderr(&output));
    }

    fn verify(&self, more: &[&str]) -> Output {
        command(&self.workspace.root)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .args(["verify", "--ssh-config", self.config.as_str()])
            .args(more)
            .output()
            .unwrap()
    }

    /// What is said of the only node, without the cluster above it, and the exit code.
    fn says(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.verify(more);
        assert_eq!(stderr(&output), "");
        (output.status.code(), stdout(&output))
    }
}

/// The host by which the configuration knows a server.
fn name(server: &Server) -> String {
    format!("node-{}", server.port)
}

/// The node of a server.
fn node(server: &Server) -> String {
    format!("{}:{}", name(server), server.port)
}

/// A cluster of one server, opened by a key.
fn prod(server: &Server, key: Option<&str>) -> Vec<(&'static str, String)> {
    let key = key.map(|key| format!("sshKey: {key}, ")).unwrap_or_default();
    vec![("prod", format!("{key}loginUser: {}, nodes: [\"{}\"]", server.user, node(server)))]
}

fn server() -> Option<Server> {
    Server::start(|_| String::new())
}

/// What is said of one node that does this.
fn page(server: &Server, rest: &str, tally: &str) -> String {
    format!("cluster/p/prod\n  {} on {}: {rest}\n\nAsked 1 node. {tally}.\n", server.user, node(server))
}

const OBEYS: &str = "Conform: 1, deviate: 0, unknown: 0";
const NOT: &str = "Conform: 0, deviate: 1, unknown: 0";
const UNKNOWN: &str = "Conform: 0, deviate: 0, unknown: 1";

fn print(pair: &Pair) -> String {
    keyplan::openssh::PublicKey::from_line(&pair.public).unwrap().fingerprint().to_string()
}

#[test]
fn a_node_conforms_while_it_accepts_the_declared_key_and_no_earlier_one() {
    let Some(server) = server() else { return };
    let (old, new) = (&server.key, Pair::make(&server.root, "new"));
    let world = World::of(&[&server]);
    let keys = [("old", &*old.public), ("new", &*new.public)];
    world.apply(&keys, &prod(&server, Some("old")));

    let refuses = format!("does not conform\n    - does not accept key/p/old {}", print(old));
    assert_eq!(world.says(&[]), (Some(4), page(&server, &refuses, NOT)));
    server.authorize(&format!("{} key/p/old\n", old.public));
    assert_eq!(world.says(&[]), (Some(0), page(&server, "conforms", OBEYS)));

    world.apply(&keys, &prod(&server, Some("new")));
    let both = format!(
        "does not conform\n    - does not accept key/p/new {}\n    - still accepts key/p/old {}",
        print(&new),
        print(old)
    );
    assert_eq!(world.says(&[]), (Some(4), page(&server, &both, NOT)));
    server.authorize(&format!("{}\n{}\n", old.public, new.public));
    let still = format!("does not conform\n    - still accepts key/p/old {}", print(old));
    assert_eq!(world.says(&[]), (Some(4), page(&server, &still, NOT)));
    server.authorize(&format!("{}\n", new.public));
    assert_eq!(world.says(&[]), (Some(0), page(&server, "conforms", OBEYS)));
    server.authorize(&format!("expiry-time=\"20200101\" {}\n", new.public));
    let expired = format!("does not conform\n    - does not accept key/p/new {}", print(&new));
    assert_eq!(world.says(&[]), (Some(4), page(&server, &expired, NOT)));

    world.apply(&keys, &prod(&server, None));
    assert_eq!(world.says(&[]), (Some(0), page(&server, "conforms", OBEYS)));
    server.authorize(&format!("{}\n", new.public));
    let left = format!("does not conform\n    - still accepts key/p/new {}", print(&new));
    assert_eq!(world.says(&[]), (Some(4), page(&server, &left, NOT)));

    // The configuration names a private key that the server accepts: it was never used.
    server.wait_for("Connection closed");
    assert!(!server.log().contains("Accepted publickey"), "{}", server.log());
    assert!(!server.log().contains("Starting session"), "{}", server.log());
    assert!(server.login(&new));
}

#[test]
fn a_key_past_its_last_day_is_an_earlier_one() {
    let Some(server) = server() else { return };
    let world = World::of(&[&server]);
    let public = format!("{}, expires: 2020-01-01", server.key.public);
    world.apply(&[("ops", &public)], &prod(&server, Some("ops")));
    assert_eq!(world.says(&[]).0, Some(0));
    server.authorize(&server.key.public);
    let still = format!("does not conform\n    - still accepts key/p/ops {}", print(&server.key));
    assert_eq!(world.says(&[]), (Some(4), page(&server, &still, NOT)));
}

#[test]
fn a_node_that_accepts_anything_does_not_conform() {
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let any = format!(
        "AuthorizedKeysFile none\nAuthorizedKeysCommand /bin/echo %t %k\nAuthorizedKeysCommandUser {user}"
    );
    let Some(server) = Server::start(|_| any) else { return };
    let world = World::of(&[&server]);
    world.apply(&[("ops", &server.key.public)], &prod(&server, Some("ops")));
    let anybody = "does not conform\n    - accepts a key that nobody has, and so perhaps any";
    assert_eq!(world.says(&[]), (Some(4), page(&server, anybody, NOT)));
}

#[test]
fn a_node_that_takes_no_keys_accepts_none() {
    let lines = "PubkeyAuthentication no\nPasswordAuthentication yes\nPermitRootLogin yes";
    let Some(server) = Server::start(|_| lines.into()) else { return };
    let world = World::of(&[&server]);
    world.apply(&[("ops", &server.key.public)], &prod(&server, Some("ops")));
    assert_eq!(world.says(&[]).0, Some(4));
    world.apply(&[("ops", &server.key.public)], &prod(&server, None));
    assert_eq!(world.says(&[]), (Some(0), page(&server, "conforms", OBEYS)));
}

#[test]
fn host_keys_are_heeded() {
    let Some(server) = server() else { return };
    let world = World::of(&[&server]);
    server.authorize(&server.key.public);
    world.apply(&[("ops", &server.key.public)], &prod(&server, Some("ops")));
    let changed = format!("[127.0.0.1]:{} {}\n", server.port, server.key.public);
    fs::write(server.known_hosts(), &changed).unwrap();
    let text = "its host key is not the known one\n    \
                help: find out why; `ssh-keygen -R HOST` forgets the known one";
    assert_eq!(world.says(&[]), (Some(1), page(&server, text, UNKNOWN)));
    assert_eq!(world.says(&["--accept-new-host-keys"]), (Some(1), page(&server, text, UNKNOWN)));
    fs::write(server.known_hosts(), "").unwrap();
    let text = "its host key is not known\n    \
                help: `--accept-new-host-keys` remembers it, whosever it is";
    assert_eq!(world.says(&[]), (Some(1), page(&server, text, UNKNOWN)));
    assert_eq!(fs::read_to_string(server.known_hosts()).unwrap(), "");
    assert_eq!(world.says(&["--accept-new-host-keys"]), (Some(0), page(&server, "conforms", OBEYS)));
    assert_eq!(world.says(&[]), (Some(0), page(&server, "conforms", OBEYS)));
    assert!(fs::read_to_string(server.known_hosts()).unwrap().contains(&server.host_key));
}

/// Known by one host key only, a server that has another type too is met by the one that is known, also
/// where the configuration adds an algorithm.
#[test]
fn the_known_one_of_several_host_keys_is_enough() {
    let Some(server) = Server::start(|root| {
        let path = root.join("rsa");
        let arguments = ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "", "-f", path.as_str()];
        assert!(Command::new("ssh-keygen").args(arguments).status().unwrap().success());
        format!("HostKey {path}")
    }) else {
        return;
    };
    let world = World::of(&[&server]);
    server.authorize(&server.key.public);
    world.apply(&[("ops", &server.key.public)], &prod(&server, Some("ops")));
    let rsa = fs::read_to_string(server.root.join("rsa.pub")).unwrap();
    fs::write(server.known_hosts(), format!("[127.0.0.1]:{} {rsa}", server.port)).unwrap();
    assert_eq!(world.says(&[]), (Some(0), page(&server, "conforms", OBEYS)));
    let config = fs::read_to_string(&world.config).unwrap();
    fs::write(&world.config, format!("{config}  HostKeyAlgorithms +ssh-rsa\n")).unwrap();
    assert_eq!(world.says(&[]), (Some(0), page(&server, "conforms", OBEYS)));
}

#[test]
fn a_node_that_is_not_there_or_hangs_is_unreachable() {
    let Some(server) = server() else { return };
    let world = World::of(&[&server]);
    server.authorize(&server.key.public);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    // The port of a client is taken, and nobody listens there.
    let client = TcpStream::connect(silent.local_addr().unwrap()).unwrap();
    let (hangs, refuses) = (silent.local_addr().unwrap().port(), client.local_addr().unwrap().port());
    let cluster = |port| format!("sshKey: ops, loginUser: {}, nodes: [\"127.0.0.1:{port}\"]", server.user);
    let both = [("absent", cluster(refuses)), ("hanging", cluster(hangs))];
    world.apply(&[("ops", &server.key.public)], &[&both[..], &prod(&server, Some("ops"))].concat());
    let begin = Instant::now();
    let output = world.verify(&["--timeout", "2"]);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("unreachable: ssh: connect to host 127.0.0.1"), "{text}");
    assert!(text.contains("Connection refused"), "{text}");
    assert!(text.contains(&format!("127.0.0.1:{hangs}: unreachable: ")), "{text}");
    assert!(text.contains("Conform: 1, deviate: 0, unknown: 2"), "{text}");
    // Without the option, it is as for an apply; 10 s would be the default.
    let settings = fs::read_to_string(world.workspace.root.join("keyplan.yaml")).unwrap();
    world.workspace.write("keyplan.yaml", format!("{settings}  ssh: {{timeout: 1}}\n").as_bytes());
    let begin = Instant::now();
    assert_eq!(world.verify(&[]).status.code(), Some(1));
    assert!(begin.elapsed() < Duration::from_secs(9), "{:?}", begin.elapsed());
    world.workspace.write("keyplan.yaml", settings.as_bytes());
    server.authorize("");
    assert_eq!(
        world.verify(&["--timeout", "2"]).status.code(),
        Some(4),
        "one that does not conform counts more"
    );
}

/// Ctrl-C ends the asking at once, and tells what is known by then.
#[test]
fn an_interrupt_ends_the_asking() {
    let world = World::of(&[]);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi";
    let node = format!("sshKey: ops, nodes: [\"127.0.0.1:{port}\"]");
    world.apply(&[("ops", key)], &[("one", node.clone()), ("two", node)]);
    let child = command(&world.workspace.root)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .args(["verify", "--timeout", "600", "-F", world.config.as_str()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _connected = silent.accept().unwrap();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(8), "{text}");
    assert_eq!(text.matches("was not asked: interrupted").count(), 2, "{text}");
}

#[test]
fn more_keys_than_a_server_answers_for_are_told() {
    for tries in [6, 2] {
        let Some(server) = Server::start(|_| format!("MaxAuthTries {tries}\nLogLevel DEBUG1")) else {
            return;
        };
        let world = World::of(&[&server]);
        let pairs: Vec<_> = (0..12).map(|n| Pair::make(&server.root, &format!("pair-{n}"))).collect();
        let names: Vec<_> = (0..12).map(|n| format!("key-{n}")).collect();
        let keys: Vec<_> = names.iter().zip(&pairs).map(|(name, pair)| (&**name, &*pair.public)).collect();
        for name in &names {
            world.apply(&keys, &prod(&server, Some(name)));
        }
        // The one before the newest is asked first of the earlier ones.
        server.authorize(&format!("{}\n{}\n", pairs[11].public, pairs[10].public));
        let (code, text) = world.says(&[]);
        assert_eq!(code, Some(4), "{text}");
        assert!(text.contains("still accepts key/p/key-10 "), "{text}");
        assert!(text.contains(" earlier keys not asked"), "{text}");
        server.authorize(&format!("{}\n", pairs[11].public));
        let (code, text) = world.says(&[]);
        assert_eq!(code, Some(0), "{text}");
        if tries == 6 {
            assert!(text.contains("note: 3 earlier keys not asked"), "{text}");
            assert!(!server.log().contains("Too many authentication failures"), "{}", server.log());
            assert!(!server.log().contains("maximum authentication attempts"), "{}", server.log());
        }
        let connections = server.log().matches("Connection from 127.0.0.1").count();
        assert_eq!(connections, 4, "two for each run");
    }
}

#[test]
fn keys_of_the_node_count_whichever_cluster_had_it() {
    let Some(server) = server() else { return };
    let other = Pair::make(&server.root, "other");
    let world = World::of(&[&server]);
    let keys = [("ops", &*server.key.public), ("other", &*other.public)];
    let on = |key: &str| format!("sshKey: {key}, loginUser: {}, nodes: [\"{}\"]", server.user, node(&server));
    let nodeless = |key: &str| format!("sshKey: {key}, loginUser: {}", server.user);
    world.apply(&keys, &[("first", on("ops")), ("second", nodeless("other"))]);
    world.apply(&keys, &[("first", nodeless("ops")), ("second", on("other"))]);
    server.authorize(&format!("{}\n{}\n", server.key.public, other.public));
    let (code, text) = world.says(&[]);
    assert_eq!(code, Some(4));
    assert!(text.contains("still accepts key/p/ops "), "{text}");
    // Where both clusters have the node, each of their keys is right.
    world.apply(&keys, &[("first", on("ops")), ("second", on("other"))]);
    let (code, text) = world.says(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Asked 2 nodes. Conform: 2,"), "{text}");
}

#[test]
fn jump_hosts_are_gone_through() {
    let (Some(door), Some(server)) = (server(), server()) else { return };
    let world = World::of(&[&door, &server]);
    let config = fs::read_to_string(&world.config).unwrap();
    fs::write(&world.config, format!("{config}  ProxyJump {}\n", name(&door))).unwrap();
    door.authorize(&door.key.public);
    server.authorize(&server.key.public);
    world.apply(&[("ops", &server.key.public)], &prod(&server, Some("ops")));
    assert_eq!(world.says(&[]), (Some(0), page(&server, "conforms", OBEYS)));
    door.wait_for("Accepted publickey");
    assert!(!server.log().contains("Accepted publickey"), "{}", server.log());
    // A jump host that refuses says nothing of the node.
    door.authorize("");
    let (code, text) = world.says(&[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("unreachable: ") && text.contains("Permission denied"), "{text}");
}

#[test]
fn the_json_is_what_its_schema_says() {
    let Some(server) = server() else { return };
    let world = World::of(&[&server]);
    world.apply(&[("ops", &server.key.public)], &prod(&server, Some("ops")));
    let output = world.verify(&["--format", "json"]);
    assert_eq!(output.status.code(), Some(4));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = schema::of(SchemaOf::Verify);
    assert!(jsonschema::is_valid(&schema, &value), "{value}");
    let one = &value["nodes"][0];
    assert_eq!(one["status"], "deviates");
    assert_eq!(one["problems"], serde_json::json!(["refuses-the-key"]));
    assert_eq!(one["declared"]["key"], "key/p/ops");
    assert_eq!(one["declared"]["accepted"], false);
    assert_eq!((&value["conform_count"], &value["deviate_count"]), (&0.into(), &1.into()));
}

#[test]
fn what_is_selected_is_asked() {
    let Some(server) = server() else { return };
    let world = World::of(&[&server]);
    server.authorize(&server.key.public);
    let mut clusters = prod(&server, Some("ops"));
    clusters.push(("bare", "sshKey: ops".into()));
    world.apply(&[("ops", &server.key.public)], &clusters);
    for selector in ["p/prod", "cluster/p/prod", "project/p"] {
        assert_eq!(world.says(&[selector]), (Some(0), page(&server, "conforms", OBEYS)), "{selector}");
    }
    assert_eq!(world.says(&["p/bare", "p/prod"]).0, Some(0));
    for (more, code, why) in [
        (&["p/bare"][..], 1, "there is no node to ask"),
        (&["p/gone"], 1, "`cluster/p/gone` is not recorded"),
        (&["project/q"], 1, "`project/q` is not recorded"),
        (&["key/p/ops"], 64, "`key/p/ops` is neither a project nor a cluster"),
        (&["prod"], 64, "`prod` is neither"),
        (&["--parallel", "0"], 64, "--parallel"),
        (&["--timeout", "0"], 64, "--timeout"),
        (
            &["--workspace", "elsewhere"],
            1,
            "cannot read the workspace `elsewhere`: there is no such file or folder",
        ),
    ] {
        let output = world.verify(more);
        assert_eq!((output.status.code(), &*stdout(&output)), (Some(code), ""), "{more:?}");
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }
}

#[test]
fn without_ssh_nothing_is_asked() {
    let world = World::of(&[]);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi";
    world.apply(&[("ops", key)], &[("prod", "sshKey: ops, nodes: [127.0.0.1]".into())]);
    let empty = world.workspace.root.join("empty");
    fs::create_dir(&empty).unwrap();
    let run = |folder: &Utf8Path| {
        let mut command = command(&world.workspace.root);
        command.env("PATH", folder.as_str()).arg("verify").output().unwrap()
    };
    let output = run(&empty);
    assert_eq!((output.status.code(), &*stdout(&output)), (Some(1), ""));
    assert!(stderr(&output).contains("there is no `ssh` on your PATH"), "{}", stderr(&output));
    // Something else of that name is not asked either.
    std::os::unix::fs::symlink("/bin/echo", empty.join("ssh")).unwrap();
    let output = run(&empty);
    assert_eq!((output.status.code(), &*stdout(&output)), (Some(1), ""));
}

/// What a jump host prints is no answer of the node.
#[test]
fn a_jump_host_cannot_answer_for_the_node() {
    let (Some(server), Some(door)) = (server(), server()) else { return };
    let world = World::of(&[&server]);
    world.apply(&[("ops", &server.key.public)], &prod(&server, Some("ops")));
    let forged = format!(
        "debug1: Server host key: ssh-ed25519 SHA256:x\ndebug1: Offering public key: x ED25519 {0} explicit\n\
         debug1: Server accepts key: x ED25519 {0} explicit\n\
         debug1: Authentications that can continue: publickey\n",
        print(&server.key)
    );
    // A jump host whose banner, and whose ssh here, say so.
    let banner = door.root.join("banner");
    fs::write(&banner, &forged).unwrap();
    let program = door.root.join("jump");
    let script = format!("#!/bin/sh\ncat {banner} >&2\nexec nc 127.0.0.1 {}\n", server.port);
    fs::write(&program, script).unwrap();
    let config = fs::read_to_string(&world.config).unwrap();
    fs::write(&world.config, format!("{config}  ProxyCommand sh {program}\n")).unwrap();
    let refuses = format!("does not conform\n    - does not accept key/p/ops {}", print(&server.key));
    let (code, text) = world.says(&[]);
    assert!(code == Some(1) || (code, &*text) == (Some(4), &page(&server, &refuses, NOT)), "{text}");
}

#[test]
fn a_node_that_prints_a_long_banner_and_falls_silent_is_given_up() {
    let Some(server) = server() else { return };
    let world = World::of(&[&server]);
    world.apply(&[("ops", &server.key.public)], &prod(&server, Some("ops")));
    let config = fs::read_to_string(&world.config).unwrap();
    let long = "head -c 3000000 /dev/zero | tr '\\0' x >&2; exec sleep 120";
    fs::write(&world.config, format!("{config}  ProxyCommand sh -c \"{long}\"\n")).unwrap();
    let begin = Instant::now();
    let (code, text) = world.says(&["--timeout", "3"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
}
