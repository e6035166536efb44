//! `plan --base --author --approved-by`: who must approve what gives access, by what is in force at the base.

use crate::git::{Repository, plan};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/";
const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMRDZQkF1FucKnu2ZkM8jMGvAvxOx/cWuwVPhLPz8fPc";

const SETTINGS: &str = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: acme}\n\
                        spec: {owners: [team:security]}\n";

/// The workspace at the base: ana is Project Admin and ben Cluster Admin of `p`, oli and pat own the workspace, and
/// dev holds the key of cluster `a`.
fn access() -> String {
    format!(
        "apiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: security}}\nspec: {{members: [oli, pat]}}\n---\n\
         apiVersion: keyplan/v1\nkind: Team\nmetadata: {{name: web}}\nspec: {{members: [eva, fay]}}\n---\n\
         apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: p, protected: true}}\n\
         spec: {{members: [{{user: ana, role: Project Admin}}, {{user: ben, role: Cluster Admin}}]}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k, project: p}}\n\
         spec: {{publicKey: {KEY}, owner: dev}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: w, project: p}}\n\
         spec: {{publicKey: {OTHER}, owner: 'team:web'}}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: a, project: p}}\n\
         spec: {{sshKey: k, nodes: [10.0.0.1]}}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: b, project: p}}\n\
         spec: {{sshKey: w, nodes: [10.0.0.2]}}\n"
    )
}

/// A repository with the workspace on `main`, in which a change replaces one text by another.
fn changed(old: &str, new: &str) -> Option<Repository> {
    let access = access();
    let files = [("access/access.yaml", access.as_bytes()), ("access/keyplan.yaml", SETTINGS.as_bytes())];
    let repository = Repository::with(&files)?;
    let changed = access.replacen(old, new, 1);
    assert_ne!(changed, access, "{old}");
    repository.write("access/access.yaml", &changed);
    Some(repository)
}

/// How a plan of a change by dev ends that these have approved, and all that it prints in one line.
fn reviewed(repository: &Repository, approved_by: &str) -> (Option<i32>, String) {
    let approved = ["--base", "main", "--author", "dev", "--approved-by", approved_by];
    let args = if approved_by.is_empty() { &approved[..4] } else { &approved[..] };
    let (code, text) = plan(repository, args);
    (code, text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Only these can approve the change, each alone, among all who are known.
#[track_caller]
fn needs_one_of(repository: &Repository, those: &[&str]) {
    for user in ["ana", "ben", "dev", "eva", "fay", "oli", "pat", "stranger", ""] {
        let (code, text) = reviewed(repository, user);
        let expected = if those.contains(&user) { Some(0) } else { Some(5) };
        assert_eq!(code, expected, "{user}: {text}");
        if code == Some(5) {
            assert!(text.contains("needs-approval"), "{text}");
        }
    }
    let (_, text) = reviewed(repository, "");
    assert!(text.contains(&those.join(", ")), "{those:?} can approve: {text}");
    assert_eq!(reviewed(repository, &["stranger", those[0]].join(",")).0, Some(0));
}

#[test]
fn a_cluster_needs_one_who_answers_for_clusters() {
    let Some(repository) =
        changed("sshKey: k, nodes: [10.0.0.1]", "sshKey: k, nodes: [10.0.0.1], loginUser: root")
    else {
        return;
    };
    needs_one_of(&repository, &["ana", "ben"]);
}

#[test]
fn members_of_a_project_need_a_project_admin() {
    let Some(repository) = changed("{user: ben,", "{user: stranger, role: Cluster Viewer}, {user: ben,")
    else {
        return;
    };
    needs_one_of(&repository, &["ana"]);
}

#[test]
fn people_in_a_team_need_an_owner() {
    let Some(repository) = changed("[eva, fay]", "[eva, fay, stranger]") else { return };
    needs_one_of(&repository, &["oli", "pat"]);
}

#[test]
fn who_gains_by_it_does_not_approve_it() {
    // oli comes into the team whose key opens a cluster.
    let Some(repository) = changed("[eva, fay]", "[eva, fay, oli]") else { return };
    needs_one_of(&repository, &["pat"]);
}

#[test]
fn a_new_project_needs_an_owner() {
    let new = "---\napiVersion: keyplan/v1\nkind: Project\nmetadata: {name: q}\n\
               spec: {members: [{user: dev, role: Project Admin}]}\n---\n";
    let Some(repository) = changed("---\n", new) else { return };
    needs_one_of(&repository, &["oli", "pat"]);
}

#[test]
fn a_role_that_the_change_gives_approves_nothing() {
    let Some(repository) = changed("{user: ben, role: Cluster Admin}", "{user: eva, role: Project Admin}")
    else {
        return;
    };
    needs_one_of(&repository, &["ana"]);
}

#[test]
fn protection_is_taken_away_by_a_project_admin() {
    let Some(repository) = changed("protected: true", "protected: false") else { return };
    needs_one_of(&repository, &["ana"]);
}

#[test]
fn a_renamed_project_is_that_of_the_base() {
    let Some(repository) = changed("nodes: [10.0.0.1]", "nodes: [10.0.0.1, 10.0.0.9]") else { return };
    let text = std::fs::read_to_string(repository.root().join("access/access.yaml")).unwrap();
    let text = text.replace("project: p}", "project: new}");
    let text = text.replace("{name: p, protected: true}", "{name: new, previousName: p, protected: true}");
    repository.write("access/access.yaml", &text);
    needs_one_of(&repository, &["ana", "ben"]);
}

#[test]
fn what_takes_access_away_needs_nobody() {
    for (old, new) in [
        ("[eva, fay]", "[eva]"),
        (", {user: ben, role: Cluster Admin}", ""),
        ("sshKey: k, nodes", "nodes"),
        ("owner: dev", "owner: dev, expires: 2099-01-01"),
    ] {
        let Some(repository) = changed(old, new) else { return };
        let (code, text) = reviewed(&repository, "");
        assert_eq!(code, Some(0), "{old}: {text}");
    }
}

#[test]
fn the_settings_need_an_owner_of_the_base() {
    let Some(repository) = changed("sshKey: k, nodes", "nodes") else { return };
    repository.write("access/keyplan.yaml", &SETTINGS.replace("team:security", "dev, ana"));
    needs_one_of(&repository, &["oli", "pat"]);
}

#[test]
fn only_logins_that_the_base_names_are_people() {
    let people = SETTINGS.replace("security]", "security], people: {annie: ana, ana: stranger, d: dev}");
    let access = access();
    let files = [("access/access.yaml", access.as_bytes()), ("access/keyplan.yaml", people.as_bytes())];
    let Some(repository) = Repository::with(&files) else { return };
    repository.write("access/access.yaml", &access.replace("[10.0.0.1]", "[10.0.0.1, 10.0.0.9]"));
    for (approved_by, code) in [("annie", 0), ("ana", 5), ("ben", 5), ("stranger", 5), ("", 5)] {
        let (ended, text) = reviewed(&repository, approved_by);
        assert_eq!(ended, Some(code), "{approved_by}: {text}");
    }
    // An author under another login is still the author.
    let repository_of_ana = ["--base", "main", "--author", "annie", "--approved-by", "annie"];
    assert_eq!(plan(&repository, &repository_of_ana).0, Some(5));
}

#[test]
fn a_base_without_owners_says_so() {
    let access = access();
    let Some(repository) = Repository::with(&[("access/access.yaml", access.as_bytes())]) else { return };
    repository.write("access/access.yaml", &access.replace("[eva, fay]", "[eva, fay, gus]"));
    let (code, text) = reviewed(&repository, "oli");
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("names no owners"), "{text}");
}

#[test]
fn what_cannot_be_who_is_refused() {
    let Some(repository) = changed("[eva, fay]", "[eva]") else { return };
    let (code, text) = plan(&repository, &["--base", "main", "--author", "a b"]);
    assert_eq!(code, Some(64), "{text}");
    // Whoever left long ago may begin a branch where they still were an owner.
    let (code, text) = plan(&repository, &["--base", "main...", "--author", "dev"]);
    assert_eq!(code, Some(64), "{text}");
    assert!(text.contains("`--base main`"), "{text}");
    let (code, text) = plan(&repository, &["--author", "dev"]);
    assert_eq!(code, Some(64), "{text}");
    repository.write("access/keyplan.yaml", &SETTINGS.replace("team:security", "team:secruity"));
    let (code, text) = plan(&repository, &["--base", "main"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("did you mean `security`?"), "{text}");
}

#[test]
fn a_change_of_access_tests_needs_an_owner() {
    const TEST: &str = "apiVersion: keyplan/v1\nkind: AccessTest\nmetadata: {name: a-is-for-few}\n\
                        spec: {clusters: {names: [p/a]}, people: {atMost: 1}}\n";
    let access = access();
    let files = [
        ("access/access.yaml", access.as_bytes()),
        ("access/keyplan.yaml", SETTINGS.as_bytes()),
        ("access/tests.yaml", TEST.as_bytes()),
    ];
    let Some(repository) = Repository::with(&files) else { return };
    repository.write("access/tests.yaml", &format!("# Why\n{TEST}"));
    assert_eq!(reviewed(&repository, "").0, Some(0));
    repository.write("access/tests.yaml", &TEST.replace("atMost: 1", "atMost: 9"));
    needs_one_of(&repository, &["oli", "pat"]);
    assert!(reviewed(&repository, "ana").1.contains("access tests"));
}
