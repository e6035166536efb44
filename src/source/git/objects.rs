//! The objects of a repository, read by one `git cat-file --batch`.

use std::io::{self, BufRead, BufReader, Read, Take, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};

use super::error::GitError;
use super::program::{Git, unstarted};
use crate::source::walk::Unreadable;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Blob,
    Tree,
    /// A commit or a tag.
    Other,
}

/// The objects of a repository. One that is too large is passed over as it comes, and never held.
#[derive(Debug)]
pub(super) struct Objects {
    git: Git,
    /// Nothing once git has failed.
    batch: Mutex<Option<Batch>>,
}

impl Objects {
    pub(super) fn open(git: &Git) -> Result<Self, GitError> {
        let batch = Batch::start(git).map_err(unstarted)?;
        Ok(Self { git: git.clone(), batch: Mutex::new(Some(batch)) })
    }

    /// A blob of at most so many bytes.
    pub(super) fn blob(&self, name: &str, most: u64, limit: &'static str) -> Result<Vec<u8>, Unreadable> {
        let content = self.ask(name, |_, length, content| {
            if length > most {
                return Ok(None);
            }
            let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
            content.read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        });
        content?.ok_or(Unreadable::TooLarge { limit })
    }

    /// The first bytes of a blob, at most so many.
    pub(super) fn head(&self, name: &str, most: u64) -> Result<Vec<u8>, Unreadable> {
        self.ask(name, |_, _, content| {
            let mut bytes = Vec::new();
            content.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
    }

    /// What the object is that a name leads to, if it is there.
    pub(super) fn kind(&self, name: &str) -> Option<ObjectKind> {
        // A line is one name.
        if name.contains('\n') {
            return None;
        }
        self.ask(name, |kind, _, _| Ok(kind)).ok()
    }

    /// A blob of any length, and how long it is, read as it comes from a process of its own.
    pub(super) fn stream(&self, name: &str) -> Result<(u64, Box<dyn Read>), Unreadable> {
        let mut batch = Batch::start(&self.git)?;
        let (_, length) = batch.request(name)?.ok_or(Unreadable::NoObject)?;
        Ok((length, Box::new(Streamed { left: length, batch })))
    }

    /// Asks for one object. What `take` leaves of its content is passed over.
    fn ask<T>(
        &self,
        name: &str,
        take: impl FnOnce(ObjectKind, u64, &mut Take<&mut BufReader<ChildStdout>>) -> io::Result<T>,
    ) -> Result<T, Unreadable> {
        let mut place = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        // A process that has failed in the middle of an answer is not asked again.
        let mut batch = place.take().ok_or(Unreadable::NoObject)?;
        let answer = batch.answer(name, take);
        match answer {
            Ok(answer) => {
                *place = Some(batch);
                answer.ok_or(Unreadable::NoObject)
            }
            Err(_) => Err(Unreadable::NoObject),
        }
    }
}

/// A running `git cat-file --batch`. It ends when this is dropped.
#[derive(Debug)]
struct Batch {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Batch {
    fn start(git: &Git) -> io::Result<Self> {
        let mut command = git.command(&["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { child, input, output: BufReader::new(output) }),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Asks for an object: what it is and how long; nothing when it is not there.
    fn request(&mut self, name: &str) -> io::Result<Option<(ObjectKind, u64)>> {
        self.input.write_all(format!("{name}\n").as_bytes())?;
        let mut line = String::new();
        self.output.by_ref().take(MOST_HEADER).read_line(&mut line)?;
        let line = line.strip_suffix('\n').ok_or(io::ErrorKind::UnexpectedEof)?;
        if line.ends_with(" missing") || line.ends_with(" ambiguous") {
            return Ok(None);
        }
        let invalid = || io::Error::from(io::ErrorKind::InvalidData);
        let (rest, length) = line.rsplit_once(' ').ok_or_else(invalid)?;
        let length = length.parse().map_err(|_| invalid())?;
        let kind = match rest.rsplit_once(' ').ok_or_else(invalid)?.1 {
            "blob" => ObjectKind::Blob,
            "tree" => ObjectKind::Tree,
            _ => ObjectKind::Other,
        };
        Ok(Some((kind, length)))
    }

    fn answer<T>(
        &mut self,
        name: &str,
        take: impl FnOnce(ObjectKind, u64, &mut Take<&mut BufReader<ChildStdout>>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let Some((kind, length)) = self.request(name)? else { return Ok(None) };
        let mut content = self.output.by_ref().take(length);
        let taken = take(kind, length, &mut content)?;
        io::copy(&mut content, &mut io::sink())?;
        let mut end = [0];
        self.output.read_exact(&mut end)?;
        Ok(Some(taken))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It waits for a name, or for its answer to be read: it has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The most that git says before an object, in bytes: the name that was asked for, and a few words.
const MOST_HEADER: u64 = 64 << 10;

/// The content of one blob.
struct Streamed {
    left: u64,
    batch: Batch,
}

impl Read for Streamed {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.batch.output.by_ref().take(self.left).read(bytes)?;
        if read == 0 && self.left > 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}
