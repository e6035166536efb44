//! What the target `ssh` delivers, against real nodes: nobody is locked out, nobody let in, and what is said to be done
//! opens the node.

use std::fs;
use std::time::{Duration, Instant};

use keyplan::cli::args::SchemaOf;

use crate::push::{Fleet, Node, SETTINGS};
use crate::sshd::Pair;
use crate::support::{repository, stderr, stdout};

#[test]
fn a_node_under_another_name_keeps_its_key() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    // Both names lead to one machine.
    fleet.reach(&[("one", &node), ("again", &node)]);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    for nodes in [&["again"][..], &["one"], &["again", "one"], &["again"]] {
        fleet.declare(&[("eu", Some("ops"), nodes)]);
        fleet.apply(0);
        assert!(node.opens_to(&fleet.ops), "{nodes:?}: {}", node.read());
        fleet.is_done();
        fleet.run(&["drift", "--workspace", "acme"], 0);
    }
    // With another key at the same time.
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    fleet.apply(0);
    assert!(node.opens_to(&fleet.night) && !node.opens_to(&fleet.ops));
    // And a block that does not say by which names it is kept: somebody has copied the file.
    fleet.declare(&[("eu", Some("night"), &["again", "one"])]);
    fleet.apply(0);
    let unsaid: Vec<_> =
        node.read().lines().filter(|line| !line.starts_with("# for ")).map(str::to_owned).collect();
    node.write(&(unsaid.join("\n") + "\n"));
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    fleet.apply(0);
    assert!(node.opens_to(&fleet.night), "{}", node.read());
    fleet.declare(&[]);
    fleet.apply(0);
    assert_eq!(node.read(), fleet.own_line());
}

#[test]
fn a_reused_name_of_a_key_opens_nothing_that_it_was_not_declared_for() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let keys: [(&str, &Pair); 3] = [("old-ops", &fleet.ops), ("ops", &fleet.night), ("own", &fleet.own)];
    fleet.declare_keys(&keys);
    fleet.declare(&[("eu", Some("old-ops"), &["one"])]);
    // Whoever writes to the file writes no line with the other key.
    let watched = node.server.root.join("seen");
    node.keep_versions(&watched);
    fleet.apply(0);
    assert!(node.opens_to(&fleet.ops) && !node.opens_to(&fleet.night));
    let seen = fs::read_to_string(&watched).unwrap();
    assert!(seen.contains(&fleet.ops.public) && !seen.contains(&fleet.night.public), "{seen}");
    fleet.is_done();
}

#[test]
fn a_key_that_sshd_refuses_is_taken_back_and_old_access_stays() {
    let fleet = Fleet::new();
    let Some((one, two)) = Node::start(&fleet.own).zip(Node::start(&fleet.own)) else { return };
    fleet.reach(&[("one", &one), ("two", &two)]);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let before = one.read();
    // The cluster moves to a node that refuses its key; so the old node keeps it.
    fs::write(two.server.root.join("revoked"), &fleet.ops.public).unwrap();
    fleet.declare(&[("eu", Some("ops"), &["two"]), ("us", Some("ops"), &["two"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains("sshd does not accept the new key, so that it was taken back"), "{shown}");
    assert!(
        shown.contains("`AuthorizedKeysFile`") && shown.contains("`PubkeyAcceptedAlgorithms`"),
        "{shown}"
    );
    assert_eq!((one.read(), two.read()), (before, fleet.own_line()));
    assert!(one.opens_to(&fleet.ops));
    fs::write(two.server.root.join("revoked"), "").unwrap();
    fleet.apply(0);
    fleet.is_done();
    assert!(two.opens_to(&fleet.ops) && !one.opens_to(&fleet.ops));
}

/// A key that is good from elsewhere alone is proven all the same, and what that took is gone when it is done.
#[test]
fn a_key_for_another_place_is_proven_and_opens_nothing_from_here() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let elsewhere = "apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: far, project: pay}\nspec:\n  \
                     options: {from: [192.0.2.0/24]}\n  publicKey: ";
    fleet.workspace.write("acme/far.yaml", format!("{elsewhere}{}\n", fleet.night.public).as_bytes());
    fleet.declare_keys(&[("ops", &fleet.ops), ("own", &fleet.own)]);
    for clusters in [&[("eu", Some("far"), &["one"][..])][..], &[], &[("us", Some("far"), &["one"])]] {
        fleet.declare(clusters);
        fleet.apply(0);
        fleet.is_done();
        fleet.run(&["drift", "--workspace", "acme"], 0);
        assert!(!node.opens_to(&fleet.night) && !node.opens_to(&fleet.ops), "{}", node.read());
        assert!(!node.read().contains("command="), "{}", node.read());
        assert_eq!(node.read().contains("from=\"192.0.2.0/24\""), !clusters.is_empty());
    }
}

/// A line that the node's sshd would drop is not put there.
#[test]
fn a_line_that_the_nodes_sshd_is_too_old_for_is_not_put_there() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    let before = node.read();
    fleet.reach(&[("one", &node)]);
    let fixture = repository().join("tests/fixtures/rules/new-key-type/bad-mldsa44/access.yaml");
    let fixture = fs::read_to_string(fixture).unwrap();
    let line = fixture.lines().find(|line| line.trim_start().starts_with("publicKey:")).unwrap();
    let key = format!(
        "apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: new, project: pay}}\nspec:\n{line}\n"
    );
    fleet.workspace.write("acme/new.yaml", key.as_bytes());
    fleet.declare(&[("eu", Some("new"), &["one"])]);
    let shown = fleet.apply(9);
    let is_newest = shown.contains("sshd does not accept the new key");
    assert!(
        is_newest || (shown.contains("its sshd is OpenSSH ") && shown.contains(" needs 10.5")),
        "{shown}"
    );
    assert_eq!(node.read(), before);
}

#[test]
fn a_node_whose_sshd_reads_another_file_is_not_said_to_be_done() {
    let fleet = Fleet::new();
    let Some(node) = Node::reading(&fleet.own, "elsewhere") else { return };
    fleet.reach(&[("one", &node)]);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    let shown = fleet.apply(9);
    assert!(shown.contains("`AuthorizedKeysFile`"), "{shown}");
    assert!(!node.read().contains("MANAGED"), "{}", node.read());
    assert!(!node.opens_to(&fleet.ops));
}

#[test]
fn a_key_that_still_opens_a_node_by_a_line_of_others_is_told() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    node.write(&format!("{}{} somebody\n", fleet.own_line(), fleet.ops.public));
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    let value = fleet.json(&["apply", "--auto-approve", "--format", "json", "acme"], 0, SchemaOf::Apply);
    assert_eq!(value["notes"][0]["node"], format!("{}@one", fleet.user), "{value:#}");
    let text = value["notes"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("`key/pay/ops` still opens it, by a line"), "{text}");
    assert!(node.opens_to(&fleet.ops));
}

#[test]
fn a_line_that_sshd_drops_is_no_way_in_for_keyplan() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    fleet.declare(&[("eu", Some("own"), &["one"])]);
    fleet.apply(0);
    let block = node.read().replace(&fleet.own_line(), "");
    node.write(&format!("no-such-option {}{block}", fleet.own_line()));
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    assert!(fleet.apply(9).contains("would lock itself out"));
    assert!(node.opens_to(&fleet.own));
}

#[test]
fn a_changed_host_key_is_refused_whatever_the_configuration_says() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    let config = fleet.workspace.root.join("ssh_config");
    let text = fs::read_to_string(&config).unwrap() + "  StrictHostKeyChecking no\n";
    fs::write(&config, text).unwrap();
    // One that is not known is taken, as the configuration says.
    fs::write(node.server.known_hosts(), "").unwrap();
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(0);
    let changed = format!("[127.0.0.1]:{} {}\n", node.server.port, fleet.ops.public);
    fs::write(node.server.known_hosts(), changed).unwrap();
    fleet.declare(&[("eu", Some("night"), &["one"])]);
    let before = node.read();
    assert!(fleet.apply(9).contains("its host key is another than before"));
    assert_eq!(node.read(), before);
    let shown = stdout(&fleet.run(&["drift", "--workspace", "acme"], 1));
    assert!(shown.contains("its host key is another than before"), "{shown}");
}

#[test]
fn a_node_that_keeps_its_channel_open_or_prints_without_end_is_not_waited_for() {
    let fleet = Fleet::new();
    let (open, flood) = ("exec >&- 2>&-; exec sleep 120;", "cat /dev/zero >&2; sleep 120;");
    let (Some(open), Some(flood)) = (Node::with(&fleet.own, open), Node::with(&fleet.own, flood)) else {
        return;
    };
    let settings = SETTINGS.replace("timeout: 20", "timeout: 5");
    fleet.reach(&[("open", &open), ("flood", &flood)]);
    fleet.declare(&[("eu", Some("ops"), &["open", "flood"])]);
    fleet.workspace.write("acme/keyplan.yaml", settings.replace("target: ssh", "target: record").as_bytes());
    fleet.apply(0);
    fleet.workspace.write("acme/keyplan.yaml", settings.as_bytes());
    let begin = Instant::now();
    let is_told = |shown: &str| {
        assert!(shown.contains("@flood: ") && shown.contains("the node prints without end"), "{shown}");
        assert!(shown.contains("@open: "), "{shown}");
    };
    is_told(&stdout(&fleet.run(&["drift", "--workspace", "acme"], 1)));
    fleet.declare(&[("eu", Some("ops"), &["open", "flood"]), ("us", Some("ops"), &["open", "flood"])]);
    is_told(&fleet.apply(9));
    assert!(begin.elapsed() < Duration::from_mins(2), "{:?}", begin.elapsed());
}

#[test]
fn a_dead_node_is_given_up_by_name_and_nothing_else_is() {
    let fleet = Fleet::new();
    let Some((one, two)) = Node::start(&fleet.own).zip(Node::start(&fleet.own)) else { return };
    fleet.reach(&[("one", &one), ("two", &two)]);
    fleet.declare(&[("eu", Some("ops"), &["one", "two"])]);
    fleet.apply(0);
    drop(two);
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    fleet.apply(9);
    for (node, help) in [("tvo", "did you mean `two`?"), ("one", "name a node as it is recorded")] {
        let output = fleet.run(&["plan", "--forget-node", node, "acme"], 64);
        assert!(stderr(&output).contains(help), "{}", stderr(&output));
    }
    let plan = fleet.json(&["plan", "--forget-node", "two", "--format", "json", "acme"], 0, SchemaOf::Plan);
    assert_eq!(plan["forgotten_nodes"], serde_json::json!(["two"]));
    fleet.run(&["plan", "--forget-node", "two", "--out", "saved.plan", "acme"], 0);
    let shown = stdout(&fleet.run(&["show", "saved.plan", "acme"], 0));
    assert!(shown.contains("Gives up 1 node, whose files stay as they are: two"), "{shown}");
    let shown = stdout(&fleet.run(&["apply", "saved.plan", "acme"], 0));
    assert!(shown.contains("given up: two: its files stay as they are"), "{shown}");
    fleet.is_done();
    assert!(one.opens_to(&fleet.ops));
    let log = stdout(&fleet.run(&["state", "log", "--workspace", "acme"], 0));
    assert!(log.contains("gives up two"), "{log}");
}
