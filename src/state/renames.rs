//! What was called how at another revision, by the renames that each entry of the log keeps.

use std::collections::BTreeMap;

use super::entry::Rename;
use super::log::State;
use super::state_error::StateError;
use crate::model::{Address, Desired, Name, ResourceKind};
use crate::plan::Change;

/// The renames among these changes that no key tells: those of projects and of clusters.
pub(super) fn renames<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Rename> {
    let rename = |change: &'a Change| {
        let (from, to) = (change.previous_address()?, change.address());
        matches!(to.kind(), ResourceKind::Project | ResourceKind::Cluster)
            .then(|| Rename { from: from.to_string(), to: to.to_string() })
    };
    changes.into_iter().filter_map(rename).collect()
}

/// Names at one revision by those at a later one; what is not there has kept its name.
#[derive(Default)]
struct FirstNames {
    projects: BTreeMap<Name, Name>,
    /// By project, as it is called later, and cluster.
    clusters: BTreeMap<(Name, Name), Name>,
}

impl FirstNames {
    /// Goes on by one revision. Its renames of projects come before those of clusters, which have the new name of
    /// their project on both sides; and what gives up a name comes before what takes it.
    fn advance(&mut self, renames: &[Rename]) {
        for Rename { from, to } in renames {
            match (Address::parse(from), Address::parse(to)) {
                (Some(Address::Project(old)), Some(Address::Project(new))) => {
                    let first = self.projects.remove(&old).unwrap_or_else(|| old.clone());
                    self.projects.insert(new.clone(), first);
                    let moved = |((project, cluster), first): ((Name, Name), Name)| {
                        let project = if project == old { new.clone() } else { project };
                        ((project, cluster), first)
                    };
                    self.clusters = std::mem::take(&mut self.clusters).into_iter().map(moved).collect();
                }
                (Some(Address::Cluster(_, old)), Some(Address::Cluster(project, new))) => {
                    let first = self.clusters.remove(&(project.clone(), old.clone())).unwrap_or(old);
                    self.clusters.insert((project, new), first);
                }
                // Nothing else is renamed.
                _ => {}
            }
        }
    }

    /// Names at the later revision by those at the first one.
    fn reversed(self) -> Self {
        let Self { projects, clusters } = self;
        let clusters = clusters.into_iter().map(|((project, cluster), first)| {
            let project = projects.get(&project).cloned().unwrap_or(project);
            ((project, first), cluster)
        });
        let clusters = clusters.collect();
        Self { clusters, projects: projects.into_iter().map(|(new, old)| (old, new)).collect() }
    }
}

/// Says of what is recorded at one revision how it was called at another, so that a rename between the two is told
/// as one.
pub fn name_as_at(
    state: &State<'_>,
    resources: &mut Desired,
    recorded_at: u64,
    named_at: u64,
) -> Result<(), StateError> {
    let mut names = FirstNames::default();
    for number in recorded_at.min(named_at) + 1..=recorded_at.max(named_at) {
        let entry = state.at(number)?.head.map(|head| head.entry);
        names.advance(&entry.map(|entry| entry.renames).unwrap_or_default());
    }
    if recorded_at < named_at {
        names = names.reversed();
    }
    for (project, home) in &mut resources.projects {
        home.project.previous_name = names.projects.get(project).cloned();
        for (cluster, declared) in &mut home.clusters {
            declared.previous_name = names.clusters.get(&(project.clone(), cluster.clone())).cloned();
        }
    }
    Ok(())
}
