//! What is recorded after an import: what Palette has, and of the rest what is declared.

use std::sync::Arc;

use super::context::Found;
use crate::model::{Cluster, Desired, Metadata, Project, Recorded, SshKey, Team};
use crate::plan::{Resource, partially_applied};

/// What is to be recorded. What was declared before is recorded as Palette has it, so that a plan shows where the two
/// differ; what is declared since is recorded as it is declared.
///
/// `before` is what was declared before, `after` what is declared now.
#[must_use]
pub fn recorded(found: &Found, before: &Desired, after: &Desired) -> Recorded {
    let (before, after) = (Recorded::from(before), Recorded::from(after));
    let mut recorded = Recorded::default();
    let declarations = &found.declarations;
    let teams = declarations.teams.iter().map(|team| Resource::from(team.resource.clone()));
    let projects = declarations.projects.iter().map(|project| Resource::from(project.resource.clone()));
    let keys = declarations.keys.iter().map(|key| Resource::from(key.resource.clone()));
    let clusters = declarations.clusters.iter().map(|cluster| Resource::from(cluster.resource.clone()));
    for there in teams.chain(projects).chain(keys).chain(clusters) {
        let address = there.address();
        let resource = match Resource::recorded(&before, &address) {
            Some(declared) => as_there(declared, &there),
            None => Resource::recorded(&after, &address).unwrap_or(there),
        };
        let is_unfinished = found.unfinished.contains(&address);
        let resource = if is_unfinished { partially_applied(resource) } else { resource };
        resource.record_in(&mut recorded);
    }
    recorded
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
