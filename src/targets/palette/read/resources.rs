//! Projects, and their keys and clusters.

use std::collections::BTreeMap;

use crate::model::{Cloud, PaletteKeyField};
use crate::targets::TargetError;
use crate::targets::palette::client::{Listing, Scope, Session};
use crate::targets::palette::observed::{ClusterKeys, KeyText, ObservedCluster, ObservedKey};
use crate::targets::palette::wire;

/// The path of the keys of a project.
pub(crate) const KEYS: [&str; 4] = ["v1", "users", "assets", "sshkeys"];

/// What is a project's own, and the names of what is the whole tenant's.
pub(super) type Own<T> = Result<(Vec<T>, Vec<String>), TargetError>;

/// All projects of the tenant.
pub(crate) fn projects(session: &Session<'_>) -> Result<Vec<wire::Named>, TargetError> {
    let path = &["v1", "dashboard", "projects", "metadata"];
    let projects = session.all::<wire::Project>(&Scope::Tenant, path)?.into_iter();
    Ok(projects
        .map(|project| wire::Named { uid: project.metadata.uid, name: project.metadata.name })
        .collect())
}

/// Whether something in a project's list is the whole tenant's.
fn is_of_tenant(metadata: &wire::Metadata) -> bool {
    metadata.annotations.get("scope").is_some_and(|scope| scope == "tenant")
}

/// The names of what is the whole tenant's.
fn names<'a>(all: impl IntoIterator<Item = &'a wire::Metadata>) -> Vec<String> {
    all.into_iter().map(|metadata| metadata.name.clone()).collect()
}

pub(crate) fn keys(session: &Session<'_>, scope: &Scope) -> Result<Vec<ObservedKey>, TargetError> {
    all_keys(session, scope).map(|(own, _)| own)
}

pub(crate) fn clusters(session: &Session<'_>, scope: &Scope) -> Result<Vec<ObservedCluster>, TargetError> {
    let of_project = clusters_of(session, std::slice::from_ref(scope)).pop();
    of_project.map_or_else(|| Ok(Vec::new()), |own| own.map(|(own, _)| own))
}

/// The keys of each of these projects.
pub(super) fn keys_of(session: &Session<'_>, projects: &[Scope]) -> Vec<Own<ObservedKey>> {
    session.each(projects, |project| all_keys(session, project))
}

fn all_keys(session: &Session<'_>, scope: &Scope) -> Own<ObservedKey> {
    let keys = session.all::<wire::Key>(scope, &KEYS)?;
    let (others, own): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| is_of_tenant(&key.metadata));
    let key = |key: wire::Key| ObservedKey {
        uid: key.metadata.uid,
        name: key.metadata.name,
        public_key: KeyText::new(&key.spec.public_key),
    };
    Ok((own.into_iter().map(key).collect(), names(others.iter().map(|key| &key.metadata))))
}

/// The clusters of a project, without their keys.
pub(crate) fn cluster_list(session: &Session<'_>, scope: &Scope) -> Result<Vec<wire::Cluster>, TargetError> {
    listed_clusters(session, scope).map(|(own, _)| own)
}

/// The clusters of a project itself, and what is the whole tenant's beside them.
type Listed = (Vec<wire::Cluster>, Vec<wire::Cluster>);

fn listed_clusters(session: &Session<'_>, scope: &Scope) -> Result<Listed, TargetError> {
    let search = wire::search_of_clusters();
    let path = &["v1", "dashboard", "spectroclusters", "search"];
    let found = session.list::<wire::Cluster>(&Listing { scope, path, search: Some(&search) })?;
    Ok(found.into_iter().partition(|cluster| !is_of_tenant(&cluster.metadata)))
}

/// A step of reading clusters, with the place of their project.
enum Task {
    List(usize),
    /// The keys of one, with its place in the list of its project.
    Keys(usize, usize, Box<wire::Cluster>),
}

enum Done {
    /// What is the whole tenant's.
    Listed(usize, Result<Vec<String>, TargetError>),
    Cluster(usize, usize, ObservedCluster),
}

/// The clusters of each of these projects. Their keys are asked for as soon as one project is listed, as that is another
/// part of the API.
pub(super) fn clusters_of(session: &Session<'_>, projects: &[Scope]) -> Vec<Own<ObservedCluster>> {
    let lists = (0..projects.len()).map(Task::List).collect();
    let done = session.work_off(lists, |task, more| match task {
        Task::List(project) => {
            let listed = listed_clusters(session, &projects[project]);
            let others = listed.map(|(own, others)| {
                let own = own.into_iter().enumerate();
                more.extend(own.map(|(at, cluster)| Task::Keys(project, at, Box::new(cluster))));
                names(others.iter().map(|cluster| &cluster.metadata))
            });
            Done::Listed(project, others)
        }
        Task::Keys(project, at, cluster) => {
            Done::Cluster(project, at, observed_cluster(session, &projects[project], *cluster))
        }
    });
    let (mut listed, mut clusters) = (BTreeMap::new(), BTreeMap::<_, BTreeMap<_, _>>::new());
    for done in done {
        match done {
            Done::Listed(project, others) => {
                listed.insert(project, others);
            }
            Done::Cluster(project, at, cluster) => {
                clusters.entry(project).or_default().insert(at, cluster);
            }
        }
    }
    let mut of = |project| clusters.remove(&project).unwrap_or_default().into_values().collect();
    listed.into_iter().map(|(project, others)| Ok((of(project), others?))).collect()
}

fn observed_cluster(session: &Session<'_>, scope: &Scope, cluster: wire::Cluster) -> ObservedCluster {
    let config = &cluster.spec_summary.cloud_config;
    ObservedCluster {
        cloud: cloud(&config.cloud_type),
        keys: cluster_keys(session, scope, config),
        uid: cluster.metadata.uid,
        name: cluster.metadata.name,
        is_repave_pending: cluster.status.repave.state == "Pending",
    }
}

/// Palette's word for a cloud. What keyplan has no word for is `generic`.
pub(crate) fn cloud(word: &str) -> Cloud {
    match word {
        "apache-cloudstack" => Cloud::Cloudstack,
        word => Cloud::parse(word).unwrap_or_default(),
    }
}

pub(crate) fn cluster_keys(
    session: &Session<'_>,
    scope: &Scope,
    config: &wire::CloudConfigReference,
) -> ClusterKeys {
    let is_list = match cloud(&config.cloud_type).palette_key_field() {
        PaletteKeyField::List => true,
        PaletteKeyField::Required | PaletteKeyField::Fixed => false,
        PaletteKeyField::KeyPair | PaletteKeyField::Nowhere => return ClusterKeys::NoField,
    };
    let path = ["v1", "cloudconfigs", &config.cloud_type, config.uid.as_str()];
    match session.get::<wire::CloudConfig>(scope, &path) {
        Err(error) => ClusterKeys::Unknown(error.why),
        Ok(config) => {
            let wire::ClusterConfig { ssh_keys, ssh_key } = config.spec.cluster_config;
            let texts = if is_list { ssh_keys } else { ssh_key.into_iter().collect() };
            let texts = texts.iter().filter(|text| !text.trim().is_empty());
            ClusterKeys::Known(texts.map(|text| KeyText::new(text)).collect())
        }
    }
}
