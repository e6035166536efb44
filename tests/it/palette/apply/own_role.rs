//! The last role of the user whose API key it is.

use keyplan::apply::Outcome;

use super::super::cli::{settings, told};
use super::super::fake::{Effect, Fake, Switches, Tenant};
use super::projects::project;
use super::scene::{Kill, Scene, survives};
use crate::support::Workspace;

const ANA: (&str, &str) = ("user: ana@example.com", "Project Admin");
const BEN: (&str, &str) = ("user: ben@example.com", "Project Admin");
const SRE: (&str, &str) = ("team: sre", "Project Editor");
const DEV: (&str, &str) = ("team: dev", "Project Viewer");

const TEAMS: &str = "---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [ana@example.com]}\n\
                     ---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {name: dev}\nspec: {members: [ben@example.com]}\n";

/// A description changes as well: that is a write of the project before those of its members.
fn with(description: &str, members: &[(&str, &str)]) -> String {
    TEAMS.to_owned() + &project("a", &format!(", description: {description}"), members)
}

fn there(members: &[(&str, &str)]) -> impl Fn(&mut Tenant) {
    move |tenant| {
        tenant.user("ben@example.com");
        tenant.team("sre", &["ana@example.com"]);
        tenant.team("dev", &["ben@example.com"]);
        tenant.project("a").metadata.annotations.insert("description".into(), "before".into());
        for (subject, role) in members {
            tenant.grant(subject.split_once(": ").unwrap().1, "a", role);
        }
    }
}

fn scene(switches: Switches, members: &[(&str, &str)]) -> Scene {
    Scene::new(switches, &with("before", members), there(members))
}

/// Members before and after, and whether the caller has a role then, or had none.
type Case = (&'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)], bool);

const CASES: [Case; 11] = [
    (&[ANA, BEN], &[BEN], false),
    (&[ANA, BEN], &[], false),
    (&[SRE, BEN], &[BEN], false),
    (&[ANA, SRE, BEN], &[BEN], false),
    (&[ANA, SRE, BEN], &[SRE, BEN], true),
    (&[ANA, SRE, BEN], &[ANA, BEN], true),
    (&[ANA, BEN], &[SRE, BEN], true),
    (&[SRE, BEN], &[ANA, BEN], true),
    (&[SRE, DEV], &[SRE], true),
    (&[ANA, BEN], &[("user: ana@example.com", "Project Viewer"), BEN], true),
    (&[BEN, DEV], &[BEN], true),
];

#[test]
fn the_last_role_of_the_caller_is_taken_only_where_that_is_said() {
    for switches in Switches::pairs() {
        for (before, after, keeps_role) in CASES {
            let mut scene = scene(switches.clone(), before);
            let wanted = with("after", after);
            if !keeps_role {
                let error = scene.failure(&wanted);
                assert!(error.why.contains("`--remove-own-role`"), "{error}");
                assert!(scene.fake.writes().is_empty());
                assert!(scene.is_recorded_as(&with("before", before)));
                scene.may_remove_own_role = true;
            }
            scene.applies(&wanted);
        }
    }
}

/// A custom role of the caller's, and a role that others gave a team, are roles that stay.
#[test]
fn a_role_that_is_not_recorded_stays_and_counts() {
    let scene = scene(Switches::default(), &[ANA, BEN]);
    scene.fake.tenant(|tenant| {
        tenant.role("custom", "project", "user");
        tenant.grant("ana@example.com", "a", "custom");
    });
    scene.applies(&with("after", &[BEN]));
    let scene = self::scene(Switches::default(), &[ANA, BEN]);
    scene.fake.tenant(|tenant| tenant.grant("sre", "a", "Cluster Viewer"));
    assert!(matches!(&scene.outcomes(&with("after", &[BEN]))[..], [Outcome::Applied]));
}

/// What is written anew takes also roles that are not recorded.
#[test]
fn a_role_of_the_caller_that_is_not_recorded_is_not_taken_by_a_repair() {
    let mut scene = scene(Switches::default(), &[BEN]);
    scene.fake.tenant(|tenant| {
        tenant.grant("ana@example.com", "a", "Cluster Admin");
        tenant.projects[0].metadata.annotations.insert("description".into(), "theirs".into());
    });
    scene.repair();
    let wanted = with("before", &[BEN]);
    assert!(scene.failure(&wanted).why.contains("`--remove-own-role`"));
    assert!(scene.fake.writes().is_empty());
    scene.may_remove_own_role = true;
    scene.applies(&wanted);
}

/// The caller is in no team.
fn left(members: &[(&str, &str)]) -> String {
    with("before", members).replace("{members: [ana@example.com]}", "{members: [ben@example.com]}")
}

/// Who leaves a team loses what it gives: that is said before the team is written, and what gives another role comes first.
#[test]
fn the_last_role_of_the_caller_is_not_taken_by_a_change_of_a_team() {
    let mut scene = scene(Switches::default(), &[SRE, BEN]);
    let error = scene.failure(&left(&[SRE, BEN]));
    assert!(error.why.contains("the last role in the project `a`"), "{error}");
    assert!(error.why.contains("`--remove-own-role`"), "{error}");
    assert!(scene.fake.writes().is_empty());
    scene.applies(&left(&[SRE, ANA, BEN]));
    scene.may_remove_own_role = true;
    scene.applies(&left(&[SRE, BEN]));
}

/// The project comes before the team: one killed in between is neither, and goes on or back.
#[test]
fn whoever_moves_from_a_team_to_a_role_is_killed_at_any_request() {
    let new = || scene(Switches::default(), &[SRE, BEN]);
    let wanted = left(&[SRE, ANA, BEN]);
    let has_role = |scene: &Scene| {
        scene.fake.tenant(|tenant| assert_eq!(tenant.roles_of("ana@example.com", "a"), ["Project Admin"]));
    };
    survives(new, &wanted, has_role);
    let whole = new();
    whole.applies(&wanted);
    for at in 0..whole.requests() {
        let mut killed = new();
        killed.apply_and_die(&wanted, Some(Kill { at, effect: Effect::After }));
        killed.may_remove_own_role = true;
        killed.applies(&with("before", &[SRE, BEN]));
    }
}

#[test]
fn the_flag_is_told_and_taken() {
    let fake = Fake::start();
    fake.tenant(there(&[ANA, BEN]));
    let workspace = Workspace::with(&[("keyplan.yaml", settings(&fake, "").as_bytes())]);
    workspace.write("access.yaml", with("before", &[ANA, BEN]).as_bytes());
    told(&workspace, &["apply", "--auto-approve"], 0);
    workspace.write("access.yaml", with("before", &[BEN]).as_bytes());
    let refused = told(&workspace, &["apply", "--auto-approve"], 9);
    assert!(refused.contains("pass `--remove-own-role`"), "{refused}");
    told(&workspace, &["apply", "--auto-approve", "--remove-own-role"], 0);
    assert!(fake.tenant(|tenant| tenant.roles_of("ana@example.com", "a").is_empty()));
}
