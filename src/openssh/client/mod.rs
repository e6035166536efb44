//! One run of the program `ssh`, with a limit on its time and on all that it and its node may say. It runs in a
//! process group of its own, which is killed as a whole: what a node or a jump host keeps open is not waited for.
//!
//! ssh says what it does to a file of its own (`-E`), and only that is heard. Its standard error is another file:
//! there the node's banner stands, and what a jump host's ssh says.
#![expect(clippy::disallowed_methods, reason = "ssh is run here, and what it logs is read as it comes")]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// The most that ssh, a node and its jump hosts may say besides an answer, in bytes of each file.
pub const MOST_SAID: u64 = 1 << 20;
/// How often it is looked whether ssh says something, has ended, or has said too much.
const TICK: Duration = Duration::from_millis(10);
/// How long ssh may take to end when no answer can come any more.
const GRACE: Duration = Duration::from_secs(2);
/// How much is read of an answer at a time, in bytes.
const PIECE: usize = 64 << 10;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself: whether well.
    ByItself(bool),
    /// All that matters was heard.
    Enough,
    /// It took too long.
    TimedOut,
    /// It said too much.
    TooMuch,
    /// Somebody ended it.
    Interrupted,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What came on standard output.
    pub output: Vec<u8>,
    /// What ssh logged to its own file.
    pub log: String,
    /// What came on standard error: a banner, and what jump hosts say. Never to be taken for the log.
    pub errors: String,
    /// How it ended.
    pub ended: Ended,
}

/// What a run is given, and when it ends.
pub struct Run<'a> {
    /// What it gets on standard input.
    pub input: &'a [u8],
    /// The longest that it may take.
    pub time: Duration,
    /// The most that may come on standard output, in bytes; more ends it.
    pub most: usize,
    /// Whether to log: ssh then gets `-E`.
    pub logs: bool,
    /// Hears each line of the log as it comes, and says whether to go on.
    pub hear: &'a mut dyn FnMut(&str) -> bool,
    /// Whether somebody wants it to go on.
    pub goes_on: &'a dyn Fn() -> bool,
}

/// A folder for what runs of ssh say, with a pair of files for each. It goes when this is dropped.
#[derive(Debug)]
pub struct Folder {
    folder: tempfile::TempDir,
    runs: AtomicU64,
}

impl Folder {
    /// A folder that nobody else can read.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("keyplan-ssh-").tempdir()?;
        Ok(Self { folder, runs: AtomicU64::new(0) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `ssh` with the arguments that `arguments` adds.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn run(&self, run: &mut Run<'_>, arguments: impl FnOnce(&mut Command)) -> io::Result<Said> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let log = self.path().join(format!("{number}.log"));
        let errors = self.path().join(format!("{number}.err"));
        let mut command = Command::new("ssh");
        command.env("SSH_ASKPASS_REQUIRE", "never");
        if run.logs {
            command.arg("-E").arg(&log);
        }
        arguments(&mut command);
        let said = converse(&mut command, run, &log, &errors);
        for file in [log, errors] {
            // What stays goes with the folder.
            let _ = fs::remove_file(file);
        }
        said
    }
}

fn converse(command: &mut Command, run: &mut Run<'_>, log: &Path, errors: &Path) -> io::Result<Said> {
    let start = Instant::now();
    let stdin = if run.input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(File::create(errors)?);
    in_a_group(command);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = run.input.to_vec();
        // It does not outlast the process, whose end closes the pipe. A node that refuses does not read on.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let pieces = child.stdout.take().map(pieces);
    let mut log = Tail::new(log.to_owned());
    let mut output = Vec::new();
    let ended = listen(&mut child, run, (start, pieces.as_ref()), (&mut log, errors), &mut output);
    if !matches!(ended, Ok(Ended::ByItself(_))) {
        kill(&mut child);
    }
    child.wait()?;
    Ok(Said { output, log: log.text, errors: beginning(errors), ended: ended? })
}

/// Waits until a run has ended, or has to end.
fn listen(
    child: &mut Child,
    run: &mut Run<'_>,
    (start, pieces): (Instant, Option<&Receiver<Vec<u8>>>),
    (log, errors): (&mut Tail, &Path),
    output: &mut Vec<u8>,
) -> io::Result<Ended> {
    let mut is_open = pieces.is_some();
    let mut until = run.time;
    let mut over: Option<Instant> = None;
    loop {
        // What has ended is read to the end: so this is asked before the log is read.
        let status: Option<ExitStatus> = child.try_wait()?;
        if status.is_some() {
            over.get_or_insert_with(Instant::now);
        }
        if let Some(pieces) = pieces.filter(|_| is_open) {
            match pieces.recv_timeout(TICK) {
                Ok(piece) => output.extend(piece),
                Err(RecvTimeoutError::Disconnected) => {
                    is_open = false;
                    // Nothing more can come: what keeps the connection open is not waited for.
                    until = until.min(start.elapsed() + GRACE);
                }
                // What still holds the pipe when ssh has ended is nobody who answers.
                Err(RecvTimeoutError::Timeout) => {
                    is_open = over.is_none_or(|over| over.elapsed() < GRACE / 4);
                }
            }
        } else if status.is_none() {
            std::thread::sleep(TICK / 5);
        }
        if output.len() > run.most || log.length() > MOST_SAID || length(errors) > MOST_SAID {
            return Ok(Ended::TooMuch);
        }
        if !log.read(run.hear) {
            return Ok(Ended::Enough);
        }
        match status {
            Some(status) if !is_open => return Ok(Ended::ByItself(status.success())),
            Some(_) => continue,
            None => {}
        }
        if !(run.goes_on)() {
            return Ok(Ended::Interrupted);
        }
        if start.elapsed() >= until {
            return Ok(if is_open || until == run.time { Ended::TimedOut } else { Ended::Enough });
        }
    }
}

/// A log as it grows.
struct Tail {
    path: PathBuf,
    file: Option<File>,
    text: String,
    /// How much of the text was heard.
    heard: usize,
}

impl Tail {
    const fn new(path: PathBuf) -> Self {
        Self { path, file: None, text: String::new(), heard: 0 }
    }

    fn length(&self) -> u64 {
        length(&self.path)
    }

    /// Reads what was written since, and lets whole lines be heard: whether to go on.
    fn read(&mut self, hear: &mut dyn FnMut(&str) -> bool) -> bool {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        let Some(file) = &mut self.file else { return true };
        let mut bytes = Vec::new();
        // What cannot be read is as good as not written.
        let _ = file.take(MOST_SAID).read_to_end(&mut bytes);
        self.text += &String::from_utf8_lossy(&bytes);
        while let Some(end) = self.text[self.heard..].find('\n') {
            let line = self.heard..=self.heard + end;
            self.heard = line.end() + 1;
            if !hear(&self.text[line]) {
                return false;
            }
        }
        true
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |about| about.len())
}

/// The beginning of a file.
fn beginning(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        let _ = file.take(MOST_SAID).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A stream in pieces, of which few wait at a time.
fn pieces(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, pieces) = sync_channel(4);
    std::thread::spawn(move || {
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if sender.send(piece[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    pieces
}

/// A group of its own: Ctrl-C on the terminal does not reach it, so that what is in flight is finished.
#[cfg(unix)]
fn in_a_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn in_a_group(_: &mut Command) {}

/// Kills a process with all that it has started. It may be ending right now.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(group) = i32::try_from(child.id()) {
        let _ =
            nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), nix::sys::signal::Signal::SIGKILL);
    }
    let _ = child.kill();
}
