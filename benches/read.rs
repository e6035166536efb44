//! How much faster the fast lane reads than the parser, on the same bytes: `cargo bench --bench read`.
//!
//! The claim is the ratio of the two rows. To count instructions instead of time, run one of them with
//! `perf stat -e instructions` and `-- lane` or `-- parser`.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first surprise, and its generator can write"
)]

#[expect(dead_code, reason = "nothing is written here")]
mod generator;

use divan::counter::BytesCount;
use generator::Workspace;
use keyplan::source::yaml::{Yaml, read, read_with_parser};

fn main() {
    divan::main();
}

fn measure(bencher: divan::Bencher<'_, '_>, read: fn(&str) -> Yaml) {
    let texts = Workspace { keys: 5_000, projects: 50, files: 50, rsa: (0, 0), seed: 1 }.texts();
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
