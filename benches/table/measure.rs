//! What one run of a program costs. The system tells the time and the memory of the children of a process, all
//! together; so a process of its own starts the program as its only child, and looks.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::Pid;

/// What a run costs.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// Seconds from the start of the process to its end.
    pub(crate) wall: f64,
    /// Seconds of all its threads, in the program and in the system for it.
    pub(crate) cpu: f64,
    /// The most memory at a time, in bytes.
    pub(crate) peak: f64,
}

/// A program to run.
pub(crate) struct Run<'a> {
    pub(crate) program: &'a str,
    pub(crate) args: &'a [&'a str],
    /// Where it runs.
    pub(crate) folder: &'a Path,
    /// The home of its user.
    pub(crate) home: &'a Path,
    /// How it ends.
    pub(crate) expected: i32,
    /// When it is stopped.
    pub(crate) limit: Duration,
}

const STOPPED: &str = "stopped";

impl Run<'_> {
    /// Runs it; nothing when it takes too long.
    pub(crate) fn cost(&self) -> Option<Cost> {
        let output = Command::new(own_path())
            .args(["measure", &self.limit.as_secs().to_string(), &self.expected.to_string(), self.program])
            .args(self.args)
            .current_dir(self.folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home)
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null())
            .output()
            .expect("this program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{} {}` failed:\n{said}", self.program, self.args.join(" "));
        let told = String::from_utf8(output.stdout).expect("numbers");
        if told.trim() == STOPPED {
            return None;
        }
        let numbers: Vec<f64> =
            told.split_whitespace().map(|number| number.parse().expect("a number")).collect();
        let [wall, cpu, peak] = numbers[..] else { panic!("three numbers, not {told}") };
        Some(Cost { wall, cpu, peak })
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6} {:.6} {:.0}", self.wall, self.cpu, self.peak)
    }
}

/// The path of this program.
pub(crate) fn own_path() -> String {
    std::env::current_exe().expect("a path").into_os_string().into_string().expect("a path in UTF-8")
}

/// Runs a program as the only child of this process, and prints what it cost.
pub(crate) fn measure(seconds: &str, expected: &str, program: &str, args: &[&str]) {
    let limit = Duration::from_secs(seconds.parse().expect("seconds"));
    let expected: i32 = expected.parse().expect("an exit code");
    let begun = Instant::now();
    let mut child = Command::new(program).args(args).stdout(Stdio::null()).spawn().expect("a program");
    let number = Pid::from_raw(i32::try_from(child.id()).expect("a process"));
    let (running, ended) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        let is_over = ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
        if is_over {
            // It may have ended just now.
            let _ = kill(number, Signal::SIGKILL);
        }
        is_over
    });
    let status = child.wait().expect("a child of this process");
    let wall = begun.elapsed().as_secs_f64();
    drop(running);
    if watch.join().expect("a thread that does not panic") {
        println!("{STOPPED}");
        return;
    }
    assert_eq!(status.code(), Some(expected), "the exit code of {program}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("a number that is known");
    let cpu = seconds_of(usage.user_time()) + seconds_of(usage.system_time());
    println!("{}", Cost { wall, cpu, peak: bytes_of(usage.max_rss()) });
}

#[expect(clippy::cast_precision_loss, reason = "no process runs for 2^52 microseconds")]
fn seconds_of(time: TimeVal) -> f64 {
    time.num_microseconds() as f64 / 1e6
}

/// The system counts in KiB, but for macOS.
#[expect(clippy::cast_precision_loss, reason = "no process has 2^52 bytes")]
fn bytes_of(most: impl Into<i64>) -> f64 {
    most.into() as f64 * if cfg!(target_os = "macos") { 1.0 } else { 1024.0 }
}
