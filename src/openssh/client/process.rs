//! One process of `ssh`, with a limit on its time and on all that it and its node may say. It runs in a process group
//! of its own, which is killed as a whole: what a node or a jump host keeps open is not waited for.
#![expect(clippy::disallowed_methods, reason = "ssh is run here, and what it logs is read as it comes")]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::time::{Duration, Instant};

use super::log::SshLog;
use crate::process::running;

/// The most that ssh, a node and its jump hosts may say besides an answer, in bytes of each file.
const MOST_SAID: u64 = 1 << 20;
/// How often it is looked whether ssh says something, has ended, or has said too much.
const TICK: Duration = Duration::from_millis(10);
/// How long ssh may take to end when no answer can come any more.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How much is read of an answer at a time, in bytes.
const PIECE: usize = 64 << 10;

/// How listening to a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The process ended by itself: whether well.
    ByItself(bool),
    /// All that matters was heard.
    Enough,
    TimedOut,
    TooMuch,
    Interrupted,
}

/// A process and what it has said. It is killed with all that it has started when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    has_ended: bool,
    input: Option<Sender<Vec<u8>>>,
    pieces: Option<Receiver<Vec<u8>>>,
    /// What came on standard output.
    pub(super) output: Vec<u8>,
    pub(super) log: SshLog,
    tail: Tail,
    errors: PathBuf,
}

impl Process {
    /// Starts `command`, which logs to the file `log` if it logs; `errors` is made for its standard error.
    pub(super) fn start(
        command: &mut Command,
        (log, errors): (PathBuf, PathBuf),
        has_input: bool,
        echo: &str,
    ) -> io::Result<Self> {
        let stdin = if has_input { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(File::create(&errors)?);
        let mut child = running::start(command)?;
        Ok(Self {
            input: child.stdin.take().map(writer),
            pieces: child.stdout.take().map(pieces),
            child,
            has_ended: false,
            output: Vec::new(),
            log: SshLog::without(echo),
            tail: Tail::new(log),
            errors,
        })
    }

    /// Hands bytes to standard input. A process that has ended takes none, which listening then tells.
    pub(super) fn write(&self, bytes: &[u8]) {
        if let Some(input) = &self.input {
            let _ = input.send(bytes.to_vec());
        }
    }

    /// Ends standard input.
    pub(super) fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits until enough was heard, or the process has ended, or has to end.
    pub(super) fn listen(
        &mut self,
        deadline: Instant,
        most: usize,
        goes_on: &dyn Fn() -> bool,
        is_enough: &dyn Fn(&[u8], &SshLog) -> bool,
    ) -> io::Result<Ended> {
        let mut until = deadline;
        let mut over: Option<Instant> = None;
        loop {
            // What has ended is read to the end: so this is asked before the log is read.
            let status = self.child.try_wait()?;
            if status.is_some() {
                self.ends();
                over.get_or_insert_with(Instant::now);
            }
            if let Some(pieces) = &self.pieces {
                match pieces.recv_timeout(TICK) {
                    Ok(piece) => self.output.extend(piece),
                    Err(RecvTimeoutError::Disconnected) => {
                        self.pieces = None;
                        // Nothing more can come: what keeps the connection open is not waited for.
                        until = until.min(Instant::now() + GRACE);
                    }
                    // What still holds the pipe when ssh has ended is nobody who answers.
                    Err(RecvTimeoutError::Timeout) if over.is_some_and(|over| over.elapsed() > GRACE / 4) => {
                        self.pieces = None;
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                }
            } else if status.is_none() {
                std::thread::sleep(TICK / 5);
            }
            let files = [&self.tail.path, &self.errors];
            if self.output.len() > most || files.into_iter().any(|file| length(file) > MOST_SAID) {
                return Ok(Ended::TooMuch);
            }
            self.tail.read(&mut self.log);
            if is_enough(&self.output, &self.log) {
                return Ok(Ended::Enough);
            }
            match status {
                Some(status) if self.pieces.is_none() => return Ok(Ended::ByItself(status.success())),
                Some(_) => continue,
                None => {}
            }
            if !goes_on() {
                return Ok(Ended::Interrupted);
            }
            if Instant::now() >= until {
                return Ok(if until == deadline { Ended::TimedOut } else { Ended::ByItself(false) });
            }
        }
    }

    /// It was waited for.
    fn ends(&mut self) {
        if !self.has_ended {
            self.has_ended = true;
            running::has_ended(&self.child);
        }
    }

    /// What ssh, the node and its jump hosts said last, for people.
    pub(super) fn last_words(&self) -> Option<String> {
        self.log.last_words(&beginning(&self.errors))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.input = None;
        if !self.has_ended {
            running::kill(self.child.id());
            let _ = self.child.kill();
            // There is nothing to be done about a process that cannot be waited for.
            let _ = self.child.wait();
            self.ends();
        }
        for file in [&self.tail.path, &self.errors] {
            // What stays goes with the folder.
            let _ = fs::remove_file(file);
        }
    }
}

/// A log as it grows.
#[derive(Debug)]
struct Tail {
    path: PathBuf,
    file: Option<File>,
    /// What was written of a line that has no end yet.
    rest: Vec<u8>,
}

impl Tail {
    const fn new(path: PathBuf) -> Self {
        Self { path, file: None, rest: Vec::new() }
    }

    /// Reads what was written since, and lets whole lines be heard.
    fn read(&mut self, log: &mut SshLog) {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        let Some(file) = &mut self.file else { return };
        // What cannot be read is as good as not written.
        let _ = file.take(MOST_SAID).read_to_end(&mut self.rest);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<_> = self.rest.drain(..=end).collect();
            log.line(&String::from_utf8_lossy(&line));
        }
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |about| about.len())
}

/// Writes what is sent, until nothing is sent any more or nobody reads. It does not outlast the process, whose end
/// closes the pipe.
fn writer(mut stdin: ChildStdin) -> Sender<Vec<u8>> {
    let (sender, inputs) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        let mut inputs = inputs.into_iter();
        while inputs.next().is_some_and(|input| stdin.write_all(&input).is_ok()) {}
    });
    sender
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
