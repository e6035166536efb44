//! Teams.

use keyplan::apply::{Outcome, TargetErrorKind};
use keyplan::model::TeamMembers;

use super::super::fake::{EmptyValues, Fault, On, Puts, Switches, Tenant, UnknownFields};
use super::scene::{Scene, settles, survives};

fn team(name: &str, members: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: {name}}}\nspec: {{members: [{members}]}}\n"
    )
}

fn people(tenant: &mut Tenant) {
    tenant.user("Ben@example.com");
    tenant.user("eve@example.com");
}

/// A team as it is recorded, with a role of the tenant that it may keep.
fn scene(switches: Switches) -> Scene {
    Scene::new(switches, &before(), |tenant| {
        people(tenant);
        tenant.team("sre", &["ana@example.com", "Ben@example.com"]);
        tenant.team("old", &["eve@example.com"]);
        tenant.team("others", &["eve@example.com"]);
    })
}

fn before() -> String {
    team("sre", "ana@example.com, ben@example.com") + &team("old", "eve@example.com")
}

fn after() -> String {
    team("sre", "eve@example.com, ben@example.com") + &team("new", "ana@example.com")
}

fn is_there(scene: &Scene) {
    scene.fake.tenant(|tenant| {
        let mut names: Vec<_> = tenant.teams.iter().map(|team| team.metadata.name.clone()).collect();
        names.sort();
        assert_eq!(names, ["new", "others", "sre"]);
        assert_eq!(tenant.members("sre"), ["Ben@example.com", "eve@example.com"]);
        assert_eq!(tenant.members("others"), ["eve@example.com"]);
    });
}

#[test]
fn what_is_declared_is_there_and_nothing_is_left_to_do() {
    settles(scene, &after(), is_there);
}

#[test]
fn whatever_was_killed_ends_as_declared() {
    let switches = Switches {
        unknown_fields: UnknownFields::Everywhere,
        empty_values: EmptyValues::Null,
        ..Switches::default()
    };
    survives(|| scene(switches.clone()), &after(), is_there);
}

#[test]
fn a_user_who_is_not_there_fails_before_anything_is_sent() {
    let scene = scene(Switches::default());
    let error = scene.failure(&(before() + &team("new", "nobody@example.com")));
    assert!(error.why.contains("no user `nobody@example.com`"), "{error}");
    assert!(scene.fake.writes().is_empty());
    // Two of a mail: neither is meant.
    scene.fake.tenant(|tenant| tenant.user("ANA@example.com"));
    assert_eq!(scene.failure(&(before() + &team("new", "ana@example.com"))).kind, TargetErrorKind::Conflict);
}

#[test]
fn what_others_have_changed_is_left_alone_until_it_is_repaired() {
    let scene = scene(Switches::default());
    scene.fake.tenant(|tenant| {
        let eve = tenant.holder("eve@example.com");
        tenant.teams[0].users.push(eve);
    });
    let wanted = team("sre", "ben@example.com") + &team("old", "eve@example.com");
    assert_eq!(scene.failure(&wanted).kind, TargetErrorKind::Conflict);
    assert!(scene.fake.writes().is_empty());
    scene.repair();
    scene.applies(&wanted);
    assert_eq!(scene.fake.tenant(|tenant| tenant.members("sre").len()), 1);
    // One that is there and not recorded.
    let wanted = wanted + &team("others", "ben@example.com");
    assert_eq!(scene.failure(&wanted).kind, TargetErrorKind::Conflict);
}

#[test]
fn a_writer_meanwhile_loses_nothing() {
    let scene = scene(Switches::default());
    let uid = scene.fake.tenant(|tenant| tenant.holder("sre"));
    scene.fake.before(On::the("GET", &format!("/v1/teams/{uid}")), |tenant| {
        let eve = tenant.holder("eve@example.com");
        tenant.teams[0].users.push(eve);
    });
    let error = scene.failure(&(team("sre", "ben@example.com") + &team("old", "eve@example.com")));
    assert_eq!(error.kind, TargetErrorKind::Conflict);
    assert!(scene.fake.writes().is_empty());
}

#[test]
fn a_team_with_roles_that_are_not_recorded_does_not_go() {
    let kept = team("sre", "ana@example.com, ben@example.com");
    let give: [fn(&mut Tenant); 2] = [
        |tenant| {
            let admin = tenant.role_uid("Tenant Admin");
            tenant.teams[1].roles.push(admin);
        },
        |tenant| {
            tenant.project("p");
            tenant.grant("old", "p", "Project Viewer");
        },
    ];
    for give in give {
        let scene = scene(Switches::default());
        scene.fake.tenant(give);
        assert_eq!(scene.failure(&kept).kind, TargetErrorKind::Conflict);
        assert!(scene.fake.writes().is_empty());
    }
}

#[test]
fn an_identity_system_keeps_its_members() {
    let mut scene = scene(Switches::default());
    scene.fake.tenant(|tenant| tenant.teams[0].sources.push("oidc".into()));
    let wanted = team("sre", "eve@example.com") + &team("old", "eve@example.com");
    assert!(scene.failure(&wanted).why.contains("teams: observed"));
    scene.teams = TeamMembers::Observed;
    scene.applies(&(wanted + &team("new", "ana@example.com")));
    assert_eq!(scene.fake.tenant(|tenant| tenant.members("sre").len()), 2);
    assert!(scene.fake.tenant(|tenant| tenant.members("new").is_empty()));
}

#[test]
fn a_yes_without_effect_and_a_no_are_failures() {
    let wanted = team("sre", "eve@example.com") + &team("old", "eve@example.com");
    let scene = scene(Switches { puts: Puts::DoNothing, ..Switches::default() });
    assert_eq!(scene.failure(&wanted).kind, TargetErrorKind::Refused);
    for status in [400, 403, 404, 409, 500] {
        let scene = self::scene(Switches::default());
        scene.fake.plant(Fault::with_api_key(status), On::the("PUT", "/v1/teams").always());
        let outcomes = scene.outcomes(&wanted);
        assert!(matches!(outcomes[..], [Outcome::Failed(_)]), "{outcomes:?}");
        assert!(scene.is_recorded_as(&before()));
    }
}
