//! What was called how at another revision, by the renames that each entry of the log keeps.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Rename};
use super::log::{AT_A_TIME, State};
use super::state_error::StateError;
use super::store::objects::each;
use crate::model::{Address, Desired, Name};
use crate::plan::Change;

/// The renames among these changes.
pub(super) fn renames<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Rename> {
    let rename = |change: &'a Change| {
        let (from, to) = (change.previous_address()?, change.address());
        Some(Rename { from: from.to_string(), to: to.to_string() })
    };
    changes.into_iter().filter_map(rename).collect()
}

impl Rename {
    pub(super) fn addresses(&self) -> Option<(Address, Address)> {
        Some((Address::parse(&self.from)?, Address::parse(&self.to)?))
    }
}

/// What an address is after some renames of one revision.
pub(super) fn renamed(address: Address, renames: &[Rename]) -> Address {
    let mut address = address;
    for (from, to) in renames.iter().filter_map(Rename::addresses) {
        address = match (from, to, address) {
            (Address::Project(old), Address::Project(new), Address::Key(project, name)) if project == old => {
                Address::Key(new, name)
            }
            (Address::Project(old), Address::Project(new), Address::Cluster(project, name))
                if project == old =>
            {
                Address::Cluster(new, name)
            }
            // Each resource is renamed once in a revision.
            (from, to, address) if address == from => return to,
            (_, _, address) => address,
        };
    }
    address
}

/// Names at one revision by those at a later one; what is not there has kept its name, and what has none was not
/// there at first.
#[derive(Default)]
pub(super) struct FirstNames {
    projects: BTreeMap<Name, Option<Name>>,
    /// Keys and clusters, as they are called later.
    parts: BTreeMap<Address, Option<Name>>,
}

impl FirstNames {
    /// Names before a revision by those after it.
    pub(super) fn before(entry: &Entry) -> Self {
        let mut names = Self::default();
        names.advance(&entry.renames);
        names
    }

    /// Goes on by one revision. Its renames of projects come before those of what belongs to them, which has the new
    /// name of its project on both sides; and what gives up a name comes before what takes it.
    fn advance(&mut self, renames: &[Rename]) {
        for (from, to) in renames.iter().filter_map(Rename::addresses) {
            match (&from, &to) {
                (Address::Project(old), Address::Project(new)) => {
                    let is_other = self.projects.values().flatten().any(|first| first == old);
                    let first = self.projects.remove(old).unwrap_or_else(|| (!is_other).then(|| old.clone()));
                    self.projects.insert(new.clone(), first);
                    let rename = [Rename { from: from.to_string(), to: to.to_string() }];
                    let parts = std::mem::take(&mut self.parts).into_iter();
                    self.parts = parts.map(|(part, first)| (renamed(part, &rename), first)).collect();
                }
                (Address::Key(project, old), Address::Key(..))
                | (Address::Cluster(project, old), Address::Cluster(..)) => {
                    let is_beside =
                        |part: &Address| part.kind() == from.kind() && project_of(part) == Some(project);
                    let mut beside = self.parts.iter().filter(|(part, _)| is_beside(part));
                    let is_other = beside.any(|(_, first)| first.as_ref() == Some(old));
                    let first = self.parts.remove(&from).unwrap_or_else(|| (!is_other).then(|| old.clone()));
                    self.parts.insert(to, first);
                }
                // A team keeps its name.
                _ => {}
            }
        }
    }

    /// Forgets what a revision deleted, so that it is not taken for what has its name later.
    fn forget_deleted(&mut self, state: &State<'_>, before: Option<&Entry>) -> Result<(), StateError> {
        let Some(entry) = state.head.as_ref().map(|head| &head.entry) else { return Ok(()) };
        self.projects.retain(|name, _| entry.projects.contains_key(name.as_str()));
        let homes: BTreeSet<_> = self.parts.keys().filter_map(project_of).cloned().collect();
        for home in homes {
            let object =
                |entry: &Entry| entry.projects.get(home.as_str()).map(|project| project.object.clone());
            if before.and_then(object).is_some_and(|before| Some(before) == object(entry)) {
                continue;
            }
            let project = state.project(home.as_str())?;
            self.parts.retain(|part, _| match (part, &project) {
                (Address::Key(of, name), Some(project)) if *of == home => project.keys.contains_key(name),
                (Address::Cluster(of, name), Some(project)) if *of == home => {
                    project.clusters.contains_key(name)
                }
                (part, None) => project_of(part) != Some(&home),
                (_, Some(_)) => true,
            });
        }
        Ok(())
    }

    /// Forgets what was not there at the first revision, nor its project.
    fn forget_new(&mut self, first: Option<&Entry>) {
        let was_there = |name: &Name| first.is_some_and(|entry| entry.projects.contains_key(name.as_str()));
        for first in self.projects.values_mut() {
            first.take_if(|first| !was_there(first));
        }
        let projects = &self.projects;
        self.parts.retain(|part, _| match project_of(part).map(|home| (home, projects.get(home))) {
            Some((_, Some(first))) => first.is_some(),
            Some((home, None)) => was_there(home),
            None => true,
        });
    }

    /// Names at the later revision by those at the first one.
    fn reversed(self) -> Self {
        let Self { projects, parts } = self;
        let first_home = |project: Name| projects.get(&project).cloned().flatten().unwrap_or(project);
        let part = |(part, first): (Address, Option<Name>)| match part {
            Address::Key(project, key) => Some((Address::Key(first_home(project), first?), Some(key))),
            Address::Cluster(project, cluster) => {
                Some((Address::Cluster(first_home(project), first?), Some(cluster)))
            }
            Address::Team(_) | Address::Project(_) => None,
        };
        let parts = parts.into_iter().filter_map(part).collect();
        let project = |(new, old): (Name, Option<Name>)| Some((old?, Some(new)));
        Self { parts, projects: projects.into_iter().filter_map(project).collect() }
    }

    /// Says of what is recorded at the later revision how it was called at the first.
    pub(super) fn name(&self, resources: &mut Desired) {
        for (project, home) in &mut resources.projects {
            home.project.previous_name = self.projects.get(project).cloned().flatten();
            for (key, declared) in &mut home.keys {
                let address = Address::Key(project.clone(), key.clone());
                declared.previous_name = self.parts.get(&address).cloned().flatten();
            }
            for (cluster, declared) in &mut home.clusters {
                let address = Address::Cluster(project.clone(), cluster.clone());
                declared.previous_name = self.parts.get(&address).cloned().flatten();
            }
        }
    }
}

const fn project_of(address: &Address) -> Option<&Name> {
    match address {
        Address::Key(project, _) | Address::Cluster(project, _) => Some(project),
        Address::Team(_) | Address::Project(_) => None,
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
    let first_at = recorded_at.min(named_at);
    let first = if first_at == 0 { None } else { state.at(first_at)?.head.map(|head| head.entry) };
    let mut before = first.clone();
    let numbers: Vec<_> = (first_at + 1..=recorded_at.max(named_at)).collect();
    for numbers in numbers.chunks(AT_A_TIME) {
        for at in each(state.store(), numbers, |number| state.at(*number)) {
            let at = at?;
            let entry = at.head.as_ref().map(|head| head.entry.clone());
            names.advance(entry.as_ref().map(|entry| entry.renames.as_slice()).unwrap_or_default());
            names.forget_deleted(&at, before.as_ref())?;
            before = entry;
        }
    }
    names.forget_new(first.as_ref());
    if recorded_at < named_at {
        names = names.reversed();
    }
    names.name(resources);
    Ok(())
}
