//! Following one resource back through the log, under whatever names it had.

use std::collections::BTreeSet;

use super::entry::{Entry, Rename};
use super::log::{AT_A_TIME, State};
use super::reader::Reader;
use super::renames::renamed;
use super::state_error::StateError;
use super::store::objects::each;
use crate::model::{Address, Name, Recorded};
use crate::plan::{Action, Change, Reason};

/// A resource that a revision changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedChange {
    pub action: Action,
    pub reason: Reason,
    /// What it is called since, or was called when it was deleted.
    pub address: Address,
    /// What it was called before, where that differs.
    pub previous_address: Option<Address>,
}

impl From<&Change> for LoggedChange {
    fn from(change: &Change) -> Self {
        Self {
            action: change.action(),
            reason: change.reason(),
            address: change.address(),
            previous_address: change.previous_address(),
        }
    }
}

/// Where a tracked resource may be.
#[derive(Clone, Default)]
pub(super) struct Scope {
    pub(super) projects: BTreeSet<Name>,
    pub(super) teams: bool,
}

/// A resource whose changes are told, by all names that it has had since the revision that is looked at.
pub(super) struct Tracked {
    addresses: BTreeSet<Address>,
    pub(super) scope: Scope,
}

impl Tracked {
    /// What has an address, or had it before it was renamed.
    pub(super) fn new(state: &State<'_>, numbers: &[u64], address: &Address) -> Result<Self, StateError> {
        let mut addresses = BTreeSet::from([address.clone()]);
        if !state.has(address)? {
            addresses.extend(renamed_to(state, numbers, address)?);
        }
        let mut scope = Scope::default();
        for address in &addresses {
            match address {
                Address::Team(_) => scope.teams = true,
                Address::Project(project) | Address::Key(project, _) | Address::Cluster(project, _) => {
                    scope.projects.insert(project.clone());
                }
            }
        }
        Ok(Self { addresses, scope })
    }

    /// Goes back by one revision, and says where the resource may be in it: what was renamed had another project, and
    /// what gave up a name has another one since.
    pub(super) fn scope_of(&mut self, entry: &Entry) -> Scope {
        let project_rename = |rename: &Rename| match rename.addresses()? {
            (Address::Project(old), Address::Project(new)) => Some((old, new)),
            _ => None,
        };
        let renames: Vec<_> = entry.renames.iter().filter_map(project_rename).collect();
        let mut scope = self.scope.clone();
        for (old, new) in &renames {
            if self.scope.projects.contains(old) || self.scope.projects.contains(new) {
                scope.projects.extend([old.clone(), new.clone()]);
            }
        }
        for (old, new) in renames {
            if self.scope.projects.contains(&new) {
                self.scope.projects.insert(old);
            }
        }
        scope
    }

    /// Leaves the changes of the resource, and goes back by one revision.
    pub(super) fn keep(&mut self, changes: &mut Vec<LoggedChange>, after: &Recorded) {
        let homes: BTreeSet<_> = self.addresses.iter().filter_map(|address| home(address, after)).collect();
        changes.retain(|change| {
            let names = std::iter::once(&change.address).chain(&change.previous_address);
            let is_of_home = change.previous_address.is_some() && homes.contains(&change.address);
            is_of_home || names.into_iter().any(|name| self.addresses.contains(name))
        });
        // First the names within the project as it is called since, then that of the project.
        let is_project = |change: &&LoggedChange| matches!(change.address, Address::Project(_));
        let (projects, parts): (Vec<_>, Vec<_>) = changes.iter().partition(is_project);
        for change in parts.into_iter().chain(projects) {
            let Some(previous) = &change.previous_address else { continue };
            self.addresses = std::mem::take(&mut self.addresses)
                .into_iter()
                .map(|address| before_rename(address, previous, &change.address))
                .collect();
        }
    }
}

/// The project of a key or a cluster that is recorded in it.
fn home(address: &Address, recorded: &Recorded) -> Option<Address> {
    let project = match address {
        Address::Key(project, key) => {
            recorded.projects.get(project).filter(|home| home.keys.contains_key(key))
        }
        Address::Cluster(project, cluster) => {
            recorded.projects.get(project).filter(|home| home.clusters.contains_key(cluster))
        }
        Address::Team(_) | Address::Project(_) => None,
    };
    project.map(|home| Address::Project(home.project.name.clone()))
}

/// What an address was before a rename.
fn before_rename(address: Address, from: &Address, to: &Address) -> Address {
    match (address, from, to) {
        (Address::Key(project, name), Address::Project(old), Address::Project(new)) if project == *new => {
            Address::Key(old.clone(), name)
        }
        (Address::Cluster(project, name), Address::Project(old), Address::Project(new))
            if project == *new =>
        {
            Address::Cluster(old.clone(), name)
        }
        (address, from, to) if address == *to => from.clone(),
        (address, _, _) => address,
    }
}

/// The newest names of all that was called so until it was renamed.
fn renamed_to(
    state: &State<'_>,
    numbers: &[u64],
    address: &Address,
) -> Result<BTreeSet<Address>, StateError> {
    let reader = Reader { store: state.store() };
    let mut found = BTreeSet::new();
    // The renames since, the newest first.
    let mut since = Vec::<Vec<Rename>>::new();
    for numbers in numbers.rchunks(AT_A_TIME) {
        let heads = each(state.store(), numbers, |number| reader.entry(*number));
        for head in heads.into_iter().rev() {
            let Entry { number, renames, .. } = head?.entry;
            let then = renamed(address.clone(), &renames);
            if then != *address && state.at(number)?.has(&then)? {
                found.insert(since.iter().rev().fold(then, |now, renames| renamed(now, renames)));
            }
            if !renames.is_empty() {
                since.push(renames);
            }
        }
    }
    Ok(found)
}
