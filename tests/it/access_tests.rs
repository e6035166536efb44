//! The laws of access tests: what a test finds is what is found by looking at every person and every cluster alone.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use keyplan::access::test::{Breach, Fault, run};
use keyplan::model::{
    AccessTest, Cluster, ClusterSelector, Desired, KeyConditions, LimitingOption, Name, Role, SshKey,
    Subject, UserName,
};
use keyplan::openssh::KeyType;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::plan_laws::world;

/// A day before some last days of the generated worlds, and one after them.
fn today() -> impl Strategy<Value = Date> {
    prop_oneof![Just(date(2027, 1, 1)), Just(date(2028, 1, 1))]
}

/// People and teams of the generated worlds, and one of each that is not there.
fn subject() -> impl Strategy<Value = Subject> + Clone {
    select(&["ana", "ben", "eva", "zoe", "team:ops", "team:sre", "team:web", "team:none"][..])
        .prop_map(|text| Subject::parse(text).unwrap())
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn selector() -> impl Strategy<Value = ClusterSelector> {
    let projects = vec(select(&["p", "q", "r"][..]).prop_map(name), 0..3);
    let names = vec((select(&["p", "q"][..]), select(&["v", "w", "x"][..])), 0..3);
    (any::<bool>(), projects, names).prop_map(|(labelled, projects, names)| ClusterSelector {
        labels: labelled.then(|| ("tier".into(), "gold".into())).into_iter().collect(),
        projects,
        names: names.into_iter().map(|(project, cluster)| (name(project), name(cluster))).collect(),
    })
}

fn conditions() -> impl Strategy<Value = KeyConditions> {
    let types = prop_oneof![Just(vec![]), Just(vec![KeyType::Rsa]), Just(vec![KeyType::Ed25519])];
    let options = prop_oneof![
        2 => Just(vec![]),
        1 => select(LimitingOption::ALL).prop_map(|option| vec![option]),
    ];
    let days = prop_oneof![Just(None), Just(Some(30)), Just(Some(365))];
    (any::<bool>(), days, types, options).prop_map(|(required, last_day_within, types, options)| {
        KeyConditions { required, last_day_within, types, options }
    })
}

fn test() -> impl Strategy<Value = AccessTest> {
    let only = option::of(vec(subject(), 0..4));
    let people = (option::of(0..4_u32), option::of(0..4_u32));
    (selector(), only.clone(), vec(subject(), 0..3), people, conditions(), only).prop_map(
        |(clusters, opened_only_by, opened_by, (people_at_least, people_at_most), key, changed_only_by)| {
            AccessTest {
                name: name("t"),
                clusters,
                opened_only_by,
                opened_by,
                people_at_least,
                people_at_most,
                key,
                changed_only_by,
            }
        },
    )
}

/// The people that a subject is.
fn people(world: &Desired, subject: &Subject) -> BTreeSet<UserName> {
    match subject {
        Subject::User(user) => [user.clone()].into(),
        Subject::Team(team) => {
            world.teams.get(team).into_iter().flat_map(|team| team.value.members.clone()).collect()
        }
    }
}

fn all_people(world: &Desired, subjects: &[Subject]) -> BTreeSet<UserName> {
    subjects.iter().flat_map(|subject| people(world, subject)).collect()
}

fn key_of<'a>(world: &'a Desired, cluster: &Cluster) -> Option<&'a SshKey> {
    Some(&*world.projects[&cluster.project].keys[cluster.ssh_key.as_ref()?].value)
}

/// Who opens a cluster; nothing where nobody knows.
fn openers(world: &Desired, cluster: &Cluster, today: Date) -> Option<BTreeSet<UserName>> {
    match key_of(world, cluster) {
        None => Some(BTreeSet::new()),
        Some(key) if key.expires.is_some_and(|last| last < today) => Some(BTreeSet::new()),
        Some(key) => key.owner.as_ref().map(|owner| people(world, owner)),
    }
}

/// Pairs of a cluster and a person, one cluster and one assertion at a time.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    selected: usize,
    opens: usize,
    does_not_open: usize,
    nobody_known: usize,
    too_few: usize,
    too_many: usize,
    closed: usize,
    keys: usize,
    changes: usize,
}

fn brute_force(world: &Desired, test: &AccessTest, today: Date) -> Counted {
    let mut counted = Counted::default();
    let all = world.projects.values().flat_map(|project| project.clusters.values());
    for cluster in all.map(|cluster| &*cluster.value) {
        let ClusterSelector { labels, projects, names } = &test.clusters;
        let is_selected = labels.iter().all(|label| cluster.metadata.labels.contains(label))
            && (projects.is_empty() || projects.contains(&cluster.project))
            && (names.is_empty() || names.contains(&(cluster.project.clone(), cluster.name.clone())));
        if is_selected {
            counted.selected += 1;
            of_cluster(world, test, cluster, today, &mut counted);
        }
    }
    counted
}

fn of_cluster(world: &Desired, test: &AccessTest, cluster: &Cluster, today: Date, counted: &mut Counted) {
    let needs_people = !test.opened_by.is_empty() || test.people_at_least.is_some_and(|least| least > 0);
    let key = key_of(world, cluster);
    let is_expired = key.is_some_and(|key| key.expires.is_some_and(|last| last < today));
    match openers(world, cluster, today) {
        _ if key.is_none() => counted.closed += usize::from(test.key.required || needs_people),
        _ if is_expired => counted.closed += usize::from(needs_people),
        None => {
            let is_of_people = test.opened_only_by.is_some()
                || !test.opened_by.is_empty()
                || test.people_at_least.is_some()
                || test.people_at_most.is_some();
            counted.nobody_known += usize::from(is_of_people);
        }
        Some(openers) => {
            if let Some(only) = &test.opened_only_by {
                counted.opens += openers.difference(&all_people(world, only)).count();
            }
            let required: BTreeSet<_> = test.opened_by.iter().collect();
            for subject in required {
                counted.does_not_open += people(world, subject).difference(&openers).count();
            }
            let number = u32::try_from(openers.len()).unwrap();
            counted.too_few += usize::from(test.people_at_least.is_some_and(|least| number < least));
            counted.too_many += usize::from(test.people_at_most.is_some_and(|most| number > most));
        }
    }
    if let Some(key) = key {
        let KeyConditions { required: _, last_day_within, types, options } = &test.key;
        let is_late =
            |days: u32| key.expires.is_none_or(|last| last > today + jiff::Span::new().days(i64::from(days)));
        counted.keys += usize::from(last_day_within.is_some_and(is_late));
        counted.keys += usize::from(!types.is_empty() && !types.contains(&key.public_key.key_type()));
        counted.keys += options.iter().filter(|option| !option.is_set(&key.options)).count();
    }
    if let Some(only) = &test.changed_only_by {
        let allowed = all_people(world, only);
        for member in &world.projects[&cluster.project].project.value.members {
            if matches!(member.role, Role::ProjectAdmin | Role::ClusterAdmin) {
                counted.changes += people(world, &member.subject).difference(&allowed).count();
            }
        }
    }
}

fn told(selected: usize, breaches: &[Breach]) -> Counted {
    let mut counted = Counted { selected, ..Counted::default() };
    for Breach { link: _, fault, clusters } in breaches {
        let number = clusters.number;
        match fault {
            Fault::NoKey | Fault::Expired { .. } => counted.closed += number,
            Fault::LastDay { .. } | Fault::KeyType { .. } | Fault::Option { .. } => counted.keys += number,
            Fault::NobodyKnown => counted.nobody_known += number,
            Fault::Opens { people, .. } => counted.opens += number * people.len(),
            Fault::DoesNotOpen { people, .. } => counted.does_not_open += number * people.len(),
            Fault::TooFew { .. } => counted.too_few += number,
            Fault::TooMany { .. } => counted.too_many += number,
            Fault::Changes { people, .. } => counted.changes += number * people.len(),
        }
    }
    counted
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_test_finds_what_looking_at_each_person_and_cluster_finds(world in world(), test in test(), today in today()) {
        let result = run(&world, &test, today);
        prop_assert_eq!(told(result.selected, &result.breaches), brute_force(&world, &test, today));
    }

    #[test]
    fn a_link_is_told_once_for_a_fault(world in world(), test in test(), today in today()) {
        let result = run(&world, &test, today);
        let links: BTreeSet<_> = result.breaches.iter().map(|breach| (&breach.link, &breach.fault)).collect();
        prop_assert_eq!(links.len(), result.breaches.len());
        prop_assert!(result.breaches.iter().all(|breach| breach.clusters.number > 0));
    }
}
