//! Nodes behind a jump host, by `ProxyJump` in the user's configuration of ssh: a real sshd that prints in its banner
//! what would be answers, were it the log of ssh.

use std::fs;
use std::process::Command;

use crate::push::{Fleet, Node, block};
use crate::sshd::{Pair, Server};
use crate::support::{stderr, stdout};

/// A jump host, and a node that is reached through it.
pub(crate) struct Behind {
    pub(crate) fleet: Fleet,
    pub(crate) door: Server,
    pub(crate) node: Node,
}

impl Behind {
    pub(crate) fn new() -> Option<Self> {
        let fleet = Fleet::new();
        let door = Server::start(|root| format!("Banner {root}/banner"))?;
        let node = Node::start(&fleet.own)?;
        door.authorize(&door.key.public);
        fleet.reach(&[("one", &node)]);
        let path = fleet.workspace.root.join("ssh_config");
        let config = fs::read_to_string(&path).unwrap();
        let jump = door.config_lines("door", Some(&door.key));
        fs::write(path, format!("{config}  ProxyJump door\n{jump}")).unwrap();
        Some(Self { fleet, door, node })
    }

    /// Lets the jump host say this before anybody logs in, and looks that ssh shows it.
    fn says(&self, banner: &str) {
        fs::write(self.door.root.join("banner"), banner).unwrap();
        let ssh = self.fleet.workspace.root.join("bin/ssh");
        let output = Command::new(ssh).args(["-T", "--", "one", "true"]).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        for line in banner.lines() {
            assert!(stderr(&output).contains(line), "{line}\n{}", stderr(&output));
        }
    }

    fn verify(&self, code: i32) -> String {
        stdout(&self.fleet.run(&["verify", "--workspace", "acme"], code))
    }

    fn drift(&self, code: i32) -> String {
        stdout(&self.fleet.run(&["drift", "--workspace", "acme"], code))
    }
}

fn print(pair: &Pair) -> String {
    keyplan::openssh::PublicKey::from_line(&pair.public).unwrap().fingerprint().to_string()
}

/// What ssh would log, did the node accept a key.
fn accepted(key: &Pair) -> String {
    let key = print(key);
    format!(
        "debug1: Server host key: ssh-ed25519 SHA256:x\n\
         debug1: Authentications that can continue: publickey\n\
         debug1: Offering public key: x ED25519 {key} explicit\n\
         debug1: Server accepts key: x ED25519 {key} explicit\n\
         Authenticated to one (via proxy) using \"publickey\".\n"
    )
}

/// What ssh would log, did the node refuse a key.
fn refused(key: &Pair) -> String {
    format!(
        "debug1: Server host key: ssh-ed25519 SHA256:x\n\
         debug1: Offering public key: x ED25519 {} explicit\n\
         debug1: Authentications that can continue: publickey\n",
        print(key)
    )
}

/// What ssh would log, were the host key of the node another one.
const CHANGED: &str = "debug1: Server host key: ssh-ed25519 SHA256:x\n\
                       @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n\
                       Host key verification failed.\n";

#[test]
fn a_jump_host_cannot_answer_for_the_node_that_is_verified() {
    let Some(behind) = Behind::new() else { return };
    let Behind { fleet, node, .. } = &behind;
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let right = node.read();
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    fleet.apply(0);
    let left = node.read();
    let (ops, night) = (print(&fleet.ops), print(&fleet.night));
    for banner in ["", &accepted(&fleet.night), &refused(&fleet.night), &accepted(&fleet.ops), CHANGED] {
        behind.says(banner);
        let shown = behind.verify(0);
        assert!(shown.contains("Conform: 1, deviate: 0, unknown: 0"), "{banner}\n{shown}");
    }
    // The other way round: the node accepts the earlier key and not the declared one.
    node.write(&right);
    for banner in ["", &accepted(&fleet.night), &refused(&fleet.ops), CHANGED] {
        behind.says(banner);
        let shown = behind.verify(4);
        assert!(shown.contains(&format!("does not accept key/pay/night {night}")), "{banner}\n{shown}");
        assert!(shown.contains(&format!("still accepts key/pay/ops {ops}")), "{banner}\n{shown}");
    }
    node.write(&left);
    assert!(behind.verify(0).contains("Conform: 1"));
}

#[test]
fn a_jump_host_cannot_answer_for_the_node_that_a_key_is_put_on() {
    let Some(behind) = Behind::new() else { return };
    let Behind { fleet, node, .. } = &behind;
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    behind.says(&refused(&fleet.ops));
    fleet.apply(0);
    let before = fleet.own_line() + &block("eu", ("ops", &fleet.ops), &["one"]);
    assert_eq!(node.read(), before);
    assert!(behind.drift(0).contains("1 in sync"));

    // This sshd does not take the new key, whatever is said before it.
    let revoked = node.server.root.join("revoked");
    fs::write(&revoked, &fleet.night.public).unwrap();
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    behind.says(&accepted(&fleet.night));
    let shown = fleet.apply(9);
    assert!(shown.contains("sshd does not accept the new key, so that the old one stays"), "{shown}");
    assert_eq!(node.read(), before);
    fs::write(&revoked, "").unwrap();
    behind.says(CHANGED);
    fleet.apply(0);
    assert_eq!(node.read(), fleet.own_line() + &block("eu", ("night", &fleet.night), &["one"]));
    assert!(behind.drift(0).contains("1 in sync"));
    fleet.is_done();
}

/// Which key let keyplan in on the node is no word of the jump host.
#[test]
fn a_jump_host_cannot_talk_keyplan_into_locking_itself_out() {
    let Some(behind) = Behind::new() else { return };
    let Behind { fleet, node, .. } = &behind;
    fleet.declare(&[("eu", Some("own"), &["one"])]);
    fleet.apply(0);
    let its = block("eu", ("own", &fleet.own), &["one"]);
    node.write(&its);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    behind.says(&accepted(&fleet.night));
    let shown = fleet.apply(9);
    assert!(shown.contains("would lock itself out"), "{shown}");
    assert_eq!(node.read(), its);
}

/// A jump host that refuses says nothing of the node, and no node is written to.
#[test]
fn without_its_jump_host_a_node_is_unreachable() {
    let Some(behind) = Behind::new() else { return };
    let Behind { fleet, door, node } = &behind;
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let before = node.read();
    door.authorize("");
    fs::write(door.root.join("banner"), accepted(&fleet.night)).unwrap();
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains("one: "), "{shown}");
    assert_eq!(node.read(), before);
    let shown = behind.drift(1);
    assert!(shown.contains("1 unreachable"), "{shown}");
    let shown = behind.verify(1);
    assert!(shown.contains("unreachable: "), "{shown}");
}

/// A host key that has changed is refused, whatever the configuration says: of a jump host as of a node.
#[test]
fn a_jump_host_with_another_host_key_is_not_gone_through() {
    let Some(behind) = Behind::new() else { return };
    let Behind { fleet, door, node } = &behind;
    let path = fleet.workspace.root.join("ssh_config");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("Host *\n  StrictHostKeyChecking no\n{config}")).unwrap();
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let before = node.read();
    let other = Pair::make(&fleet.workspace.root, "other");
    fs::write(door.known_hosts(), format!("[127.0.0.1]:{} {}\n", door.port, other.public)).unwrap();
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains("one: "), "{shown}");
    assert_eq!(node.read(), before);
    assert!(behind.drift(1).contains("1 unreachable"));
    assert!(behind.verify(1).contains("unreachable: "));
}

/// Several jump hosts in one `ProxyJump`, and one that is itself reached through others.
#[test]
fn jump_hosts_behind_jump_hosts_are_gone_through() {
    let Some(behind) = Behind::new() else { return };
    let Behind { fleet, door, node } = &behind;
    let path = fleet.workspace.root.join("ssh_config");
    let config = fs::read_to_string(&path).unwrap().replace("ProxyJump door", "ProxyJump third,fourth");
    let aliases = [("third", "ProxyJump door,second"), ("second", ""), ("fourth", "")];
    let aliases =
        aliases.map(|(name, jump)| format!("{}  {jump}\n", door.config_lines(name, Some(&door.key))));
    fs::write(&path, config + &aliases.concat()).unwrap();
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    assert!(node.opens_to(&fleet.ops));
    assert!(behind.drift(0).contains("1 in sync"));
    assert!(behind.verify(0).contains("Conform: 1"));
    // Four each time: for the login of the apply, its proof, drift and verify.
    let passed = door.log().matches("Accepted publickey").count();
    assert_eq!(passed, 16, "{}", door.log());
    let config = fs::read_to_string(&path).unwrap().replace("ProxyJump door,second", "ProxyJump third");
    fs::write(&path, config).unwrap();
    assert!(behind.drift(1).contains("1 unreachable"));
    assert!(behind.verify(1).contains("in a circle"));
}
