//! `knownKeys` of a cluster on a real node: `keyplan drift` tells whose foreign lines are known, and nothing on the node
//! changes for it.

use keyplan::cli::args::SchemaOf;
use serde_json::json;

use crate::push::{Fleet, Node};
use crate::sshd::Pair;
use crate::support::{Workspace, keyplan, stdout};

/// The fingerprint of a key, as `ssh-keygen -l` prints it.
fn fingerprint(pair: &Pair) -> String {
    keyplan::openssh::PublicKey::from_line(&pair.public).unwrap().fingerprint().to_string()
}

/// Declares the cluster with these items of `knownKeys`.
fn declare(fleet: &Fleet, known: &[String]) {
    let text = format!(
        "apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: eu, project: pay}}\n\
         spec: {{sshKey: ops, loginUser: {}, nodes: [one], knownKeys: [{}]}}\n",
        fleet.user,
        known.join(", ")
    );
    fleet.workspace.write("acme/clusters.yaml", text.as_bytes());
}

#[test]
fn a_line_whose_key_is_known_is_told_as_such_until_its_last_day() {
    let fleet = Fleet::new();
    let Some(node) = Node::start(&fleet.own) else { return };
    fleet.reach(&[("one", &node)]);
    let (own, night) = (fingerprint(&fleet.own), fingerprint(&fleet.night));
    fleet.declare(&[("eu", Some("ops"), &["one"])]);
    declare(&fleet, &[]);
    node.write(&format!("{}{} theirs\n", fleet.own_line(), fleet.night.public));
    fleet.apply(0);
    let file = node.read();
    let strict = ["drift", "--strict", "--workspace", "acme"];
    let shown = stdout(&fleet.run(&strict, 4));
    assert!(
        shown.ends_with("1 in sync, 0 drifted, 0 unreachable; 2 foreign lines are not known.\n"),
        "{shown}"
    );
    fleet.run(&["drift", "--workspace", "acme"], 0);

    // Until it is applied, nothing is known. The apply does not need the node.
    let known =
        |fingerprint: &str, more: &str| format!("{{fingerprint: \"{fingerprint}\", reason: by hand{more}}}");
    declare(&fleet, &[known(&own, ""), known(&night, ", until: 2099-12-31")]);
    fleet.run(&strict, 4);
    fleet.reach(&[]);
    let shown = fleet.apply(0);
    assert!(shown.contains("knownKeys") && shown.contains("Applied: 0 created, 1 updated"), "{shown}");
    fleet.reach(&[("one", &node)]);
    fleet.is_done();
    assert_eq!(node.read(), file);
    let user = &fleet.user;
    assert_eq!(
        stdout(&fleet.run(&strict, 0)),
        format!(
            "{user}@one: in sync (2 foreign lines)\n    \
             foreign line 1: {own} `keyplan`, declared as key/pay/own; known to cluster/pay/eu: by hand\n    \
             foreign line 2: {night} `theirs`, declared as key/pay/night; \
             known to cluster/pay/eu until 2099-12-31: by hand\n\
             Looked at 1 node: 1 in sync, 0 drifted, 0 unreachable.\n"
        )
    );

    declare(&fleet, &[known(&own, ""), known(&night, ", until: 2020-12-31")]);
    fleet.apply(0);
    let shown = stdout(&fleet.run(&strict, 4));
    assert!(shown.contains("was known to cluster/pay/eu until 2020-12-31: by hand\n"), "{shown}");
    let value = fleet.json(&["drift", "--workspace", "acme", "--format", "json"], 0, SchemaOf::Drift);
    let place = &value["places"][0];
    assert_eq!(value["unknown_foreign_line_count"], 1);
    assert_eq!((&place["foreign_lines"], &place["unknown_foreign_lines"]), (&2.into(), &1.into()));
    let expected = json!({
        "cluster": "cluster/pay/eu", "reason": "by hand", "until": "2020-12-31", "is_expired": true,
    });
    assert_eq!(place["foreign"][1]["known"], expected);
    assert_eq!(place["foreign"][0]["known"]["until"], json!(null));
    assert_eq!(node.read(), file);
}

#[test]
fn who_opens_a_cluster_is_told_with_its_known_keys() {
    let known = |last: char| format!("SHA256:{}{last}", "A".repeat(42));
    let [glass, old] = ['A', 'E'].map(known);
    let text = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: pay}}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: eu, project: pay}}\n\
         spec: {{knownKeys: [{{fingerprint: \"{glass}\", reason: \"glass \\e[2J\"}}, \
         {{fingerprint: \"{old}\", reason: old, until: 2020-12-31}}]}}\n"
    );
    let workspace = Workspace::with(&[("acme/a.yaml", text.as_bytes())]);
    let who = |format: &str| {
        let output =
            keyplan(&workspace.root, &["-w", "acme", "who", "--declared", "pay/eu", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", crate::support::stderr(&output));
        stdout(&output)
    };
    let told = who("human").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("2 known keys that keyplan does not deliver may open it too: "), "{told}");
    assert!(told.contains(&format!("{old} until 2020-12-31: old (that day is over)")), "{told}");
    assert!(told.contains(&glass) && !told.contains('\u{1b}'), "{told}");

    let value: serde_json::Value = serde_json::from_str(&who("json")).unwrap();
    let expected = json!([
        {"fingerprint": glass, "reason": "glass \\u{1b}[2J", "until": null, "expired": false},
        {"fingerprint": old, "reason": "old", "until": "2020-12-31", "expired": true},
    ]);
    assert_eq!(value["clusters"][0]["known_keys"], expected);

    let rows = who("csv");
    for (fingerprint, until) in [(&glass, ""), (&old, "2020-12-31")] {
        let row = format!(",cluster/pay/eu,spectro,known-key,,,,{fingerprint},{until},,");
        assert!(rows.contains(&row), "{row}\n{rows}");
    }
}
