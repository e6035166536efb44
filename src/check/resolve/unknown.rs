//! References to nothing. They are told when all of them are known, in the order of the files: what is
//! declared under a similar name is looked for as long as that takes no time to speak of.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::names::Names;
use crate::diagnostics::{Finding, Location, quoted};
use crate::model::DocumentId;
use crate::rules::unknown::Undeclared;
use crate::rules::{key_out_of_scope, unknown_key, unknown_project, unknown_team};
use crate::source::{Route, SourceSet};

/// How many names are compared for all suggestions of a run.
const MOST_COMPARED: usize = 100_000;

/// A reference to nothing.
#[derive(Debug)]
pub struct Unknown {
    pub origin: DocumentId,
    pub at: Location,
    /// What does not exist.
    pub missing: Missing,
}

/// What does not exist.
#[derive(Debug)]
pub enum Missing {
    Project(Arc<str>),
    Team(Box<str>),
    /// A key of this name in this project.
    Key {
        project: Box<str>,
        name: Arc<str>,
    },
}

/// Tells of every reference to nothing.
pub fn tell(mut unknown: Vec<Unknown>, names: &Names, sources: &SourceSet, findings: &mut Vec<Finding>) {
    if unknown.is_empty() {
        return;
    }
    unknown.sort_by_key(|one| one.origin);
    let broken = sources.files().find(|(_, file)| file.is_broken());
    let mut teller = Teller {
        names,
        broken: broken.map(|(_, file)| quoted(file.path().as_str())),
        owners: OnceCell::new(),
        projects: OnceCell::new(),
        teams: OnceCell::new(),
        keys: HashMap::new(),
        left: MOST_COMPARED,
    };
    findings.extend(unknown.into_iter().map(|one| teller.finding(one)));
}

/// What is declared, as far as it was asked for.
struct Teller<'a> {
    names: &'a Names,
    /// A file that could not be read to its end: what is missing may be declared in the rest.
    broken: Option<String>,
    owners: OnceCell<HashMap<&'a str, (&'a str, DocumentId)>>,
    projects: OnceCell<Vec<&'a str>>,
    teams: OnceCell<Vec<&'a str>>,
    keys: HashMap<Box<str>, Vec<&'a str>>,
    /// How many names may still be compared.
    left: usize,
}

impl<'a> Teller<'a> {
    fn finding(&mut self, unknown: Unknown) -> Finding {
        let Unknown { origin: _, at, missing } = unknown;
        let names = self.names;
        let broken = self.broken.as_deref();
        match missing {
            Missing::Project(name) => {
                let known = self.projects.get_or_init(|| names.projects());
                let project = Undeclared { at, name: &name, broken };
                unknown_project::finding(project, names.new_name_of(&name), affordable(&mut self.left, known))
            }
            Missing::Team(name) => {
                let known = self.teams.get_or_init(|| names.teams());
                unknown_team::finding(
                    Undeclared { at, name: &name, broken },
                    affordable(&mut self.left, known),
                )
            }
            Missing::Key { project, name } => {
                if let Some((other, origin)) = self.owner_of_key(&project, &name) {
                    let owner = Location::Value(origin, Route::fields(["metadata", "project"]));
                    return key_out_of_scope::finding(at, &name, &project, (other, owner));
                }
                let known = self.keys.entry(project.clone()).or_insert_with(|| names.keys_of(&project));
                let key = Undeclared { at, name: &name, broken };
                unknown_key::finding(key, &project, affordable(&mut self.left, known))
            }
        }
    }

    /// The first project, by name, that has a key of this name, and where; else the one that the key's address
    /// names (`web/ops`, `key/web/ops`).
    fn owner_of_key(&self, project: &str, key: &str) -> Option<(&'a str, DocumentId)> {
        let owners = self.owners.get_or_init(|| self.names.owners_of_keys());
        owners.get(key).copied().or_else(|| {
            let (owner, name) = key.strip_prefix("key/").unwrap_or(key).split_once('/')?;
            owners.get(name).copied().filter(|(found, _)| *found == owner && owner != project)
        })
    }
}

/// These names, if they may still be compared.
fn affordable<'a, 'b>(left: &mut usize, names: &'b [&'a str]) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
    let rest = left.checked_sub(names.len());
    *left = rest.unwrap_or(*left);
    let count = if rest.is_some() { names.len() } else { 0 };
    names[..count].iter().copied()
}
