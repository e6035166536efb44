//! Access tests: where the access to some clusters is not as a test says.

mod breach;
mod people;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub use breach::{Breach, Clusters, Fault, Link};

use self::breach::Found;
use self::people::{AllowedPeople, holder_breaches, role_breaches};
use super::{AccessView, ProjectView};
use crate::model::{AccessTest, Address, KeyConditions, SshKey, Subject};

/// What a test says of the access to some clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestResult {
    /// How many clusters it is about.
    pub selected: usize,
    /// Each link that breaks it, in the order of links.
    pub breaches: Vec<Breach>,
}

/// Holds a test against access. It costs what the clusters and their keys come to, not their paths.
#[must_use]
pub fn run(view: &impl AccessView, test: &AccessTest, today: Date) -> TestResult {
    let mut found = Found::default();
    let allowed = test.changed_only_by.as_deref().map(|subjects| AllowedPeople::of(view, subjects));
    let mut keys = Vec::new();
    let mut selected = 0;
    for project in view.projects().filter(|project| test.clusters.takes_project(&project.project.name)) {
        let clusters = OfProject::select(project, test);
        selected += clusters.all.number;
        if let Some(allowed) = allowed.as_ref().filter(|_| clusters.all.number > 0) {
            role_breaches(view, project.project, allowed, &clusters.all, &mut found);
        }
        for cluster in clusters.without_key {
            if test.key.required || needs_people(test) {
                found.add(Link::Cluster(cluster.clone()), Fault::NoKey, &Clusters::one(cluster));
            }
        }
        keys.extend(clusters.by_key.into_values());
    }
    let mut by_owner = BTreeMap::<Option<&Subject>, Vec<(&SshKey, Clusters)>>::new();
    for (key, clusters) in keys {
        key_breaches(key, &clusters, &test.key, today, &mut found);
        match key.expires.filter(|last| *last < today) {
            Some(last) if needs_people(test) => {
                found.add(Link::LastDay(key.address()), Fault::Expired { last }, &clusters);
            }
            Some(_) => {}
            None => by_owner.entry(key.owner.as_ref()).or_default().push((key, clusters)),
        }
    }
    holder_breaches(view, test, &by_owner, &mut found);
    TestResult { selected, breaches: found.into_breaches() }
}

/// Whether people must be able to open the clusters.
fn needs_people(test: &AccessTest) -> bool {
    !test.opened_by.is_empty() || test.people_at_least.is_some_and(|least| least > 0)
}

/// The clusters of a project that a test is about.
#[derive(Default)]
struct OfProject<'a> {
    all: Clusters,
    without_key: Vec<Address>,
    by_key: BTreeMap<&'a crate::model::Name, (&'a SshKey, Clusters)>,
}

impl<'a> OfProject<'a> {
    fn select(project: ProjectView<'a>, test: &AccessTest) -> Self {
        let mut of = Self::default();
        for cluster in project.clusters().filter(|cluster| test.clusters.takes(cluster)) {
            of.all.add(|| cluster.address());
            match project.key_of(cluster) {
                None => of.without_key.push(cluster.address()),
                Some(key) => {
                    let (_, clusters) = of.by_key.entry(&key.name).or_insert((key, Clusters::default()));
                    clusters.add(|| cluster.address());
                }
            }
        }
        of
    }
}

/// What a key is not that it must be.
fn key_breaches(
    key: &SshKey,
    clusters: &Clusters,
    conditions: &KeyConditions,
    today: Date,
    found: &mut Found,
) {
    let KeyConditions { required: _, last_day_within, types, options } = conditions;
    if let Some(days) = *last_day_within {
        let latest = today.saturating_add(jiff::Span::new().days(i64::from(days)));
        if key.expires.is_none_or(|last| last > latest) {
            let fault = Fault::LastDay { last: key.expires, latest };
            found.add(Link::LastDay(key.address()), fault, clusters);
        }
    }
    let key_type = key.public_key.key_type();
    if !types.is_empty() && !types.contains(&key_type) {
        found.add(Link::PublicKey(key.address()), Fault::KeyType { key_type: key_type.name() }, clusters);
    }
    for option in options.iter().filter(|option| !option.is_set(&key.options)) {
        found.add(Link::Options(key.address()), Fault::Option { option: *option }, clusters);
    }
}
