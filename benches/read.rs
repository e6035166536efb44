//! How much faster the fast lane reads than the parser, on the same bytes: `cargo bench --bench read`.
//!
//! The claim is the ratio of the rows `lane` and `parser`. `declarations` is what comes next: the check of
//! the shape of each document, and its decoding.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first surprise, and its generator can write"
)]

#[expect(dead_code, reason = "nothing is written here")]
mod generator;

use divan::counter::BytesCount;
use generator::Workspace;
use keyplan::check::declare::declarations;
use keyplan::source::yaml::{Yaml, read, read_with_parser};
use keyplan::source::{FileId, SourceFile};

fn main() {
    divan::main();
}

fn texts() -> Vec<String> {
    Workspace { keys: 5_000, projects: 50, files: 50, rsa: (0, 0), seed: 1 }.texts()
}

fn measure(bencher: divan::Bencher<'_, '_>, read: fn(&str) -> Yaml) {
    let texts = texts();
    let bytes: usize = texts.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        for text in &texts {
            assert!(divan::black_box(read(text)).faults().is_empty());
        }
    });
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn parser(bencher: divan::Bencher<'_, '_>) {
    measure(bencher, read_with_parser);
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn lane(bencher: divan::Bencher<'_, '_>) {
    measure(bencher, read);
}

#[divan::bench(name = "declarations", sample_count = 20, sample_size = 1)]
fn decode(bencher: divan::Bencher<'_, '_>) {
    let texts = texts();
    let bytes: usize = texts.iter().map(String::len).sum();
    let file = |text| SourceFile::of_yaml("a.yaml".into(), text, Vec::new());
    let files: Vec<_> = texts.into_iter().map(file).collect();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        for file in &files {
            let mut findings = Vec::new();
            divan::black_box(declarations(FileId(0), file, &mut findings));
            assert!(findings.is_empty());
        }
    });
}
