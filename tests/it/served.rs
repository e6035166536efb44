//! Servers of others, each a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

/// A server that is ended with the test.
pub(crate) struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where a server says that it is ready.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Out,
    Err,
}

impl Served {
    /// Starts a server, and waits for the line in which `ready` finds something. Nothing where there is no such program.
    pub(crate) fn start<T>(
        command: &mut Command,
        says: Says,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Option<(Self, T)> {
        let stream = |is_read| if is_read { Stdio::piped() } else { Stdio::null() };
        command.stdin(Stdio::null()).stdout(stream(says == Says::Out)).stderr(stream(says == Says::Err));
        let mut child = command.spawn().ok()?;
        let said: Box<dyn Read + Send> = match says {
            Says::Out => Box::new(child.stdout.take().unwrap()),
            Says::Err => Box::new(child.stderr.take().unwrap()),
        };
        let served = Self(child);
        let (mut lines, mut heard) = (BufReader::new(said), String::new());
        let found = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it has ended:\n{heard}");
            heard.push_str(&line);
            if let Some(found) = ready(&line) {
                break found;
            }
        };
        // What it logs is read, so that it never waits.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Some((served, found))
    }
}
