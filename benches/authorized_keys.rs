//! How long a node waits for its answer: `cargo bench --bench authorized_keys`.
//!
//! Each case runs the program, from its start to its end, on a state of 10,000 revisions. sshd does so
//! twice for each login.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first surprise, and writes what it measures"
)]

mod generator;
mod still;

use std::fs;
use std::process::Command;

use camino::Utf8PathBuf;
use generator::Workspace;
use jiff::civil::date;
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::model::Settings;
use keyplan::plan::Allowed;
use keyplan::planner;
use keyplan::source::walk::Folder;
use keyplan::state::store::local::LocalStore;
use keyplan::state::{ApplyContext, State, record};
use still::Still;

fn main() {
    divan::main();
}

const REVISIONS: u64 = 10_000;

/// A state of so many keys, as many clusters, and so many projects.
fn state(keys: usize, projects: usize) -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("a path in UTF-8");
    let workspace = root.join("workspace");
    Workspace { keys, projects, files: 100, rsa: (0, 0), seed: 1 }.write(workspace.as_std_path());
    let validated = validate(&Folder(&workspace), date(2026, 11, 22), &Proofs::default()).expect("readable");
    let place = root.join("state");
    let store = LocalStore::new(place.clone());
    let opened = State::open(&store).expect("no state yet");
    let desired = validated.desired.expect("the generated workspace is valid");
    let plan =
        planner::plan(&opened, desired, &Settings::default(), Allowed::default()).expect("no state yet");
    let now = ApplyContext {
        time: "2026-11-22T00:00:00Z".into(),
        actor: "bench".into(),
        nonce: "bench".into(),
        ..ApplyContext::default()
    };
    record(&store, &plan.confirm().expect("no guard"), &now, &Still).expect("a writable store");
    let head = State::open(&store).expect("a sound state").head.expect("a revision");
    // The same again and again, for the length of the log; only the newest is read.
    let log = place.join("log");
    let first = log.join(format!("{:020}.json", 1));
    for number in 2..REVISIONS {
        fs::hard_link(&first, log.join(format!("{number:020}.json"))).expect("a writable store");
    }
    let mut newest = head.entry;
    (newest.number, newest.previous) = (REVISIONS, Some(head.digest));
    let (_, bytes) = newest.to_file();
    fs::write(log.join(format!("{REVISIONS:020}.json")), bytes).expect("a writable store");
    (folder, place)
}

/// By how many projects the resources are spread over: a project's are read together.
#[divan::bench(args = [10, 100, 10_000], sample_count = 30, sample_size = 1)]
fn ten_thousand_keys(bencher: divan::Bencher<'_, '_>, projects: usize) {
    let (_folder, place) = state(10_000, projects);
    bencher.bench(|| {
        let output = Command::new(env!("CARGO_BIN_EXE_keyplan"))
            .args(["authorized-keys", "--state", place.as_str(), "--cluster", "project-7/cluster-7"])
            .output()
            .expect("keyplan runs");
        assert!(output.stdout.starts_with(b"ssh-ed25519 "), "{output:?}");
    });
}

/// What every start of the program costs.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn nothing_but_a_start() {
    let output = Command::new(env!("CARGO_BIN_EXE_keyplan")).arg("--version").output();
    assert!(output.expect("keyplan runs").status.success());
}
