//! How long a workspace takes to load and validate, with every rule on: `cargo bench --bench validate`.
//!
//! "known" finds all costly proofs in the cache, "new" makes them. The growth from 10,000 to 100,000
//! keys and clusters is to be read off the two rows: ten times the work, ten times the time.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first surprise, and writes what it measures"
)]

mod generator;

use camino::{Utf8Path, Utf8PathBuf};
use generator::Workspace;
use jiff::civil::date;
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::source::walk::Folder;

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

struct Made {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
    known: Proofs,
}

fn make(keys: usize, rsa: (usize, usize)) -> Made {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("a path in UTF-8");
    let workspace =
        Workspace { keys, projects: (keys / 100).max(1), files: (keys / 100).max(1), rsa, seed: 1 };
    workspace.write(folder.path());
    let mut known = Proofs::default();
    let validated = run(&root, &known);
    known.add(validated);
    Made { _folder: folder, root, known }
}

fn run(root: &Utf8Path, proofs: &Proofs) -> Vec<keyplan::openssh::Fingerprint> {
    let validated = validate(&Folder(root), date(2026, 11, 22), proofs).expect("a readable workspace");
    assert!(validated.desired.is_some(), "the generated workspace is valid");
    validated.proven
}

/// Ed25519 keys that were proven before.
#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn known(bencher: divan::Bencher<'_, '_>, keys: usize) {
    let made = make(keys, (0, 0));
    bencher.bench(|| run(&made.root, &made.known));
}

/// Ed25519 keys that nobody has seen before.
#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn new(bencher: divan::Bencher<'_, '_>, keys: usize) {
    let made = make(keys, (0, 0));
    bencher.bench(|| run(&made.root, &Proofs::default()));
}

/// 100 RSA keys that nobody has seen before, by their bits.
#[divan::bench(args = [2048, 3072, 4096], sample_count = 3, sample_size = 1)]
fn new_rsa(bencher: divan::Bencher<'_, '_>, bits: usize) {
    let made = make(100, (100, bits));
    bencher.bench(|| run(&made.root, &Proofs::default()));
}

/// 100 RSA keys that were proven before.
#[divan::bench(args = [2048, 3072, 4096], sample_count = 3, sample_size = 1)]
fn known_rsa(bencher: divan::Bencher<'_, '_>, bits: usize) {
    let made = make(100, (100, bits));
    bencher.bench(|| run(&made.root, &made.known));
}
