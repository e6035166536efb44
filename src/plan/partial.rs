//! What is recorded of a resource whose change was applied in part: as it was, with a mark that makes the next plan
//! change it again, and with every name and place that may have been touched, so that nothing is left there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::effects::Effect;
use super::{Change, Resource};
use crate::access::ClusterAccess;
use crate::model::{Cluster, Name, Recorded, Stray};

impl Resource {
    /// What is there of it, as its own name says.
    fn own(&self) -> Stray {
        let login_user = match self {
            Self::Cluster(cluster) => Some(cluster.login_user.clone()),
            Self::Team(_) | Self::Project(_) | Self::Key(_) => None,
        };
        Stray { address: self.address(), login_user }
    }

    /// Says that it may be otherwise than is recorded, and what else may be there of it.
    fn mark(&mut self, strays: impl IntoIterator<Item = Stray>) {
        let own = self.own();
        let metadata = self.metadata_mut();
        let known = metadata.strays().cloned();
        let strays: BTreeSet<_> = known.chain(strays).filter(|stray| *stray != own).collect();
        metadata.partially_applied = Some(Arc::new(strays));
    }
}

impl ClusterAccess {
    /// Whether its nodes may be otherwise than is recorded.
    #[must_use]
    pub fn is_partially_applied(&self) -> bool {
        self.cluster.metadata.partially_applied.is_some()
    }

    /// The blocks that may be on its nodes besides.
    pub fn strays(&self) -> impl Iterator<Item = &Stray> {
        self.cluster.metadata.strays()
    }
}

impl Change {
    /// What is to be recorded when it is applied in part: the resource as it was, or else as it was to be. `project` says
    /// under which name a project is recorded that was to have another one.
    #[must_use]
    pub fn partially_applied(&self, project: &dyn Fn(&Name) -> Name) -> Option<Resource> {
        let resources = || self.before().into_iter().chain(self.after());
        let mut resource = resources().next()?.clone();
        match &mut resource {
            Resource::Key(key) if self.before().is_none() => {
                let key = Arc::make_mut(key);
                key.project = project(&key.project);
            }
            Resource::Cluster(cluster) if self.before().is_none() => {
                let cluster = Arc::make_mut(cluster);
                cluster.project = project(&cluster.project);
            }
            Resource::Team(_) | Resource::Project(_) | Resource::Key(_) | Resource::Cluster(_) => {}
        }
        if let Resource::Cluster(cluster) = &mut resource {
            let cluster = Arc::make_mut(cluster);
            add_nodes(
                cluster,
                resources().filter_map(|resource| match resource {
                    Resource::Cluster(cluster) => Some(&**cluster),
                    Resource::Team(_) | Resource::Project(_) | Resource::Key(_) => None,
                }),
            );
        }
        let known = resources().flat_map(|resource| resource.metadata().strays().cloned());
        resource.mark(known.chain(resources().map(Resource::own)));
        Some(resource)
    }
}

impl Effect {
    /// What is to be recorded when it is applied in part: the cluster as it was, or else as it was to be, with all
    /// nodes that may have been touched. `project` says under which name a project is recorded that was to have
    /// another one.
    #[must_use]
    pub fn partially_applied(&self, project: &dyn Fn(&Name) -> Name) -> Option<Resource> {
        let accesses = || self.before.iter().chain(&self.after);
        let mut cluster = (*accesses().next()?.cluster).clone();
        if self.before.is_none() {
            cluster.project = project(&cluster.project);
        }
        add_nodes(&mut cluster, accesses().map(|access| &*access.cluster));
        let own = accesses().map(|access| Resource::Cluster(access.cluster.clone()).own());
        let strays = own.chain(accesses().flat_map(ClusterAccess::strays).cloned());
        let mut resource = Resource::from(cluster);
        resource.mark(strays);
        Some(resource)
    }
}

fn add_nodes<'a>(cluster: &mut Cluster, others: impl Iterator<Item = &'a Cluster>) {
    cluster.nodes.extend(others.flat_map(|other| other.nodes.iter().cloned()));
    cluster.nodes.sort_unstable();
    cluster.nodes.dedup();
}

/// A recorded resource that may be otherwise than is recorded.
#[must_use]
pub fn partially_applied(mut resource: Resource) -> Resource {
    resource.mark([]);
    resource
}

/// Records resources as they were left. What is recorded of one under such a name stays, and gets the nodes and the
/// mark. A cluster whose key is not recorded has none; what has no recorded project is left out.
pub fn record_partial(recorded: &mut Recorded, resources: &[Resource]) {
    for resource in resources {
        let mut kept = match Resource::recorded(recorded, &resource.address()) {
            Some(kept) => kept,
            None => resource.clone(),
        };
        if let (Resource::Cluster(kept), Resource::Cluster(left)) = (&mut kept, resource) {
            let Some(home) = recorded.projects.get(&left.project) else { continue };
            let kept = Arc::make_mut(kept);
            kept.ssh_key = kept.ssh_key.take().filter(|key| home.keys.contains_key(key));
            add_nodes(kept, std::iter::once(&**left));
        }
        kept.mark(resource.metadata().strays().cloned().chain([resource.own()]));
        kept.record_in(recorded);
    }
}
