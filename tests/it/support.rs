//! What the tests share: the day on which they run, a workspace in a temporary folder, and the binary
//! in a clean environment.

use std::fs;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use keyplan::check::proofs::Proofs;
use keyplan::check::{Validated, validate};
use keyplan::report::findings::draw;
use keyplan::report::paths::Shown;
use keyplan::report::view::View;
use keyplan::source::walk::Folder;
use keyplan::state::Clock;

/// The day on which the tests run.
pub(crate) const TODAY: Date = date(2026, 11, 22);

/// A drawing of 80 columns without colour.
pub(crate) const PLAIN: View = View { width: 80, color: false, unicode: true, accessible: false };

/// The top of the repository.
pub(crate) fn repository() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Checks a folder.
pub(crate) fn check(root: &Utf8Path) -> Validated {
    validate(&Folder(root), TODAY, &Proofs::default()).unwrap()
}

/// What people read of a folder's findings, with the paths below it.
pub(crate) fn drawn(validated: &Validated, view: View) -> String {
    let mut text = Vec::new();
    let shown = Shown::below(Utf8Path::new(""));
    draw(&mut text, validated, &shown, view).unwrap();
    String::from_utf8(text).unwrap()
}

/// A workspace in a temporary folder.
pub(crate) struct Workspace {
    _folder: tempfile::TempDir,
    /// Where it is.
    pub(crate) root: Utf8PathBuf,
}

impl Workspace {
    /// A workspace with these files.
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let workspace = Self { _folder: folder, root };
        for (path, text) in files {
            workspace.write(path, text);
        }
        workspace
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &[u8]) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Runs the binary in a folder, with nothing in its environment: without a home it keeps no proofs.
pub(crate) fn keyplan(folder: &Utf8Path, args: &[&str]) -> Output {
    command(folder).args(args).output().unwrap()
}

/// The binary, ready to run in a folder.
pub(crate) fn command(folder: &Utf8Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyplan"));
    command.current_dir(folder).env_clear();
    command
}

/// The standard output of a run, as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The standard error of a run, as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A clock on which time passes only when somebody waits.
#[derive(Default)]
pub(crate) struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(
            1_800_000_000_000 + i64::try_from(self.0.load(Ordering::Relaxed)).unwrap(),
        )
        .unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn pause(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    fn notice(&self, _: &str) {}
}

/// Says that a test was skipped, and why; where everything is to be tested, that is an error.
pub(crate) fn skipped(why: &str) {
    assert!(
        std::env::var_os("KEYPLAN_TEST_REQUIRE").is_none(),
        "skipped: {why}; `make test-needs` installs it"
    );
    eprintln!("skipped: {why}");
}

/// Says that a test was skipped because a program is missing that `make test-needs` does not install: it is
/// large, and what is tested with it is tested without it as well.
pub(crate) fn skipped_without(program: &str) {
    eprintln!("skipped: there is no {program}");
}
