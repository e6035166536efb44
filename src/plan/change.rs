//! A change: what happens to one resource, why, and what differs.

use std::sync::Arc;

use super::Resource;
use super::fields::{FieldChange, fields};
use crate::model::{Address, DocumentId, Recorded};
use crate::words::words;

words! {
    pub enum Action {
        /// It is not recorded yet.
        Create = "create",
        /// It is recorded otherwise, perhaps under another name.
        Update = "update",
        /// It is not declared any more.
        Delete = "delete",
    }
}

words! {
    /// Why a change is asked for.
    pub enum Reason {
        /// It is declared, and was not before.
        Declared = "declared",
        Changed = "changed",
        Renamed = "renamed",
        /// A cluster gets another key, loses its key, or gets its first one.
        Rekey = "rekey",
        /// A key has the same name and another public key.
        Replaced = "replaced",
        /// It is not declared any more.
        NotDeclared = "not-declared",
    }
}

/// What is done: there is no change between equal resources, and none without a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Operation {
    Create(Resource),
    Update(Resource, Resource),
    Delete(Resource),
}

/// Where a change is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeclaredAt {
    Document(DocumentId),
    /// As a saved plan has it: `PATH:LINE` below the workspace, when the plan was made.
    Saved(Box<str>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    operation: Operation,
    reason: Reason,
    /// The declaration that asks for it; nothing for a deletion, whose declaration is gone.
    pub origin: Option<DeclaredAt>,
    /// The clusters that it reaches: those that the key opens, or the cluster that is rekeyed.
    pub reach: Vec<Address>,
}

impl Change {
    /// A resource that is not recorded yet.
    #[must_use]
    pub fn create(resource: Resource, origin: impl Into<Option<DocumentId>>) -> Self {
        let origin = origin.into().map(DeclaredAt::Document);
        Self { operation: Operation::Create(resource), reason: Reason::Declared, origin, reach: Vec::new() }
    }

    /// A resource that is recorded otherwise; nothing when it is not.
    #[must_use]
    pub fn update(before: Resource, after: Resource, origin: Option<DocumentId>) -> Option<Self> {
        let reason = reason(&before, &after)?;
        let origin = origin.map(DeclaredAt::Document);
        Some(Self { operation: Operation::Update(before, after), reason, origin, reach: Vec::new() })
    }

    /// A resource that is not declared any more.
    #[must_use]
    pub fn delete(resource: Resource) -> Self {
        let operation = Operation::Delete(resource);
        Self { operation, reason: Reason::NotDeclared, origin: None, reach: Vec::new() }
    }

    #[must_use]
    pub const fn action(&self) -> Action {
        match self.operation {
            Operation::Create(_) => Action::Create,
            Operation::Update(..) => Action::Update,
            Operation::Delete(_) => Action::Delete,
        }
    }

    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The resource as it is recorded; nothing when it is created.
    #[must_use]
    pub fn before(&self) -> Option<&Resource> {
        match &self.operation {
            Operation::Create(_) => None,
            Operation::Update(before, _) | Operation::Delete(before) => Some(before),
        }
    }

    /// The resource as it is desired; nothing when it is deleted.
    #[must_use]
    pub fn after(&self) -> Option<&Resource> {
        match &self.operation {
            Operation::Create(after) | Operation::Update(_, after) => Some(after),
            Operation::Delete(_) => None,
        }
    }

    /// What the resource is called: after the change, unless it is then gone.
    #[must_use]
    pub fn address(&self) -> Address {
        match &self.operation {
            Operation::Create(resource) | Operation::Update(_, resource) | Operation::Delete(resource) => {
                resource.address()
            }
        }
    }

    /// What it was called before, when it is renamed.
    #[must_use]
    pub fn previous_address(&self) -> Option<Address> {
        match &self.operation {
            Operation::Update(before, after) => {
                Some(before.address()).filter(|address| *address != after.address())
            }
            Operation::Create(_) | Operation::Delete(_) => None,
        }
    }

    #[must_use]
    pub fn fields(&self) -> Vec<FieldChange<'_>> {
        fields(self.before(), self.after())
    }

    /// Does it to what is recorded. A key or a project that is renamed takes along what names it.
    pub fn apply_to(&self, recorded: &mut Recorded) {
        match &self.operation {
            Operation::Create(after) => after.clone().record_in(recorded),
            Operation::Delete(before) => take(recorded, before),
            Operation::Update(before, after) => {
                if before.address() != after.address() {
                    rename(recorded, before, after);
                }
                after.clone().record_in(recorded);
            }
        }
    }
}

/// Why one resource differs from another; nothing when it does not. What changes access comes first: that
/// it is renamed as well, its previous address says.
fn reason(before: &Resource, after: &Resource) -> Option<Reason> {
    match (before, after) {
        (Resource::Key(before), Resource::Key(after)) if before.public_key != after.public_key => {
            Some(Reason::Replaced)
        }
        (Resource::Cluster(before), Resource::Cluster(after)) if before.ssh_key != after.ssh_key => {
            Some(Reason::Rekey)
        }
        _ if before.address() != after.address() => Some(Reason::Renamed),
        // Equal keys may have different comments.
        (Resource::Key(one), Resource::Key(other))
            if one.public_key.comment() != other.public_key.comment() =>
        {
            Some(Reason::Changed)
        }
        _ => (before != after).then_some(Reason::Changed),
    }
}

fn take(recorded: &mut Recorded, resource: &Resource) {
    match resource {
        Resource::Team(team) => {
            recorded.teams.remove(&team.name);
        }
        Resource::Project(project) => {
            recorded.projects.remove(&project.name);
        }
        Resource::Key(key) => {
            if let Some(home) = recorded.projects.get_mut(&key.project) {
                home.keys.remove(&key.name);
            }
        }
        Resource::Cluster(cluster) => {
            if let Some(home) = recorded.projects.get_mut(&cluster.project) {
                home.clusters.remove(&cluster.name);
            }
        }
    }
}

fn rename(recorded: &mut Recorded, before: &Resource, after: &Resource) {
    match (before, after) {
        (Resource::Project(before), Resource::Project(after)) => {
            if let Some(home) = recorded.projects.remove(&before.name) {
                recorded.projects.insert(after.name.clone(), home.renamed(&after.name));
            }
        }
        (Resource::Key(before), Resource::Key(after)) => {
            let Some(home) = recorded.projects.get_mut(&after.project) else { return };
            home.keys.remove(&before.name);
            for cluster in home.clusters.values_mut() {
                if cluster.ssh_key.as_ref() == Some(&before.name) {
                    Arc::make_mut(cluster).ssh_key = Some(after.name.clone());
                }
            }
        }
        _ => take(recorded, before),
    }
}
