//! What is recorded after an import: what Palette has, and of the rest what is declared.

use std::sync::Arc;

use super::context::Found;
use crate::model::{Address, Cluster, Declared, Desired, Metadata, Project, Recorded, SshKey, Team};
use crate::plan::{Resource, partially_applied};

/// What is to be recorded. What was declared before is recorded as Palette has it, so that a plan shows where the two
/// differ; what is declared since is recorded as it is declared.
///
/// `before` is what was declared before, `after` what is declared now.
#[must_use]
pub fn recorded(found: &Found, before: &Desired, after: &Desired) -> Recorded {
    let mut recorded = Recorded::default();
    let declarations = &found.declarations;
    let teams = declarations.teams.iter().map(|team| Resource::from(team.resource.clone()));
    let projects = declarations.projects.iter().map(|project| Resource::from(project.resource.clone()));
    let keys = declarations.keys.iter().map(|key| Resource::from(key.resource.clone()));
    let clusters = declarations.clusters.iter().map(|cluster| Resource::from(cluster.resource.clone()));
    for there in teams.chain(projects).chain(keys).chain(clusters) {
        let address = there.address();
        let resource = if before.declares(&address) {
            declared(before, &address).map(|declared| as_there(declared, &there))
        } else {
            declared(after, &address)
        };
        let resource = resource.unwrap_or(there);
        let is_unfinished = found.unfinished.contains(&address);
        let resource = if is_unfinished { partially_applied(resource) } else { resource };
        resource.record_in(&mut recorded);
    }
    recorded
}

fn declared(desired: &Desired, address: &Address) -> Option<Resource> {
    let home = |project| desired.projects.get(project);
    match address {
        Address::Team(name) => desired.teams.get(name).map(|team| team.value.clone().into()),
        Address::Project(name) => home(name).map(|home| home.project.value.clone().into()),
        Address::Key(project, name) => {
            home(project)?.keys.get(name).map(|Declared { value, .. }| Resource::Key(Arc::clone(value)))
        }
        Address::Cluster(project, name) => home(project)?
            .clusters
            .get(name)
            .map(|Declared { value, .. }| Resource::Cluster(Arc::clone(value))),
    }
}

/// A declared resource with what Palette has of it.
fn as_there(declared: Resource, there: &Resource) -> Resource {
    match (declared, there) {
        (Resource::Team(declared), Resource::Team(there)) => {
            Team { members: there.members.clone(), ..Arc::unwrap_or_clone(declared) }.into()
        }
        (Resource::Project(declared), Resource::Project(there)) => {
            let Project { name, metadata, members: _ } = Arc::unwrap_or_clone(declared);
            let Metadata { description, labels, .. } = there.metadata.clone();
            let metadata = Metadata { description, labels, ..metadata };
            Project { name, metadata, members: there.members.clone() }.into()
        }
        (Resource::Key(declared), Resource::Key(there)) => {
            SshKey { public_key: there.public_key.clone(), ..Arc::unwrap_or_clone(declared) }.into()
        }
        (Resource::Cluster(declared), Resource::Cluster(there)) => {
            Cluster { cloud: there.cloud, ssh_key: there.ssh_key.clone(), ..Arc::unwrap_or_clone(declared) }
                .into()
        }
        (declared, _) => declared,
    }
}
