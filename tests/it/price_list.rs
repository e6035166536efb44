//! What hostile input costs, and what questions cost of large input: twice the input takes at most about twice the operations, whatever is written
//! twice; and memory and output are bounded by what was written.
//!
//! valgrind counts the operations, on the binary as it is, with one thread: times depend on the machine.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use keyplan::openssh::PublicKey;
use nix::sys::resource::{UsageWho, getrusage};

use crate::support::{Workspace, skipped, stderr};

/// The most that operations may grow by when the input is doubled. What is sorted takes a little more than 2.
const MOST_GROWTH: f64 = 2.4;

/// The most memory of a run, beside [`MEMORY_PER_BYTE`]: the program itself, as it is built for tests.
const MEMORY: u64 = 54 << 20;
/// Bytes of memory to a byte of input. A finding of some hundred bytes is told of 32 bytes of input.
const MEMORY_PER_BYTE: u64 = 48;
/// The most bytes of output, beside as many of the memory to a byte of input.
const OUTPUT: u64 = 64 << 10;

const HEAD: &str = "apiVersion: keyplan/v1\nkind: ";
const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n---\n";
const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@payments";

/// A kind of hostile input, of any size, and what is run on it.
struct Row {
    name: &'static str,
    command: &'static [&'static str],
    /// The file, of so many parts.
    text: fn(usize) -> String,
    /// How many parts are counted, and twice as many.
    parts: usize,
}

const fn row(name: &'static str, parts: usize, text: fn(usize) -> String) -> Row {
    asked(name, &["validate"], parts, text)
}

const fn asked(
    name: &'static str,
    command: &'static [&'static str],
    parts: usize,
    text: fn(usize) -> String,
) -> Row {
    Row { name, command, text, parts }
}

/// Documents of a kind, each made of its number.
fn each(count: usize, body: impl Fn(&mut String, usize)) -> String {
    let mut text = PROJECT.to_owned();
    for number in 0..count {
        body(&mut text, number);
        text.push_str("\n---\n");
    }
    text
}

/// One document: a project with so many of a line below a field.
fn lines(count: usize, field: &str, line: impl Fn(usize) -> String) -> String {
    let lines: String = (0..count).map(line).collect();
    format!("{HEAD}Project\nmetadata: {{name: p}}\nspec:\n  {field}:\n{lines}")
}

/// Clusters whose nodes are a list of so many items.
fn clusters_with(count: usize, first: &str, item: &str, items: usize) -> String {
    each(count, |text, number| {
        let items = item.repeat(items);
        write!(
            text,
            "{HEAD}Cluster\nmetadata: {{name: c{number}, project: p}}\nspec: {{nodes: [{first}, {items}]}}"
        )
        .unwrap();
    })
}

/// An accepted public key, another one for each number.
fn key(number: usize) -> String {
    let point = EdwardsPoint::mul_base(&Scalar::from(u128::MAX / 3 - number as u128)).compress();
    let blob = [&[0, 0, 0, 11], b"ssh-ed25519".as_slice(), &[0, 0, 0, 32], point.as_bytes()].concat();
    PublicKey::new(blob, "").unwrap().line()
}

/// As many clusters as have so many keys that what is prepared once for many keys is prepared.
const MANY: usize = 1_000;

/// So many clusters, ten to a project, with a key that a team owns. One user is in every team.
fn access(clusters: usize) -> String {
    each(clusters.div_ceil(10), |text, number| {
        let key = key(number);
        write!(
            text,
            "{HEAD}Team\nmetadata: {{name: t{number}}}\nspec: {{members: [all, a{number}, b{number}]}}\n---\n\
             {HEAD}Project\nmetadata: {{name: p{number}}}\n\
             spec: {{members: [{{team: t{number}, role: Cluster Admin}}]}}\n---\n\
             {HEAD}SSHKey\nmetadata: {{name: k, project: p{number}}}\n\
             spec: {{publicKey: {key}, owner: \"team:t{number}\"}}"
        )
        .unwrap();
        for cluster in 0..10 {
            write!(
                text,
                "\n---\n{HEAD}Cluster\nmetadata: {{name: c{cluster}, project: p{number}, labels: {{env: prod}}}}\n\
                 spec: {{sshKey: k}}"
            )
            .unwrap();
        }
    })
}

/// The same, with tests that say this of all clusters.
fn tested(clusters: usize, assertions: &str) -> String {
    let mut text = access(clusters);
    for number in 0..5 {
        write!(
            text,
            "{HEAD}AccessTest\nmetadata: {{name: t{number}}}\nspec: {{clusters: {{labels: {{env: prod}}}}, {assertions}}}\n---\n"
        )
        .unwrap();
    }
    text
}

/// Keys without a role for their owners: one user in many teams, or in none, and in projects that give many teams one.
fn owners(count: usize) -> String {
    let mut text = each(count, |text, number| {
        write!(
            text,
            "{HEAD}Team\nmetadata: {{name: t{number}}}\nspec: {{members: [all]}}\n---\n\
             {HEAD}Project\nmetadata: {{name: p{number}}}\n---\n\
             {HEAD}SSHKey\nmetadata: {{name: k, project: p{number}}}\nspec: {{publicKey: {}, owner: all}}\n---\n\
             {HEAD}SSHKey\nmetadata: {{name: k{number}, project: q}}\nspec: {{publicKey: {}, owner: u{number}}}",
            key(2 * number),
            key(2 * number + 1)
        )
        .unwrap();
    });
    let members: Vec<_> =
        (0..count).map(|number| format!("{{team: t{number}, role: Cluster Viewer}}")).collect();
    let members = members.join(", ");
    write!(text, "{HEAD}Project\nmetadata: {{name: q}}\nspec: {{members: [{members}]}}\n").unwrap();
    text
}

/// What people, machines and mistakes repeat.
const ROWS: &[Row] = &[
    row("one cluster with different keys", 300, |count| {
        each(count, |text, number| {
            write!(text, "{HEAD}Cluster\nmetadata: {{name: c, project: p}}\nspec: {{sshKey: k{number}}}")
                .unwrap();
        })
    }),
    row("one project", 300, |count| PROJECT.repeat(count)),
    row("one key", 300, |count| {
        each(count, |text, _| {
            write!(text, "{HEAD}SSHKey\nmetadata: {{name: k, project: p}}\nspec: {{publicKey: {KEY}}}")
                .unwrap();
        })
    }),
    row("one key under many names", 300, |count| {
        each(count, |text, number| {
            write!(
                text,
                "{HEAD}SSHKey\nmetadata: {{name: k{number}, project: p}}\nspec: {{publicKey: {KEY}}}"
            )
            .unwrap();
        })
    }),
    row("keys of projects that have none of that name", 200, |count| {
        each(count, |text, number| {
            write!(
            text,
            "{HEAD}Project\nmetadata: {{name: p{number}}}\n---\n\
             {HEAD}SSHKey\nmetadata: {{name: k{number}, project: p{number}}}\nspec: {{publicKey: {KEY}}}\n---\n\
             {HEAD}Cluster\nmetadata: {{name: c, project: p{number}}}\nspec: {{sshKey: x{number}}}"
        )
        .unwrap();
        })
    }),
    row("projects that do not exist", 300, |count| {
        each(count, |text, number| {
            write!(text, "{HEAD}Cluster\nmetadata: {{name: c{number}, project: q{number}}}").unwrap();
        })
    }),
    row("names that differ by case", 300, |count| {
        each(count, |text, number| {
            let name: String = (0..12).map(|bit| if number >> bit & 1 == 1 { 'A' } else { 'a' }).collect();
            write!(text, "{HEAD}Project\nmetadata: {{name: {name}}}").unwrap();
        })
    }),
    row("aliases of a long text as labels", 10, |count| {
        each(count, |text, number| {
            let labels = (0..100).map(|label| format!("k{label}: *a, ")).collect::<Vec<_>>().concat();
            let long = "x".repeat(1000);
            write!(
                text,
                "{HEAD}Project\nmetadata: {{name: p{number}, description: &a {long}, labels: {{{labels}}}}}"
            )
            .unwrap();
        })
    }),
    row("nodes by alias", 10, |count| clusters_with(count, "&a node1.example.com", "*a, ", 300)),
    row("one node", 10, |count| clusters_with(count, "a", "a,", 300)),
    row("nodes that are none", 10, |count| clusters_with(count, "a", "!,", 300)),
    row("one member", 500, |count| {
        lines(count, "members", |_| "  - {user: a, role: Project Admin}\n".into())
    }),
    row("one field", 500, |count| lines(count, "a", |_| "  members: []\n".into())),
    row("fields that are none", 500, |count| {
        lines(count, "members", |number| format!("  membe{number}: 1\n"))
    }),
    row("problems on one line", 300, |count| {
        let members = "{user: a/, role: Project Admin, x: y}, ".repeat(count);
        format!(
            "{{apiVersion: keyplan/v1, kind: Project, metadata: {{name: p}}, spec: {{members: [{members}]}}}}"
        )
    }),
    row("documents that are none", 1_000, |count| "a: 1\n---\n".repeat(count)),
    row("documents that are not closed", 500, |count| "a: [\n---\n".repeat(count)),
    row("documents of deep nesting", 10, |count| format!("{}\n---\n", "[".repeat(300)).repeat(count)),
    row("anchors", 1_000, |count| lines(count, "members", |number| format!("  - &a{number} b\n"))),
    row("a long name", 5_000, |count| {
        format!("{HEAD}Project\nmetadata: {{name: {}}}\n", "n".repeat(10 * count))
    }),
    row("a block of text", 5_000, |count| {
        format!("{HEAD}Project\nmetadata:\n  name: p\n  description: >\n{}", "    a b\n\n".repeat(count))
    }),
    row("owners without a role", 100, owners),
    row("tests that hold", MANY, |count| {
        tested(count, "people: {atLeast: 3, atMost: 3}, key: {required: true, types: [ssh-ed25519]}")
    }),
    row("tests that break everywhere", MANY, |count| {
        tested(count, "openedOnlyBy: [], openedBy: [eva], people: {atMost: 1}, changedOnlyBy: [all]")
    }),
    asked("who opens anything", &["who", "--declared"], MANY, access),
    asked("who opens a cluster", &["who", "p0/c0", "--declared"], MANY, access),
    asked("what a user of every team opens", &["reach", "all", "--declared"], MANY, access),
    asked("a page of all access", &["report", "--html", "access.html", "--declared"], MANY, access),
    asked("why a user opens a cluster", &["why", "a0", "p0/c0", "--declared"], MANY, access),
    asked("why a user opens no cluster", &["why", "a1", "p0/c0", "--declared"], MANY, access),
];

/// The exit code of a command line that is not understood.
const USAGE: i32 = 64;

#[test]
fn twice_the_input_takes_twice_the_operations() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return skipped("there is no valgrind, which counts operations");
    }
    let grown: Vec<_> = std::thread::scope(|scope| {
        let halves = ROWS.chunks(ROWS.len().div_ceil(2));
        let running: Vec<_> =
            halves.map(|half| scope.spawn(|| half.iter().map(growth).collect::<Vec<_>>())).collect();
        running.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    for (name, growth) in &grown {
        println!("{growth:.2} {name}");
    }
    let fast: Vec<_> = grown.iter().filter(|(_, growth)| *growth > MOST_GROWTH).collect();
    assert!(fast.is_empty(), "{fast:?}");
}

/// By how much the operations of a row grow when it is doubled.
fn growth(row: &Row) -> (&'static str, f64) {
    let [once, twice] = [row.parts, 2 * row.parts].map(|parts| operations(&(row.text)(parts), row.command));
    (row.name, twice / once)
}

/// The blocks of instructions that a command runs on this file. Those of an empty one are some thousandths of it.
fn operations(text: &str, command: &[&str]) -> f64 {
    let workspace = Workspace::with(&[("a.yaml", text.as_bytes())]);
    let output = Command::new("valgrind")
        .args(["--tool=none", "--stats=yes", env!("CARGO_BIN_EXE_keyplan")])
        .args(command)
        .current_dir(&workspace.root)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap();
    let said = stderr(&output);
    assert_ne!(output.status.code(), Some(USAGE), "{command:?}: {said}");
    let checks = said.lines().find_map(|line| line.strip_suffix(" event checks.")?.rsplit(' ').next());
    checks.expect("valgrind counts").replace(',', "").parse().unwrap()
}

#[test]
fn memory_and_output_are_bounded_by_what_was_written() {
    for row in ROWS {
        let text = (row.text)(12 * row.parts);
        let workspace = Workspace::with(&[("a.yaml", text.as_bytes())]);
        let (written, Cost { memory, output }) = (text.len() as u64, cost(&workspace.root, row.command));
        println!("{written} bytes take {memory} and give {output}: {}", row.name);
        assert!(memory < MEMORY + MEMORY_PER_BYTE * written, "{written} bytes take {memory}: {}", row.name);
        assert!(output < OUTPUT + MEMORY_PER_BYTE * written, "{written} bytes give {output}: {}", row.name);
    }
}

/// What a run costs, in bytes.
struct Cost {
    memory: u64,
    output: u64,
}

const FOLDER: &str = "KEYPLAN_TEST_PRICE_OF";
const COMMAND: &str = "KEYPLAN_TEST_PRICE_COMMAND";

/// The system tells of all children of a process together, so that one of its own runs the program.
fn cost(folder: &Utf8Path, command: &[&str]) -> Cost {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "price_list::price_of_one", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(COMMAND, command.join(" "))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers = said.lines().find_map(|line| line.split_once("price: ")).expect("a price").1;
    let numbers: Vec<u64> = numbers.split(' ').map(|number| number.parse().unwrap()).collect();
    Cost { memory: numbers[0], output: numbers[1] }
}

#[test]
#[ignore = "run by the test of memory, in a process of its own"]
fn price_of_one() {
    let folder = Utf8PathBuf::from(std::env::var(FOLDER).expect("the folder to check"));
    let command = std::env::var(COMMAND).expect("what to run");
    // A page has one format.
    let format: &[_] = if command.starts_with("report") { &[] } else { &["--format", "json"] };
    let output = Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .args(command.split(' ').chain(format.iter().copied()))
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let peak = u64::try_from(getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss()).unwrap();
    // In KiB, but on macOS in bytes.
    let memory = if cfg!(target_vendor = "apple") { peak } else { peak << 10 };
    println!("\nprice: {memory} {}", output.stdout.len());
}
