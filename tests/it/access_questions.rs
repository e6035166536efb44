//! The laws of `who`, `reach` and `why` on generated worlds, and what the commands answer to good and bad questions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use keyplan::access::query::{Asked, Facts, known_users, reach, read_asked, who, why};
use keyplan::access::{FormerHolders, PastHolder};
use keyplan::model::{Address, Cluster, Name, Recorded, Subject, Team, UserName};
use keyplan::openssh::Fingerprint;
use proptest::prelude::*;

use crate::git::Repository;
use crate::plan_laws::world;
use crate::support::{Workspace, command, keyplan, stderr, stdout};

/// A person, if that is known, the key, the cluster, the user there and a node, if those are known.
type Path = (Option<String>, Address, Address, String, Option<String>);

/// All paths, one resource after the other.
fn brute_force(recorded: &Recorded, day: Date) -> BTreeSet<Path> {
    let mut paths = BTreeSet::new();
    for home in recorded.projects.values() {
        for cluster in home.clusters.values() {
            let Some(key) = cluster.ssh_key.as_ref().and_then(|name| home.keys.get(name)) else { continue };
            if key.expires.is_some_and(|last| last < day) {
                continue;
            }
            for user in holders(&recorded.teams, key.owner.as_ref()) {
                let to = |node| {
                    (user.clone(), key.address(), cluster.address(), cluster.login_user.to_string(), node)
                };
                paths.extend(cluster.nodes.iter().map(|node| to(Some(node.to_string()))));
                if cluster.nodes.is_empty() {
                    paths.insert(to(None));
                }
            }
        }
    }
    paths
}

fn holders(teams: &BTreeMap<Name, Team>, owner: Option<&Subject>) -> Vec<Option<String>> {
    match owner {
        None => vec![None],
        Some(Subject::User(user)) => vec![Some(user.to_string())],
        Some(Subject::Team(team)) => match teams[team].members.as_slice() {
            [] => vec![None],
            members => members.iter().map(|user| Some(user.to_string())).collect(),
        },
    }
}

fn paths_to(user: Option<&UserName>, key: &Address, cluster: &Cluster) -> Vec<Path> {
    let user = user.map(ToString::to_string);
    let to = |node| (user.clone(), key.clone(), cluster.address(), cluster.login_user.to_string(), node);
    match cluster.nodes.as_slice() {
        [] => vec![to(None)],
        nodes => nodes.iter().map(|node| to(Some(node.to_string()))).collect(),
    }
}

/// A day before and one after the last day of the keys that have one.
fn day() -> impl Strategy<Value = Date> {
    prop_oneof![Just(date(2027, 6, 30)), Just(date(2027, 7, 1))]
}

fn all_users(recorded: &Recorded) -> Vec<UserName> {
    known_users(recorded, &FormerHolders::default()).into_iter().cloned().collect()
}

proptest! {
    #[test]
    fn who_over_everything_tells_all_paths(world in world(), day in day()) {
        let recorded = Recorded::from(&world);
        let former = FormerHolders::default();
        let answer = who(Facts { view: &recorded, former: &former, day }, |_| true, None);
        let mut told = BTreeSet::new();
        for one in answer.clusters.iter().filter(|one| !one.is_expired) {
            let Some(key) = one.key else { continue };
            for holder in answer.holders.holders(key).unwrap().iter() {
                told.extend(paths_to(holder.user.as_ref(), &key.address(), one.cluster));
            }
        }
        prop_assert_eq!(told, brute_force(&recorded, day));
    }

    #[test]
    fn reach_over_everybody_tells_all_paths_of_people(world in world(), day in day()) {
        let recorded = Recorded::from(&world);
        let former = FormerHolders::default();
        let facts = Facts { view: &recorded, former: &former, day };
        let mut told = BTreeSet::new();
        for user in all_users(&recorded) {
            for held in reach(facts, Asked::User(user.clone()), None).keys {
                for cluster in held.clusters.iter().filter(|_| !held.is_expired) {
                    told.extend(paths_to(Some(&user), &held.key.address(), cluster));
                }
            }
        }
        let mut expected = brute_force(&recorded, day);
        expected.retain(|(user, ..)| user.is_some());
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn why_says_yes_where_a_path_exists_and_nowhere_else(world in world(), day in day()) {
        let recorded = Recorded::from(&world);
        let former = FormerHolders::default();
        let facts = Facts { view: &recorded, former: &former, day };
        let paths = brute_force(&recorded, day);
        let opened: BTreeSet<_> = paths.iter().map(|(user, _, cluster, ..)| (user.clone(), cluster)).collect();
        for cluster in recorded.projects.values().flat_map(|home| home.clusters.values()) {
            for user in all_users(&recorded) {
                let answer = why(facts, &user, (&cluster.project, &cluster.name)).unwrap();
                let is_open = opened.contains(&(Some(user.to_string()), &cluster.address()));
                prop_assert_eq!(answer.missing.is_none(), is_open, "{} {}", user, cluster.address());
            }
        }
    }

    #[test]
    fn who_holds_alone_is_whom_nobody_known_replaces(world in world(), day in day()) {
        let recorded = Recorded::from(&world);
        let former = FormerHolders::default();
        let facts = Facts { view: &recorded, former: &former, day };
        for user in all_users(&recorded) {
            for held in reach(facts, Asked::User(user.clone()), None).keys {
                let all = holders(&recorded.teams, held.key.owner.as_ref());
                prop_assert_eq!(held.is_alone, all == [Some(user.to_string())]);
            }
        }
    }

    #[test]
    fn who_held_a_key_and_holds_it_no_longer_may_still(world in world(), day in day()) {
        let recorded = Recorded::from(&world);
        let fingerprints: BTreeSet<Fingerprint> = recorded
            .projects
            .values()
            .flat_map(|home| home.keys.values())
            .map(|key| *key.public_key.fingerprint())
            .collect();
        let mut former = FormerHolders::default();
        for fingerprint in &fingerprints {
            for user in all_users(&recorded) {
                former.0.insert((*fingerprint, user), PastHolder { team: None, revision: 1 });
            }
        }
        let facts = Facts { view: &recorded, former: &former, day };
        for user in all_users(&recorded) {
            let told: BTreeSet<_> = reach(facts, Asked::User(user.clone()), None)
                .may_still_hold
                .iter()
                .flat_map(|still| still.keys.iter().map(|held| held.key.address()))
                .collect();
            let keys = recorded.projects.values().flat_map(|home| home.keys.values());
            let expected: BTreeSet<_> = keys
                .filter(|key| !holders(&recorded.teams, key.owner.as_ref()).contains(&Some(user.to_string())))
                .map(|key| key.address())
                .collect();
            prop_assert_eq!(told, expected, "{}", user);
        }
    }

    #[test]
    fn what_is_there_can_be_asked_about(world in world()) {
        let recorded = Recorded::from(&world);
        let former = FormerHolders::default();
        for user in all_users(&recorded) {
            prop_assert_eq!(read_asked(&recorded, &former, user.as_str()), Ok(Asked::User(user.clone())));
        }
        for key in recorded.projects.values().flat_map(|home| home.keys.values()) {
            let asked = read_asked(&recorded, &former, &key.address().to_string());
            prop_assert_eq!(asked, Ok(Asked::Key(key.project.clone(), key.name.clone())));
        }
        prop_assert!(read_asked(&recorded, &former, "nobody@example.com").is_err());
    }
}

const TEAMS: &str = "\
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana@example.com, ben@example.com, dan@example.com]}
";

const PAYMENTS: &str = "\
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
spec:
  members:
    - {user: ana@example.com, role: Project Admin}
    - {team: sre, role: Cluster Admin}
    - {user: '=eve', role: Project Viewer}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEHVIMPfZgdw6OH+0YeQtseejGAz+e+S19wHtkkm1h41
  owner: team:sre
  expires: 2099-06-30
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments, labels: {env: prod}}
spec: {sshKey: ops, nodes: [10.0.0.1, 10.0.0.2]}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: dev, project: payments}
";

/// A workspace in which dan has left the team that owns the key, at revision 2.
fn left() -> Workspace {
    let workspace = declared();
    apply(&workspace);
    workspace.write("teams.yaml", TEAMS.replace(", dan@example.com", "").as_bytes());
    apply(&workspace);
    workspace
}

fn declared() -> Workspace {
    Workspace::with(&[("teams.yaml", TEAMS.as_bytes()), ("payments.yaml", PAYMENTS.as_bytes())])
}

fn apply(workspace: &Workspace) {
    let applied = keyplan(&workspace.root, &["apply", "--auto-approve"]);
    assert_eq!(applied.status.code(), Some(0), "{applied:?}");
}

fn asked(workspace: &Workspace, words: &[&str], code: i32) -> String {
    let output = keyplan(&workspace.root, words);
    assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
    stdout(&output) + &stderr(&output)
}

#[test]
fn the_first_line_says_of_what_it_is_answered() {
    let workspace = declared();
    for words in [
        &["who"][..],
        &["who", "payments/dev"],
        &["reach", "team:sre"],
        &["why", "ana@example.com", "payments/prod-eu"],
    ] {
        let first = |words: &[&str]| asked(&workspace, words, 0).lines().next().unwrap().to_owned();
        assert!(first(words).contains("as declared (nothing is recorded yet)"), "{words:?}");
        let declared = first(&[words, &["--declared"]].concat());
        assert!(declared.contains("as declared") && !declared.contains("yet"), "{declared}");
    }
    let workspace = left();
    assert!(asked(&workspace, &["who"], 0).starts_with("2 clusters, as recorded at revision 2\n"));
    assert!(
        asked(&workspace, &["who", "--at", "1"], 0).starts_with("2 clusters, as recorded at revision 1\n")
    );
}

#[test]
fn who_tells_who_opens_a_cluster_and_who_may_still() {
    let text = asked(&left(), &["who", "env=prod"], 0);
    insta::assert_snapshot!(text);
}

#[test]
fn reach_tells_what_is_left_when_a_person_leaves() {
    let text = asked(&left(), &["reach", "dan@example.com", "ana@example.com"], 0);
    insta::assert_snapshot!(text);
}

#[test]
fn why_tells_the_chain_or_the_first_link_that_is_missing() {
    let workspace = left();
    let yes = asked(&workspace, &["why", "ana@example.com", "payments/prod-eu"], 0);
    let no = asked(&workspace, &["why", "dan@example.com", "payments/prod-eu"], 10);
    insta::assert_snapshot!(yes + "\n" + &no);
    assert!(
        asked(&workspace, &["why", "dan@example.com", "payments/prod-eu", "--at", "1"], 0).starts_with("yes")
    );
    assert!(asked(&workspace, &["why", "ana@example.com", "payments/dev"], 10).contains("has no key"));
}

#[test]
fn csv_has_a_row_for_each_path_and_no_formula() {
    let workspace = left();
    let output = keyplan(&workspace.root, &["who", "--format", "csv"]);
    let text = stdout(&output);
    let header = "as_of,revision,user,cluster,login_user,effect,through,role,key,fingerprint,expires,options,file,line\r\n";
    assert!(text.starts_with(header), "{text}");
    let rows: Vec<_> = text.split_terminator("\r\n").skip(1).collect();
    let ends = |row: &str, middle: &str| row.split_once(',').unwrap().1.starts_with(middle);
    for middle in [
        "2,ana@example.com,cluster/payments/prod-eu,spectro,opens,team:sre,,key/payments/ops,SHA256:",
        "2,dan@example.com,cluster/payments/prod-eu,spectro,may-still-open,team:sre,,key/payments/ops,SHA256:",
        "2,ana@example.com,project/payments,,may-change,,Project Admin,,,,,payments.yaml,5",
        "2,'=eve,project/payments,,has-role,,Project Viewer,",
    ] {
        assert_eq!(rows.iter().filter(|row| ends(row, middle)).count(), 1, "{middle}\n{text}");
    }
    assert_eq!(
        stderr(&output),
        format!("{} rows: 2 opens, 1 may-still-open, 3 may-change, 1 has-role\n", rows.len())
    );
}

#[test]
fn the_state_is_asked_also_where_the_declarations_are_not_valid() {
    let workspace = left();
    workspace.write("teams.yaml", b"apiVersion: keyplan/v1\nkind: Teem\n");
    let text = asked(&workspace, &["who", "payments/prod-eu"], 0);
    assert!(text.contains("2 people open it") && text.contains("the declarations are not valid"), "{text}");
    assert!(!text.contains("payments.yaml"), "{text}");
    asked(&workspace, &["who", "--declared"], 3);
}

#[test]
fn a_place_is_told_only_where_the_declaration_says_the_same() {
    let workspace = left();
    workspace.write("teams.yaml", TEAMS.replace("ben", "zoe").as_bytes());
    let text = asked(&workspace, &["who", "payments/prod-eu"], 0);
    assert!(!text.contains("teams.yaml") && text.contains("payments.yaml:15"), "{text}");
}

#[test]
fn a_question_that_means_nothing_is_an_error_with_the_next_step() {
    let workspace = left();
    let yes = "ana@example.com";
    for (words, code, told) in [
        (&["who", "payments/prod-ue"][..], 1, "did you mean `payments/prod-eu`?"),
        (&["who", "project/paymints"], 1, "did you mean `project/payments`?"),
        (&["who", "env=prd"], 1, "did you mean `env=prod`?"),
        (&["who", "team/sre"], 64, "`keyplan reach team/sre`"),
        (&["who", "nonsense"], 64, "write `project/payments`"),
        (&["reach", "anna@example.com"], 1, "did you mean `ana@example.com`?"),
        (&["reach", "team:srr"], 1, "did you mean `team:sre`?"),
        (&["reach", "key/payments/op"], 1, "did you mean `key/payments/ops`?"),
        (&["reach", "payments/prod eu"], 64, "write `ana@example.com`"),
        (&["reach", "SHA256:x"], 64, "43 characters"),
        (&["reach", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], 1, "there is no fingerprint"),
        (&["reach"], 64, "WHO"),
        (&["why", "anna@example.com", "payments/prod-eu"], 1, "did you mean `ana@example.com`?"),
        (&["why", yes, "payments/prod"], 1, "did you mean `payments/prod-eu`?"),
        (&["why", yes, "payments"], 64, "payments/prod-eu"),
        (&["why", "team:sre", "payments/prod-eu"], 64, "`keyplan reach`"),
        (&["who", "--at", "3"], 64, "the newest one is 2"),
        (&["who", "--at", "0"], 64, "there is no revision 0"),
        (&["who", "--at", "yesterday"], 64, "neither a revision nor a day"),
        (&["who", "--at", "2000-01-01"], 1, "nothing was recorded yet at the end of 2000-01-01"),
        (&["who", "--at", "9999-01-01"], 64, "has not come yet"),
        (&["who", "--at", "1", "--declared"], 64, "cannot be used with"),
        (&["who", "--expires-within", "soon"], 64, "write a number of days"),
    ] {
        let text = asked(&workspace, words, code);
        assert!(text.contains(told), "{words:?}: {text}");
    }
    let text = asked(&declared(), &["who", "--at", "1"], 1);
    assert!(text.contains("nothing was recorded yet in") && text.contains("leave `--at` out"), "{text}");
}

#[test]
fn a_git_revision_is_asked_as_it_was_declared() {
    let files = [("teams.yaml", TEAMS.as_bytes()), ("payments.yaml", PAYMENTS.as_bytes())];
    let Some(repository) = Repository::with(&files) else { return };
    repository.write("teams.yaml", &TEAMS.replace(", dan@example.com", ""));
    let asked = |words: &[&str], code| {
        let output = command(repository.root())
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .args(words)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
        stdout(&output) + &stderr(&output)
    };
    let dan = ["why", "dan@example.com", "payments/prod-eu", "--base", "HEAD"];
    let text = asked(&dan, 0);
    assert!(text.starts_with("yes, as declared at HEAD (") && text.contains("HEAD:teams.yaml:4"), "{text}");
    assert!(asked(&["who", "--base", "nowhere"], 1).contains("nowhere"));
    assert!(asked(&["who", "--base=-x"], 64).contains("is no git revision"));
    asked(&["who", "--base", "HEAD", "--declared"], 64);
}

#[test]
fn keys_that_expire_soon_are_told_alone() {
    let workspace = left();
    assert!(asked(&workspace, &["who", "--expires-within", "90d"], 0).starts_with("0 clusters"));
    assert!(
        asked(&workspace, &["who", "--expires-within", "99999d"], 0).starts_with("cluster/payments/prod-eu")
    );
}

#[test]
fn who_of_one_cluster_opens_no_other_project() {
    let workspace = left();
    let other = PAYMENTS.replace("payments", "other").replace("sshKey: ops, ", "");
    let (project, _) = other.split_once("---\n").unwrap();
    workspace.write("other.yaml", project.as_bytes());
    apply(&workspace);
    let objects = workspace.root.join(".keyplan/state/objects");
    for object in objects.read_dir_utf8().unwrap() {
        let path = object.unwrap().into_path();
        if std::fs::read_to_string(&path).unwrap().contains("\"other\"") {
            std::fs::remove_file(path).unwrap();
        }
    }
    asked(&workspace, &["who", "payments/prod-eu"], 0);
    asked(&workspace, &["why", "ana@example.com", "payments/prod-eu"], 0);
    asked(&workspace, &["who"], 1);
}
