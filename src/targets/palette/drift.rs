//! What Palette has, against what is recorded: of every kind, each resource in a place of its own.

use std::collections::BTreeSet;

use super::observed::{
    ClusterKeys, KeyText, ObservedCluster, ObservedKey, ObservedProject, Tenant, description, folded, only,
    told_apart,
};
use crate::model::{
    Address, Cluster, Differences, Edited, FieldDifference, Member, Name, Observed, Place, Project, Recorded,
    RecordedProject, ResourceKind, SshKey, Team, TeamMembers,
};
use crate::plan::Resource;
use crate::targets::TargetError;

/// Each selected resource, and, where all are selected, what Palette has besides.
#[must_use]
pub fn drift(
    tenant: &Tenant,
    recorded: &Recorded,
    selected: &BTreeSet<Address>,
    teams: TeamMembers,
) -> Vec<Place> {
    let all: Vec<_> = Resource::all(recorded).map(|resource| resource.address()).collect();
    let chosen = all.iter().filter(|address| selected.contains(address));
    let mut places: Vec<_> = chosen.filter_map(|address| place(tenant, recorded, address, teams)).collect();
    if all.iter().all(|address| selected.contains(address)) {
        places.extend(unrecorded(tenant, recorded));
    }
    places
}

fn place(tenant: &Tenant, recorded: &Recorded, address: &Address, teams: TeamMembers) -> Option<Place> {
    let home = |name: &Name| recorded.projects.get(name);
    let mut note = None;
    let observed = match address {
        Address::Team(name) => team(tenant, recorded.teams.get(name)?, teams),
        Address::Project(name) => project(tenant, &home(name)?.project),
        Address::Key(project, name) => key(tenant, home(project)?.keys.get(name)?),
        Address::Cluster(project, name) => {
            let home = home(project)?;
            let cluster = home.clusters.get(name)?;
            in_project(
                tenant,
                project,
                |found| &found.clusters,
                address,
                |clusters| {
                    compared(
                        only(clusters, (ResourceKind::Cluster, name), |one| &one.name),
                        address,
                        |found| {
                            note = found.is_repave_pending.then(|| "repave pending".to_owned());
                            compare_cluster(found, cluster, home, tenant)
                        },
                    )
                },
            )
        }
    };
    Some(Place { name: address.to_string(), resources: vec![address.clone()], observed, note })
}

fn missing(address: &Address) -> Observed {
    Observed::Known(Differences { missing: vec![address.clone()], ..Differences::default() })
}

fn edited(address: Address, fields: Vec<FieldDifference>) -> Observed {
    let edited = if fields.is_empty() { Vec::new() } else { vec![Edited { address, fields }] };
    Observed::Known(Differences { edited, ..Differences::default() })
}

/// What is found under a name, compared; nothing under it is missing, and of two none is meant.
fn compared<T>(
    found: Result<Option<&T>, TargetError>,
    address: &Address,
    compare: impl FnOnce(&T) -> Observed,
) -> Observed {
    match found {
        Ok(None) => missing(address),
        Ok(Some(found)) => compare(found),
        Err(error) => Observed::Unknown(error.why),
    }
}

/// What belongs to a project, as far as it could be read.
fn in_project<T>(
    tenant: &Tenant,
    project: &Name,
    part: impl FnOnce(&ObservedProject) -> &Result<Vec<T>, String>,
    address: &Address,
    compare: impl FnOnce(&[T]) -> Observed,
) -> Observed {
    compared(only(&tenant.projects, (ResourceKind::Project, project), |one| &one.name), address, |home| {
        match part(home) {
            Ok(all) => compare(all),
            Err(why) => Observed::Unknown(why.clone()),
        }
    })
}

fn team(tenant: &Tenant, team: &Team, members: TeamMembers) -> Observed {
    compared(
        only(&tenant.teams, (ResourceKind::Team, &team.name), |one| &one.name),
        &team.address(),
        |found| {
            let fields = match members {
                TeamMembers::Observed => Vec::new(),
                TeamMembers::Declared => {
                    lists("members", team.members.iter().map(folded), found.members.iter().map(folded))
                }
            };
            edited(team.address(), fields)
        },
    )
}

fn project(tenant: &Tenant, project: &Project) -> Observed {
    compared(
        only(&tenant.projects, (ResourceKind::Project, &project.name), |one| &one.name),
        &project.address(),
        |found| {
            let members = match &found.members {
                Ok(members) => members,
                Err(why) => return Observed::Unknown(why.clone()),
            };
            let mut fields = texts(
                "description",
                description(project.metadata.description.as_deref()),
                description(found.description.as_deref()),
            );
            let labels = project.metadata.labels.iter().map(|(name, value)| format!("{name}={value}"));
            fields.extend(lists(
                "labels",
                labels,
                found.labels.iter().map(|(name, value)| format!("{name}={value}")),
            ));
            fields.extend(lists("members", project.members.iter().map(member), members.iter().map(member)));
            edited(project.address(), fields)
        },
    )
}

fn member(Member { subject, role }: &Member) -> String {
    format!("{}: {role}", told_apart(subject))
}

fn key(tenant: &Tenant, key: &SshKey) -> Observed {
    let address = key.address();
    in_project(
        tenant,
        &key.project,
        |home| &home.keys,
        &address,
        |keys| {
            compared(only(keys, (ResourceKind::Key, &key.name), |one| &one.name), &address, |found| {
                edited(address.clone(), compare_key(found, key))
            })
        },
    )
}

pub(super) fn compare_key(found: &ObservedKey, key: &SshKey) -> Vec<FieldDifference> {
    let recorded = &key.public_key;
    match &found.public_key.public_key {
        Some(there) if there.fingerprint() == recorded.fingerprint() => {
            texts("comment", some(recorded.comment()), some(there.comment()))
        }
        _ => texts("publicKey", Some(recorded.fingerprint().to_string()), Some(found.public_key.shown())),
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn compare_cluster(
    found: &ObservedCluster,
    cluster: &Cluster,
    home: &RecordedProject,
    tenant: &Tenant,
) -> Observed {
    let mut fields = texts("cloud", Some(cluster.cloud.to_string()), Some(found.cloud.to_string()));
    let wanted = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key));
    match &found.keys {
        ClusterKeys::Unknown(why) => return Observed::Unknown(why.clone()),
        ClusterKeys::NoField => {
            fields.extend(texts("sshKey", wanted.map(|key| key.name.to_string()), None));
        }
        ClusterKeys::Known(there) => {
            let recorded = wanted.map(|key| *key.public_key.fingerprint());
            let is_it = |one: &KeyText| one.public_key.as_ref().map(|key| *key.fingerprint()) == recorded;
            let is_same = match recorded {
                Some(_) => !there.is_empty() && there.iter().all(is_it),
                None => there.is_empty(),
            };
            if !is_same {
                fields.push(FieldDifference {
                    field: "sshKey".into(),
                    recorded: wanted.map(|key| vec![key.name.to_string()]),
                    observed: Some(there.iter().map(|key| key_name(key, &cluster.project, tenant)).collect())
                        .filter(|all: &Vec<_>| !all.is_empty()),
                });
            }
        }
    }
    edited(cluster.address(), fields)
}

/// A key of a cluster by what the project calls it there.
fn key_name(key: &KeyText, project: &Name, tenant: &Tenant) -> String {
    let fingerprint = |key: &KeyText| key.public_key.as_ref().map(|key| *key.fingerprint());
    let home = tenant.projects.iter().find(|home| home.name == project.as_str());
    let mut keys = home.and_then(|home| home.keys.as_ref().ok()).into_iter().flatten();
    let wanted = fingerprint(key);
    let known = keys.find(|one| wanted.is_some() && fingerprint(&one.public_key) == wanted);
    known.map_or_else(|| key.shown(), |known| known.name.clone())
}

/// Keys and clusters of recorded projects that are not recorded. They are nobody's business here, and are counted.
fn unrecorded(tenant: &Tenant, recorded: &Recorded) -> Vec<Place> {
    let place = |kind: ResourceKind, project: &str, name: &str| Place {
        name: format!("{kind}/{project}/{name}"),
        resources: Vec::new(),
        observed: Observed::Unrecorded,
        note: None,
    };
    let mut places = Vec::new();
    for home in &tenant.projects {
        let Some(known) = recorded.projects.get(home.name.as_str()) else { continue };
        let keys = home.keys.iter().flatten().filter(|key| !known.keys.contains_key(key.name.as_str()));
        places.extend(keys.map(|key| place(ResourceKind::Key, &home.name, &key.name)));
        let clusters = home.clusters.iter().flatten();
        let clusters = clusters.filter(|cluster| !known.clusters.contains_key(cluster.name.as_str()));
        places.extend(clusters.map(|cluster| place(ResourceKind::Cluster, &home.name, &cluster.name)));
    }
    places
}

fn texts(field: &str, recorded: Option<String>, observed: Option<String>) -> Vec<FieldDifference> {
    let item = |text: Option<String>| text.map(|text| vec![text]);
    difference(field, item(recorded), item(observed))
}

/// Lists whose order means nothing.
fn lists(
    field: &str,
    recorded: impl Iterator<Item = String>,
    observed: impl Iterator<Item = String>,
) -> Vec<FieldDifference> {
    let recorded: BTreeSet<_> = recorded.collect();
    let observed: BTreeSet<_> = observed.collect();
    let items = |all: BTreeSet<String>| (!all.is_empty()).then(|| all.into_iter().collect());
    difference(field, items(recorded), items(observed))
}

fn difference(
    field: &str,
    recorded: Option<Vec<String>>,
    observed: Option<Vec<String>>,
) -> Vec<FieldDifference> {
    if recorded == observed {
        return Vec::new();
    }
    vec![FieldDifference { field: field.into(), recorded, observed }]
}
