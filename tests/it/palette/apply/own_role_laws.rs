//! Over changes of projects and teams together: nothing is written that leaves the caller without a role in a project
//! where they have one, unless that is said.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use keyplan::apply::Outcome;
use proptest::prelude::*;

use super::super::fake::{CALLER, Effect, Fault, On, Switches, Tenant};
use super::projects::project;
use super::scene::{Ended, Scene};

const PROJECTS: [&str; 2] = ["a", "b"];
const TEAMS: [&str; 2] = ["sre", "dev"];
const ROLE: &str = "Project Viewer";

/// How the caller comes to roles.
#[derive(Clone, Copy, Debug)]
struct Ways {
    /// In which teams they are.
    in_team: [bool; 2],
    /// In which projects they have a role of their own.
    own: [bool; 2],
    /// In which projects each team has a role.
    of_team: [[bool; 2]; 2],
}

impl Ways {
    /// The projects in which the caller has a role.
    fn reached(self) -> BTreeSet<String> {
        let through = |team: usize, at: usize| self.in_team[team] && self.of_team[team][at];
        let is_reached = |at: usize| self.own[at] || through(0, at) || through(1, at);
        (0..2).filter(|at| is_reached(*at)).map(|at| PROJECTS[at].to_owned()).collect()
    }

    /// Ben is in each team, and has a role in each project.
    fn declared(self, has_dev: bool) -> String {
        let is_there = |team: usize| team == 0 || has_dev;
        let team = |at: usize| {
            let members =
                if self.in_team[at] { "ben@example.com, ana@example.com" } else { "ben@example.com" };
            format!(
                "---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: {}}}\nspec: {{members: [{members}]}}\n",
                TEAMS[at]
            )
        };
        let home = |at: usize| {
            let subjects = [
                (true, "user: ben@example.com"),
                (self.own[at], "user: ana@example.com"),
                (self.of_team[0][at], "team: sre"),
                (self.of_team[1][at] && has_dev, "team: dev"),
            ];
            let members: Vec<_> =
                subjects.iter().filter(|(has, _)| *has).map(|(_, subject)| (*subject, ROLE)).collect();
            project(PROJECTS[at], "", &members)
        };
        (0..2).filter(|at| is_there(*at)).map(team).chain((0..2).map(home)).collect()
    }

    fn fill(self, tenant: &mut Tenant) {
        tenant.user("ben@example.com");
        for (name, is_in) in TEAMS.iter().zip(self.in_team) {
            let members = ["ben@example.com", CALLER];
            tenant.team(name, if is_in { &members } else { &members[..1] });
        }
        for (at, name) in PROJECTS.iter().enumerate() {
            tenant.project(name);
            tenant.grant("ben@example.com", name, ROLE);
            let holders =
                [(self.own[at], CALLER), (self.of_team[0][at], "sre"), (self.of_team[1][at], "dev")];
            for (_, holder) in holders.iter().filter(|(has, _)| *has) {
                tenant.grant(holder, name, ROLE);
            }
        }
    }
}

/// The projects in which the caller has a role, of their own or through a team.
fn reached(tenant: &Tenant) -> BTreeSet<String> {
    let teams = tenant.teams.iter().filter(|team| team.users.contains(&tenant.caller));
    let holders: Vec<_> = teams
        .map(|team| &team.metadata.uid)
        .chain([&tenant.caller])
        .filter_map(|uid| tenant.grants.get(uid))
        .collect();
    let has_role = |uid| holders.iter().any(|grants| grants.get(uid).is_some_and(|roles| !roles.is_empty()));
    let projects = tenant.projects.iter().map(|project| &project.metadata);
    projects.filter(|metadata| has_role(&metadata.uid)).map(|metadata| metadata.name.clone()).collect()
}

fn ways() -> impl Strategy<Value = Ways> {
    any::<([bool; 2], [bool; 2], [[bool; 2]; 2])>().prop_map(|(in_team, own, of_team)| Ways {
        in_team,
        own,
        of_team,
    })
}

/// What is to happen.
#[derive(Clone, Copy, Debug)]
struct Case {
    before: Ways,
    after: Ways,
    /// Whether the team `dev` is declared still.
    keeps_dev: bool,
    /// Others have brought the caller into this team, and it is repaired.
    joined: Option<usize>,
    parallel: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let joined = prop_oneof![2 => Just(None), 1 => (0..2usize).prop_map(Some)];
    (ways(), ways(), prop::bool::weighted(0.8), joined, prop_oneof![Just(1), Just(4)]).prop_map(
        |(before, mut after, keeps_dev, joined, parallel)| {
            after.in_team[1] &= keeps_dev;
            Case { before, after, keeps_dev, joined, parallel }
        },
    )
}

/// What a case begins with, and what is seen of the projects that the caller loses on the way.
fn watched(case: &Case) -> (Scene, BTreeSet<String>, Arc<Mutex<BTreeSet<String>>>) {
    let mut scene =
        Scene::new(Switches::default(), &case.before.declared(true), |tenant| case.before.fill(tenant));
    scene.parallel = case.parallel;
    if let Some(team) = case.joined.filter(|team| !case.before.in_team[*team]) {
        scene.fake.tenant(|tenant| {
            let caller = tenant.caller.clone();
            tenant.teams[team].users.push(caller);
        });
        scene.repair();
    }
    let had = scene.fake.tenant(|tenant| reached(tenant));
    let lost = Arc::new(Mutex::new(BTreeSet::new()));
    let (of, seen) = (had.clone(), Arc::clone(&lost));
    scene.fake.watch(move |tenant| {
        seen.lock().unwrap().extend(of.difference(&reached(tenant)).cloned());
    });
    (scene, had, lost)
}

fn complaints(outcomes: &[Outcome]) -> usize {
    let is_meant = |outcome: &&Outcome| matches!(outcome, Outcome::Failed(error) if error.why.contains("`--remove-own-role`"));
    outcomes.iter().filter(is_meant).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever moves from team to project and back, the apply ends at once where the caller has a role in the end, and
    /// stops before the last one goes where they have none.
    #[test]
    fn the_caller_has_a_role_after_each_write(case in cases()) {
        let (mut scene, had, lost) = watched(&case);
        let wanted = case.after.declared(case.keeps_dev);
        let outcomes = match scene.apply_and_die(&wanted, None) {
            Ended::Reported(report) => report.outcomes,
            ended => { prop_assert!(matches!(ended, Ended::Empty)); vec![] }
        };
        prop_assert_eq!(&*lost.lock().unwrap(), &BTreeSet::new());
        let is_kept = had.is_subset(&case.after.reached());
        prop_assert_eq!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), is_kept, "{:?}", outcomes);
        prop_assert_eq!(complaints(&outcomes) == 0, is_kept, "{:?}", outcomes);
        scene.may_remove_own_role = true;
        scene.applies(&wanted);
    }

    /// The same where a write is refused, or nobody knows whether it was done.
    #[test]
    fn the_caller_has_a_role_whatever_write_fails(case in cases(), at in 0..6usize, is_known in any::<bool>()) {
        let (mut scene, _, lost) = watched(&case);
        let fault = if is_known { Fault::forbidden() } else { Fault::Gateway(503, Effect::Before) };
        scene.fake.plant(fault, On::the("PUT", "/v1/").after(at).times(4));
        let wanted = case.after.declared(case.keeps_dev);
        scene.apply_and_die(&wanted, None);
        prop_assert_eq!(&*lost.lock().unwrap(), &BTreeSet::new());
        scene.fake.heal();
        scene.apply_and_die(&wanted, None);
        prop_assert_eq!(&*lost.lock().unwrap(), &BTreeSet::new());
        scene.may_remove_own_role = true;
        scene.applies(&wanted);
    }
}
