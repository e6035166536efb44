//! Keys.

use keyplan::apply::{Outcome, TargetErrorKind};

use super::super::fake::{Effect, Fault, KeyRename, On, Puts, Switches, Tenant, UnknownFields};
use super::scene::{Ended, Kill, OPS, OTHER, Scene, THIRD, settles, survives};

const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n\
                       spec: {members: [{user: ben@example.com, role: Project Admin}]}\n";

fn key(name: &str, line: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: p}}\n\
         spec: {{publicKey: {line}}}\n"
    )
}

fn with(keys: &[(&str, &str)]) -> String {
    keys.iter().fold(PROJECT.to_owned(), |text, (name, line)| text + &key(name, line))
}

/// The project as it is recorded, and keys beside it.
fn tenant(keys: &[(&str, &str)]) -> impl Fn(&mut Tenant) {
    move |tenant| {
        tenant.user("ben@example.com");
        tenant.project("p");
        tenant.grant("ben@example.com", "p", "Project Admin");
        tenant.tenant_key("of-all", THIRD);
        for (name, line) in keys {
            tenant.key("p", name, line);
        }
    }
}

fn scene(switches: Switches, keys: &[(&str, &str)]) -> Scene {
    Scene::new(switches, &with(keys), tenant(keys))
}

/// Names and texts of the project's keys.
fn there(scene: &Scene) -> Vec<(String, String)> {
    scene.fake.tenant(|tenant| {
        let project = tenant.project_uid("p");
        let own = tenant.keys.iter().filter(|key| key.project.as_ref() == Some(&project));
        let mut all: Vec<_> = own.map(|key| (key.metadata.name.clone(), key.text.clone())).collect();
        all.sort();
        all
    })
}

fn is_there(scene: &Scene, keys: &[(&str, &str)]) {
    let mut expected: Vec<_> = keys.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    expected.sort();
    assert_eq!(there(scene), expected);
}

const BEFORE: [(&str, &str); 2] = [("ops", OPS), ("old", OTHER)];

fn commented(line: &str) -> String {
    line.rsplit_once(' ').unwrap().0.to_owned() + " 2027"
}

/// Each kind of change alone, and all together.
fn changes() -> Vec<Vec<(&'static str, String)>> {
    let own = |keys: &[(&'static str, &str)]| {
        keys.iter().map(|(name, line)| (*name, (*line).to_owned())).collect::<Vec<_>>()
    };
    vec![
        own(&BEFORE),
        own(&[("ops", OPS), ("old", OTHER), ("new", THIRD)]),
        own(&[("ops", OPS)]),
        own(&[("ops", THIRD), ("old", OTHER)]),
        own(&[("on-call", OPS), ("old", OTHER)]),
        vec![("ops", commented(OPS)), ("old", OTHER.into())],
        vec![("on-call", commented(OPS)), ("old", THIRD.into())],
        own(&[("new", OPS), ("ops", THIRD)]),
        own(&[]),
    ]
}

fn borrowed<'a>(keys: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    keys.iter().map(|(name, line)| (*name, line.as_str())).collect()
}

#[test]
fn what_is_declared_is_there_and_nothing_is_left_to_do() {
    for after in changes() {
        let after = borrowed(&after);
        settles(|switches| scene(switches, &BEFORE), &with(&after), |scene| is_there(scene, &after));
    }
}

#[test]
fn whatever_was_killed_ends_as_declared() {
    for key_rename in [KeyRename::Taken, KeyRename::Ignored] {
        let switches =
            Switches { key_rename, unknown_fields: UnknownFields::Everywhere, ..Switches::default() };
        for after in [&changes()[6], &changes()[7]] {
            let after = borrowed(after);
            survives(|| scene(switches.clone(), &BEFORE), &with(&after), |scene| is_there(scene, &after));
        }
    }
}

/// Another declaration may come after one that was killed.
#[test]
fn whatever_was_killed_can_be_taken_back() {
    let switches = Switches { key_rename: KeyRename::Ignored, ..Switches::default() };
    let (before, after) = (with(&BEFORE), with(&[("on-call", &commented(OPS)), ("old", THIRD)]));
    let whole = scene(switches.clone(), &BEFORE);
    whole.applies(&after);
    for at in 0..whole.requests() {
        let scene = scene(switches.clone(), &BEFORE);
        scene.apply_and_die(&after, Some(Kill { at, effect: Effect::After }));
        scene.applies(&before);
        is_there(&scene, &BEFORE);
    }
}

#[test]
fn whatever_happens_to_a_write_what_is_said_is_true_and_nothing_is_there_twice() {
    let after = [("new", THIRD), ("ops", OTHER)];
    let mut faults = vec![Fault::HalfBody, Fault::forbidden()];
    for effect in [Effect::Before, Effect::After] {
        faults.extend([Fault::NoAnswer(effect), Fault::Gateway(503, effect)]);
    }
    faults.extend([400, 401, 404, 409, 422, 500].map(Fault::with_api_key));
    for fault in faults {
        for method in ["POST", "PUT", "DELETE"] {
            for times in [1, 9] {
                let scene = scene(Switches::default(), &BEFORE);
                scene.fake.plant(fault.clone(), On::the(method, "/v1/users/assets/sshkeys").times(times));
                let outcomes = scene.outcomes(&with(&after));
                if outcomes.iter().all(|outcome| *outcome == Outcome::Applied) {
                    is_there(&scene, &after);
                }
                let names: Vec<_> = there(&scene).into_iter().map(|(name, _)| name).collect();
                assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
                scene.fake.heal();
                scene.applies(&with(&after));
                is_there(&scene, &after);
            }
        }
    }
}

#[test]
fn what_others_have_made_or_changed_is_left_alone() {
    // One of that name is there.
    let scene = Scene::new(Switches::default(), PROJECT, tenant(&[("ops", OTHER)]));
    let error = scene.failure(&with(&[("ops", OPS)]));
    assert_eq!(error.kind, TargetErrorKind::Conflict);
    assert!(error.why.contains("keyplan import"), "{error}");
    is_there(&scene, &[("ops", OTHER)]);
    // What is there is what is declared.
    let scene = Scene::new(Switches::default(), PROJECT, tenant(&[("ops", OPS)]));
    scene.applies(&with(&[("ops", OPS)]));
    assert!(scene.fake.writes().is_empty());
    // A recorded one was changed, and is to be changed, renamed, or to go.
    for after in [&[("ops", THIRD)][..], &[("on-call", OPS)], &[]] {
        let scene = Scene::new(Switches::default(), &with(&[("ops", OPS)]), tenant(&[("ops", OTHER)]));
        assert_eq!(scene.failure(&with(after)).kind, TargetErrorKind::Conflict);
        is_there(&scene, &[("ops", OTHER)]);
        assert!(scene.is_recorded_as(&with(&[("ops", OPS)])));
    }
    // The new name is taken.
    let scene =
        Scene::new(Switches::default(), &with(&[("ops", OPS)]), tenant(&[("ops", OPS), ("on-call", THIRD)]));
    assert_eq!(scene.failure(&with(&[("on-call", OPS)])).kind, TargetErrorKind::Conflict);
    is_there(&scene, &[("ops", OPS), ("on-call", THIRD)]);
    assert!(scene.fake.writes().is_empty());
}

/// Another writer, at each read of an apply.
#[test]
fn a_writer_meanwhile_loses_nothing() {
    for skipped in 0..3 {
        for after in [&[("ops", THIRD)][..], &[("on-call", OPS)], &[]] {
            let scene = scene(Switches::default(), &[("ops", OPS)]);
            let on = On::the("GET", "/v1/users/assets/sshkeys").after(skipped);
            scene.fake.before(on, |tenant| {
                if let Some(key) = tenant.key_named("p", "ops") {
                    key.text = OTHER.into();
                }
            });
            let outcomes = scene.outcomes(&with(after));
            // The third read proves the write: by then it is done.
            if skipped < 2 || after == [("ops", THIRD)] {
                assert!(
                    matches!(&outcomes[..], [Outcome::Failed(error)] if error.kind == TargetErrorKind::Conflict)
                );
                is_there(&scene, &[("ops", OTHER)]);
            }
        }
    }
}

/// Not even an apply that was killed takes what others have under a new name for its own.
#[test]
fn a_taken_name_is_never_written_over() {
    for before in [&[("ops", OPS)][..], &[]] {
        let new = || {
            let there = [before, &[("on-call", THIRD)]].concat();
            Scene::new(Switches::default(), &with(before), tenant(&there))
        };
        for at in 0..8 {
            let scene = new();
            scene.apply_and_die(&with(&[("on-call", OPS)]), Some(Kill { at, effect: Effect::After }));
            scene.failure(&with(&[("on-call", OPS)]));
            assert!(scene.fake.writes().is_empty());
        }
    }
}

#[test]
fn what_was_changed_is_written_anew_after_a_repair() {
    let scene = Scene::new(Switches::default(), &with(&BEFORE), tenant(&[("ops", THIRD)]));
    assert!(matches!(scene.apply_and_die(&with(&BEFORE), None), Ended::Empty));
    scene.repair();
    scene.applies(&with(&BEFORE));
    is_there(&scene, &BEFORE);
}

#[test]
fn what_is_gone_is_made_anew_or_is_gone() {
    let scene = Scene::new(Switches::default(), &with(&BEFORE), tenant(&[]));
    scene.applies(&with(&[("ops", THIRD)]));
    is_there(&scene, &[("ops", THIRD)]);
}

#[test]
fn a_yes_without_effect_is_a_failure() {
    let scene = scene(Switches { puts: Puts::DoNothing, ..Switches::default() }, &BEFORE);
    let error = scene.failure(&with(&[("ops", THIRD), ("old", OTHER)]));
    assert_eq!(error.kind, TargetErrorKind::Refused);
    assert!(scene.is_recorded_as(&with(&BEFORE)));
}

#[test]
fn a_key_that_an_unrecorded_cluster_has_does_not_go() {
    let there = |tenant: &mut Tenant| {
        tenant.user("ben@example.com");
        tenant.project("p");
        tenant.grant("ben@example.com", "p", "Project Admin");
        tenant.key("p", "ops", OPS);
        tenant.cluster("p", "prod", "maas", &[&commented(OPS)]);
    };
    let scene = Scene::new(Switches::default(), &with(&[("ops", OPS)]), there);
    let error = scene.failure(PROJECT);
    assert!(error.kind == TargetErrorKind::Conflict && error.why.contains("`prod`"), "{error}");
    is_there(&scene, &[("ops", OPS)]);
}

#[test]
fn another_tenant_is_refused_before_anything_is_sent() {
    let scene = scene(Switches::default(), &BEFORE);
    scene.fake.tenant(|tenant| tenant.name = "other".into());
    let outcomes = scene.outcomes(&with(&[]));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Failed(error)
        if error.kind == TargetErrorKind::Denied)));
    assert!(scene.fake.writes().is_empty());
}
