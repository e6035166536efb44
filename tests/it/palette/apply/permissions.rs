//! What the API key may not do is told before anything is written, and how many keys there may be once one is refused.

use keyplan::apply::{Outcome, TargetErrorKind};
use keyplan::model::TeamMembers;

use super::super::fake::{Fault, On, Switches, Tenant, UsersMe};
use super::scene::{OPS, OTHER, Scene, THIRD};

const PROJECT: &str = "---\napiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n\
                       spec: {members: [{user: ben@example.com, role: Project Admin}]}\n";

fn team(members: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: sre}}\nspec: {{members: [{members}]}}\n"
    )
}

fn key(name: &str, line: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: p}}\n\
         spec: {{publicKey: {line}}}\n"
    )
}

fn cluster(key: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: prod, project: p}}\n\
         spec: {{cloud: maas, sshKey: {key}, loginUser: spectro}}\n"
    )
}

fn there(tenant: &mut Tenant) {
    tenant.user("ben@example.com");
    tenant.team("sre", &["ben@example.com"]);
    tenant.project("p");
    tenant.grant("ben@example.com", "p", "Project Admin");
    tenant.key("p", "ops", OPS);
    tenant.key("p", "old", OTHER);
    tenant.cluster("p", "prod", "maas", &[OPS]);
}

fn before() -> String {
    team("ben@example.com") + PROJECT + &key("ops", OPS) + &key("old", OTHER) + &cluster("ops")
}

/// Another member, role, key of a cluster, a key that is new and one that goes.
fn after() -> String {
    team("ana@example.com")
        + &PROJECT.replace("Project Admin", "Project Viewer")
        + &key("ops", OPS)
        + &key("new", THIRD)
        + &cluster("new")
}

fn withholding(switches: Switches, withheld: &[&str]) -> Scene {
    Scene::new(switches, &before(), |tenant| {
        there(tenant);
        tenant.withheld = withheld.iter().map(|one| (*one).into()).collect();
    })
}

/// What each change failed for, or that it was not begun.
fn told(outcomes: &[Outcome]) -> Vec<&str> {
    let told = outcomes.iter().map(|outcome| match outcome {
        Outcome::Applied => "applied",
        Outcome::Failed(error) => &error.why,
        Outcome::Skipped(why) => why,
    });
    told.collect()
}

#[test]
fn all_that_the_api_key_lacks_is_told_at_once_and_nothing_is_written() {
    let withheld =
        ["team.update", "role.list", "user.update", "sshKey.create", "sshKey.delete", "cloudconfig.update"];
    let scene = withholding(Switches::default(), &withheld);
    assert_eq!(
        told(&scene.outcomes(&after())),
        [
            "the API key lacks `team.update` in the tenant",
            "the API key lacks `role.list`, `user.update` in the tenant",
            "the API key lacks `sshKey.create` in the project `p`",
            "the API key lacks `cloudconfig.update` in the project `p`",
            "the API key lacks `sshKey.delete` in the project `p`",
        ]
    );
    assert!(scene.fake.writes().is_empty());
    assert!(scene.is_recorded_as(&before()));
    // Each alone stops all of them.
    for one in withheld {
        let scene = withholding(Switches::default(), &[one]);
        let outcomes = scene.outcomes(&after());
        let told = told(&outcomes);
        assert_eq!(
            told.iter().filter(|why| why.contains(&format!("lacks `{one}` in"))).count(),
            1,
            "{told:?}"
        );
        assert_eq!(told.iter().filter(|why| why.starts_with("nothing is begun")).count(), 4, "{told:?}");
        assert!(scene.fake.writes().is_empty());
        scene.fake.tenant(|tenant| tenant.withheld.clear());
        scene.applies(&after());
    }
}

/// Whatever Palette says of permissions, or does not say: what is permitted is done, and what is not is not.
#[test]
fn an_answer_that_tells_nothing_stops_nothing() {
    for switches in Switches::pairs() {
        let scene = withholding(switches.clone(), &["sshKey.delete"]);
        let outcomes = scene.outcomes(&after());
        let applied = outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count();
        let is_told = switches.users_me == UsersMe::Answers;
        assert_eq!(applied, if is_told { 0 } else { 4 }, "{outcomes:?}");
        let denied = outcomes.iter().filter(
            |outcome| matches!(outcome, Outcome::Failed(error) if error.kind == TargetErrorKind::Denied),
        );
        assert_eq!(denied.count(), 1, "{outcomes:?}");
    }
    for fault in [Fault::forbidden(), Fault::with_api_key(404), Fault::with_api_key(500)] {
        let scene = withholding(Switches::default(), &["sshKey.delete"]);
        scene.fake.plant(fault, On::the("GET", "/v1/users/me"));
        let outcomes = scene.outcomes(&after());
        assert_eq!(told(&outcomes)[..4], ["applied"; 4]);
    }
}

#[test]
fn what_is_not_sent_needs_no_permission() {
    let withheld = ["team.update", "project.update", "sshKey.update"];
    let owned = before().replace(&format!("{OPS}}}"), &format!("{OPS}, owner: ana@example.com}}"));
    let labelled = owned.replace("{name: sre}", "{name: sre, description: on call}");
    withholding(Switches::default(), &withheld).applies(&labelled);
    // Where an identity system fills the teams, their members are not sent.
    let mut scene = withholding(Switches::default(), &withheld);
    scene.teams = TeamMembers::Observed;
    assert_eq!(
        told(&scene.outcomes(&before().replace("[ben@example.com]", "[ana@example.com]"))),
        ["applied"]
    );
}

/// An admin of one project alone.
#[test]
fn keys_and_clusters_ask_for_nothing_that_takes_a_tenant_admin() {
    for switches in Switches::pairs() {
        let areas = ["project", "role", "team", "user"];
        let verbs = ["create", "delete", "get", "update"];
        let all = areas.iter().flat_map(|area| verbs.map(|verb| format!("{area}.{verb}")));
        let lists = ["role.list", "team.list", "user.list"].map(String::from);
        let withheld: Vec<_> = all.chain(lists).collect();
        let withheld: Vec<_> = withheld.iter().map(String::as_str).collect();
        let scene = withholding(switches, &withheld);
        let outcomes = scene.outcomes(
            &(team("ben@example.com") + PROJECT + &key("ops", OPS) + &key("new", THIRD) + &cluster("new")),
        );
        assert_eq!(told(&outcomes), ["applied"; 3]);
        let own = [
            "/v1/users/info",
            "/v1/users/me",
            "/v1/users/assets/",
            "/v1/dashboard/",
            "/v1/cloudconfigs/",
            "/v1/spectroclusters/",
        ];
        for exchange in scene.fake.exchanges() {
            let path = exchange.request.path;
            assert!(own.iter().any(|own| path.starts_with(own)), "{path}");
        }
    }
}

#[test]
fn a_tenant_that_has_all_keys_that_it_may_have_is_told() {
    let wanted = before() + &key("new", THIRD);
    let reached = "the tenant has 2 keys and may have 2";
    for switches in Switches::pairs() {
        let scene = withholding(switches, &[]);
        scene.fake.tenant(|tenant| tenant.most_keys = 2);
        let error = scene.failure(&wanted);
        assert!(error.why.contains("may have") && error.why.contains(reached), "{error}");
        // Whoever may not read the limits is told what Palette says.
        scene.fake.plant(Fault::forbidden(), On::the("GET", "/v1/tenants").always());
        let error = scene.failure(&wanted);
        assert!(error.why.contains("all the keys") && !error.why.contains(reached), "{error}");
        scene.fake.tenant(|tenant| tenant.most_keys = 3);
        scene.applies(&wanted);
    }
    // A refusal of another kind is not blamed on the limit.
    let scene = withholding(Switches::default(), &[]);
    scene.fake.plant(Fault::with_api_key(422), On::the("POST", "/v1/users/assets/sshkeys").always());
    let error = scene.failure(&wanted);
    assert!(!error.why.contains("may have"), "{error}");
}

/// Many keys that are refused ask for the limit once.
#[test]
fn the_limit_is_asked_for_once() {
    let before = team("ben@example.com") + PROJECT + &key("ops", OPS) + &cluster("ops");
    let scene = Scene::new(Switches::default(), &before, there);
    scene.fake.tenant(|tenant| tenant.most_keys = 2);
    let outcomes = scene.outcomes(&(before + &key("new", THIRD) + &key("newer", OTHER)));
    assert!(told(&outcomes).iter().all(|why| why.contains("may have 2")), "{outcomes:?}");
    let exchanges = scene.fake.exchanges();
    let asked = exchanges.iter().filter(|one| one.request.path.starts_with("/v1/tenants/"));
    assert_eq!(asked.count(), 1);
}
