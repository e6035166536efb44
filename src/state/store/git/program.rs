//! One run of the user's git on the cache: bounded in time, without a question, a hook or a setting of another
//! repository.
#![expect(clippy::disallowed_methods, reason = "git is run here, with a limit on its time")]

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::super::error::{StoreError, StoreErrorKind};
use crate::process::{git, running};

/// What the user may have set for their work, and is of no use here. All else of their configuration holds.
const SETTINGS: [&str; 9] = [
    "credential.interactive=false",
    "fetch.prune=false",
    "fetch.recurseSubmodules=false",
    "gc.autoDetach=false",
    "init.defaultObjectFormat=sha1",
    "init.defaultRefFormat=files",
    "maintenance.autoDetach=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
];

/// The ssh of a user who has configured none for git. It gives up where nobody answers any more, also when keyplan
/// is not there to end it.
const SSH: &str = "ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15";

/// How long git may say nothing.
const SILENCE: Duration = Duration::from_mins(1);
/// How long a run may take that goes on saying something.
const LONGEST: Duration = Duration::from_mins(30);
/// The longest pause between two looks at a run.
const TICK: Duration = Duration::from_millis(10);
/// The most that is read of what git says to people, in bytes.
const MOST_SAID: u64 = 1 << 20;

/// The user's git, for one bare repository.
#[derive(Debug)]
pub(super) struct Git {
    folder: Utf8PathBuf,
    /// Whether the environment says which ssh git runs.
    has_ssh: bool,
    /// Whether the user's configuration does.
    configures_ssh: OnceLock<bool>,
}

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) out: Vec<u8>,
    /// What it said to people.
    pub(super) err: String,
}

impl Git {
    pub(super) const fn new(folder: Utf8PathBuf, has_ssh: bool) -> Self {
        Self { folder, has_ssh, configures_ssh: OnceLock::new() }
    }

    pub(super) fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// A run with these arguments. It lets git reach a repository by four protocols, and by no program that a URL names.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = git("file:ssh:https:git", &SETTINGS);
        command.env("GCM_INTERACTIVE", "never").arg(format!("--git-dir={}", self.folder)).args(args);
        command
    }

    /// Runs git on the cache alone.
    pub(super) fn run(&self, args: &[&str], input: &[u8]) -> Result<Ran, StoreError> {
        run(&mut self.command(args), input, SILENCE)
    }

    /// Runs git on the remote.
    pub(super) fn run_remote(&self, args: &[&str]) -> Result<Ran, StoreError> {
        run(&mut self.remote_command(args)?, &[], SILENCE)
    }

    /// Runs git on the remote, and says whether what answered there speaks git's own protocol. Over HTTP git takes files
    /// as well, and a web page without a line end for a repository in which nothing is.
    pub(super) fn run_remote_traced(&self, args: &[&str]) -> Result<(Ran, bool), StoreError> {
        let packets = tempfile::NamedTempFile::new()?;
        let mut command = self.remote_command(args)?;
        command.env("GIT_TRACE_PACKET", packets.path().canonicalize()?);
        let ran = run(&mut command, &[], SILENCE)?;
        Ok((ran, packets.as_file().metadata()?.len() > 0))
    }

    fn remote_command(&self, args: &[&str]) -> Result<Command, StoreError> {
        let mut command = self.command(args);
        if !self.has_ssh && !self.configures_ssh()? {
            command.env("GIT_SSH_COMMAND", SSH);
        }
        Ok(command)
    }

    fn configures_ssh(&self) -> Result<bool, StoreError> {
        if let Some(known) = self.configures_ssh.get() {
            return Ok(*known);
        }
        let is_set = self.run(&["config", "--get", "core.sshCommand"], &[])?.is_success();
        Ok(*self.configures_ssh.get_or_init(|| is_set))
    }
}

impl Ran {
    pub(super) fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// What it printed, without the line end.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).trim_end_matches('\n').to_owned()
    }
}

/// Runs a command to its end. Its streams are files: what it leaves running, as ssh does where connections are shared,
/// may keep them open, and is not waited for.
fn run(command: &mut Command, input: &[u8], silence: Duration) -> Result<Ran, StoreError> {
    let (mut stdin, mut stdout, mut stderr) =
        (tempfile::tempfile()?, tempfile::tempfile()?, tempfile::tempfile()?);
    stdin.write_all(input)?;
    stdin.rewind()?;
    command.stdin(stdin).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let mut child = running::start(command).map_err(unstarted)?;
    let status = wait(&mut child, &stderr, silence);
    running::has_ended(&child);
    let status = status?;
    let read = |file: &mut File, most: u64| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let (out, err) = (read(&mut stdout, u64::MAX)?, read(&mut stderr, MOST_SAID)?);
    Ok(Ran { code: status.code(), out, err: String::from_utf8_lossy(&err).into_owned() })
}

/// Waits until it ends, and ends it with all that it has started when it takes too long.
fn wait(child: &mut Child, stderr: &File, silence: Duration) -> Result<ExitStatus, StoreError> {
    let start = Instant::now();
    let (mut said, mut heard, mut pause) = (0, start, Duration::from_millis(1));
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let length = stderr.metadata()?.len();
        if length != said {
            (said, heard) = (length, Instant::now());
        }
        if heard.elapsed() > silence || start.elapsed() > LONGEST {
            running::kill(child.id());
            let _ = child.kill();
            child.wait()?;
            let words = format!("git has said nothing for {} s, and was ended", silence.as_secs());
            return Err(StoreError::new(StoreErrorKind::Ambiguous, words));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(TICK);
    }
}

/// Why git could not be started.
pub(super) fn unstarted(error: io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::NotFound => StoreError::new(StoreErrorKind::Missing, "there is no program `git`")
            .with_help("install git, or add it to `PATH`"),
        _ => error.into(),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use super::*;

    /// Whether a process still does something.
    fn is_at_work(process: &str) -> bool {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"));
        stat.is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
    }

    #[test]
    fn what_says_nothing_is_ended_with_all_that_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let started = folder.path().join("started");
        let script = format!("sleep 1000 & echo $! > {}; wait", started.display());
        let error =
            run(Command::new("sh").args(["-c", &script]), &[], Duration::from_millis(300)).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Ambiguous);
        let process = fs::read_to_string(started).unwrap();
        while is_at_work(process.trim()) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_it_leaves_running_is_not_waited_for() {
        let script = "cat; sleep 1000 & echo $!; echo words >&2; exit 3";
        let ran = run(Command::new("sh").args(["-c", script]), b"input\n", SILENCE).unwrap();
        assert_eq!((ran.code, ran.err.as_str()), (Some(3), "words\n"));
        let (input, process) =
            ran.text().split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(input, "input");
        assert!(is_at_work(&process));
        Command::new("kill").arg(process).status().unwrap();
    }
}
