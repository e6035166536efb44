//! Drift from what Palette has: over random workspaces, what is recorded on one side and there on the other.

use std::collections::BTreeSet;

use keyplan::model::{Address, Differences, Observed, Place, Recorded, TeamMembers};
use keyplan::plan::Resource;
use keyplan::targets::palette::Uid;
use keyplan::targets::palette::drift::drift;
use keyplan::targets::palette::observed::{
    ClusterKeys, KeyText, ObservedCluster, ObservedKey, ObservedProject, ObservedTeam, Tenant,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::plan_laws::world;

/// Nothing is found by it.
fn uid() -> Uid {
    Uid::parse("5f0a1b2c3d4e5f6071829304").unwrap()
}

/// A tenant that has all of this.
fn tenant(recorded: &Recorded) -> Tenant {
    let team = |team: &keyplan::model::Team| ObservedTeam {
        uid: uid(),
        name: team.name.to_string(),
        members: team.members.clone(),
        is_sourced: false,
    };
    let text = |text: &str| text.to_owned();
    let projects = recorded.projects.values().map(|home| {
        let key = |key: &std::sync::Arc<keyplan::model::SshKey>| ObservedKey {
            uid: uid(),
            name: key.name.to_string(),
            public_key: KeyText::new(&key.public_key.line_with_comment()),
        };
        let cluster = |cluster: &std::sync::Arc<keyplan::model::Cluster>| ObservedCluster {
            uid: uid(),
            name: cluster.name.to_string(),
            cloud: cluster.cloud,
            keys: ClusterKeys::Known(
                // As another client may have written it.
                cluster.ssh_key.iter().map(|name| KeyText::new(&home.keys[name].public_key.line())).collect(),
            ),
            is_repave_pending: false,
        };
        let metadata = &home.project.metadata;
        ObservedProject {
            uid: uid(),
            name: home.project.name.to_string(),
            description: metadata.description.as_deref().map(text),
            labels: metadata.labels.iter().map(|(name, value)| (text(name), text(value))).collect(),
            members: Ok(home.project.members.clone()),
            keys: Ok(home.keys.values().map(key).collect()),
            clusters: Ok(home.clusters.values().map(cluster).collect()),
        }
    });
    Tenant {
        teams: recorded.teams.values().map(team).collect(),
        projects: projects.collect(),
        ..Tenant::default()
    }
}

fn all(recorded: &Recorded) -> BTreeSet<Address> {
    Resource::all(recorded).map(|resource| resource.address()).collect()
}

fn drift_of(tenant: &Tenant, recorded: &Recorded) -> Vec<Place> {
    drift(tenant, recorded, &all(recorded), TeamMembers::Declared)
}

/// What Palette keeps of a resource; nothing where it is not there.
fn kept(recorded: &Recorded, address: &Address) -> Option<String> {
    let key_of = |project: &keyplan::model::Name, key: Option<&keyplan::model::Name>| {
        key.map(|key| recorded.projects[project].keys[key].public_key.fingerprint().to_string())
    };
    Some(match Resource::recorded(recorded, address)? {
        Resource::Team(team) => format!("{:?}", team.members.iter().collect::<BTreeSet<_>>()),
        Resource::Project(project) => format!(
            "{:?} {:?} {:?}",
            project.metadata.description,
            project.metadata.labels,
            project.members.iter().collect::<BTreeSet<_>>()
        ),
        Resource::Key(key) => key.public_key.line_with_comment(),
        Resource::Cluster(cluster) => {
            format!("{} {:?}", cluster.cloud, key_of(&cluster.project, cluster.ssh_key.as_ref()))
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_there_as_recorded_is_in_sync(desired in world()) {
        let recorded = Recorded::from(&desired);
        for place in drift_of(&tenant(&recorded), &recorded) {
            assert_eq!(place.observed, Observed::Known(Differences::default()), "{}", place.name);
        }
    }

    /// Each resource that differs in what Palette keeps is told, and no other one.
    #[test]
    fn what_differs_is_told_and_nothing_else(before in world(), after in world()) {
        let (recorded, there) = (Recorded::from(&before), Recorded::from(&after));
        let places = drift_of(&tenant(&there), &recorded);
        let told: Vec<_> = places.iter().filter(|place| place.observed != Observed::Unrecorded).collect();
        assert_eq!(told.len(), all(&recorded).len());
        for place in told {
            let address = Address::parse(&place.name).unwrap();
            assert_eq!(place.resources, std::slice::from_ref(&address));
            let Observed::Known(found) = &place.observed else { panic!("{place:?}") };
            let (mine, theirs) = (kept(&recorded, &address), kept(&there, &address));
            assert_eq!(place.observed.is_drift(), mine != theirs, "{address}: {mine:?} {theirs:?}");
            assert_eq!(found.missing.is_empty(), theirs.is_some());
            assert!(found.edited.iter().all(|edited| !edited.fields.is_empty()));
        }
        // What others have made in a project of ours is counted, and is no drift.
        let known = |address: &Address| match address {
            Address::Key(project, _) | Address::Cluster(project, _) => recorded.projects.contains_key(project),
            Address::Team(_) | Address::Project(_) => false,
        };
        let expected: BTreeSet<_> =
            all(&there).difference(&all(&recorded)).filter(|one| known(one)).map(ToString::to_string).collect();
        let counted = places.iter().filter(|place| place.observed == Observed::Unrecorded);
        assert_eq!(counted.map(|place| place.name.clone()).collect::<BTreeSet<_>>(), expected);
    }

    /// What could not be read is never taken for gone, and of two of a name none is taken for ours.
    #[test]
    fn what_could_not_be_read_is_unknown(desired in world(), twice in any::<bool>()) {
        let recorded = Recorded::from(&desired);
        let mut tenant = tenant(&recorded);
        if twice {
            let again = tenant.projects.clone();
            tenant.projects.extend(again);
        }
        for project in &mut tenant.projects {
            project.members = Err("503".into());
            project.keys = Err("503".into());
            project.clusters = Err("503".into());
        }
        for place in drift_of(&tenant, &recorded) {
            let is_team = place.name.starts_with("team/");
            assert_eq!(matches!(place.observed, Observed::Unknown(_)), !is_team, "{place:?}");
        }
    }

    /// A cluster that has a second key is open to whoever holds that.
    #[test]
    fn another_key_on_a_cluster_is_drift(desired in world(), other in select(&OTHERS[..])) {
        let recorded = Recorded::from(&desired);
        let mut tenant = tenant(&recorded);
        for cluster in tenant.projects.iter_mut().flat_map(|home| home.clusters.as_mut().unwrap()) {
            if let ClusterKeys::Known(keys) = &mut cluster.keys {
                keys.push(KeyText::new(other));
            }
        }
        for place in drift_of(&tenant, &recorded) {
            assert_eq!(place.observed.is_drift(), place.name.starts_with("cluster/"), "{place:?}");
        }
    }
}

const OTHERS: [&str; 3] =
    ["not a key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/", ""];
