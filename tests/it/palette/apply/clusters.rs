//! The keys of clusters.

use std::sync::Arc;

use keyplan::apply::{Outcome, TargetErrorKind};
use serde_json::Value;

use super::super::fake::{Effect, EmptyValues, KeyChange, On, Puts, Repave, Switches, Tenant, UnknownFields};
use super::scene::{Ended, Kill, OPS, OTHER, Scene, THIRD, settles, survives};

const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n\
                       spec: {members: [{user: ben@example.com, role: Project Admin}]}\n";

fn key(name: &str, line: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: p}}\n\
         spec: {{publicKey: {line}}}\n"
    )
}

fn cluster(name: &str, cloud: &str, key: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: {name}, project: p}}\n\
         spec: {{cloud: {cloud}{key}}}\n"
    )
}

const CLOUDS: [&str; 3] = ["vsphere", "maas", "edge-native"];

fn clusters(of_key: &str) -> String {
    CLOUDS.iter().fold(String::new(), |text, cloud| text + &cluster(cloud, cloud, of_key))
}

fn before() -> String {
    PROJECT.to_owned() + &key("ops", OPS) + &key("on-call", OTHER) + &clusters(", sshKey: ops")
}

fn there(tenant: &mut Tenant) {
    tenant.user("ben@example.com");
    tenant.project("p");
    tenant.grant("ben@example.com", "p", "Project Admin");
    tenant.key("p", "ops", OPS);
    tenant.key("p", "on-call", OTHER);
    for cloud in CLOUDS {
        tenant.cluster("p", cloud, cloud, &[OPS]);
    }
}

fn scene(switches: Switches) -> Scene {
    Scene::new(switches, &before(), there)
}

fn keys_of(scene: &Scene, name: &str) -> Vec<String> {
    let own =
        |tenant: &mut Tenant| tenant.cluster_named("p", name).keys().into_iter().map(str::to_owned).collect();
    scene.fake.tenant(own)
}

fn all_have(scene: &Scene, key: Option<&str>) {
    for cloud in CLOUDS {
        assert_eq!(keys_of(scene, cloud), key.into_iter().collect::<Vec<_>>(), "{cloud}");
    }
}

/// Nodes that wait are replaced.
fn approve(scene: &Scene) {
    scene.fake.tenant(|tenant| tenant.clusters.iter_mut().for_each(|cluster| cluster.repave = None));
}

/// Each with the key that all clusters then have.
fn changes() -> Vec<(String, Option<&'static str>)> {
    let with = |keys: String, of_key: &str| PROJECT.to_owned() + &keys + &clusters(of_key);
    vec![
        (with(key("ops", OPS) + &key("on-call", OTHER), ", sshKey: on-call"), Some(OTHER)),
        (with(key("ops", THIRD) + &key("on-call", OTHER), ", sshKey: ops"), Some(THIRD)),
        // The key is replaced, and the clusters get another one: no node is replaced twice.
        (with(key("ops", THIRD) + &key("on-call", OTHER), ", sshKey: on-call"), Some(OTHER)),
        (with(key("on-call", OTHER), ", sshKey: on-call"), Some(OTHER)),
        (with(key("on-call", OTHER), ""), None),
    ]
}

fn puts_of_clusters(scene: &Scene) -> usize {
    scene.fake.writes().iter().filter(|line| line.starts_with("PUT /v1/cloudconfigs")).count()
}

#[test]
fn what_is_declared_is_there_and_no_node_is_replaced_twice() {
    for (after, key) in changes() {
        settles(scene, &after, |scene| {
            all_have(scene, key);
            assert_eq!(puts_of_clusters(scene), 3);
        });
    }
}

/// The clusters of one key get it side by side once it is there, as far as the settings allow.
#[test]
fn clusters_of_one_key_go_side_by_side() {
    let (after, key) = &changes()[1];
    for parallel in 1..=CLOUDS.len() {
        let mut scene = scene(Switches::default());
        scene.parallel = parallel;
        let traffic = Arc::clone(&scene.traffic);
        scene.fake.before(On::the("PUT", "/v1/users/assets/sshkeys"), move |_| traffic.want_writes(parallel));
        scene.applies(after);
        all_have(&scene, *key);
        assert_eq!(scene.traffic.most(), (parallel, parallel));
    }
}

#[test]
fn whatever_was_killed_ends_as_declared() {
    let switches = Switches {
        key_change: KeyChange::InPlace,
        unknown_fields: UnknownFields::Everywhere,
        empty_values: EmptyValues::Null,
        ..Switches::default()
    };
    for (after, key) in [&changes()[2], &changes()[1]] {
        survives(|| scene(switches.clone()), after, |scene| all_have(scene, *key));
    }
}

/// What is taken back after an apply that was killed: the clusters that had got another key get the old one again.
#[test]
fn whatever_was_killed_can_be_taken_back() {
    let switches = Switches { key_change: KeyChange::InPlace, ..Switches::default() };
    for (after, _) in &changes()[..3] {
        let whole = scene(switches.clone());
        whole.apply_and_die(after, None);
        for (at, parallel) in (0..whole.requests()).flat_map(|at| [(at, 1), (at, 4)]) {
            let mut scene = scene(switches.clone());
            scene.parallel = parallel;
            scene.apply_and_die(after, Some(Kill { at, effect: Effect::After }));
            scene.applies(&before());
            all_have(&scene, Some(OPS));
        }
    }
}

/// A comment, another name of the key, an owner: nothing is sent to a cluster whose key is the right one.
#[test]
fn an_equal_key_sends_nothing() {
    let commented = OPS.rsplit_once(' ').unwrap().0.to_owned() + " 2027";
    let after = PROJECT.to_owned()
        + &key("of-ops", &commented)
        + &key("on-call", OTHER)
        + &clusters(", sshKey: of-ops, loginUser: ubuntu");
    let scene = scene(Switches::default());
    scene.applies(&after);
    all_have(&scene, Some(OPS));
    assert_eq!(puts_of_clusters(&scene), 0);
}

/// What Palette does not know of a cluster is recorded, whatever else is there; another name has to be there.
#[test]
fn a_cluster_is_looked_at_only_for_what_palette_knows_of_it() {
    let scene = scene(Switches::default());
    scene.fake.tenant(|tenant| {
        tenant.cluster_named("p", "maas").config["sshKeys"] = serde_json::json!([THIRD]);
    });
    let told = before().replace("cloud: maas, ", "cloud: maas, loginUser: ubuntu, ");
    assert_eq!(scene.outcomes(&told), [Outcome::Applied]);
    let renamed = told.replace("{name: vsphere, ", "{name: new, previousName: vsphere, ");
    assert!(scene.failure(&renamed).why.contains("no cluster `new`"));
    scene.fake.tenant(|tenant| tenant.cluster_named("p", "vsphere").metadata.name = "new".into());
    assert_eq!(scene.outcomes(&renamed), [Outcome::Applied]);
    assert!(scene.fake.writes().is_empty());
}

/// A cluster that is declared is looked at, and one whose declaration goes is left as it is.
#[test]
fn nothing_is_sent_for_a_cluster_that_is_new_or_goes() {
    let scene = scene(Switches::default());
    scene.applies(&(PROJECT.to_owned() + &key("ops", OPS) + &key("on-call", OTHER)));
    all_have(&scene, Some(OPS));
    for (wanted, why) in [
        (before().replace("sshKey: ops", "sshKey: on-call"), "keyplan import"),
        (before().replace("cloud: maas", "cloud: edge-native"), "its cloud is"),
        (before().replace("name: maas", "name: other"), "has no cluster `other`"),
    ] {
        let outcomes = scene.outcomes(&wanted);
        let failed = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Failed(error) => Some(error),
            _ => None,
        });
        assert!(failed.is_some_and(|error| error.why.contains(why)), "{outcomes:?}");
    }
    let scene = self::scene(Switches::default());
    scene.applies(&(PROJECT.to_owned() + &key("ops", OPS) + &key("on-call", OTHER)));
    scene.applies(&before());
    assert_eq!(puts_of_clusters(&scene), 0);
}

#[test]
fn nodes_that_wait_or_do_not_run_get_no_other_key() {
    let wanted = before().replacen("cloud: maas, sshKey: ops", "cloud: maas, sshKey: on-call", 1);
    let spoil: [fn(&mut Tenant); 2] = [
        |tenant| tenant.cluster_named("p", "maas").repave = Some(Repave::Pending),
        |tenant| tenant.cluster_named("p", "maas").state = "Provisioning".into(),
    ];
    for spoil in spoil {
        let scene = scene(Switches::default());
        scene.fake.tenant(spoil);
        assert_eq!(scene.failure(&wanted).kind, TargetErrorKind::Refused);
        assert!(scene.fake.writes().is_empty() && scene.is_recorded_as(&before()));
    }
}

#[test]
fn a_key_that_is_not_known_is_left_there_until_it_is_repaired() {
    let wanted = before().replacen("cloud: maas, sshKey: ops", "cloud: maas, sshKey: on-call", 1);
    for others in [&[OPS, THIRD][..], &[THIRD], &["the name of a key"]] {
        let scene = scene(Switches { key_change: KeyChange::InPlace, ..Switches::default() });
        scene.fake.tenant(|tenant| {
            tenant.cluster_named("p", "maas").config["sshKeys"] = serde_json::json!(others);
        });
        let error = scene.failure(&wanted);
        assert_eq!(error.kind, TargetErrorKind::Conflict, "{error}");
        assert_eq!(keys_of(&scene, "maas"), others);
        scene.repair();
        scene.applies(&wanted);
        assert_eq!(keys_of(&scene, "maas"), [OTHER]);
    }
}

/// One cluster that fails stops no other one, and the next apply ends what was begun.
#[test]
fn a_key_that_is_replaced_on_some_clusters_only_is_not_done() {
    let scene = scene(Switches { key_change: KeyChange::InPlace, ..Switches::default() });
    scene.fake.tenant(|tenant| tenant.cluster_named("p", "maas").state = "Provisioning".into());
    let wanted = before().replace(OPS, THIRD);
    let error = scene.failure(&wanted);
    assert!(error.why.contains("1 of 3 clusters") && error.nodes.len() == 1, "{error:?}");
    assert_eq!(keys_of(&scene, "vsphere"), [THIRD]);
    assert_eq!(keys_of(&scene, "maas"), [OPS]);
    scene.fake.tenant(|tenant| tenant.cluster_named("p", "maas").state = "Running".into());
    scene.applies(&wanted);
    all_have(&scene, Some(THIRD));
    assert_eq!(puts_of_clusters(&scene), 3);
}

#[test]
fn the_rest_of_a_configuration_is_as_it_was() {
    let scene = scene(Switches { unknown_fields: UnknownFields::Everywhere, ..Switches::default() });
    let config = |scene: &Scene, name: &str| {
        let mut config = scene.fake.tenant(|tenant| tenant.cluster_named("p", name).config.clone());
        config["sshKeys"] = Value::Null;
        config
    };
    let configs = CLOUDS.map(|cloud| config(&scene, cloud));
    scene.applies(&before().replace("sshKey: ops", "sshKey: on-call"));
    assert_eq!(CLOUDS.map(|cloud| config(&scene, cloud)), configs);
}

#[test]
fn the_outcome_tells_that_nodes_wait_to_be_replaced() {
    let scene = scene(Switches::default());
    let wanted = before().replace("sshKey: ops", "sshKey: on-call");
    let Ended::Reported(report) = scene.apply_and_die(&wanted, None) else { panic!() };
    assert_eq!(report.notes.len(), 3);
    assert!(report.notes.iter().all(|note| note.what.contains("approved in Palette")), "{report:?}");
    approve(&scene);
    scene.applies(&before());
}

#[test]
fn a_yes_without_effect_is_a_failure() {
    let scene = scene(Switches { puts: Puts::DoNothing, ..Switches::default() });
    let wanted = before().replacen("cloud: maas, sshKey: ops", "cloud: maas, sshKey: on-call", 1);
    assert_eq!(scene.failure(&wanted).kind, TargetErrorKind::Refused);
    assert!(scene.is_recorded_as(&before()));
}

/// On azure the key is one text and no list, and everything beside it stays.
#[test]
fn a_cluster_of_azure_gets_another_key_in_place_of_its_own() {
    let declared = |name: &str| {
        let keys = key("ops", OPS) + &key("on-call", OTHER);
        PROJECT.to_owned() + &keys + &cluster("nodes", "azure", &format!(", sshKey: {name}"))
    };
    let config =
        |scene: &Scene| scene.fake.tenant(|tenant| tenant.cluster_named("p", "nodes").config.clone());
    let new = |switches| {
        Scene::new(switches, &declared("ops"), |tenant| {
            there(tenant);
            tenant.clusters.clear();
            tenant.cluster("p", "nodes", "azure", &[OPS]);
        })
    };
    let before = config(&new(Switches::default()));
    settles(new, &declared("on-call"), |scene| {
        let mut after = config(scene);
        assert_eq!(after["sshKey"], OTHER);
        assert_eq!(puts_of_clusters(scene), 1);
        after["sshKey"] = OPS.into();
        assert_eq!(after, before);
    });
}
