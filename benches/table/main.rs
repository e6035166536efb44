//! What the commands cost, from the start of the process to its end, as a Markdown table: `make bench-table`.
//!
//! Every command runs in a process of its own, below a process of this program that does nothing but measure
//! it. The facts are generated; where Terraform is on the `PATH`, it plans and applies the same.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark stops at the first surprise, reads its options and the clock, and prints what it measures"
)]

mod facts;
#[expect(dead_code, reason = "the facts are written in more than one way here")]
#[path = "../generator.rs"]
mod generator;
mod machine;
mod markdown;
mod measure;
mod options;
mod program;
mod terraform;

use facts::{Facts, Layout};
use markdown::{Measured, Row};
use options::Options;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["print", ..] => print!("{}", report(&Options::read())),
        ["keep", ..] => keep(&report(&Options::read())),
        ["files", folder, ..] => files(folder.as_ref(), &Options::read()),
        ["hash", folder] => println!("{}", facts::hash(folder.as_ref())),
        ["measure", seconds, expected, program, ref args @ ..] => {
            measure::measure(seconds, expected, program, args);
        }
        // A plain `cargo bench` runs every benchmark; this one takes minutes.
        _ => println!("run `make bench-table`"),
    }
}

/// Writes the files of the largest size, in both layouts, to look at and to profile with; and as some of them
/// are changed.
fn files(folder: &std::path::Path, options: &Options) {
    let keys = options.sizes.last().copied().expect("a size at least");
    let facts = Facts::generate(&options.workspace(keys));
    let changed = facts.changed(options.changed_of(keys), options.seed);
    facts.write(Layout::Packed, &folder.join("packed"));
    facts.write(Layout::Documents, &folder.join("documents"));
    changed.write(Layout::Packed, &folder.join("changed"));
}

/// Measures everything.
fn report(options: &Options) -> String {
    let machine = machine::describe();
    let (mut rows, mut theirs) = (Vec::new(), Vec::new());
    for &keys in &options.sizes {
        eprintln!("generating {keys} keys and clusters");
        let facts = Facts::generate(&options.workspace(keys));
        let changed = facts.changed(options.changed_of(keys), options.seed);
        for layout in Layout::ALL {
            rows.extend(program::rows(keys, layout, &facts, &changed, options).into_iter().map(
                |(step, costs)| Row { layout, measured: Measured { step, keys, costs }, yaml: facts.bytes() },
            ));
        }
        if keys <= options.terraform_most {
            theirs.extend(
                terraform::rows(keys, &facts, &changed, options).into_iter().map(|(step, costs)| Measured {
                    step,
                    keys,
                    costs,
                }),
            );
        }
    }
    markdown::report(&machine, options, &rows, &theirs)
}

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/performance.md");
const BEGIN: &str = "<!-- bench-page -->\n";
const END: &str = "<!-- end of bench-page -->\n";

/// Puts a report in the place of the one that the page has.
fn keep(report: &str) {
    let page = std::fs::read_to_string(PAGE).expect("a page that can be read");
    let (before, rest) = page.split_once(BEGIN).expect("a place for the report");
    let (_, after) = rest.split_once(END).expect("the end of that place");
    std::fs::write(PAGE, [before, BEGIN, report, END, after].concat()).expect("a page that can be written");
}
