//! The law of `owner-without-role`: it tells of the keys whose owner nobody would find among the roles of the project.

use std::collections::BTreeSet;

use keyplan::access::ProjectRoles;
use keyplan::diagnostics::Location;
use keyplan::model::{Declared, DeclaredKey, Desired, DocumentId, Resources, SshKey, Subject};
use keyplan::rules;
use proptest::prelude::*;

use crate::plan_laws::world;

/// What is declared, each document with a number of its own.
fn numbered(world: &Desired) -> Resources {
    fn next<T: Clone>(one: &Declared<T>, count: &mut u32) -> Declared<T> {
        *count += 1;
        Declared { origin: DocumentId { file: 0, document: *count }, ..one.clone() }
    }
    let mut count = 0;
    let mut resources = Resources::default();
    resources.teams.extend(world.teams.values().map(|team| next(team, &mut count)));
    for home in world.projects.values() {
        resources.projects.push(next(&home.project, &mut count));
        for key in home.keys.values() {
            let Declared { origin, previous_name, value } = next(key, &mut count);
            let value = (*value).clone();
            let value = SshKey {
                project: value.project,
                name: value.name,
                metadata: value.metadata,
                public_key: Some(value.public_key),
                owner: value.owner,
                expires: value.expires,
                options: value.options,
            };
            resources.keys.push(Declared { origin, previous_name, value: value.into() });
        }
    }
    resources
}

/// The documents of keys whose owner has no role, as [`ProjectRoles`] tell it.
fn without_role(world: &Desired, resources: &Resources) -> BTreeSet<DocumentId> {
    let is_told = |key: &DeclaredKey| {
        let project = &world.projects[&key.value.project].project.value;
        match &key.value.owner {
            None => false,
            Some(Subject::User(user)) => !ProjectRoles::of(world, project).users().contains(user),
            Some(team) => project.members.iter().all(|member| member.subject != *team),
        }
    };
    resources.keys.iter().filter(|key| is_told(key)).map(|key| key.origin).collect()
}

fn told(resources: &Resources) -> BTreeSet<DocumentId> {
    let mut findings = Vec::new();
    rules::check(resources, |rule| *rule == rules::owner_without_role::RULE, &mut findings);
    let key = |at: &Location| match at {
        Location::Value(origin, _) => *origin,
        other => panic!("{other:?}"),
    };
    findings.iter().map(|finding| key(&finding.labels[0].at)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tells_of_owners_who_have_no_role(world in world()) {
        let resources = numbered(&world);
        prop_assert_eq!(told(&resources), without_role(&world, &resources));
    }

    #[test]
    fn says_nothing_of_what_could_not_be_read(world in world()) {
        let mut resources = numbered(&world);
        resources.faulty = resources.projects.iter().map(|project| project.origin).collect();
        prop_assert_eq!(told(&resources), BTreeSet::new());
        resources.faulty = resources.keys.iter().map(|key| key.origin).collect();
        prop_assert_eq!(told(&resources), BTreeSet::new());
    }

    #[test]
    fn takes_a_user_for_one_of_a_team_that_could_not_be_read(world in world()) {
        let mut resources = numbered(&world);
        let before = told(&resources);
        resources.faulty = resources.teams.iter().map(|team| team.origin).collect();
        let has_team = |key: &DeclaredKey| {
            let members = &world.projects[&key.value.project].project.value.members;
            members.iter().any(|member| matches!(member.subject, Subject::Team(_)))
        };
        let of_user = |key: &DeclaredKey| matches!(key.value.owner, Some(Subject::User(_)));
        let spared = resources.keys.iter().filter(|key| of_user(key) && has_team(key));
        let spared: BTreeSet<_> = spared.map(|key| key.origin).collect();
        prop_assert_eq!(told(&resources), before.difference(&spared).copied().collect());
    }
}
