//! All names that are declared, whatever else is wrong with what bears them: so that a reference to a
//! faulty resource is not reported as a reference to nothing.

use std::collections::HashMap;

use crate::declare::{Body, Declaration};
use crate::model::{Name, Origin};

/// The names of a workspace with the first place where each is declared. For looking up only, never
/// for going through, so that no order of hashing shows.
#[derive(Debug, Default)]
pub struct Names<'a> {
    projects: HashMap<&'a str, Origin>,
    teams: HashMap<&'a str, Origin>,
    keys: HashMap<&'a str, HashMap<&'a str, Origin>>,
    clusters: HashMap<&'a str, HashMap<&'a str, Origin>>,
}

impl<'a> Names<'a> {
    /// The names that these declarations bear.
    #[must_use]
    pub fn of(declarations: &'a [Declaration]) -> Self {
        let mut names = Self::default();
        for declaration in declarations {
            names.add(declaration);
        }
        names
    }

    fn add(&mut self, declaration: &'a Declaration) -> Option<()> {
        let origin = declaration.origin;
        match &declaration.body {
            Body::Project(project) => {
                self.projects.entry(project.metadata.as_ref()?.name.as_deref()?).or_insert(origin);
            }
            Body::Team(team) => {
                self.teams.entry(team.metadata.as_ref()?.name.as_deref()?).or_insert(origin);
            }
            Body::SshKey(key) => {
                let metadata = key.metadata.as_ref()?;
                let keys = self.keys.entry(metadata.project.as_deref()?).or_default();
                keys.entry(metadata.name.as_deref()?).or_insert(origin);
            }
            Body::Cluster(cluster) => {
                let metadata = cluster.metadata.as_ref()?;
                let clusters = self.clusters.entry(metadata.project.as_deref()?).or_default();
                clusters.entry(metadata.name.as_deref()?).or_insert(origin);
            }
            Body::Workspace(_) => {}
        }
        Some(())
    }

    pub(super) fn has_project(&self, name: &str) -> bool {
        self.projects.contains_key(name)
    }

    pub(super) fn has_team(&self, name: &str) -> bool {
        self.teams.contains_key(name)
    }

    pub(super) fn has_key(&self, project: &str, name: &str) -> bool {
        self.keys.get(project).is_some_and(|keys| keys.contains_key(name))
    }

    pub(super) fn has_cluster(&self, project: &str, name: &str) -> bool {
        self.clusters.get(project).is_some_and(|clusters| clusters.contains_key(name))
    }

    /// The first project, by name, that has a key of this name, and where.
    pub(super) fn owner_of_key(&self, name: &str) -> Option<(&'a str, Origin)> {
        let owners = self.keys.iter().filter_map(|(project, keys)| Some((*project, *keys.get(name)?)));
        owners.min_by_key(|(project, _)| *project)
    }

    pub(super) fn projects(&self) -> Vec<&'a str> {
        sorted(self.projects.keys())
    }

    pub(super) fn teams(&self) -> Vec<&'a str> {
        sorted(self.teams.keys())
    }

    pub(super) fn keys_of(&self, project: &str) -> Vec<&'a str> {
        self.keys.get(project).map(|keys| sorted(keys.keys())).unwrap_or_default()
    }
}

/// Of more names than these none is suggested: looking at all of them for each mistake takes too long.
const MOST: usize = 1_000;

/// The names that can be suggested: a faulty one is no remedy, and may hold what no terminal should get.
fn sorted<'a: 'b, 'b>(names: impl Iterator<Item = &'b &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.copied().filter(|name| Name::parse(name).is_ok()).take(MOST + 1).collect();
    if names.len() > MOST {
        return Vec::new();
    }
    names.sort_unstable();
    names
}
