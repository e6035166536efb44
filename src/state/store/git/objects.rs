//! The objects of the cache, read by one `git cat-file --batch`.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::super::MAX_OBJECT;
use super::super::error::StoreError;
use super::fault::Fault;
use super::program::{Git, unstarted};
use crate::process::running;

/// The most that git says before an object, in bytes.
const MOST_HEADER: u64 = 4 << 10;

/// A running `git cat-file --batch`. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Objects {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn open(git: &Git) -> Result<Self, StoreError> {
        let mut command = git.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = running::start(&mut command).map_err(unstarted)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { child, input, output: BufReader::new(output) }),
            _ => Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
        }
    }

    /// The content of an object that the cache has.
    pub(super) fn read(&mut self, name: &str, kind: &str) -> Result<Vec<u8>, Fault> {
        let torn = |why: &str| Fault::Torn(format!("`{name}` cannot be read: {why}"));
        let header = self.header(name).map_err(|error| torn(&error.to_string()))?;
        let Some((found, length)) = header else { return Err(torn("it is not there")) };
        if found != kind {
            return Err(torn(&format!("it is a {found}, and no {kind}")));
        }
        if length > MAX_OBJECT {
            return Err(StoreError::damaged("it is larger than 1 GiB").into());
        }
        let mut bytes = Vec::new();
        // The line end behind it is no part of it.
        let read = self.output.by_ref().take(length + 1).read_to_end(&mut bytes);
        match (read, bytes.pop()) {
            (Ok(_), Some(_)) if bytes.len() as u64 == length => Ok(bytes),
            (Err(error), _) => Err(torn(&error.to_string())),
            (Ok(_), _) => Err(torn("it is cut off")),
        }
    }

    /// What an object is, and how long.
    fn header(&mut self, name: &str) -> io::Result<Option<(String, u64)>> {
        self.input.write_all(format!("{name}\n").as_bytes())?;
        let mut line = String::new();
        self.output.by_ref().take(MOST_HEADER).read_line(&mut line)?;
        let line = line.strip_suffix('\n').ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut words = line.rsplitn(3, ' ');
        let length = words.next().and_then(|length| length.parse().ok());
        Ok(words.next().zip(length).map(|(kind, length)| (kind.to_owned(), length)))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It waits for a name, or for its answer to be read: it has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
        running::has_ended(&self.child);
    }
}
