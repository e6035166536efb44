//! How long it takes to plan and to apply: `cargo bench --bench plan`.
//!
//! Each case runs the whole front half as well: files to declarations to what is desired, with all costly
//! proofs known. What a plan costs beyond that follows the change, not the size.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first surprise, and writes what it measures"
)]

mod generator;
mod still;

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use generator::Workspace;
use jiff::civil::date;
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::model::Settings;
use keyplan::plan::{Allowed, Plan};
use keyplan::planner;
use keyplan::source::walk::Folder;
use keyplan::state::store::local::LocalStore;
use keyplan::state::{ApplyContext, State, record};
use still::Still;

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

struct Made {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
    store: LocalStore,
    known: Proofs,
}

/// A generated workspace whose keys are all proven, and an empty state.
fn make(keys: usize) -> Made {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("a path in UTF-8");
    let parts = (keys / 100).max(1);
    Workspace { keys, projects: parts, files: parts, rsa: (0, 0), seed: 1 }.write(folder.path());
    let mut known = Proofs::default();
    known.add(validate(&Folder(&root), date(2026, 11, 22), &known).expect("a readable workspace").proven);
    let store = LocalStore::new(root.join(".keyplan/state"));
    Made { _folder: folder, root, store, known }
}

fn plan(made: &Made) -> Plan {
    let validated =
        validate(&Folder(&made.root), date(2026, 11, 22), &made.known).expect("a readable workspace");
    let desired = validated.desired.expect("the generated workspace is valid");
    let state = State::open(&made.store).expect("a sound state");
    planner::plan(&state, desired, &Settings::default(), Allowed::default()).expect("a sound state")
}

fn apply(made: &Made) {
    let now = ApplyContext {
        time: "2026-11-22T00:00:00Z".into(),
        actor: "bench".into(),
        nonce: "bench".into(),
        ..ApplyContext::default()
    };
    record(&made.store, &plan(made).confirm().expect("no guard"), &now, &Still).expect("a writable store");
}

/// The same workspace, applied before.
fn applied(keys: usize) -> Made {
    let made = make(keys);
    apply(&made);
    made
}

/// Changes the cloud of one cluster in each hundredth file.
fn change_some(root: &Utf8Path, keys: usize) {
    for number in (0..(keys / 100).max(1)).step_by(100) {
        let path = root.join(format!("part-{number:05}.yaml"));
        let text = fs::read_to_string(&path).expect("the file can be read");
        fs::write(&path, text.replace("cloud: vsphere", "cloud: maas")).expect("the file can be written");
    }
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn first(bencher: divan::Bencher<'_, '_>, keys: usize) {
    let made = make(keys);
    bencher.bench(|| assert!(plan(&made).changes.len() >= 2 * keys));
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn no_change(bencher: divan::Bencher<'_, '_>, keys: usize) {
    let made = applied(keys);
    bencher.bench(|| assert!(plan(&made).is_empty()));
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn one_percent_changed(bencher: divan::Bencher<'_, '_>, keys: usize) {
    let made = applied(keys);
    change_some(&made.root, keys);
    bencher.bench(|| assert!(!plan(&made).is_empty()));
}

/// Planning and recording everything, each time into a state that does not exist yet.
#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn apply_first(bencher: divan::Bencher<'_, '_>, keys: usize) {
    let made = make(keys);
    bencher.bench(|| {
        apply(&made);
        fs::remove_dir_all(made.root.join(".keyplan/state")).expect("the state can be deleted");
    });
}
