//! What the user's configuration of ssh says of connections and host keys, and what every command of keyplan makes of
//! it: to put keys, to prove them before a rekey, to look for drift and to verify.

use std::fs;
use std::process::Command;

use crate::connections::{configure, running};
use crate::jump_hosts::Behind;
use crate::push::{Fleet, Node};
use crate::sshd::{Pair, Server};
use crate::support::{skipped, stdout};

/// Puts a key, proves and puts another, looks for drift and verifies, of one cluster with these nodes.
fn all_works(fleet: &Fleet, nodes: &[&str], node: &Node) {
    for (name, key) in [("ops", &fleet.ops), ("night", &fleet.night)] {
        fleet.declare(&[("eu", Some(name), nodes)]);
        fleet.apply(0);
        assert!(node.opens_to(key), "{}", node.read());
    }
    assert!(!node.opens_to(&fleet.ops), "{}", node.read());
    fleet.run(&["drift", "--workspace", "acme"], 0);
    fleet.run(&["verify", "--workspace", "acme"], 0);
}

/// Nothing of it works, and the node is left as it is.
fn nothing_works(fleet: &Fleet, node: &Node, why: &str) {
    let before = node.read();
    fleet.declare(&[("eu", Some("own"), &["one"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains(why), "{shown}");
    let shown = stdout(&fleet.run(&["drift", "--workspace", "acme"], 1));
    assert!(shown.contains(why), "{shown}");
    let shown = stdout(&fleet.run(&["verify", "--workspace", "acme"], 1));
    assert!(shown.contains("unknown: 1"), "{shown}");
    assert_eq!(node.read(), before);
}

/// Lets ssh share its connections, in the way that outlasts every command.
fn share(fleet: &Fleet) {
    let root = &fleet.workspace.root;
    configure(fleet, &format!("  ControlMaster auto\n  ControlPath {root}/m-%r%h%p\n  ControlPersist yes\n"));
}

/// The sockets of connections that can be shared.
fn shared(fleet: &Fleet) -> usize {
    let entries = fs::read_dir(&fleet.workspace.root).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("m-")).count()
}

/// A connection of the user that can be shared. It ends when this is dropped.
struct Master<'a>(&'a Fleet, &'a str);

impl<'a> Master<'a> {
    fn open(fleet: &'a Fleet, to: &'a str) -> Self {
        let master = Self(fleet, to);
        assert!(master.ssh(&["-f", "-N", "-M"]));
        master
    }

    fn ssh(&self, arguments: &[&str]) -> bool {
        let ssh = self.0.workspace.root.join("bin/ssh");
        Command::new(ssh).args(arguments).arg(self.1).status().unwrap().success()
    }
}

impl Drop for Master<'_> {
    fn drop(&mut self) {
        self.ssh(&["-O", "exit"]);
    }
}

#[test]
fn no_connection_is_left_behind_where_connections_are_shared() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    share(&fleet);
    all_works(&fleet, &["one"], &node);
    assert_eq!(running(fleet.workspace.root.as_str()), Vec::<String>::new());
    assert_eq!(shared(&fleet), 0);
}

#[test]
fn no_connection_to_a_jump_host_is_left_behind_where_connections_are_shared() {
    let Some(Behind { fleet, node, .. }) = &Behind::new() else { return };
    share(fleet);
    all_works(fleet, &["one"], node);
    assert_eq!(running(fleet.workspace.root.as_str()), Vec::<String>::new());
    assert_eq!(shared(fleet), 0);
}

/// A connection that is there already has shown another key, and says nothing of which keys are accepted.
#[test]
fn a_shared_connection_of_the_user_does_not_answer_for_a_proof_and_stays() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    share(&fleet);
    let master = Master::open(&fleet, "one");
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let before = node.read();
    let revoked = node.server.root.join("revoked");
    fs::write(&revoked, &fleet.night.public).unwrap();
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains("sshd does not accept the new key, so that the old one stays"), "{shown}");
    assert_eq!(node.read(), before);
    fs::write(&revoked, "").unwrap();
    all_works(&fleet, &["one"], &node);
    fs::write(&revoked, &fleet.night.public).unwrap();
    let shown = stdout(&fleet.run(&["verify", "--workspace", "acme"], 4));
    assert!(shown.contains("does not accept key/pay/night"), "{shown}");
    assert!(master.ssh(&["-O", "check"]));
}

#[test]
fn a_host_name_that_is_the_machine_itself_is_taken() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    let path = fleet.workspace.root.join("ssh_config");
    let config = fs::read_to_string(&path).unwrap().replace("HostName 127.0.0.1", "HostName localhost");
    fs::write(&path, config).unwrap();
    configure(&fleet, &format!("  HostKeyAlias [127.0.0.1]:{}\n  AddressFamily inet\n", node.server.port));
    all_works(&fleet, &["one"], &node);
}

/// Lines of the configuration that lead to a server by IPv6; nothing where there is none.
fn by_ipv6(server: &Server, alias: &str, key: &Pair) -> Option<String> {
    if !server.has_ipv6() {
        skipped("there is no loopback of IPv6");
        return None;
    }
    Some(server.config_lines(alias, Some(key)).replace("HostName 127.0.0.1", "HostName ::1"))
}

#[test]
fn a_node_has_an_address_of_ipv6() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    let Some(config) = by_ipv6(&node.server, "::1", &fleet.own) else { return };
    fleet.reach(&[]);
    fleet.workspace.write("ssh_config", config.as_bytes());
    all_works(&fleet, &[&format!("\"[::1]:{}\"", node.server.port)], &node);
}

#[test]
fn a_jump_host_has_an_address_of_ipv6() {
    let Some(Behind { fleet, door, node }) = &Behind::new() else { return };
    let Some(config) = by_ipv6(&node.server, "one", &fleet.own) else { return };
    let Some(of_door) = by_ipv6(door, "::1", &door.key) else { return };
    let jump = format!("  ProxyJump {}@[::1]:{}\n", door.user, door.port);
    fleet.workspace.write("ssh_config", (config + &jump + &of_door).as_bytes());
    all_works(fleet, &["one"], node);
    // Two applies, each with a proof, drift and verify.
    door.wait_for_times("Accepted publickey", 6);
}

/// Settings that depend on others, on the name that was given, and on what a command says.
#[test]
fn a_host_key_is_known_by_the_alias_of_a_match() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    let root = &fleet.workspace.root;
    let path = root.join("ssh_config");
    let lines = node.server.config_lines("one", Some(&fleet.own));
    let (_, lines) = lines.split_once('\n').unwrap();
    let (user, known_hosts) = (&node.server.user, root.join("known_hosts"));
    let lines = lines.replace(node.server.known_hosts().as_str(), known_hosts.as_str());
    let matched = format!(
        "Match originalhost one user {user} exec \"test -e {root}/reachable\"\n{lines}\
         Match host 127.0.0.1\n  HostKeyAlias of-one\n"
    );
    fs::write(&path, matched).unwrap();
    fs::write(root.join("reachable"), "").unwrap();
    fs::write(&known_hosts, format!("of-one {}\n", node.server.host_key)).unwrap();
    all_works(&fleet, &["one"], &node);

    let other = Pair::make(root, "other");
    fs::write(&known_hosts, format!("of-one {}\n", other.public)).unwrap();
    nothing_works(&fleet, &node, "its host key is another than before");
    fs::write(&known_hosts, format!("[127.0.0.1]:{} {}\n", node.server.port, node.server.host_key)).unwrap();
    nothing_works(&fleet, &node, "its host key is not known");
    fs::write(&known_hosts, format!("of-one {}\n", node.server.host_key)).unwrap();
    fs::remove_file(root.join("reachable")).unwrap();
    nothing_works(&fleet, &node, "Could not resolve hostname");
}
