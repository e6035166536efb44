//! The fast lane reads as the parser does: on every file that there is, and on thousands of documents
//! made up and broken, which `KEYPLAN_CASES=1000000` turns into as many as one likes. And it is in use.

#[expect(dead_code, reason = "the benchmarks write files")]
#[path = "../../benches/generator.rs"]
mod generator;

use std::fs;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use generator::Workspace;
use keyplan::source::yaml;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

use crate::support::repository;
use crate::{invariants, properties};

/// Pieces that lead to the edges of what is plain; the first five are plain.
const PIECES: &[&str] = &[
    "a: b\n",
    "a:\n",
    "- a\n",
    "- - a\n",
    "- a: b\n  c: d\n",
    "  - a\n",
    "- ",
    "-\n",
    "-a\n",
    "--- ",
    "--- # x\n",
    "---x\n",
    "----\n",
    "a: |\n  x\n",
    "a: >-\n    x\n",
    "a: |\n  x\n  y\n",
    "|-\n  x \n",
    "a: [b, c]\n",
    "a: {b: c, d: \"e\"}\n",
    "[a, [b, {c: d}], ]",
    "{a: b, c: [d]}",
    "{}",
    "[ ]",
    "[a: b]",
    "a: \"b\"",
    "a: 'b'",
    "''",
    "\"\"",
    "a:b",
    "a: b: c\n",
    "a : b\n",
    "?",
    "? a\n: b\n",
    "!",
    "&",
    "*",
    "@",
    "`",
    "%",
    "#",
    " # x\n",
    "#x",
    " ",
    "    ",
    "\n\n",
    "\n---\n",
    "\n...\n",
    ".",
    "~",
    "<<: *a\n",
    "=",
    "ä",
    "…",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{7f}",
    "\0",
    "\u{1}",
    "\r",
    "🙂",
];

/// Plain documents as people write them, in every form that the fast lane takes.
const PLAIN: &str = "\
# A comment.

a: b   # another
b/c.d-e_f: 10.0.0.1:22
c:
  d: 'it is # no comment'
  # in between

  e: \"x: y\"
f:
- g
- h: i
  j:
  - k
  - - l
    - {m: n, o: [p, 'q', {}], r: {}, }
    -   s:
          t: u
v: [ ]
w: [a b, c:d , \"e,f\"]
x: |
  one line
y:
  - >-
    # no comment
  - z#y
z: schön
zz:
  - on its
---
aa: |-
    text - of: any # kind
bb:
  on a line of its own
cc:
    [a, b]
---   # the same
- a: größer, über
- /a/b
- ~
-   - (x)
";

fn cases() -> u32 {
    std::env::var("KEYPLAN_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(4_000)
}

/// Every YAML file of the repository, and what the benchmarks make.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut texts = vec![PLAIN.to_owned()];
    for folder in ["examples", "tests/fixtures"] {
        let folder = walkdir::WalkDir::new(repository().join(folder)).sort_by_file_name();
        for entry in folder.into_iter().map(Result::unwrap) {
            let path = entry.path().to_str().unwrap();
            if path.ends_with(".yaml") || path.ends_with(".yml") {
                texts.push(String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
            }
        }
    }
    assert!(texts.len() > 200, "only {} files", texts.len());
    texts.extend(generated());
    texts
});

fn generated() -> Vec<String> {
    Workspace { keys: 20, projects: 4, files: 2, rsa: (1, 2048), seed: 1 }.texts()
}

fn documents(text: &str) -> usize {
    yaml::read_with_parser(text).documents().len()
}

/// One way to break a text: at two places, with a piece.
type Mutation = (u8, Index, Index, String);

fn mutation() -> impl Strategy<Value = Mutation> {
    let piece = prop_oneof![
        4 => select(PIECES).prop_map(str::to_owned),
        2 => select(properties::PIECES).prop_map(str::to_owned),
        1 => ".",
        1 => (120..130_usize).prop_map(|length| "k".repeat(length)),
        1 => (1_020..1_030_usize).prop_map(|length| "v".repeat(length)),
    ];
    (0..9_u8, any::<Index>(), any::<Index>(), piece)
}

fn mutated(text: &str, (kind, one, other, piece): &Mutation) -> String {
    let at = |index: &Index| text.floor_char_boundary(index.index(text.len() + 1));
    let (start, far) = (at(one), at(other));
    let near = text.floor_char_boundary((start + far % 8).min(text.len()));
    let (from, to) = if *kind % 2 == 0 { (start, near) } else { (start.min(far), start.max(far)) };
    match kind {
        0 | 1 => [&text[..from], &text[to..]].concat(),
        2 | 3 => [&text[..to], &text[from..]].concat(),
        4 => [&text[..from], piece, &text[to..]].concat(),
        5 | 6 => [&text[..start], piece, &text[start..]].concat(),
        _ => mutated_lines(text, *kind == 7, *one, *other),
    }
}

/// Two lines in each other's place, or one of them indented as the other.
fn mutated_lines(text: &str, swap: bool, one: Index, other: Index) -> String {
    let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        return String::new();
    }
    let (one, other) = (one.index(lines.len()), other.index(lines.len()));
    if swap {
        lines.swap(one, other);
    } else {
        let indentation = lines[other].len() - lines[other].trim_start_matches(' ').len();
        lines[one] = " ".repeat(indentation) + lines[one].trim_start_matches(' ');
    }
    lines.concat()
}

/// A few lines of a real file, broken a few times.
fn broken() -> impl Strategy<Value = String> {
    let lines = (any::<Index>(), any::<Index>(), 1..40_usize);
    (lines, proptest::collection::vec(mutation(), 0..4)).prop_map(|((file, line, count), mutations)| {
        let text = file.get(&TEXTS);
        let skipped = line.index(text.lines().count().max(1));
        let text: String = text.split_inclusive('\n').skip(skipped).take(count).collect();
        mutations.iter().fold(text, |text, mutation| mutated(&text, mutation))
    })
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![6 => select(&PIECES[..5]), 3 => select(PIECES), 1 => select(properties::PIECES)];
    proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Compares the two readings of as many texts as there are cases, and says how many documents of
/// them were plain.
fn compare(texts: impl Strategy<Value = String>) -> u64 {
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let (plain, all) = (AtomicU64::new(0), AtomicU64::new(0));
    let result = TestRunner::new(config).run(&texts, |text| {
        invariants::fast_path(&text);
        plain.fetch_add(yaml::plain_documents(&text) as u64, Relaxed);
        all.fetch_add(documents(&text) as u64, Relaxed);
        Ok(())
    });
    println!("{} of {} documents took the fast lane", plain.load(Relaxed), all.load(Relaxed));
    result.unwrap_or_else(|error| panic!("{error}"));
    plain.load(Relaxed)
}

#[test]
fn agrees_with_the_parser_on_every_file() {
    for text in TEXTS.iter() {
        invariants::fast_path(text);
        for (end, _) in text.match_indices('\n') {
            invariants::fast_path(&text[..end]);
        }
    }
}

#[test]
fn agrees_with_the_parser_on_broken_files() {
    assert!(compare(broken()) > u64::from(cases()) / 2, "the fast lane is not in use");
}

#[test]
fn agrees_with_the_parser_on_any_pieces() {
    assert!(compare(pieces()) > u64::from(cases()) / 20, "the fast lane is not in use");
}

#[test]
fn agrees_with_the_parser_on_other_text() {
    compare(properties::text());
}

#[test]
fn plain_documents_take_the_fast_lane() {
    let quickstart = fs::read_to_string(repository().join("examples/quickstart/access.yaml")).unwrap();
    for text in generated().into_iter().chain([quickstart, PLAIN.to_owned()]) {
        assert_eq!(yaml::plain_documents(&text), documents(&text), "{text}");
        assert!(yaml::read(&text).faults().is_empty());
    }
}

#[test]
fn an_odd_document_costs_itself_alone() {
    let text = "a: b\n---\nc: &d e\nf: *d\n---\ng: h\n---\n\n---\ni: |\n  j\n  k\n---\nl: m\n";
    assert_eq!(yaml::plain_documents(text), 3);
    invariants::fast_path(text);
}
