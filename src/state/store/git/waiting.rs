//! Those who wait to write while another one pushes. One of them pushes for all.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::error::{StoreError, StoreErrorKind};

/// How long those are waited for who come at the same time. A push takes a second.
const GATHERING: Duration = Duration::from_millis(5);

type Outcome = Result<bool, StoreError>;

/// Those who wait.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    queue: Mutex<Queue>,
    has_ended: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    files: Vec<File>,
    is_pushing: bool,
}

#[derive(Debug)]
struct File {
    name: String,
    bytes: Vec<u8>,
    outcome: SyncSender<Outcome>,
}

impl Waiting {
    /// Writes a file, together with those of others. `write` tells of each whether its name was free.
    pub(super) fn join(
        &self,
        name: &str,
        bytes: &[u8],
        write: impl Fn(&[(&str, &[u8])]) -> Result<Vec<bool>, StoreError>,
    ) -> Outcome {
        let (sender, outcome) = sync_channel(1);
        let mut queue = self.queue();
        queue.files.push(File { name: name.into(), bytes: bytes.into(), outcome: sender });
        loop {
            if let Some(outcome) = told(&outcome) {
                return outcome;
            }
            if !queue.is_pushing {
                queue.is_pushing = true;
                drop(queue);
                let _end = End(self);
                self.write_all(&write);
                return told(&outcome).unwrap_or_else(|| Err(unknown()));
            }
            queue = self.has_ended.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes the files of all who wait.
    fn write_all(&self, write: &impl Fn(&[(&str, &[u8])]) -> Result<Vec<bool>, StoreError>) {
        let files = self.gather();
        let named: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        let written = write(&named);
        for (at, file) in files.iter().enumerate() {
            let outcome = match &written {
                Ok(free) => free.get(at).copied().ok_or_else(unknown),
                Err(error) => Err(error.clone()),
            };
            // Who waits for it holds the other end.
            let _ = file.outcome.send(outcome);
        }
    }

    /// Those who wait, once no more come.
    fn gather(&self) -> Vec<File> {
        let mut before = 0;
        loop {
            std::thread::sleep(GATHERING);
            let mut queue = self.queue();
            if queue.files.len() == before {
                return std::mem::take(&mut queue.files);
            }
            before = queue.files.len();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of a write; that nobody knows where who did it has given up.
fn told(outcome: &Receiver<Outcome>) -> Option<Outcome> {
    match outcome.try_recv() {
        Ok(outcome) => Some(outcome),
        Err(TryRecvError::Empty) => None,
        Err(TryRecvError::Disconnected) => Some(Err(unknown())),
    }
}

fn unknown() -> StoreError {
    StoreError::new(StoreErrorKind::Ambiguous, "whether it was written is not known")
}

/// The end of a push, however it ends.
struct End<'a>(&'a Waiting);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.queue().is_pushing = false;
        self.0.has_ended.notify_all();
    }
}
