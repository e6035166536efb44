//! Reads what Palette has: first whose key it is, then the lists that everything else is found in, then roles, keys and
//! clusters side by side, as each part of the API has a rate of its own. Nothing here writes.

mod members;
mod people;
mod resources;
mod wanted;

use std::collections::BTreeMap;

use super::Uid;
use super::client::{Scope, Session};
use super::observed::{ObservedCluster, ObservedKey, ObservedProject, PassedOver, Tenant};
use super::wire;
use crate::model::ResourceKind;
use crate::targets::TargetError;
use members::{Members, ProjectDetails};
use people::People;
pub(super) use people::{roles, teams, users};
use resources::Own;
pub(super) use resources::{KEYS, cloud, cluster_keys, cluster_list, clusters, keys, projects};
pub use wanted::{Subjects, Wanted};

/// Reads what is wanted of the tenant.
///
/// # Errors
/// When the key is not taken, or a list that all else is found in cannot be read. Of a single project that cannot
/// be read, it is said there.
pub fn read(session: &Session<'_>, wanted: &Wanted) -> Result<Tenant, TargetError> {
    session.preflight()?;
    let asks = |kind| wanted.kinds.contains(&kind);
    let is_wanted = |name: &str| wanted.projects.as_ref().is_none_or(|projects| projects.contains(name));
    let projects: Vec<_> =
        projects(session)?.into_iter().filter(|project| is_wanted(&project.name)).collect();
    let people = if asks(ResourceKind::Team) || asks(ResourceKind::Project) {
        People::read(session)?
    } else {
        People::default()
    };
    let members = if asks(ResourceKind::Project) {
        Members::read(session, &projects, &people, &wanted.subjects)?
    } else {
        Members::default()
    };
    let scopes: Vec<_> = projects.iter().map(|project| Scope::Project(project.uid.clone())).collect();
    let with_keys = asks(ResourceKind::Key) || asks(ResourceKind::Cluster);
    let with_clusters = asks(ResourceKind::Cluster);
    let (about, (keys, clusters)) = session.both(
        || members.of_projects(session, &people),
        || {
            session.both(
                || resources::keys_of(session, if with_keys { &scopes } else { &[] }),
                || resources::clusters_of(session, if with_clusters { &scopes } else { &[] }),
            )
        },
    );
    let teams = if asks(ResourceKind::Team) { people.observed_teams() } else { Vec::new() };
    let mut tenant = Tenant { teams, ..Tenant::default() };
    let mut parts = Parts { about, keys: keys.into_iter(), clusters: clusters.into_iter() };
    for project in projects {
        tenant.add(project, &mut parts);
    }
    Ok(tenant)
}

/// What was read of projects, in their order; nothing where it was not asked for.
struct Parts<K, C> {
    about: BTreeMap<Uid, ProjectDetails>,
    keys: K,
    clusters: C,
}

impl Tenant {
    fn add<K, C>(&mut self, project: wire::Named, parts: &mut Parts<K, C>)
    where
        K: Iterator<Item = Own<ObservedKey>>,
        C: Iterator<Item = Own<ObservedCluster>>,
    {
        let ProjectDetails { description, labels, members, beyond } =
            parts.about.remove(&project.uid).unwrap_or_default();
        let mut passed_over = beyond;
        let keys = own("key", parts.keys.next(), &mut passed_over);
        let clusters = own("cluster", parts.clusters.next(), &mut passed_over);
        let passed = |(what, why)| PassedOver { project: project.name.clone(), what, why };
        self.passed_over.extend(passed_over.into_iter().map(passed));
        let wire::Named { uid, name } = project;
        self.projects.push(ObservedProject { uid, name, description, labels, members, keys, clusters });
    }
}

/// What is a project's own of what was read; the rest is passed over.
fn own<T>(
    kind: &str,
    read: Option<Own<T>>,
    passed_over: &mut Vec<(String, &'static str)>,
) -> Result<Vec<T>, String> {
    let (own, others) = read.transpose().map_err(|error| error.why)?.unwrap_or_default();
    passed_over.extend(others.into_iter().map(|name| (format!("{kind} {name}"), OF_TENANT)));
    Ok(own)
}

/// Why something in a project is not the project's.
const OF_TENANT: &str = "it is the whole tenant's";
