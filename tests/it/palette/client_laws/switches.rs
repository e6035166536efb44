//! All shapes are read, and objects go back whole, whatever nobody knows of Palette.

use keyplan::targets::palette::client::{Listing, Scope, Written};
use keyplan::targets::palette::wire::{
    CloudConfig, Cluster, Key, Project, ProjectRoles, ProjectSummary, Repave, ResourceLimits, Role, Team,
    User, search_of_clusters, search_of_projects,
};
use serde_json::json;

use super::super::example::{ON_CALL, OPS};
use super::super::fake::{Fake, Switches, UsersMe, WrongProject};
use super::KEYS;
use super::caller::{Caller, project};

/// A tenant with something of each kind, and more of some than fit on a page of two.
fn fake_with(switches: Switches) -> (Fake, Scope) {
    let fake = Fake::with(switches);
    fake.tenant(|tenant| {
        for name in ["payments", "shop", "web"] {
            tenant.project(name);
        }
        tenant.user("eve@example.com");
        for name in ["sre", "ops", "dev", "web", "db"] {
            tenant.team(name, &["ana@example.com"]);
        }
        tenant.key("payments", "ops", OPS);
        for (name, cloud) in [("a", "vsphere"), ("b", "maas"), ("c", "edge-native"), ("d", "azure")] {
            tenant.cluster("payments", name, cloud, &[OPS]);
        }
        tenant.cluster("payments", "gone", "maas", &[OPS]).is_deleted = true;
        tenant.cluster("payments", "virtual", "nested", &[]).environment = "nested".into();
        tenant.grant("sre", "payments", "Cluster Viewer");
        tenant.grant("ana@example.com", "payments", "Project Admin");
    });
    let scope = project(&fake, "payments");
    (fake, scope)
}

fn names<T>(items: &[T], name: impl Fn(&T) -> &str) -> Vec<&str> {
    items.iter().map(name).collect()
}

#[test]
fn all_that_is_there_is_read_under_all_switches() {
    for switches in Switches::pairs() {
        let (fake, scope) = fake_with(switches.clone());
        let caller = Caller::of(&fake);
        let session = caller.session();
        let info = session.preflight().unwrap();
        let permissions = session.permissions().unwrap();
        let is_told = matches!(switches.users_me, UsersMe::Answers | UsersMe::OtherWords);
        assert_eq!(permissions.is_some(), is_told);
        let missing = permissions.map(|held| held.missing(&scope, &["sshKey.create", "sshKey.fly"]));
        let is_known = switches.users_me == UsersMe::Answers;
        assert_eq!(missing.unwrap_or_default(), if is_known { vec!["sshKey.fly"] } else { vec![] });

        let tenant = &Scope::Tenant;
        let list = |path| Listing { scope: tenant, path, search: None };
        let projects: Vec<Project> =
            session.all(tenant, &["v1", "dashboard", "projects", "metadata"]).unwrap();
        assert_eq!(names(&projects, |one| &one.metadata.name), ["payments", "shop", "web"]);
        assert_eq!(session.list::<Role>(&list(&["v1", "roles"])).unwrap().len(), 7);
        let users: Vec<User> = session.all(tenant, &["v1", "users", "meta"]).unwrap();
        assert_eq!(names(&users, |one| &one.email_id), ["ana@example.com", "eve@example.com"]);
        let teams: Vec<Team> = session.list(&list(&["v1", "teams"])).unwrap();
        assert_eq!(names(&teams, |one| &one.metadata.name), ["sre", "ops", "dev", "web", "db"]);
        assert_eq!(teams[0].spec.users, std::slice::from_ref(&info.user_uid));

        let search = search_of_projects();
        let listing = Listing { search: Some(&search), ..list(&["v1", "dashboard", "projects"]) };
        assert_eq!(session.list::<ProjectSummary>(&listing).unwrap().len(), 3);
        let path = ["v1", "users", info.user_uid.as_str(), "projects"];
        let roles: ProjectRoles = session.get(tenant, &path).unwrap();
        assert_eq!(names(&roles.projects[0].roles, |role| &role.name), ["Project Admin"]);
        let inherited = &roles.projects[0].inherited_roles;
        assert_eq!(names(inherited, |role| &role.name), ["Cluster Viewer"]);

        let keys: Vec<Key> = session.all(&scope, &KEYS).unwrap();
        assert_eq!(keys[0].spec.public_key, OPS);
        let search = search_of_clusters();
        let path = ["v1", "dashboard", "spectroclusters", "search"];
        let listing = Listing { scope: &scope, path: &path, search: Some(&search) };
        let clusters: Vec<Cluster> = session.list(&listing).unwrap();
        assert_eq!(names(&clusters, |one| &one.metadata.name), ["a", "b", "c", "d"]);
        let keys = session.each(&clusters, |cluster| {
            let config = &cluster.spec_summary.cloud_config;
            let path = ["v1", "cloudconfigs", &config.cloud_type, config.uid.as_str()];
            let config = session.get::<CloudConfig>(&scope, &path).unwrap().spec.cluster_config;
            config.ssh_key.into_iter().chain(config.ssh_keys).collect::<Vec<_>>()
        });
        assert_eq!(keys, vec![vec![OPS.to_owned()]; 4]);
        let repave = ["v1", "spectroclusters", clusters[0].metadata.uid.as_str(), "repave", "status"];
        assert_eq!(session.get::<Repave>(&scope, &repave).unwrap().status.state, "");
        let limits = ["v1", "tenants", info.tenant_uid.as_str(), "resourceLimits"];
        let limits: ResourceLimits = session.get(tenant, &limits).unwrap();
        assert!(limits.resources.iter().any(|limit| (&*limit.kind, limit.limit) == ("sshkey", 300)));
        assert_eq!(fake.writes(), Vec::<String>::new());
    }
}

#[test]
fn a_project_that_is_none_has_no_empty_lists() {
    for wrong_project in [
        WrongProject::ResourceNotFound,
        WrongProject::ProjectNotFoundInTenant,
        WrongProject::ResourceAccessDenied,
    ] {
        let (fake, scope) = fake_with(Switches { wrong_project, ..Switches::default() });
        fake.tenant(|tenant| tenant.projects.clear());
        assert!(Caller::of(&fake).session().all::<Key>(&scope, &KEYS).is_err());
    }
}

#[test]
fn an_object_goes_back_with_all_that_is_unknown_of_it() {
    for switches in Switches::pairs() {
        let (fake, scope) = fake_with(switches);
        let caller = Caller::of(&fake);
        let session = caller.session();
        let uid = fake.tenant(|tenant| tenant.key_named("payments", "ops").unwrap().metadata.uid.clone());
        let path = [&KEYS[..], &[uid.as_str()]].concat();
        let mut key = session.object(&scope, &path).unwrap().unwrap();
        key["spec"]["publicKey"] = json!(ON_CALL);
        assert_eq!(session.put(&scope, &path, &key), Ok(Written::Done));
        assert_eq!(fake.tenant(|tenant| tenant.key_named("payments", "ops").unwrap().text.clone()), ON_CALL);
        assert_eq!(session.delete(&scope, &path), Ok(Written::Done));
        assert_eq!(session.delete(&scope, &path), Ok(Written::Gone));
        assert_eq!(session.object(&scope, &path), Ok(None));
    }
}
