//! What a plan says and refuses where its clusters are in Palette. A plan asks Palette nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keyplan::access::AccessChange;
use keyplan::model::{Address, Cloud, Cluster, Desired, Recorded};
use keyplan::openssh::Fingerprint;
use keyplan::plan::{Action, Change, diff, fixed_keys, forget_clusters, old_project_names, repaved};
use proptest::prelude::*;

use crate::plan_laws::{ProjectView, changes_of_access, homes, worlds};
use crate::support::{Workspace, keyplan, stderr, stdout};

/// A cluster before and after, with the key that opens it.
type Sides = [Option<(Arc<Cluster>, Option<Fingerprint>)>; 2];

fn clusters(recorded: &Recorded, desired: &Desired) -> Vec<(Address, Sides)> {
    let of = |home: &ProjectView| {
        let mut keys = [BTreeMap::new(), BTreeMap::new()];
        for (before, after) in &home.keys {
            // A key of before is called by its new name.
            let Some(name) = after.as_ref().or(before.as_ref()).map(|key| key.name.clone()) else { continue };
            for (side, key) in keys.iter_mut().zip([before, after]) {
                side.extend(key.as_ref().map(|key| (name.clone(), *key.public_key.fingerprint())));
            }
        }
        let cluster = |(before, after): &(Option<Arc<Cluster>>, Option<Arc<Cluster>>)| {
            let address = after.as_ref().or(before.as_ref()).unwrap().address();
            let side = |number: usize, cluster: &Option<Arc<Cluster>>| {
                let key = |cluster: &Arc<Cluster>| keys[number].get(cluster.ssh_key.as_ref()?).copied();
                cluster.as_ref().map(|cluster| (cluster.clone(), key(cluster)))
            };
            (address, [side(0, before), side(1, after)])
        };
        home.clusters.iter().map(cluster).collect::<Vec<_>>()
    };
    homes(recorded, desired).iter().flat_map(of).collect()
}

/// Names that a plan gives to two clusters: to one that goes, and to one that stays.
fn twice(changes: &[Change]) -> BTreeSet<Address> {
    let of = |action| {
        let changes = changes.iter().filter(move |change| change.action() == action);
        changes.map(Change::address).collect::<BTreeSet<_>>()
    };
    of(Action::Delete).intersection(&of(Action::Update)).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// No cluster that stays gets another key without being counted, and none is counted that keeps its key.
    #[test]
    fn nodes_are_replaced_where_a_cluster_that_stays_gets_another_key((recorded, desired) in worlds()) {
        let changes = diff(&recorded, &desired);
        let access = forget_clusters(changes_of_access(&recorded, &desired, &changes), &changes);
        let all = clusters(&recorded, &desired);
        let mut expected = BTreeSet::new();
        for (address, sides) in &all {
            if let [Some((before, had)), Some((_, has))] = sides
                && (had != has || before.metadata.partially_applied.is_some())
            {
                expected.insert(address.clone());
            }
        }
        let found = repaved(&access, &changes);
        let twice = twice(&changes);
        let certain = |set: &BTreeSet<Address>| set.difference(&twice).cloned().collect::<BTreeSet<_>>();
        assert_eq!(certain(&found), certain(&expected));
        // A name that two clusters had is counted rather than not.
        assert!(expected.is_subset(&found));

        let is_fixed = |address: &Address| {
            let kept = all.iter().filter(|(known, _)| known == address);
            kept.filter_map(|(_, sides)| Some((sides[0].as_ref()?, sides[1].as_ref()?))).any(
                |((before, _), (after, _))| {
                    before.cloud == Cloud::Aks
                        || after.cloud == Cloud::Aks
                        || (after.cloud == Cloud::Azure && after.ssh_key.is_none())
                },
            )
        };
        let refused = fixed_keys(&found, (&recorded, &desired), &old_project_names(&changes));
        let refused: BTreeSet<_> = refused.into_iter().collect();
        let renamed = |address: &Address| {
            changes.iter().any(|change| change.address() == *address && change.previous_address().is_some())
        };
        for address in certain(&found) {
            // Of a cluster that is renamed, Palette says what its cloud is.
            if !renamed(&address) {
                assert_eq!(refused.contains(&address), is_fixed(&address), "{address}");
            }
        }
    }

    /// Nobody loses access to a cluster whose declaration goes, and nothing else is told otherwise than before.
    #[test]
    fn a_cluster_that_goes_is_forgotten_with_its_key((recorded, desired) in worlds()) {
        let changes = diff(&recorded, &desired);
        let plain = changes_of_access(&recorded, &desired, &changes);
        let access = forget_clusters(plain.clone(), &changes);
        let deleted: BTreeSet<_> =
            changes.iter().filter(|one| one.action() == Action::Delete).map(Change::address).collect();
        let twice = twice(&changes);
        assert_eq!(access.len(), plain.len());
        for (before, after) in plain.iter().zip(&access) {
            let forgotten = match before {
                AccessChange::Cluster { cluster, before: Some(grant), after: None, .. }
                    if deleted.contains(cluster) && !twice.contains(cluster) =>
                {
                    Some(AccessChange::Forgotten { cluster: cluster.clone(), grant: grant.clone() })
                }
                _ => None,
            };
            assert_eq!(after, forgotten.as_ref().unwrap_or(before));
        }
    }
}

const OPS: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/ ops";
const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 other";

const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC1Kr6R8NWHkHWjgqJoDPky42vVP3l2J2YphxIyqhrr2m/e0UrTNxTfpvHsEM\
    Glj6lVD43vtrSZfxwJC2DQ9N9cLBPZYUIXZQjdPnZS+iCTqM9uFA2SAv68+T0nS3AZQQwrPv5Q4GfHJBcc46J+JF0F\
    I8g9JqGGh2HvNrG0S0B9XTnDThiB0vYeJ3zVmIW42+QWOEsWcrRz7a4FhrOrW5PDkxTcLl9E2951oCQvWO1Ew3Ep8N\
    4clmRwbwmBpEFDBIxcXjXGFxOS5v3YJNGNMbM2Sx+eKZXVVSnz2aE0evliVB45JT+wixT0k8brZ57mQYSYzn2q68cI\
    j89OnfREFwW5mY4Km5bcUEvSxIUZ+SEAbPqAcijWk175KKZsbvHAQFWwRQsACw71KiOe1eRc8qOfuJ1EnEF2/I0oNj\
    kTiWgw/y19w2eCDYNJ7gimQiFZxoDPmKyUoCCwij5pT0JDNyQaxchm49T0e+Eoi8SN50ODh5V1Q5zfIjXD23DvbrCQ\
    Qtc= rsa";

fn settings(target: &str) -> String {
    format!(
        "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: acme}}\n\
         spec: {{target: {target}, palette: {{tenant: acme}}}}\n"
    )
}

fn key(name: &str, line: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: p}}\n\
         spec: {{publicKey: {line}, owner: ana@example.com}}\n"
    )
}

fn cluster(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: {name}, project: p}}\nspec: {{{spec}}}\n"
    )
}

/// A workspace in which this is recorded, and whose target is Palette from then on.
fn recorded(parts: &[String]) -> Workspace {
    let workspace = Workspace::with(&[]);
    declare(&workspace, "record", parts);
    run(&workspace, &["apply", "--auto-approve"], 0);
    declare(&workspace, "palette", parts);
    assert!(run(&workspace, &["plan"], 0).ends_with("No changes.\n"));
    workspace
}

fn declare(workspace: &Workspace, target: &str, parts: &[String]) {
    workspace.write("keyplan.yaml", settings(target).as_bytes());
    let project = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n\
                   spec: {members: [{user: ana@example.com, role: Project Admin}]}\n";
    workspace.write("p.yaml", (project.to_owned() + &parts.concat()).as_bytes());
}

fn run(workspace: &Workspace, args: &[&str], code: i32) -> String {
    let output = keyplan(&workspace.root, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", stdout(&output), stderr(&output));
    stdout(&output)
}

#[test]
fn a_replaced_key_repaves_each_of_its_clusters() {
    let clusters = [cluster("a", "cloud: vsphere, sshKey: ops"), cluster("b", "cloud: maas, sshKey: ops")];
    let workspace = recorded(&[key("ops", OPS), clusters.concat()]);
    declare(&workspace, "palette", &[key("ops", OTHER), clusters.concat()]);
    insta::assert_snapshot!(run(&workspace, &["plan"], 0));
    let lifted = run(&workspace, &["plan", "--allow-repaves", "2"], 0);
    assert!(!lifted.contains("Guards refuse"), "{lifted}");
    for wrong in ["1", "3"] {
        let refused = run(&workspace, &["plan", "--allow-repaves", wrong], 0);
        assert!(refused.contains("pass `--allow-repaves 2`"), "{refused}");
    }
}

#[test]
fn a_comment_an_owner_or_a_name_repaves_nothing() {
    let spec = "cloud: vsphere, sshKey";
    let workspace = recorded(&[key("ops", OPS), cluster("a", &format!("{spec}: ops"))]);
    let commented = OPS.replace(" ops", " on-call 2027");
    declare(&workspace, "palette", &[key("on-call", &commented), cluster("a", &format!("{spec}: on-call"))]);
    let plan = run(&workspace, &["plan"], 0);
    assert!(plan.contains("(was key/p/ops)") && !plan.contains("repave"), "{plan}");
}

#[test]
fn what_goes_is_forgotten_and_keeps_its_key() {
    let workspace = recorded(&[key("ops", OPS), cluster("a", "cloud: vsphere, sshKey: ops")]);
    declare(&workspace, "palette", &[key("ops", OPS)]);
    insta::assert_snapshot!(run(&workspace, &["plan"], 0));
    let json = run(&workspace, &["plan", "--format", "json"], 0);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["access_changes"][0]["forgotten"]["cluster"], "cluster/p/a", "{json}");
    assert_eq!(json["access_changes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_cloud_that_fixes_its_key_refuses_another_one() {
    let aks = |key: &str| cluster("a", &format!("cloud: aks{key}"));
    let azure = |key: &str| cluster("z", &format!("cloud: azure{key}"));
    let workspace = recorded(&[key("ops", RSA), aks(", sshKey: ops"), azure(", sshKey: ops")]);
    declare(&workspace, "palette", &[key("ops", RSA), aks(""), azure("")]);
    let refused = run(&workspace, &["plan", "--allow-repaves", "2"], 0);
    let words: Vec<_> = refused.split_whitespace().collect();
    let told = "fixed-key: the cloud of cluster/p/a does not let its key be changed, nor that of 1 more";
    assert!(words.join(" ").contains(told), "{refused}");
}
