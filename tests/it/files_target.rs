//! The target `files`: what stands in the folder is what is recorded, whatever happens on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::Output;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use keyplan::apply::{ApplyMonitor, Cancellation, apply, recover};
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::model::{Address, Desired, NodeFormat, Place, Recorded, Settings};
use keyplan::plan::{Allowed, Delivery, Plan};
use keyplan::planner;
use keyplan::source::walk::Texts;
use keyplan::state::Clock;
use keyplan::state::store::local::LocalStore;
use keyplan::state::{ApplyContext, State, verify};
use keyplan::targets::files::Files;
use keyplan::targets::files::tree::files_of;
use keyplan::targets::{Delivered, Observation, Progress, Target, TargetError};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::plan_laws::world;
use crate::support::{TODAY, Workspace, keyplan, stderr, stdout};

const SETTINGS: &str = "\
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: acme}
spec:
  target: files
  files: {formats: [cloud-init, authorized-keys]}
  budgets: {deletes: 100, deletesPercent: 100}
";

const ACCESS: &str = "\
apiVersion: keyplan/v1
kind: Project
metadata: {name: pay}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: pay}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: eu, project: pay}
spec: {sshKey: ops}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: spare one, project: pay}
";

const OTHER_KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIN555a0rtMI6WeYaH4ImLsXGsENRL/NxHLf0o3C3FLFg";
const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

fn workspace() -> Workspace {
    Workspace::with(&[("w/keyplan.yaml", SETTINGS.as_bytes()), ("w/access.yaml", ACCESS.as_bytes())])
}

/// Runs the binary, which has to end with a code.
fn run(workspace: &Workspace, args: &[&str], code: i32) -> Output {
    let output = keyplan(&workspace.root, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{}{}", stdout(&output), stderr(&output));
    output
}

fn applies(workspace: &Workspace, code: i32) -> String {
    stdout(&run(workspace, &["apply", "--auto-approve", "w"], code))
}

fn is_done(workspace: &Workspace) {
    assert_eq!(stdout(&run(workspace, &["plan", "w"], 0)), "No changes.\n");
}

fn edit(workspace: &Workspace, file: &str, old: &str, new: &str) {
    let text = fs::read_to_string(workspace.root.join(file)).unwrap();
    assert!(text.contains(old), "{file} does not have {old}");
    workspace.write(file, text.replace(old, new).as_bytes());
}

/// The files below a folder with their texts, also those that are hidden.
fn files_in(root: &Utf8Path) -> BTreeMap<Utf8PathBuf, String> {
    let entries = walkdir::WalkDir::new(root).into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| !entry.file_type().is_dir());
    let relative = |entry: walkdir::DirEntry| {
        let path = Utf8PathBuf::from_path_buf(entry.into_path()).unwrap();
        (path.strip_prefix(root).unwrap().to_owned(), fs::read_to_string(&path).unwrap())
    };
    files.map(relative).collect()
}

fn names(workspace: &Workspace) -> Vec<String> {
    files_in(&workspace.root.join("w/.rendered")).into_keys().map(Utf8PathBuf::into_string).collect()
}

#[test]
fn files_come_and_go_with_their_clusters() {
    let workspace = workspace();
    applies(&workspace, 0);
    let all = [
        "pay/eu/authorized_keys",
        "pay/eu/cloud-init.yaml",
        "pay/spare one/authorized_keys",
        "pay/spare one/cloud-init.yaml",
    ];
    assert_eq!(names(&workspace), all);
    let rendered = run(&workspace, &["render", "cloud-init", "pay/eu", "w"], 0).stdout;
    assert_eq!(fs::read(workspace.root.join("w/.rendered/pay/eu/cloud-init.yaml")).unwrap(), rendered);
    is_done(&workspace);
    // A new public key reaches the cluster, which does not change itself.
    edit(&workspace, "w/access.yaml", KEY, OTHER_KEY);
    applies(&workspace, 0);
    let text = fs::read_to_string(workspace.root.join("w/.rendered/pay/eu/authorized_keys")).unwrap();
    assert!(text.contains(OTHER_KEY) && !text.contains(KEY), "{text}");
    // A renamed project takes its folder along, and a cluster that is not declared any more goes.
    edit(&workspace, "w/access.yaml", "metadata: {name: pay}", "metadata: {name: paid, previousName: pay}");
    edit(&workspace, "w/access.yaml", "project: pay}", "project: paid}");
    edit(
        &workspace,
        "w/access.yaml",
        "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: spare one, project: paid}\n",
        "",
    );
    applies(&workspace, 0);
    assert_eq!(names(&workspace), ["paid/eu/authorized_keys", "paid/eu/cloud-init.yaml"]);
    is_done(&workspace);
    let folders = fs::read_dir(workspace.root.join("w/.rendered")).unwrap().count();
    assert_eq!(folders, 1, "the old folder is gone");
}

#[test]
fn what_was_edited_is_left_alone_until_somebody_deletes_it() {
    let workspace = workspace();
    applies(&workspace, 0);
    let file = "w/.rendered/pay/eu/authorized_keys";
    workspace.write(file, b"mine\n");
    edit(&workspace, "w/access.yaml", KEY, OTHER_KEY);
    let said = applies(&workspace, 9);
    assert!(said.contains("authorized_keys` is not what keyplan wrote; delete it, or let"), "{said}");
    assert_eq!(fs::read_to_string(workspace.root.join(file)).unwrap(), "mine\n");
    let other = fs::read_to_string(workspace.root.join("w/.rendered/pay/eu/cloud-init.yaml")).unwrap();
    assert!(other.contains(KEY), "the other file of the change is not touched either");
    fs::remove_file(workspace.root.join(file)).unwrap();
    applies(&workspace, 0);
    assert!(fs::read_to_string(workspace.root.join(file)).unwrap().contains(OTHER_KEY));
    is_done(&workspace);
}

#[test]
fn a_stranger_in_the_place_of_a_file_or_folder_is_not_replaced() {
    let workspace = workspace();
    workspace.write("w/.rendered/pay", b"a file\n");
    let said = applies(&workspace, 9);
    assert!(said.contains("is no regular file, or lies behind one; move it away"), "{said}");
    assert_eq!(names(&workspace), ["pay"]);
    fs::remove_file(workspace.root.join("w/.rendered/pay")).unwrap();
    applies(&workspace, 0);
    is_done(&workspace);
    assert_eq!(names(&workspace).len(), 4);
}

/// A format that is not asked for any more goes when its cluster changes, unless somebody made it their own.
#[test]
fn formats_that_are_not_asked_for_any_more_go() {
    let workspace = workspace();
    applies(&workspace, 0);
    workspace.write("w/.rendered/pay/eu/kairos.yaml", b"mine\n");
    edit(&workspace, "w/keyplan.yaml", "[cloud-init, authorized-keys]", "[cloud-init, ignition]");
    edit(&workspace, "w/access.yaml", KEY, OTHER_KEY);
    applies(&workspace, 0);
    let of_eu: Vec<_> = names(&workspace).into_iter().filter(|name| name.starts_with("pay/eu/")).collect();
    assert_eq!(of_eu, ["pay/eu/cloud-init.yaml", "pay/eu/ignition.json", "pay/eu/kairos.yaml"]);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let workspace = workspace();
    edit(&workspace, "w/keyplan.yaml", "formats: [cloud-init, authorized-keys]", "directory: .rendered");
    let said = stderr(&run(&workspace, &["apply", "--auto-approve", "w"], 3));
    assert!(said.contains("no format of files is given"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_leads_into_the_workspace_is_refused() {
    let workspace = workspace();
    let refused = |why: &str| {
        let said = stderr(&run(&workspace, &["apply", "--auto-approve", "w"], 1));
        assert!(said.contains(why), "{said}");
        assert!(said.contains("set `files.directory` in `keyplan.yaml`"), "{said}");
    };
    fs::create_dir(workspace.root.join("w/open")).unwrap();
    std::os::unix::fs::symlink("open", workspace.root.join("w/.rendered")).unwrap();
    refused("they would be read as declarations");
    edit(&workspace, "w/keyplan.yaml", "files: {", "files: {directory: ../w/open/x, ");
    refused("they would be read as declarations");
    let above = format!("directory: {}", workspace.root.canonicalize_utf8().unwrap());
    edit(&workspace, "w/keyplan.yaml", "directory: ../w/open/x", &above);
    refused("the state is kept there");
    edit(&workspace, "w/keyplan.yaml", &above, "directory: ../beside");
    applies(&workspace, 0);
    assert_eq!(files_in(&workspace.root.join("beside")).len(), 4);
}

/// What `drift` says of each file that is not in sync, and its exit code.
fn drifted(workspace: &Workspace, args: &[&str], code: i32) -> String {
    let output = run(workspace, &[&["drift", "--workspace", "w"], args].concat(), code);
    let said = stdout(&output);
    let (each, tally) = said.trim_end().rsplit_once('\n').unwrap_or(("", said.trim_end()));
    let each: String =
        each.lines().filter(|line| !line.ends_with(": in sync")).flat_map(|line| [line, "\n"]).collect();
    format!("{each}{tally}\n{}", stderr(&output))
}

#[test]
fn drift_tells_each_file_that_differs_and_mends_it() {
    let workspace = workspace();
    applies(&workspace, 0);
    assert_eq!(drifted(&workspace, &[], 0), "Looked at 4 files: 4 in sync, 0 drifted, 0 unreachable.\n");
    workspace.write("w/.rendered/pay/eu/authorized_keys", b"mine\n");
    workspace.write("w/.rendered/pay/eu/README.md", b"not ours\n");
    workspace.write("w/.rendered/pay/old/capi.yaml", b"who knows\n");
    fs::remove_file(workspace.root.join("w/.rendered/pay/eu/cloud-init.yaml")).unwrap();
    let expected = "\
w/.rendered/pay/eu/authorized_keys: drifted
    edited file: cluster/pay/eu
w/.rendered/pay/eu/cloud-init.yaml: drifted
    missing file: cluster/pay/eu
w/.rendered/pay/old/capi.yaml: drifted
    extra file: cluster/pay/old
Looked at 5 files: 2 in sync, 3 drifted, 0 unreachable.
";
    assert_eq!(drifted(&workspace, &[], 4), expected);
    let one = drifted(&workspace, &["payments/eu"], 1);
    assert!(one.contains("`cluster/payments/eu` is not recorded"), "{one}");
    assert_eq!(
        drifted(&workspace, &["pay/spare one"], 0),
        "Looked at 2 files: 2 in sync, 0 drifted, 0 unreachable.\n"
    );
    is_done(&workspace);
    let repaired = drifted(&workspace, &["--repair"], 4);
    assert!(
        repaired.ends_with(
            "marked as partially applied: cluster/pay/eu; `keyplan apply w` writes their files anew\n"
        ),
        "{repaired}"
    );
    applies(&workspace, 0);
    let left = "w/.rendered/pay/old/capi.yaml: drifted\n    extra file: cluster/pay/old\n\
                Looked at 5 files: 4 in sync, 1 drifted, 0 unreachable.\n";
    assert_eq!(drifted(&workspace, &[], 4), left);
}

/// A label of the user's means nothing to keyplan, whatever it is called.
#[test]
fn a_label_switches_no_repair_off() {
    let workspace = workspace();
    applies(&workspace, 0);
    let labels = "metadata: {name: eu, project: pay, labels: {keyplan/unfinished: 'true'}}";
    edit(&workspace, "w/access.yaml", "metadata: {name: eu, project: pay}", labels);
    applies(&workspace, 0);
    is_done(&workspace);
    assert_eq!(drifted(&workspace, &[], 0), "Looked at 4 files: 4 in sync, 0 drifted, 0 unreachable.\n");
    fs::write(workspace.root.join("w/.rendered/pay/eu/authorized_keys"), "tampered\n").unwrap();
    assert!(drifted(&workspace, &["--repair"], 4).contains("marked as partially applied: cluster/pay/eu"));
    applies(&workspace, 0);
    assert_eq!(drifted(&workspace, &[], 0), "Looked at 4 files: 4 in sync, 0 drifted, 0 unreachable.\n");
    is_done(&workspace);
}

/// No plan shows that a format was added, or another folder named: nothing is declared otherwise.
#[test]
fn what_the_settings_ask_for_anew_is_drift_until_it_is_mended() {
    let workspace = workspace();
    edit(&workspace, "w/keyplan.yaml", "target: files", "target: record");
    applies(&workspace, 0);
    edit(&workspace, "w/keyplan.yaml", "target: record", "target: files");
    is_done(&workspace);
    assert!(drifted(&workspace, &["--repair"], 4).contains("4 drifted"));
    applies(&workspace, 0);
    assert_eq!(names(&workspace).len(), 4);
    edit(&workspace, "w/keyplan.yaml", "[cloud-init, authorized-keys]", "[cloud-init, ignition]");
    let said = drifted(&workspace, &["--repair"], 4);
    assert!(said.contains("pay/eu/authorized_keys: drifted\n    extra file: cluster/pay/eu\n"), "{said}");
    assert!(said.contains("pay/eu/ignition.json: drifted\n    missing file: cluster/pay/eu\n"), "{said}");
    applies(&workspace, 0);
    assert_eq!(drifted(&workspace, &[], 0), "Looked at 4 files: 4 in sync, 0 drifted, 0 unreachable.\n");
    is_done(&workspace);
}

#[cfg(unix)]
#[test]
fn a_link_is_drift_that_nothing_mends() {
    let workspace = workspace();
    applies(&workspace, 0);
    let file = workspace.root.join("w/.rendered/pay/eu/authorized_keys");
    fs::rename(&file, workspace.root.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(workspace.root.join("elsewhere"), &file).unwrap();
    let said = drifted(&workspace, &["--repair"], 4);
    assert!(
        said.contains("authorized_keys: drifted\n    broken: it is a link, or lies behind one\n"),
        "{said}"
    );
    assert!(said.ends_with("there is nothing to repair\n"), "{said}");
}

const FORMATS: [NodeFormat; 4] =
    [NodeFormat::AuthorizedKeys, NodeFormat::CloudInit, NodeFormat::Ignition, NodeFormat::Ansible];

/// The files that belong to what is recorded; nothing where a format cannot carry a key.
fn expected(recorded: &Recorded) -> Option<BTreeMap<Utf8PathBuf, String>> {
    let homes = recorded.projects.values();
    let doors = homes.flat_map(|home| {
        let key = |name| home.keys.get(name);
        home.clusters.values().map(move |cluster| (cluster, cluster.ssh_key.as_ref().and_then(key)))
    });
    let files: Option<Vec<_>> =
        doors.map(|(cluster, key)| files_of(cluster, key.map(|key| &**key), &FORMATS).ok()).collect();
    Some(files?.into_iter().flatten().collect())
}

/// A target that crashes after so many files, a world in which nobody interrupts, and a clock.
struct Scene {
    files: Files,
    changes_left: AtomicUsize,
    seconds: AtomicI64,
}

/// What a crashed process leaves: nothing but its name.
struct Crash;

impl Target for Scene {
    fn apply(&self, delivery: &Delivery<'_>, _: &dyn Progress) -> Delivered {
        self.files.apply(delivery, self)
    }

    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
        self.files.observe(delivery)
    }

    fn drift(
        &self,
        recorded: &Recorded,
        clusters: &BTreeSet<Address>,
        progress: &dyn Progress,
    ) -> Result<Vec<Place>, TargetError> {
        self.files.drift(recorded, clusters, progress)
    }
}

/// It crashes before one of its files is touched.
impl Progress for Scene {
    fn go_on(&self) -> Result<(), String> {
        if self.changes_left.fetch_sub(1, Ordering::Relaxed) == 0 {
            resume_unwind(Box::new(Crash));
        }
        Ok(())
    }

    fn done(&self) {}

    fn node_done(&self) {}
}

impl Clock for Scene {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds.load(Ordering::Relaxed)).unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.seconds.load(Ordering::Relaxed).try_into().unwrap())
    }

    fn pause(&self, time: Duration) {
        self.seconds.fetch_add(time.as_secs().max(1).try_into().unwrap(), Ordering::Relaxed);
    }

    fn notice(&self, _: &str) {}
}

impl ApplyMonitor for Scene {
    fn cancellation(&self) -> Cancellation {
        Cancellation::Continue
    }

    fn progress(&self, _: usize, _: usize, _: usize) {}
}

impl Scene {
    fn plan(store: &LocalStore, desired: &Desired) -> Plan {
        let state = State::open(store).unwrap();
        let mut plan =
            planner::plan(&state, desired.clone(), &Settings::default(), Allowed::default()).unwrap();
        plan.guards.clear();
        plan
    }

    /// Wishes for a world, and crashes after so many changes.
    fn wish_for(&self, store: &LocalStore, desired: &Desired, changes: usize) {
        self.seconds.fetch_add(10_000, Ordering::Relaxed);
        let time = Clock::now(self);
        let now = ApplyContext {
            time: time.to_string(),
            actor: "scene".into(),
            nonce: format!("{:032}", time.as_second()),
            ..ApplyContext::default()
        };
        self.changes_left.store(changes, Ordering::Relaxed);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            recover(store, (Some(self), "record"), &now, self).unwrap();
            let plan = Self::plan(store, desired);
            if !plan.is_empty() {
                let report = apply(store, Some(self), &plan.confirm().unwrap(), &now, self, self).unwrap();
                assert!(report.is_complete(), "{report:?}");
            }
        }));
        match ended {
            Err(crash) if crash.is::<Crash>() => {}
            Err(panic) => resume_unwind(panic),
            Ok(()) => {}
        }
    }
}

/// Whatever is wished for, one world after another, with crashes in between: in the end the folder holds the
/// files of what is recorded, and nothing else.
#[test]
fn the_folder_is_what_is_recorded() {
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    // What a format cannot carry is refused before there is a plan.
    let valid = |world: &Desired| expected(&world.into()).is_some();
    let wishes = proptest::collection::vec((world().prop_filter("valid", valid), 0..12_usize), 1..5);
    TestRunner::new(config)
        .run(&wishes, |wishes| {
            let home = tempfile::tempdir().unwrap();
            let home = Utf8Path::from_path(home.path()).unwrap();
            let store = LocalStore::new(home.join("state"));
            let files = Files::new(home.join("rendered"), FORMATS.to_vec());
            let scene =
                Scene { files, changes_left: AtomicUsize::new(0), seconds: AtomicI64::new(1_800_000_000) };
            for (desired, changes) in &wishes {
                scene.wish_for(&store, desired, *changes);
            }
            let (last, _) = &wishes[wishes.len() - 1];
            scene.wish_for(&store, last, usize::MAX);
            prop_assert!(Scene::plan(&store, last).is_empty());
            prop_assert!(verify(&store).problems.is_empty());
            let recorded = State::open(&store).unwrap().recorded().unwrap();
            let expected = expected(&recorded).unwrap();
            prop_assert_eq!(&files_in(&home.join("rendered")), &expected);
            let homes = recorded.projects.values();
            let all =
                homes.flat_map(|home| home.clusters.values().map(|cluster| cluster.address())).collect();
            let places = scene.files.drift(&recorded, &all, &scene).unwrap();
            prop_assert_eq!(places.len(), expected.len());
            prop_assert!(!places.iter().any(|place| place.observed.is_drift()), "{:?}", places);
            Ok(())
        })
        .unwrap();
}

/// A key gets options that a format cannot carry in the very plan in which its cluster gets another key: in
/// between, the cluster has no file in that format.
#[test]
fn a_key_may_become_what_a_format_cannot_carry_when_its_cluster_leaves_it() {
    const KEYS: [&str; 2] = [
        "AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6",
        "AAAAC3NzaC1lZDI1NTE5AAAAIKRJe7pr44xXgJUxdm6bfDNkl4mbvQ1sbML2uUMzm9EI",
    ];
    let world = |options: &str, key: &str| {
        let keys = KEYS.iter().zip(["ops", "night"]).map(|(encoded, name)| {
            let options = if name == "ops" { options } else { "" };
            format!(
                "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: pay}}\n\
                 spec:\n  publicKey: ssh-ed25519 {encoded}\n{options}"
            )
        });
        let text = format!(
            "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: pay}}\n{}---\napiVersion: keyplan/v1\n\
             kind: Cluster\nmetadata: {{name: eu, project: pay}}\nspec: {{sshKey: {key}}}\n",
            keys.collect::<Vec<_>>().concat()
        );
        let files = BTreeMap::from([("access.yaml".into(), text.into_bytes())]);
        validate(&Texts(files), TODAY, &Proofs::default()).unwrap().desired.unwrap()
    };
    let quoted = "  options: {restrict: true, command: 'echo \"a\"'}\n";
    let home = tempfile::tempdir().unwrap();
    let home = Utf8Path::from_path(home.path()).unwrap();
    let store = LocalStore::new(home.join("state"));
    let files = Files::new(home.join("rendered"), FORMATS.to_vec());
    let scene = Scene { files, changes_left: AtomicUsize::new(0), seconds: AtomicI64::new(1_800_000_000) };
    for world in [world("", "ops"), world(quoted, "night")] {
        scene.wish_for(&store, &world, usize::MAX);
        assert!(Scene::plan(&store, &world).is_empty());
        let recorded = State::open(&store).unwrap().recorded().unwrap();
        assert_eq!(files_in(&home.join("rendered")), expected(&recorded).unwrap());
    }
}
