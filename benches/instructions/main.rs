//! How many instructions the commands take, on one thread: `make bench-check`, `make bench-record`.
//!
//! Times depend on the machine and on what else it does; instructions hardly do. valgrind counts them, on the
//! binary that is shipped. What was counted stands in `recorded.txt`; more than [`TOLERANCE`] beyond it fails,
//! and so does as much below it, so that what was gained is recorded and kept.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark stops at the first surprise, reads its words, and prints what it counts"
)]

#[path = "../generator.rs"]
mod generator;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Output};

use generator::Workspace;

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/recorded.txt");

/// How far a count may be from the recorded one, of a hundred. The same binary differs by 0.01 from run to run:
/// random seeds of hash tables and the names of temporary folders are all that changes. The rest is for machines
/// whose C library copies bytes in another way.
const TOLERANCE: f64 = 2.0;

const KEYPLAN: &str = env!("CARGO_BIN_EXE_keyplan");

fn main() -> ExitCode {
    let word = std::env::args().nth(1).unwrap_or_default();
    if !matches!(word.as_str(), "check" | "record") {
        // A plain `cargo bench` runs every benchmark; this one needs valgrind.
        println!("run `make bench-check` or `make bench-record`");
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("this needs valgrind: apt-get install valgrind");
        return ExitCode::FAILURE;
    }
    let counts = count_all();
    if word == "record" {
        fs::write(RECORDED, written(&counts)).expect("a file that can be written");
        println!("recorded:\n{}", written(&counts));
        return ExitCode::SUCCESS;
    }
    let recorded = fs::read_to_string(RECORDED).expect("what was recorded");
    if counts.iter().filter(|&&(name, count)| !is_near(&recorded, name, count)).count() == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "recorded with {}, counted with {}; `make bench-record` records anew, and the commit says why",
        compiler_of(&recorded),
        compiler()
    );
    ExitCode::FAILURE
}

/// Counts each command on a workspace that is applied, with every key proven.
fn count_all() -> Vec<(&'static str, u64)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = folder.path().join("workspace");
    Workspace { keys: 1000, projects: 10, files: 10, rsa: (0, 0), seed: 1 }.write(&workspace);
    let path = workspace.to_str().expect("a path in UTF-8");
    let run = |words: &[&str]| {
        let output = command(folder.path(), words[0]).args(&words[1..]).output().expect("a program");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    };
    run(&[KEYPLAN, "apply", "--auto-approve", path]);
    let valgrind =
        ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", KEYPLAN];
    [("validate", &["validate", path][..]), ("plan", &["plan", path])]
        .map(|(name, words)| (name, instructions(&run(&[&valgrind[..], words].concat()))))
        .into()
}

/// A command with one thread, and with nothing in its environment that could make a difference.
fn command(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("RAYON_NUM_THREADS", "1");
    command
}

/// The number behind `I refs:`, without its commas.
fn instructions(output: &Output) -> u64 {
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said.lines().find_map(|line| line.split_once("refs:")).expect("valgrind counts").1;
    counted.trim().replace(',', "").parse().expect("a number")
}

/// Prints a count beside the recorded one; whether they are near each other.
fn is_near(recorded: &str, name: &str, count: u64) -> bool {
    let before = recorded.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
    let Some(before) = before else {
        println!("{name}: {count} instructions; nothing is recorded");
        return false;
    };
    let percent = (float(count) / float(before) - 1.0) * 100.0;
    println!("{name}: {count} instructions, {percent:+.2} % of {before} that are recorded");
    percent.abs() <= TOLERANCE
}

/// The file, as it is kept.
fn written(counts: &[(&str, u64)]) -> String {
    let mut text = format!("{COMPILER}{}\n", compiler());
    for (name, count) in counts {
        let _ = writeln!(text, "{name} {count}");
    }
    text
}

const COMPILER: &str = "# Instructions at 1,000 keys + 1,000 clusters, one thread, with ";

fn compiler_of(recorded: &str) -> &str {
    recorded.lines().find_map(|line| line.strip_prefix(COMPILER)).unwrap_or("an unknown compiler")
}

/// The compiler: another one makes other instructions.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "no run takes 2^52 instructions")]
const fn float(number: u64) -> f64 {
    number as f64
}
