//! Commands over ssh that are interrupted or killed, beside a real sshd: nothing of them is left, and an apply is ended
//! with its own target only.

use std::fs;
use std::process::{Child, Output, Stdio};

use crate::connections::running;
use crate::push::{Fleet, Gate, Node, SETTINGS, block, signal};
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

/// A cluster on two nodes, of which the first lets nobody through its gate who looks at it.
fn behind_a_gate(fleet: &Fleet) -> Option<Gate> {
    let gate = Gate::new(fleet)?;
    // More than any test waits.
    let settings = SETTINGS.replace("parallel: 8, timeout: 20", "parallel: 1, timeout: 300");
    fleet.workspace.write("acme/keyplan.yaml", settings.as_bytes());
    fs::create_dir(fleet.workspace.root.join("tmp")).unwrap();
    fleet.reach(&[("one", &gate.node), ("two", &gate.node)]);
    fleet.declare(&[("eu", Some("ops"), &["one", "two"])]);
    Some(gate)
}

/// Starts keyplan, waits until it stands before the gate, and does something about it then.
fn at_the_gate(fleet: &Fleet, gate: &Gate, args: &[&str], act: impl FnOnce(&mut Child)) -> Output {
    let mut command = fleet.command(args);
    command.env("TMPDIR", fleet.workspace.root.join("tmp")).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    gate.wait();
    act(&mut child);
    child.wait_with_output().unwrap()
}

/// Nothing of keyplan runs any more, and none of its files is left.
fn nothing_is_left(fleet: &Fleet) {
    assert_eq!(running(&format!("{}/ssh_config", fleet.workspace.root)), Vec::<String>::new());
    let left = fs::read_dir(fleet.workspace.root.join("tmp")).unwrap();
    assert_eq!(left.map(|entry| entry.unwrap().path()).collect::<Vec<_>>(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn drift_that_is_interrupted_waits_for_no_node_and_repairs_nothing() {
    let fleet = Fleet::new();
    let Some(gate) = behind_a_gate(&fleet) else { return };
    gate.open_for_good();
    fleet.apply(0);
    for name in ["INT", "TERM"] {
        gate.close();
        let args = ["drift", "--repair", "--workspace", "acme"];
        let output = at_the_gate(&fleet, &gate, &args, |child| signal(child, name));
        let told = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(output.status.code(), Some(8), "{told}");
        assert_eq!(told.matches("unreachable: interrupted").count(), 2, "{told}");
        assert!(told.contains("interrupted: what was not looked at by then"), "{told}");
        assert!(!told.contains("repair"), "{told}");
        nothing_is_left(&fleet);
        gate.open();
    }
    fleet.run(&["drift", "--workspace", "acme"], 0);
}

/// What an apply that was killed has done is looked up before the next one: that is nothing to be waited for either.
#[test]
fn an_apply_that_is_interrupted_before_its_work_leaves_all_as_it_is() {
    let fleet = Fleet::new();
    let Some(gate) = behind_a_gate(&fleet) else { return };
    at_the_gate(&fleet, &gate, &["apply", "--auto-approve", "acme"], |child| child.kill().unwrap());
    gate.open();
    fs::remove_dir_all(fleet.workspace.root.join("tmp")).unwrap();
    fs::create_dir(fleet.workspace.root.join("tmp")).unwrap();
    fleet.expire_leases();
    let log = ["state", "log", "--workspace", "acme"];
    let before = (stdout(&fleet.run(&log, 0)), gate.node.read());
    gate.close();
    let args = ["apply", "--auto-approve", "acme"];
    let output = at_the_gate(&fleet, &gate, &args, |child| signal(child, "INT"));
    assert_eq!(output.status.code(), Some(8), "{}", stderr(&output));
    assert!(stderr(&output).contains("interrupted; nothing was applied"), "{}", stderr(&output));
    nothing_is_left(&fleet);
    gate.open();
    assert_eq!((stdout(&fleet.run(&log, 0)), gate.node.read()), before);
    fleet.apply(0);
    fleet.is_done();
}

#[test]
fn a_second_signal_leaves_no_process_behind() {
    let fleet = Fleet::new();
    let Some(gate) = behind_a_gate(&fleet) else { return };
    let twice = |child: &mut Child| {
        signal(child, "INT");
        signal(child, "TERM");
    };
    let output = at_the_gate(&fleet, &gate, &["apply", "--auto-approve", "acme"], twice);
    assert_eq!(output.status.code(), Some(8), "{}", stderr(&output));
    assert!(stderr(&output).contains("interrupted twice"), "{}", stderr(&output));
    nothing_is_left(&fleet);
    gate.open();
    fleet.expire_leases();
    fleet.apply(0);
    fleet.is_done();
}
