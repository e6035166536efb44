//! All names that are declared, whatever else is wrong with what bears them: so that a reference to a
//! faulty resource is not reported as a reference to nothing.

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::declare::{Body, Declaration};
use crate::model::{DocumentId, Name};

/// The names of a workspace with the first place where each is declared. For looking up only, never
/// for going through, so that no order of hashing shows.
#[derive(Debug, Default)]
pub struct Names {
    projects: HashMap<Arc<str>, DocumentId>,
    teams: HashMap<Arc<str>, DocumentId>,
    keys: HashMap<Arc<str>, HashMap<Arc<str>, DocumentId>>,
    /// The names of projects by those that they had before.
    renamed_projects: HashMap<Arc<str>, Arc<str>>,
}

impl Names {
    /// The names that these declarations bear.
    #[must_use]
    pub fn of<'a>(declarations: impl Iterator<Item = &'a Declaration>) -> Self {
        let mut names = Self::default();
        for declaration in declarations {
            names.add(declaration);
        }
        names
    }

    fn add(&mut self, declaration: &Declaration) -> Option<()> {
        let origin = declaration.origin;
        match &declaration.body {
            Body::Project(project) => {
                let metadata = project.metadata.as_ref()?;
                let name = metadata.name.clone()?;
                self.projects.entry(name.clone()).or_insert(origin);
                self.renamed_projects.entry(metadata.previous_name.clone()?).or_insert(name);
            }
            Body::Team(team) => {
                self.teams.entry(team.metadata.as_ref()?.name.clone()?).or_insert(origin);
            }
            Body::SshKey(key) => {
                let metadata = key.metadata.as_ref()?;
                let keys = self.keys.entry(metadata.project.clone()?).or_default();
                keys.entry(metadata.name.clone()?).or_insert(origin);
            }
            Body::Cluster(_) | Body::AccessTest(_) | Body::Workspace(_) => {}
        }
        Some(())
    }

    /// The text of a project's name, shared by all that belongs to the project.
    pub(super) fn project(&self, name: &str) -> Option<&Arc<str>> {
        self.projects.get_key_value(name).map(|(name, _)| name)
    }

    pub(super) fn has_project(&self, name: &str) -> bool {
        self.projects.contains_key(name)
    }

    pub(super) fn has_team(&self, name: &str) -> bool {
        self.teams.contains_key(name)
    }

    /// The text of a key's name, shared by the clusters that have it.
    pub(super) fn key(&self, project: &str, name: &str) -> Option<&Arc<str>> {
        self.keys.get(project)?.get_key_value(name).map(|(name, _)| name)
    }

    /// The name of the project that has this `previousName`, if it can be suggested.
    pub(super) fn new_name_of(&self, project: &str) -> Option<&str> {
        self.renamed_projects.get(project).map(|name| &**name).filter(|name| Name::parse(name).is_ok())
    }

    /// For each name of a key the first project, by name, that has one, and where.
    pub(super) fn owners_of_keys(&self) -> HashMap<&str, (&str, DocumentId)> {
        let mut owners: HashMap<&str, (&str, DocumentId)> = HashMap::new();
        for (project, keys) in &self.keys {
            for (name, origin) in keys {
                let owner = owners.entry(name).or_insert((project, *origin));
                *owner = (*owner).min((project, *origin));
            }
        }
        owners
    }

    pub(super) fn projects(&self) -> Vec<&str> {
        sorted(self.projects.keys())
    }

    pub(super) fn teams(&self) -> Vec<&str> {
        sorted(self.teams.keys())
    }

    pub(super) fn keys_of(&self, project: &str) -> Vec<&str> {
        self.keys.get(project).map(|keys| sorted(keys.keys())).unwrap_or_default()
    }
}

/// Of more names than these none is suggested: comparing all of them with each mistake takes too long.
const MOST: usize = 1_000;

/// The names that can be suggested: a faulty one is no remedy, and may hold what no terminal should get.
fn sorted<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> Vec<&'a str> {
    let mut names: Vec<_> =
        names.map(|name| &**name).filter(|name| Name::parse(name).is_ok()).take(MOST + 1).collect();
    if names.len() > MOST {
        return Vec::new();
    }
    names.sort_unstable();
    names
}
