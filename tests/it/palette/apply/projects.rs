//! Projects, and who has roles in them.

use keyplan::apply::TargetErrorKind;

use super::super::fake::{Effect, EmptyValues, Fault, On, Puts, RolePuts, Switches, Tenant, UnknownFields};
use super::scene::{Kill, OPS, Scene, settles, survives};

pub(super) fn project(name: &str, more: &str, members: &[(&str, &str)]) -> String {
    let members: Vec<_> =
        members.iter().map(|(subject, role)| format!("{{{subject}, role: {role}}}")).collect();
    format!(
        "---\napiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: {name}{more}}}\nspec: {{members: [{}]}}\n",
        members.join(", ")
    )
}

const TEAM: &str =
    "---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [eve@example.com]}\n";

fn before() -> String {
    TEAM.to_owned()
        + &project(
            "a",
            ", description: first",
            &[("user: ben@example.com", "Project Admin"), ("team: sre", "Cluster Viewer")],
        )
        + &project(
            "b",
            "",
            &[("user: ben@example.com", "Project Viewer"), ("user: eve@example.com", "Project Admin")],
        )
        + &project("gone", "", &[("team: sre", "Project Admin")])
}

/// Described, labelled, with other members; one is new, one goes, one stays.
fn after() -> String {
    TEAM.to_owned()
        + &project(
            "a",
            ", description: second, labels: {tier: gold}",
            &[("user: ben@example.com", "Project Editor"), ("user: eve@example.com", "Project Admin")],
        )
        + &project(
            "b",
            "",
            &[("user: ben@example.com", "Project Viewer"), ("user: eve@example.com", "Project Admin")],
        )
        + &project(
            "new",
            ", description: third",
            &[("team: sre", "Project Editor"), ("user: BEN@example.com", "Project Admin")],
        )
}

/// What is recorded, and much of others: a project, custom roles, a label of a cluster's, roles of the team.
fn there(tenant: &mut Tenant) {
    tenant.user("ben@example.com");
    tenant.user("eve@example.com");
    tenant.role("custom", "project", "user");
    tenant.team("sre", &["eve@example.com"]);
    for name in ["a", "b", "gone", "others"] {
        tenant.project(name);
    }
    tenant.projects[0].metadata.annotations.insert("description".into(), "first".into());
    tenant.projects[0].metadata.annotations.insert("theirs".into(), "kept".into());
    tenant.grant("ben@example.com", "a", "Project Admin");
    tenant.grant("ben@example.com", "a", "custom");
    tenant.grant("sre", "a", "Cluster Viewer");
    tenant.grant("ben@example.com", "b", "Project Viewer");
    tenant.grant("eve@example.com", "b", "Project Admin");
    tenant.grant("sre", "gone", "Project Admin");
    for holder in ["ben@example.com", "eve@example.com", "sre"] {
        tenant.grant(holder, "others", "Project Viewer");
    }
}

fn scene(switches: Switches) -> Scene {
    Scene::new(switches, &before(), there)
}

fn is_there(scene: &Scene) {
    scene.fake.tenant(|tenant| {
        let mut names: Vec<_> = tenant.projects.iter().map(|one| one.metadata.name.clone()).collect();
        names.sort();
        assert_eq!(names, ["a", "b", "new", "others"]);
        let annotations = &tenant.project_named("a").unwrap().metadata.annotations;
        assert_eq!(annotations["theirs"], "kept");
        let roles = |holder, project| {
            let mut roles = tenant.roles_of(holder, project);
            roles.sort_unstable();
            roles
        };
        assert_eq!(roles("ben@example.com", "a"), ["Project Editor", "custom"]);
        assert_eq!(roles("eve@example.com", "a"), ["Project Admin"]);
        assert!(roles("sre", "a").is_empty());
        assert_eq!(roles("sre", "new"), ["Project Editor"]);
        assert_eq!(roles("ben@example.com", "new"), ["Project Admin"]);
        for holder in ["ben@example.com", "eve@example.com", "sre"] {
            assert_eq!(roles(holder, "others"), ["Project Viewer"]);
        }
    });
}

#[test]
fn what_is_declared_is_there_and_nothing_is_left_to_do() {
    settles(scene, &after(), is_there);
}

#[test]
fn whatever_was_killed_ends_as_declared() {
    for role_puts in [RolePuts::Replace, RolePuts::Merge] {
        let (unknown_fields, empty_values) = (UnknownFields::Everywhere, EmptyValues::Null);
        let switches = Switches { role_puts, unknown_fields, empty_values, ..Switches::default() };
        survives(|| scene(switches.clone()), &after(), is_there);
    }
}

/// A project with its keys has another name; its uid is the same.
#[test]
fn a_renamed_project_takes_along_what_is_in_it() {
    let member = [("user: ben@example.com", "Project Admin")];
    let key = |project: &str| {
        format!(
            "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: {project}}}\n\
             spec: {{publicKey: {OPS}}}\n"
        )
    };
    let before = project("a", "", &member) + &key("a");
    let renamed = "---\napiVersion: keyplan/v1\nkind: Project\nmetadata: {name: z, previousName: a, description: new}\n\
                   spec: {members: [{user: ana@example.com, role: Project Admin}]}\n";
    let after = renamed.to_owned() + &key("z");
    let new = || {
        Scene::new(Switches::default(), &before, |tenant| {
            tenant.user("ben@example.com");
            tenant.project("a");
            tenant.grant("ben@example.com", "a", "Project Admin");
            tenant.key("a", "ops", OPS);
        })
    };
    let uid = |scene: &Scene, name: &str| scene.fake.tenant(|tenant| tenant.project_uid(name));
    let expected = uid(&new(), "a");
    survives(new, &after, |scene| {
        assert_eq!(uid(scene, "z"), expected);
        scene.fake.tenant(|tenant| {
            assert_eq!((tenant.projects.len(), tenant.keys.len()), (1, 1));
            assert!(tenant.roles_of("ben@example.com", "z").is_empty());
        });
    });
}

#[test]
fn somebody_who_is_not_there_fails_the_project_before_anything_is_sent() {
    let member = [("user: nobody@example.com", "Project Admin")];
    let scene = scene(Switches::default());
    let error = scene.failure(&(before() + &project("new", "", &member)));
    assert!(error.why.contains("no user `nobody@example.com`"), "{error}");
    assert!(scene.fake.writes().is_empty());
    assert!(scene.is_recorded_as(&before()));
}

#[test]
fn a_project_with_something_in_it_does_not_go() {
    let fill: [fn(&mut Tenant); 2] = [
        |tenant| drop(tenant.key("gone", "theirs", OPS).text.clone()),
        |tenant| drop(tenant.cluster("gone", "prod", "maas", &[]).state.clone()),
    ];
    let rest = before().rsplit_once("---\n").unwrap().0.to_owned();
    for fill in fill {
        let scene = scene(Switches::default());
        scene.fake.tenant(fill);
        assert_eq!(scene.failure(&rest).kind, TargetErrorKind::Conflict);
        assert!(scene.fake.writes().is_empty());
    }
}

#[test]
fn what_others_have_changed_is_left_alone_until_it_is_repaired() {
    let scene = scene(Switches::default());
    scene.fake.tenant(|tenant| {
        tenant.projects[1].metadata.annotations.insert("description".into(), "theirs".into());
        tenant.grant("ana@example.com", "b", "Cluster Admin");
    });
    let wanted = before().replace("{name: b}", "{name: b, description: ours}");
    assert_eq!(scene.failure(&wanted).kind, TargetErrorKind::Conflict);
    assert!(scene.fake.writes().is_empty());
    scene.repair();
    scene.fake.tenant(|tenant| tenant.grant("ana@example.com", "b", "Cluster Viewer"));
    // The caller is in it by now: that is for another one to take.
    assert!(scene.failure(&wanted).why.contains("last role"));
    scene.fake.tenant(|tenant| {
        let (caller, eve) = (tenant.caller.clone(), tenant.holder("eve@example.com"));
        let held = tenant.grants.remove(&caller).unwrap();
        let project = tenant.project_uid("a");
        let roles = held.into_values().next().unwrap();
        tenant.grants.entry(eve).or_default().insert(project, roles);
    });
    scene.repair();
    scene.applies(&wanted);
    assert!(scene.fake.tenant(|tenant| tenant.roles_of("eve@example.com", "a").is_empty()));
}

#[test]
fn what_is_not_recorded_is_left_alone() {
    let scene = scene(Switches::default());
    let wanted =
        before() + &project("others", ", description: ours", &[("user: eve@example.com", "Project Admin")]);
    assert_eq!(scene.failure(&wanted).kind, TargetErrorKind::Conflict);
    assert!(scene.fake.writes().is_empty());
    // Not even after an apply that was killed does a renamed project take the place of another one.
    let renamed = before().replace("{name: b}", "{name: others, previousName: b}");
    for at in 0..12 {
        let scene = self::scene(Switches::default());
        scene.apply_and_die(&renamed, Some(Kill { at, effect: Effect::After }));
        scene.failure(&renamed);
        assert!(scene.fake.writes().is_empty());
    }
}

/// Another writer, before the roles of a user are read for the last time.
#[test]
fn roles_that_are_given_meanwhile_stay() {
    let scene = scene(Switches::default());
    let uid = scene.fake.tenant(|tenant| tenant.holder("ben@example.com"));
    scene.fake.before(On::the("GET", &format!("/v1/users/{uid}/projects")), |tenant| {
        tenant.grant("ben@example.com", "others", "custom");
    });
    scene.applies(&before().replace("Project Viewer", "Cluster Editor"));
    assert_eq!(scene.fake.tenant(|tenant| tenant.roles_of("ben@example.com", "others").len()), 2);
}

#[test]
fn a_yes_without_effect_and_a_no_are_failures() {
    let wanted = before().replace("Project Viewer", "Cluster Editor");
    let scene = scene(Switches { puts: Puts::DoNothing, ..Switches::default() });
    assert_eq!(scene.failure(&wanted).kind, TargetErrorKind::Refused);
    for status in [400, 403, 404, 409, 500] {
        let scene = self::scene(Switches::default());
        scene.fake.plant(Fault::with_api_key(status), On::the("PUT", "/v1/users").always());
        scene.failure(&wanted);
        assert!(scene.is_recorded_as(&before()));
    }
}

/// A description that was typed with blanks around it is the same one, to drift and to an apply.
#[test]
fn blanks_around_a_description_are_no_change_of_others() {
    let scene = Scene::new(Switches::default(), &before(), |tenant| {
        there(tenant);
        tenant.projects[0].metadata.annotations.insert("description".into(), " first\n".into());
    });
    assert!(scene.drift().iter().all(|place| !place.observed.is_drift()));
    scene.applies(&after());
    is_there(&scene);
}
