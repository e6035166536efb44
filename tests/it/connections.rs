//! What keyplan opens to a node: how many logins, with whose keys, and that nothing is left of them. sshd's log tells.

use std::fs;
use std::process::{Command, Output};

use crate::push::{Fleet, Gate, Node, SETTINGS, block};
use crate::sshd::Pair;
use crate::support::{stderr, stdout};

fn print(pair: &Pair) -> String {
    keyplan::openssh::PublicKey::from_line(&pair.public).unwrap().fingerprint().to_string()
}

/// How often somebody has come in with each of these keys, by now.
fn logins<const N: usize>(fleet: &Fleet, node: &Node, pairs: [&Pair; N]) -> [usize; N] {
    // Whoever comes in now is the last in the log.
    let before = node.read();
    let last = Pair::make(&fleet.workspace.root, &format!("last-{}", node.server.log().len()));
    node.write(&format!("{before}{}\n", last.public));
    assert!(node.opens_to(&last));
    node.write(&before);
    node.server.wait_for(&print(&last));
    let log = node.server.log();
    let accepted = |pair: &Pair| {
        let print = print(pair);
        log.lines().filter(|line| line.contains("Accepted publickey") && line.contains(&print)).count()
    };
    pairs.map(accepted)
}

/// Adds lines to the part of the configuration of ssh that is about every node.
pub(crate) fn configure(fleet: &Fleet, lines: &str) {
    let path = fleet.workspace.root.join("ssh_config");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("Host *\n{lines}{config}")).unwrap();
}

#[test]
fn an_apply_logs_in_once_and_its_proof_never() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    assert_eq!(logins(&fleet, &node, [&fleet.own, &fleet.ops]), [1, 0]);
    // The login waits until the new key is proven.
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    fleet.apply(0);
    assert_eq!(logins(&fleet, &node, [&fleet.own, &fleet.ops, &fleet.night]), [2, 0, 0]);
    fleet.run(&["drift", "--workspace", "acme"], 0);
    assert_eq!(logins(&fleet, &node, [&fleet.own]), [3]);
    fleet.run(&["verify", "--workspace", "acme"], 0);
    assert_eq!(logins(&fleet, &node, [&fleet.own, &fleet.night]), [3, 0]);
}

/// The user's configuration names the private half of the very key that is proven, a certificate, and what else may be
/// said of keys.
#[test]
fn what_the_configuration_says_of_keys_is_nothing_to_the_proof() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    let certified = Command::new("ssh-keygen")
        .args(["-q", "-s", fleet.night.private.as_str(), "-I", "ana", "-n", &fleet.user])
        .arg(format!("{}.pub", fleet.own.private))
        .status();
    assert!(certified.unwrap().success());
    configure(
        &fleet,
        &format!(
            "  CertificateFile {}-cert.pub\n  IdentityFile {}\n  FingerprintHash md5\n  LogLevel QUIET\n  \
             PreferredAuthentications password,publickey\n",
            fleet.own.private, fleet.own.private
        ),
    );
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let revoked = node.server.root.join("revoked");
    fs::write(&revoked, &fleet.night.public).unwrap();
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains("sshd does not accept the new key, so that the old one stays"), "{shown}");
    assert_eq!(node.read(), fleet.own_line() + &block("eu", ("ops", &fleet.ops), &["one"]));
    fs::write(&revoked, "").unwrap();
    assert_eq!(logins(&fleet, &node, [&fleet.ops, &fleet.night]), [0, 0]);
    assert_eq!(logins(&fleet, &node, [&fleet.own]), [2]);
}

#[test]
fn a_configuration_that_runs_nothing_or_reads_nothing_does_not_keep_an_apply_from_its_work() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    let settings =
        ["SessionType none", "StdinNull yes", "ForkAfterAuthentication yes", "RemoteCommand reboot"];
    for (number, setting) in settings.into_iter().enumerate() {
        let path = fleet.workspace.root.join("ssh_config");
        let plain = fs::read_to_string(&path).unwrap();
        configure(&fleet, &format!("  {setting}\n"));
        let name = ["ops", "night"][number % 2];
        fleet.declare(&[("eu", Some(name), &["one"])]);
        let shown = fleet.apply(0);
        assert!(node.read().contains(&format!("key/pay/{name}")), "{setting}\n{shown}");
        fs::write(path, plain).unwrap();
    }
}

/// The processes that still run and were started with this in their command line.
pub(crate) fn running(with: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let line = fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&line).replace('\0', " "))
    });
    processes.filter(|line| line.contains(with)).collect()
}

#[test]
fn nothing_is_left_of_a_node_that_hangs() {
    let fleet = Fleet::new();
    let Some(node) = Node::with(&fleet.own, "exec sleep 20;") else { return };
    // A port where somebody listens, and nobody speaks.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    fleet.workspace.write("acme/keyplan.yaml", SETTINGS.replace("timeout: 20", "timeout: 1").as_bytes());
    fleet.reach(&[("hanging", &node), ("silent", &node)]);
    let path = fleet.workspace.root.join("ssh_config");
    let config = fs::read_to_string(&path).unwrap();
    let (hanging, of_silent) = config.split_at(config.find("Host silent").unwrap());
    let port = format!("Port {}", silent.local_addr().unwrap().port());
    let of_silent = of_silent.replace(&format!("Port {}", node.server.port), &port);
    fs::write(&path, format!("{hanging}{of_silent}")).unwrap();
    fleet.declare(&[("eu", Some("ops"), &["hanging"]), ("us", Some("ops"), &["silent"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains("@hanging: no answer within 3 s"), "{shown}");
    assert!(shown.contains("@silent: "), "{shown}");
    assert_eq!(running(path.as_str()), Vec::<String>::new());
}

#[test]
fn a_login_that_ends_while_other_nodes_are_waited_for_is_made_again() {
    let fleet = Fleet::new();
    let Some(gate) = Gate::new(&fleet) else { return };
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.workspace.write("acme/keyplan.yaml", SETTINGS.replace("parallel: 8", "parallel: 1").as_bytes());
    fleet.reach(&[("a", &node), ("b", &gate.node)]);
    gate.open_for_good();
    fleet.declare(&[("eu", Some("ops"), &["a", "b"])]);
    fleet.apply(0);
    assert_eq!(logins(&fleet, &node, [&fleet.own]), [1]);
    gate.close();
    fleet.declare(&[("eu", Some("night"), &["a", "b"])]);
    let child = fleet
        .command(&["apply", "--auto-approve", "acme"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    gate.wait();
    node.server.end_logins();
    gate.open();
    let output: Output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(node.read(), fleet.own_line() + &block("eu", ("night", &fleet.night), &["a", "b"][..1]));
    assert_eq!(logins(&fleet, &node, [&fleet.own]), [3]);
}

#[test]
fn a_file_in_place_of_the_configuration_reaches_nodes() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    let config = node.server.ssh_config("one", Some(&fleet.own));
    let home = ["--ssh-config", config.as_str()];
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    let shown = stdout(&fleet.run(&["apply", "--auto-approve", "acme"], 9));
    assert!(shown.contains("@one: "), "{shown}");
    fleet.run(&[&["apply", "--auto-approve", "acme"][..], &home].concat(), 0);
    fleet.run(&["drift", "--workspace", "acme", "-F", config.as_str()], 0);
    fleet.run(&[&["verify", "--workspace", "acme"][..], &home].concat(), 0);
    assert!(node.opens_to(&fleet.ops));
}
