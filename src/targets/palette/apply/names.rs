//! Names in a plan: which are given to something, and under which a resource may be that was partially applied.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Name};
use crate::plan::{Change, Delivery, Resource};

/// The names of a plan.
pub(super) struct Names<'a> {
    delivery: &'a Delivery<'a>,
    /// What is given to something.
    given: BTreeSet<Address>,
    /// What is recorded of that which changes.
    recorded: BTreeSet<Address>,
    /// The recorded names of projects that get another one, by that.
    renamed: BTreeMap<Name, Name>,
    /// Under which something may be that was partially applied, and nothing is recorded.
    strays: BTreeSet<Address>,
}

impl<'a> Names<'a> {
    pub(super) fn of(delivery: &'a Delivery<'a>) -> Self {
        let changes = || delivery.steps.iter().map(|step| step.change);
        let addresses = |of: fn(&Change) -> Option<&Resource>| {
            changes().filter_map(of).map(Resource::address).collect::<BTreeSet<_>>()
        };
        let renamed = changes().filter_map(|change| match (change.previous_address()?, change.address()) {
            (Address::Project(before), Address::Project(after)) => Some((after, before)),
            _ => None,
        });
        let mut names = Self {
            delivery,
            given: addresses(Change::after),
            recorded: addresses(Change::before),
            renamed: renamed.collect(),
            strays: BTreeSet::new(),
        };
        let befores = changes().filter_map(Change::before);
        names.strays = befores.flat_map(|before| names.own_strays(before)).collect();
        names
    }

    /// Under which a resource may be beside its own name.
    fn own_strays(&self, before: &Resource) -> Vec<Address> {
        let own = before.address();
        let strays = before.metadata().strays().map(|stray| beside(&own, &stray.address));
        strays.filter(|stray| *stray != own && !self.is_recorded(stray)).collect()
    }

    /// Whether something else is recorded under a name.
    fn is_recorded(&self, address: &Address) -> bool {
        let is_kept = || Resource::recorded(&self.delivery.after, address).is_some();
        self.recorded.contains(address) || (is_kept() && !self.given.contains(address))
    }

    /// Whether another change than this one gives something the name.
    fn is_taken(&self, address: &Address, after: Option<&Address>) -> bool {
        Some(address) != after && self.given.contains(address)
    }

    /// Under which a recorded resource may be: its own name first.
    fn places(&self, before: &Resource, after: Option<&Address>) -> Vec<Address> {
        let strays = self.own_strays(before).into_iter().filter(|stray| !self.is_taken(stray, after));
        std::iter::once(before.address()).chain(strays).collect()
    }

    /// The names under which the resource of a change may be, its recorded one first; none where it is new.
    pub(super) fn of_change(&self, change: &Change) -> Vec<Name> {
        let after = change.after().map(Resource::address);
        let places = change.before().map(|before| self.places(before, after.as_ref()));
        let name = |address| match address {
            Address::Team(name)
            | Address::Project(name)
            | Address::Key(_, name)
            | Address::Cluster(_, name) => name,
        };
        places.into_iter().flatten().map(name).collect()
    }

    /// Whether what is there under a name may have been brought there by keyplan.
    pub(super) fn is_stray(&self, address: &Address) -> bool {
        self.strays.contains(address)
    }

    /// The name that a project has as long as it is not renamed.
    pub(super) fn previous(&self, project: &Name) -> Option<&Name> {
        self.renamed.get(project)
    }

    /// The names that changes give in the kind and the project of an address, but for its own.
    pub(super) fn given_beside(&self, address: &Address) -> BTreeSet<Name> {
        let of = |other: &Address| match (address, other) {
            (Address::Key(project, own), Address::Key(home, name))
            | (Address::Cluster(project, own), Address::Cluster(home, name))
                if project == home && own != name =>
            {
                Some(name.clone())
            }
            (Address::Project(own), Address::Project(name)) if own != name => Some(name.clone()),
            _ => None,
        };
        self.given.iter().filter_map(of).collect()
    }

    /// The clusters of a project that are recorded, or were before the plan.
    pub(super) fn clusters(&self, project: &Name) -> BTreeSet<Name> {
        let kept = self.delivery.after.projects.get(project).into_iter();
        let kept = kept.flat_map(|home| home.clusters.keys().cloned());
        let changed = self.recorded.iter().chain(&self.given).filter_map(|address| match address {
            Address::Cluster(home, name) if home == project => Some(name.clone()),
            _ => None,
        });
        kept.chain(changed).collect()
    }
}

/// A stray name in the project of the resource that it is of: that may have been renamed since.
fn beside(own: &Address, stray: &Address) -> Address {
    match (own, stray) {
        (Address::Key(project, _), Address::Key(_, name)) => Address::Key(project.clone(), name.clone()),
        (Address::Cluster(project, _), Address::Cluster(_, name)) => {
            Address::Cluster(project.clone(), name.clone())
        }
        (_, stray) => stray.clone(),
    }
}
