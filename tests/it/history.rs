//! What the log of a state tells: of each revision exactly what it changed, of two revisions the renames between them,
//! who applied, why and where.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use keyplan::cli::args::SchemaOf;
use keyplan::model::{Address, Desired, Name, Recorded, Settings};
use keyplan::plan::{Action, Allowed, Change, diff_of_history};
use keyplan::planner;
use keyplan::state::store::{StateStore, StoreError};
use keyplan::state::{ApplyContext, LoggedChange, RevisionLog, State, name_as_at, record};
use proptest::prelude::*;

use crate::plan_apply::is_of_schema;
use crate::plan_laws::successive_worlds;
use crate::state_faults::names_in;
use crate::support::{TestClock, Workspace, command, keyplan, stderr, stdout};

/// A store in memory that knows which objects were read.
#[derive(Default)]
struct Memory {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    read: Mutex<Vec<String>>,
}

impl StateStore for Memory {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read.lock().unwrap().push(name.to_owned());
        Ok(self.objects.lock().unwrap().get(name).cloned())
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        Ok(names_in(self.objects.lock().unwrap().keys(), folder, after))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let mut objects = self.objects.lock().unwrap();
        let is_free = !objects.contains_key(name);
        objects.entry(name.to_owned()).or_insert_with(|| bytes.to_vec());
        Ok(is_free)
    }

    fn place(&self) -> String {
        "memory".into()
    }
}

impl Memory {
    /// The objects that were read since this was asked last.
    fn objects_read(&self) -> Vec<String> {
        let read = std::mem::take(&mut *self.read.lock().unwrap());
        read.into_iter().filter(|name| name.starts_with("objects/")).collect()
    }
}

/// A state in which each world was applied after the one before, and what each revision did.
fn history(worlds: &[Desired]) -> (Memory, Vec<Vec<Change>>) {
    let store = Memory::default();
    let mut done = Vec::new();
    for world in worlds {
        let state = State::open(&store).unwrap();
        let mut plan =
            planner::plan(&state, world.clone(), &Settings::default(), Allowed::default()).unwrap();
        plan.guards.clear();
        if plan.is_empty() {
            continue;
        }
        let confirmed = plan.confirm().unwrap();
        let nonce = format!("{:032x}", done.len());
        let time = format!("2026-11-{:02}T12:00:00Z", done.len() + 1);
        let context = ApplyContext { time, actor: "ana".into(), nonce, ..ApplyContext::default() };
        record(&store, &confirmed, &context, &TestClock::default()).unwrap();
        done.push(confirmed.plan().changes.clone());
    }
    (store, done)
}

/// Action, address and previous address.
type Told = (Action, Address, Option<Address>);

fn told(changes: &[LoggedChange]) -> BTreeSet<Told> {
    let told =
        |change: &LoggedChange| (change.action, change.address.clone(), change.previous_address.clone());
    changes.iter().map(told).collect()
}

fn planned(changes: &[Change]) -> BTreeSet<Told> {
    changes.iter().map(|change| (change.action(), change.address(), change.previous_address())).collect()
}

/// What the log tells, by revision.
fn log(state: &State<'_>, address: Option<&Address>) -> BTreeMap<u64, BTreeSet<Told>> {
    let revisions = RevisionLog::read(state, None, address).unwrap();
    let revisions: Vec<_> = revisions.map(Result::unwrap).collect();
    let newest_first =
        |pair: &[keyplan::state::LoggedRevision]| pair[0].head.entry.number > pair[1].head.entry.number;
    assert!(revisions.windows(2).all(newest_first));
    revisions.iter().map(|revision| (revision.head.entry.number, told(&revision.changes))).collect()
}

fn in_project(address: Address, from: &Name, to: &Name) -> Address {
    match address {
        Address::Key(project, name) if project == *from => Address::Key(to.clone(), name),
        Address::Cluster(project, name) if project == *from => Address::Cluster(to.clone(), name),
        address => address,
    }
}

/// Address by address through projects that changes rename, at once.
fn in_projects(address: &Address, renames: &[(Name, Name)]) -> Address {
    let moved = renames.iter().map(|(from, to)| in_project(address.clone(), from, to));
    moved.into_iter().find(|moved| moved != address).unwrap_or_else(|| address.clone())
}

fn project_renames(changes: &[Change]) -> Vec<(Name, Name)> {
    let rename = |change: &Change| match (change.previous_address()?, change.address()) {
        (Address::Project(old), Address::Project(new)) => Some((old, new)),
        _ => None,
    };
    changes.iter().filter_map(rename).collect()
}

/// The address on each side of each change, where there is one.
fn sides(changes: &[Change]) -> BTreeSet<(Option<Address>, Option<Address>)> {
    let back: Vec<_> = project_renames(changes).into_iter().map(|(old, new)| (new, old)).collect();
    let before = |change: &Change| {
        let address = change.previous_address().unwrap_or_else(|| change.address());
        in_projects(&address, &back)
    };
    let sides = |change: &Change| {
        let (is_before, is_after) = (change.action() != Action::Create, change.action() != Action::Delete);
        (is_before.then(|| before(change)), is_after.then(|| change.address()))
    };
    changes.iter().map(sides).collect()
}

/// Whether what is deleted with a project bears the same name as what goes along with another one.
fn takes_name_of_deleted_project(changes: &[Change]) -> bool {
    let is_deleted = |name: &Name| {
        let address = Address::Project(name.clone());
        changes.iter().any(|change| change.action() == Action::Delete && change.address() == address)
    };
    project_renames(changes).iter().any(|(_, new)| is_deleted(new))
}

const fn is_part(address: &Address) -> bool {
    matches!(address, Address::Key(..) | Address::Cluster(..))
}

fn at(state: &State<'_>, number: u64) -> Recorded {
    if number == 0 { Recorded::default() } else { state.at(number).unwrap().recorded().unwrap() }
}

/// What `state diff` tells.
fn between(state: &State<'_>, from: u64, to: u64) -> Vec<Change> {
    let mut wanted = Desired::from(&at(state, to));
    name_as_at(state, &mut wanted, to, from).unwrap();
    diff_of_history(&at(state, from), &wanted)
}

/// The addresses at a later revision of what was never deleted since, by those at an earlier one.
fn identities(done: &[Vec<Change>], from: usize, to: usize, first: &Recorded) -> BTreeMap<Address, Address> {
    let all = addresses(first);
    let mut names: BTreeMap<_, _> = all.into_iter().map(|address| (address.clone(), address)).collect();
    for changes in &done[from..to] {
        let projects = project_renames(changes);
        names = names
            .into_iter()
            .filter_map(|(first, now)| {
                let now = in_projects(&now, &projects);
                let is_gone = |change: &&Change| change.action() == Action::Delete && change.address() == now;
                let renamed = changes.iter().find(|change| change.previous_address().as_ref() == Some(&now));
                let gone = changes.iter().find(is_gone);
                match (renamed, gone) {
                    (Some(renamed), _) => Some((first, renamed.address())),
                    (None, Some(_)) => None,
                    (None, None) => Some((first, now)),
                }
            })
            .collect();
    }
    names
}

fn addresses(recorded: &Recorded) -> BTreeSet<Address> {
    let mut all: BTreeSet<_> = recorded.teams.keys().cloned().map(Address::Team).collect();
    for (project, home) in &recorded.projects {
        all.insert(Address::Project(project.clone()));
        all.extend(home.keys.keys().map(|key| Address::Key(project.clone(), key.clone())));
        all.extend(home.clusters.keys().map(|cluster| Address::Cluster(project.clone(), cluster.clone())));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_log_names_exactly_what_each_revision_did(worlds in successive_worlds()) {
        let (store, done) = history(&worlds);
        let state = State::open(&store).unwrap();
        let logged = log(&state, None);
        prop_assert_eq!(logged.len(), done.len());
        for (number, changes) in (1..).zip(&done) {
            prop_assert_eq!(&logged[&number], &planned(changes), "revision {}", number);
            // And by what is recorded: whatever is there on one side alone is told.
            let (before, after) = (addresses(&at(&state, number - 1)), addresses(&at(&state, number)));
            let renames = project_renames(changes);
            let told: BTreeSet<_> = logged[&number].iter().flat_map(|(_, address, previous)| {
                [Some(address.clone()), previous.clone()].into_iter().flatten()
            }).collect();
            for gone in before.difference(&after) {
                let moved = in_projects(gone, &renames);
                prop_assert!(moved != *gone || told.contains(gone), "{gone}");
            }
        }
    }

    #[test]
    fn the_log_opens_what_differs_and_nothing_else(worlds in successive_worlds()) {
        let (store, done) = history(&worlds);
        let state = State::open(&store).unwrap();
        let mut differing = BTreeSet::new();
        for number in 1..=done.len() as u64 {
            let objects = |number: u64| -> BTreeSet<String> {
                let entry = state.at(number).unwrap().head.unwrap().entry;
                let projects = entry.projects.values().map(|project| &project.object);
                projects.chain(entry.teams.iter().map(|teams| &teams.object))
                    .map(|digest| format!("objects/{digest}.json")).collect()
            };
            let (before, after) = (objects(number - 1), objects(number));
            differing.extend(before.symmetric_difference(&after).cloned());
        }
        store.objects_read();
        log(&state, None);
        let read = store.objects_read();
        let once: BTreeSet<_> = read.iter().cloned().collect();
        prop_assert_eq!(once, differing);
        // Of many revisions some are read again, not all.
        prop_assert!(read.len() <= 2 * done.len() * 4);
    }

    #[test]
    fn the_log_of_a_resource_follows_it_back(worlds in successive_worlds()) {
        let (store, done) = history(&worlds);
        let state = State::open(&store).unwrap();
        for address in addresses(&state.recorded().unwrap()) {
            let mut expected = BTreeSet::new();
            let mut tracked = address.clone();
            for (number, changes) in (0..done.len()).map(|at| (at as u64 + 1, &done[at])).rev() {
                let own = changes.iter().find(|change| {
                    change.action() != Action::Delete && change.address() == tracked
                });
                let touches = changes.iter().any(|change| {
                    change.address() == tracked || change.previous_address().as_ref() == Some(&tracked)
                });
                let is_there = addresses(&at(&state, number)).contains(&tracked);
                let back: Vec<_> =
                    project_renames(changes).into_iter().map(|(old, new)| (new, old)).collect();
                let moved = is_there && in_projects(&tracked, &back) != tracked;
                if touches || moved {
                    expected.insert(number);
                }
                if let Some(previous) = own.and_then(Change::previous_address) {
                    tracked = previous;
                }
                if is_there {
                    tracked = in_projects(&tracked, &back);
                }
            }
            let told: BTreeSet<_> = log(&state, Some(&address)).into_keys().collect();
            prop_assert_eq!(told, expected, "{}", address);
        }
    }

    #[test]
    fn what_differs_between_two_revisions_is_mirrored(worlds in successive_worlds()) {
        let (store, done) = history(&worlds);
        let state = State::open(&store).unwrap();
        let last = done.len() as u64;
        for (from, to) in (0..=last).flat_map(|from| (from..=last).map(move |to| (from, to))) {
            let (changes, back) = (between(&state, from, to), between(&state, to, from));
            let is_blurred = takes_name_of_deleted_project(&changes) || takes_name_of_deleted_project(&back);
            let mut there = sides(&changes);
            let mut mirrored: BTreeSet<_> =
                sides(&back).into_iter().map(|(before, after)| (after, before)).collect();
            if is_blurred {
                let is_whole = |(before, after): &(Option<Address>, Option<Address>)| {
                    !before.iter().chain(after).any(is_part)
                };
                there.retain(is_whole);
                mirrored.retain(is_whole);
            }
            prop_assert_eq!(there, mirrored, "{} and {}", from, to);
        }
    }

    #[test]
    fn the_renames_told_are_those_that_were_applied(worlds in successive_worlds()) {
        let (store, done) = history(&worlds);
        let state = State::open(&store).unwrap();
        for (from, to) in (0..=done.len()).flat_map(|from| (from..=done.len()).map(move |to| (from, to))) {
            let changes = between(&state, from as u64, to as u64);
            let told = sides(&changes);
            let projects = project_renames(&changes);
            let is_blurred = takes_name_of_deleted_project(&changes);
            let first = at(&state, from as u64);
            let kept = identities(&done, from, to, &first);
            for (old, now) in &kept {
                let is_renamed = in_projects(old, &projects) != *now;
                let is_told = told.contains(&(Some(old.clone()), Some(now.clone())));
                prop_assert!(!is_renamed || is_told, "{old} is {now}: {told:?}");
                let is_deleted = !(is_blurred && is_part(old)) && told.contains(&(Some(old.clone()), None));
                prop_assert!(!is_deleted, "{old} is not deleted");
            }
        }
    }
}

// By the binary

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/";

fn declare(workspace: &Workspace, project: &str, cluster: &str, description: &str) {
    let name = project.split(',').next().unwrap();
    let text = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: {project}}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k, project: {name}}}\nspec: {{publicKey: {KEY}}}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\n\
         metadata: {{name: {cluster}, project: {name}, description: {description}}}\nspec: {{sshKey: k}}\n"
    );
    workspace.write("access.yaml", text.as_bytes());
}

#[track_caller]
fn run(workspace: &Workspace, args: &[&str], code: i32) -> String {
    let output = keyplan(&workspace.root, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", stdout(&output), stderr(&output));
    stdout(&output) + &stderr(&output)
}

fn apply(workspace: &Workspace) {
    run(workspace, &["apply", "--auto-approve"], 0);
}

/// A cluster that was created, renamed, described, and moved with its project.
fn renamed() -> Workspace {
    let workspace = Workspace::with(&[]);
    for (project, cluster, description) in [
        ("p", "a", "one"),
        ("p", "'b', previousName: a", "one"),
        ("p", "b", "two"),
        ("'q', previousName: p", "b", "two"),
    ] {
        declare(&workspace, &project.replace('\'', ""), &cluster.replace('\'', ""), description);
        apply(&workspace);
    }
    workspace
}

fn json(workspace: &Workspace, args: &[&str]) -> serde_json::Value {
    let text = stdout(&keyplan(&workspace.root, &[args, &["--format", "json"]].concat()));
    let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    is_of_schema(&value, SchemaOf::StateLog);
    value
}

fn numbers(value: &serde_json::Value) -> Vec<u64> {
    value["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["entry"]["number"].as_u64().unwrap())
        .collect()
}

#[test]
fn a_resource_is_followed_through_renames() {
    let workspace = renamed();
    for (address, revisions) in [
        ("cluster/q/b", &[4, 3, 2, 1][..]),
        // By a name that it has no longer.
        ("cluster/p/a", &[4, 3, 2, 1]),
        ("cluster/p/b", &[4, 3, 2, 1]),
        ("key/q/k", &[4, 1]),
        ("project/q", &[4, 1]),
        ("project/p", &[4, 1]),
    ] {
        let value = json(&workspace, &["state", "log", address]);
        assert_eq!(numbers(&value), revisions, "{address}");
    }
    let human = run(&workspace, &["state", "log", "cluster/q/b"], 0);
    for line in [
        "        updated: project/q (was project/p)",
        "        updated: cluster/p/b",
        "        updated: cluster/p/b (was cluster/p/a)",
        "        created: cluster/p/a",
    ] {
        assert!(human.lines().any(|told| told == line), "{line}:\n{human}");
    }
    let change = &json(&workspace, &["state", "log", "cluster/q/b"])["revisions"][2]["changes"][0];
    assert_eq!(
        change,
        &serde_json::json!({
            "action": "update", "address": "cluster/p/b", "previous_address": "cluster/p/a",
            "action_reason": "renamed",
        })
    );
}

#[test]
fn what_there_never_was_is_an_error_with_the_next_step() {
    let workspace = renamed();
    for (args, code, answer) in [
        (&["cluster/q/bb"][..], 1, "did you mean `cluster/q/b`?"),
        (&["team/sre"], 1, "`keyplan state list`"),
        (&["cluster/q/bb", "--since", "7d"], 1, "did you mean `cluster/q/b`?"),
        (&["b"], 64, "`key/payments/ops`"),
        (&["--since", "tomorrow"], 64, "`2026-11-01`"),
        (&["--since", "2999-01-01"], 64, "now it is "),
    ] {
        let told = run(&workspace, &[&["state", "log"], args].concat(), code);
        assert!(told.contains(answer), "{args:?}: {told}");
    }
    let empty = Workspace::with(&[]);
    assert!(run(&empty, &["state", "log"], 0).contains("nothing was applied yet"));
    assert!(run(&empty, &["state", "log", "team/sre"], 1).contains("there is no state at"));
    assert!(run(&empty, &["state", "log", "--since", "7d"], 1).contains("there is no state at"));
}

#[test]
fn a_time_without_a_change_is_told_as_such() {
    let workspace = renamed();
    assert_eq!(numbers(&json(&workspace, &["state", "log", "--since", "1h"])), [4, 3, 2, 1]);
    assert_eq!(numbers(&json(&workspace, &["state", "log", "--since", "2020-01-01"])), [4, 3, 2, 1]);
    // No revision is younger than a run that begins after it, to the second.
    let log = workspace.root.join(".keyplan/state/log");
    assert!(log.is_dir());
    let none = run(&workspace, &["state", "log", "--since", "0s"], 0);
    let is_told = none.contains("the newest revision is 4, of ") || none.contains("updated: project/q");
    assert!(is_told, "{none}");
}

#[test]
fn a_message_is_kept_and_shown() {
    let workspace = Workspace::with(&[]);
    declare(&workspace, "p", "a", "one");
    let why = "Onboarding of müller: ##[group] \u{202e}x";
    run(&workspace, &["apply", "--auto-approve", "-m", why], 0);
    let human = run(&workspace, &["state", "log"], 0);
    assert!(human.contains("        why: Onboarding of müller: ##[group] \\u{202e}x\n"), "{human}");
    assert_eq!(json(&workspace, &["state", "log"])["revisions"][0]["entry"]["message"], why);
    // A saved plan is applied with one, too.
    declare(&workspace, "p", "a", "two");
    run(&workspace, &["plan", "--out", "saved"], 0);
    run(&workspace, &["apply", "saved", "--message", "two"], 0);
    assert!(run(&workspace, &["state", "log"], 0).contains("        why: two\n"));
    declare(&workspace, "p", "a", "three");
    for (bad, answer) in [
        ("a\nb", "write one line"),
        ("\u{1b}[31m", "write one line"),
        (" ", "says nothing"),
        (&"x".repeat(501), "at most 500"),
    ] {
        let told = run(&workspace, &["apply", "--auto-approve", "-m", bad], 64);
        assert!(told.contains(answer) && !told.contains('\u{1b}'), "{told}");
    }
    assert_eq!(numbers(&json(&workspace, &["state", "log"])), [2, 1]);
}

#[test]
fn where_it_ran_is_what_the_ci_service_says() {
    let workspace = Workspace::with(&[]);
    declare(&workspace, "p", "a", "one");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let variables = [
        ("USER", "runner"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ACTOR", "ana\u{1b}[31m"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "acme/access"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_SHA", commit),
    ];
    let applied =
        command(&workspace.root).args(["apply", "--auto-approve"]).envs(variables).output().unwrap();
    assert_eq!(applied.status.code(), Some(0), "{}", stderr(&applied));
    let entry = &json(&workspace, &["state", "log"])["revisions"][0]["entry"];
    assert_eq!(entry["actor"], "ana\\u{1b}[31m");
    assert_eq!(entry["run"], "https://github.com/acme/access/actions/runs/42");
    assert_eq!(entry["commit"], commit);
    let human = run(&workspace, &["state", "log"], 0);
    assert!(human.contains("        run: https://github.com/acme/access/actions/runs/42\n"), "{human}");
    assert!(human.contains(&format!("        commit: {commit}\n")), "{human}");
    // Elsewhere it is who is logged in.
    declare(&workspace, "p", "a", "two");
    let applied =
        command(&workspace.root).args(["apply", "--auto-approve"]).env("USER", "ben").output().unwrap();
    assert_eq!(applied.status.code(), Some(0), "{}", stderr(&applied));
    let entry = &json(&workspace, &["state", "log"])["revisions"][0]["entry"];
    assert_eq!((&entry["actor"], &entry["run"]), (&"ben".into(), &serde_json::Value::Null));
}

#[test]
fn names_that_were_swapped_by_and_by_are_told_as_swapped() {
    let cluster = |metadata: &str, node: &str| {
        format!(
            "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: {metadata}, project: p}}\n\
             spec: {{nodes: [{node}]}}\n"
        )
    };
    let project = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n";
    let workspace = Workspace::with(&[]);
    for clusters in [
        [("a", "10.0.0.1"), ("b", "10.0.0.2")],
        [("t, previousName: a", "10.0.0.1"), ("b", "10.0.0.2")],
        [("t", "10.0.0.1"), ("a, previousName: b", "10.0.0.2")],
        [("b, previousName: t", "10.0.0.1"), ("a", "10.0.0.2")],
    ] {
        let clusters = clusters.map(|(metadata, node)| cluster(metadata, node)).concat();
        workspace.write("access.yaml", format!("{project}{clusters}").as_bytes());
        apply(&workspace);
    }
    for (from, to) in [("1", "4"), ("4", "1")] {
        let told = run(&workspace, &["state", "diff", from, to], 0);
        assert!(told.contains("~ cluster/p/a (was cluster/p/b): renamed"), "{told}");
        assert!(told.contains("~ cluster/p/b (was cluster/p/a): renamed"), "{told}");
    }
}
