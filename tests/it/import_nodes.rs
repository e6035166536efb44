//! `keyplan import nodes` on real nodes: what was imported is applied, and nobody loses access by that.

use std::fs;

use crate::push::{Fleet, Node};
use crate::support::{stderr, stdout};

/// A fleet of which no key is declared.
fn undeclared() -> Fleet {
    let fleet = Fleet::new();
    fs::remove_file(fleet.workspace.root.join("acme/keys.yaml")).unwrap();
    fleet
}

#[test]
fn nodes_are_imported_and_whoever_was_let_in_still_is() {
    let fleet = undeclared();
    let Some((one, two)) = Node::start(&fleet.own).zip(Node::start(&fleet.own)) else { return };
    fleet.reach(&[("one", &one), ("two", &two)]);
    let (ops, night) = (&fleet.ops.public, &fleet.night.public);
    one.write(&format!(
        "{}{ops} ops@team\nno-port-forwarding {night} night\nno-such-option {ops}\n",
        fleet.own_line()
    ));
    two.write(&fleet.own_line());
    let before = (one.read(), two.read());
    let import = ["import", "nodes", "one", "two", "-w", "acme", "--project", "pay", "--cluster", "eu"];
    let said = stderr(&fleet.run(&import, 1));
    assert!(said.contains("cluster/pay/eu can have one key, and 3 keys open it"), "{said}");
    assert!(said.contains(&format!("`keyplan`, at {user}@one:1, {user}@two:1", user = fleet.user)), "{said}");
    let command = "`keyplan import nodes one two -w acme --project pay --cluster eu --key keyplan`";
    assert!(said.contains(command), "{said}");
    let said = stderr(&fleet.run(&[&import[..], &["--key", "ops@team"]].concat(), 9));
    assert!(said.contains(&format!("left out: {}@one:4: sshd takes no line", fleet.user)), "{said}");
    assert!(said.contains("note: `ops@team` is not on two: an apply puts it there"), "{said}");
    assert_eq!((one.read(), two.read()), before);
    let clusters = fs::read_to_string(fleet.workspace.root.join("acme/pay/clusters.yaml")).unwrap();
    let expected =
        format!("  sshKey: ops@team\n  loginUser: {}\n  nodes:\n  - one\n  - two\n  sshd: ", fleet.user);
    assert!(clusters.contains(&expected), "{clusters}");
    fleet.run(&["validate", "acme"], 0);
    fleet.apply(0);
    fleet.is_done();
    for key in [&fleet.own, &fleet.ops, &fleet.night] {
        assert!(one.opens_to(key));
    }
    assert!(two.opens_to(&fleet.own) && two.opens_to(&fleet.ops) && !two.opens_to(&fleet.night));
    assert!(one.read().starts_with(&before.0) && two.read().starts_with(&before.1));
    let shown = stdout(&fleet.run(&["drift", "-w", "acme"], 0));
    assert!(
        shown.contains("`night`, declared as key/pay/night") && !shown.contains("declared nowhere"),
        "{shown}"
    );
    // Another look finds the block, and nothing that is not declared already.
    let said = stderr(
        &fleet.run(&["import", "nodes", "two", "-w", "acme", "--project", "pay", "--cluster", "eu"], 0),
    );
    assert!(said.contains("two has a block of keyplan already: `cluster/pay/eu`"), "{said}");
    assert!(said.contains("nothing was written"), "{said}");
}

#[test]
fn nodes_that_do_not_answer_are_told_and_left_out() {
    let fleet = undeclared();
    let Some((one, torn)) = Node::start(&fleet.own).zip(Node::start(&fleet.own)) else { return };
    fleet.reach(&[("one", &one), ("torn", &torn)]);
    torn.write(&format!("{}# END MANAGED BY keyplan cluster/pay/eu\n", fleet.own_line()));
    let user = &fleet.user;
    let silent = format!("{user}@silent.invalid");
    let import = |nodes: &[&str], code| {
        let args =
            [&["import", "nodes", "-w", "acme", "--project", "pay", "--cluster", "eu"], nodes].concat();
        stderr(&fleet.run(&args, code))
    };
    let said = import(&[&silent, "torn"], 1);
    assert!(
        said.contains("no node could be read") && said.contains(&format!("left out: {silent}: ")),
        "{said}"
    );
    assert!(
        said.contains(&format!("left out: {user}@torn: `{user}@torn`: line 2 of authorized_keys")),
        "{said}"
    );
    let said = import(&["one", "--", &silent], 9);
    assert!(said.contains(&format!("left out: {silent}: ")), "{said}");
    let clusters = fs::read_to_string(fleet.workspace.root.join("acme/pay/clusters.yaml")).unwrap();
    assert!(clusters.contains("sshKey: keyplan\n") && !clusters.contains("silent"), "{clusters}");
    for (nodes, code, expected) in [
        (&["one", "nobody@one"][..], 1, "log in on these nodes, and a cluster has one `loginUser`"),
        (&["-oProxyCommand=x@one"], 64, ""),
        (&["--", "-oProxyCommand=x"], 64, "is no node"),
        (&["a b"], 64, "`a b` is no node"),
        (&["ana;x@one"], 64, "is no node"),
    ] {
        let said = import(nodes, code);
        assert!(said.contains(expected), "{nodes:?}: {said}");
    }
}
