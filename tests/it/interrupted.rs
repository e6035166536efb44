//! An apply over ssh that was killed, beside a real sshd: it is ended with its own target only.

use std::process::Stdio;

use crate::push::{Fleet, Gate, Node, SETTINGS, block};
use crate::support::{stderr, stdout};

/// The target `record` looks at no node: it must not say of one that its change is recorded.
#[test]
fn an_apply_that_was_killed_is_not_ended_with_another_target() {
    let fleet = Fleet::new();
    let Some(gate) = Gate::new(&fleet) else { return };
    let Some(done) = Node::start(&fleet.own) else { return };
    let ssh = SETTINGS.replace("parallel: 8", "parallel: 1");
    fleet.workspace.write("acme/keyplan.yaml", ssh.as_bytes());
    fleet.reach(&[("a", &done), ("b", &gate.node)]);
    fleet.declare(&[("eu", Some("ops"), &["a"]), ("us", Some("ops"), &["b"])]);
    let mut child =
        fleet.command(&["apply", "--auto-approve", "acme"]).stdout(Stdio::piped()).spawn().unwrap();
    gate.wait();
    child.kill().unwrap();
    child.wait().unwrap();
    gate.open();
    assert!(done.opens_to(&fleet.ops));
    fleet.expire_leases();

    let listed = ["state", "list", "--workspace", "acme"];
    let before = (stdout(&fleet.run(&listed, 0)), done.read(), gate.node.read());
    let files = "target: files, files: {formats: [cloud-init]}";
    for other in ["target: record", files] {
        fleet.workspace.write("acme/keyplan.yaml", ssh.replace("target: ssh", other).as_bytes());
        for args in
            [&["apply", "--auto-approve", "acme"][..], &["plan", "acme"], &["plan", "--out", "x", "acme"]]
        {
            let output = fleet.command(args).output().unwrap();
            let told = format!("{}{}", stdout(&output), stderr(&output));
            assert!(!told.contains("recorded"), "{args:?}\n{told}");
            if args[0] == "apply" {
                assert_eq!(output.status.code(), Some(1), "{told}");
                assert!(told.contains("its target was `ssh`, not `"), "{told}");
            }
        }
        assert_eq!((stdout(&fleet.run(&listed, 0)), done.read(), gate.node.read()), before);
    }

    fleet.workspace.write("acme/keyplan.yaml", ssh.as_bytes());
    let output = fleet.run(&["apply", "--auto-approve", "acme"], 0);
    assert!(stderr(&output).contains("never ended; what it did is now recorded"), "{}", stderr(&output));
    fleet.is_done();
    for (cluster, name, node) in [("eu", "a", &done), ("us", "b", &gate.node)] {
        assert_eq!(node.read(), fleet.own_line() + &block(cluster, ("ops", &fleet.ops), &[name]));
        assert!(node.opens_to(&fleet.ops));
    }
}
