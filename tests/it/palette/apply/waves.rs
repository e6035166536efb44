//! What needs nothing of each other goes side by side, and each user and each team is written once.

use keyplan::apply::Outcome;

use super::super::fake::{Effect, Fault, On, Switches, Tenant};
use super::projects::project;
use super::scene::{Kill, OPS, OTHER, Scene, THIRD, settles};

const TEAM: &str =
    "---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [eve@example.com]}\n";

const PROJECTS: [&str; 4] = ["a", "b", "c", "d"];

/// Ben and the team have a role in each project but the last, which is Eve's.
fn with(role: &str, description: &str) -> String {
    let own = PROJECTS[..3].iter().map(|name| {
        let members = [("user: ben@example.com", role), ("team: sre", role)];
        project(name, &format!(", description: {description}"), &members)
    });
    TEAM.to_owned() + &own.collect::<String>() + &project("d", "", &[("user: eve@example.com", role)])
}

const OLD: &str = "Project Viewer";
const NEW: &str = "Cluster Admin";

fn there(tenant: &mut Tenant) {
    tenant.user("ben@example.com");
    tenant.user("eve@example.com");
    tenant.team("sre", &["eve@example.com"]);
    for name in PROJECTS {
        tenant.project(name);
    }
    for project in &mut tenant.projects[..3] {
        project.metadata.annotations.insert("description".into(), "old".into());
    }
    for name in &PROJECTS[..3] {
        tenant.grant("ben@example.com", name, OLD);
        tenant.grant("sre", name, OLD);
    }
    tenant.grant("eve@example.com", "d", OLD);
}

fn scene(switches: Switches) -> Scene {
    Scene::new(switches, &with(OLD, "old"), there)
}

fn path(scene: &Scene, holder: &str) -> String {
    let kind = if holder.contains('@') { "users" } else { "teams" };
    format!("/v1/{kind}/{}/projects", scene.fake.tenant(|tenant| tenant.holder(holder)))
}

fn is_there(scene: &Scene) {
    scene.fake.tenant(|tenant| {
        for name in &PROJECTS[..3] {
            assert_eq!(tenant.roles_of("ben@example.com", name), [NEW]);
            assert_eq!(tenant.roles_of("sre", name), [NEW]);
        }
        assert_eq!(tenant.roles_of("eve@example.com", "d"), [NEW]);
    });
}

#[test]
fn what_is_declared_is_there_and_nothing_is_left_to_do() {
    settles(scene, &with(NEW, "new"), is_there);
}

/// Read once, sent once, read back once, however many projects there are.
#[test]
fn a_user_and_a_team_are_written_once() {
    for parallel in [1, 4] {
        let mut scene = scene(Switches::default());
        scene.parallel = parallel;
        let outcomes = scene.outcomes(&with(NEW, "new"));
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?}");
        let lines: Vec<_> = scene.fake.exchanges().into_iter().map(|one| one.request.line()).collect();
        for holder in ["ben@example.com", "sre", "eve@example.com"] {
            let path = path(&scene, holder);
            let own: Vec<_> =
                lines.iter().filter(|line| line.ends_with(&path)).map(|line| &line[..3]).collect();
            assert_eq!(own, ["GET", "PUT", "GET"], "{holder}");
        }
        is_there(&scene);
    }
}

/// Which projects have failed.
fn failed(outcomes: &[Outcome]) -> Vec<bool> {
    outcomes.iter().map(|outcome| matches!(outcome, Outcome::Failed(_))).collect()
}

#[test]
fn a_put_that_fails_fails_what_hangs_on_it_and_nothing_else() {
    for parallel in [1, 4] {
        for (holder, expected) in
            [("ben@example.com", [true, true, true, false]), ("eve@example.com", [false, false, false, true])]
        {
            let mut scene = scene(Switches::default());
            scene.parallel = parallel;
            scene.fake.plant(Fault::forbidden(), On::the("PUT", &path(&scene, holder)).always());
            assert_eq!(failed(&scene.outcomes(&with(NEW, "new"))), expected);
            scene.fake.heal();
            scene.applies(&with(NEW, "new"));
            is_there(&scene);
        }
    }
}

#[test]
fn a_project_that_fails_takes_no_roles_with_it() {
    let wanted = with(NEW, "new");
    // Others have changed one, so that it is left alone with all that is in it.
    let mut scene = scene(Switches::default());
    scene.parallel = 4;
    scene.fake.tenant(|tenant| {
        tenant.projects[1].metadata.annotations.insert("description".into(), "theirs".into());
    });
    assert_eq!(failed(&scene.outcomes(&wanted)), [false, true, false, false]);
    scene.fake.tenant(|tenant| {
        assert_eq!(tenant.roles_of("ben@example.com", "a"), [NEW]);
        assert_eq!(tenant.roles_of("ben@example.com", "b"), [OLD]);
        assert_eq!(tenant.roles_of("sre", "b"), [OLD]);
    });
    scene.repair();
    scene.applies(&wanted);
    is_there(&scene);
}

/// What is told does not depend on what comes first.
#[test]
fn what_is_told_is_the_same_side_by_side() {
    let wanted = with(NEW, "new");
    for fault in [Fault::forbidden(), Fault::Gateway(503, Effect::After), Fault::NoAnswer(Effect::Before)] {
        for path in ["/v1/users", "/v1/teams", "/v1/projects"] {
            let outcomes = [1, 4, 8].map(|parallel| {
                let mut scene = scene(Switches::default());
                scene.parallel = parallel;
                scene.fake.plant(fault.clone(), On::the("PUT", path).always());
                let outcomes = scene.outcomes(&wanted);
                scene.fake.heal();
                scene.applies(&wanted);
                outcomes
            });
            // Uids are the same in every tenant of the fake.
            assert!(outcomes.iter().all(|one| *one == outcomes[0]), "{outcomes:?}");
        }
    }
}

#[test]
fn whatever_was_killed_side_by_side_ends_as_declared() {
    let wanted = with(NEW, "new");
    let whole = scene(Switches::default());
    whole.applies(&wanted);
    for at in 0..whole.requests() {
        for effect in [Effect::Before, Effect::After] {
            let mut killed = scene(Switches::default());
            killed.parallel = 4;
            killed.apply_and_die(&wanted, Some(Kill { at, effect }));
            killed.applies(&wanted);
            is_there(&killed);
        }
    }
}

fn keys(keys: &[(&str, &str)]) -> String {
    let key = |(name, line): &(&str, &str)| {
        format!(
            "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: a}}\n\
             spec: {{publicKey: {line}}}\n"
        )
    };
    with(OLD, "old") + &keys.iter().map(key).collect::<String>()
}

#[test]
fn changes_go_side_by_side_as_far_as_the_settings_allow() {
    let wanted = keys(&[("ops", OPS), ("other", OTHER), ("third", THIRD)]);
    for parallel in [1, 2, 3] {
        let mut scene = scene(Switches::default());
        scene.parallel = parallel;
        scene.traffic.want_writes(parallel);
        scene.applies(&wanted);
        assert_eq!(scene.traffic.most(), (parallel, parallel));
    }
}

/// A name that another key gives up is free by then.
#[test]
fn what_takes_a_name_waits_for_what_gives_it_up() {
    let before = keys(&[("ops", OPS), ("other", OTHER)]);
    let wanted = keys(&[("other", OPS), ("third", OTHER)]);
    for switches in Switches::pairs() {
        let mut scene = Scene::new(switches, &before, |tenant| {
            there(tenant);
            tenant.key("a", "ops", OPS);
            tenant.key("a", "other", OTHER);
        });
        scene.parallel = 4;
        scene.applies(&wanted);
    }
}
