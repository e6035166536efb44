//! How long drift with the target `palette` takes under the rates that Palette documents: `cargo bench --bench palette`.
//!
//! Palette is the fake of the tests, which counts and refuses as documented. Time is virtual in the table: only the rates
//! cost any, so that each machine prints the same. The last line is a run of the program itself, by the clock on the
//! wall.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark writes what it measures"
)]
#![expect(clippy::expect_used, reason = "it stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

#[expect(dead_code, unused_imports, clippy::unwrap_used, reason = "the tests use more of it, and may stop")]
#[path = "../tests/it/palette"]
mod palette {
    pub(crate) mod contract;
    pub(crate) mod fake;
    pub(crate) mod pace;
}

use palette::fake::{API_KEY, Fake};
use palette::pace::{Pace, Size, by_part, drift};

const SIZE: Size = Size { projects: 50, clusters: 500, users: 60, teams: 40 };

fn main() {
    println!("| projects | clusters | users and teams | requests | allowed in | drift | ratio |");
    println!("|---|---|---|---|---|---|---|");
    for times in [1, 2, 4] {
        let Size { projects, clusters, users, teams } = SIZE;
        let size = Size {
            projects: projects * times,
            clusters: clusters * times,
            users: users * times,
            teams: teams * times,
        };
        let Pace { took, least, exchanges, in_sync: _ } = drift(size);
        let requests: usize = by_part(&exchanges).values().sum();
        let (took, least) = (took.as_secs_f64(), least.as_secs_f64());
        println!(
            "| {} | {} | {} | {requests} | {least:.1} s | {took:.1} s | {:.2} |",
            size.projects,
            size.clusters,
            size.users + size.teams,
            took / least
        );
    }
    println!("\n{}", real());
}

/// Drift of the first row by the program itself, by the clock on the wall.
fn real() -> String {
    let fake = Fake::start();
    fake.tenant(|tenant| SIZE.fill(tenant));
    let begun = Instant::now();
    fake.limit_rate(Box::new(move || begun.elapsed()));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = format!(
        "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: acme}}\n\
         spec:\n  target: palette\n  palette: {{tenant: acme, host: \"{}\"}}\n",
        fake.url()
    );
    fs::write(folder.path().join("keyplan.yaml"), settings).expect("a file");
    run(folder.path(), &["import", "palette"]);
    let begun = Instant::now();
    run(folder.path(), &["drift"]);
    let took = begun.elapsed().as_secs_f64();
    format!(
        "The program itself, right after an import, which has used up what is allowed at once: {took:.1} s."
    )
}

fn run(folder: &Path, args: &[&str]) {
    let ended = Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .args(args)
        .current_dir(folder)
        .env("SPECTROCLOUD_APIKEY", API_KEY)
        .stdout(Stdio::null())
        .status()
        .expect("keyplan runs");
    assert!(ended.success(), "{args:?}: {ended}");
}
