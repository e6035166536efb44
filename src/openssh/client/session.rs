//! A login with a command that answers questions on its standard input, by whatever keys, agents and jump hosts the
//! user's configuration names.

use std::time::Duration;

use super::destination::Destination;
use super::log::LoginKey;
use super::process::{Ended, GRACE, Process};
use super::program::{Client, Limits, MOST_PRINTED, SshError, as_arguments};
use super::settings::Settings;
use crate::openssh::OpenSshVersion;

/// How often a connection is tried again that was dropped before the login.
const RETRIES: u32 = 2;
/// How long is waited before the first time, and twice that before the next.
const PAUSE: Duration = Duration::from_millis(500);
/// What keeps a session to its command, and to an end with it: a connection that others may share would stay.
const PLAIN: [&str; 7] = [
    "ControlMaster=no",
    "ConnectionAttempts=2",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
];

/// Whether a connection may be used that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    AsConfigured,
    /// A connection of its own: only then it is known which key let us in.
    Never,
}

/// Something to ask a command.
pub struct Question<'a> {
    pub input: &'a [u8],
    /// The most that an answer may have, in bytes.
    pub most: usize,
    /// Whether what was printed is a whole answer.
    pub is_whole: &'a dyn Fn(&[u8]) -> bool,
}

/// A command that runs on a server. It ends when this is dropped, and ssh with it.
#[derive(Debug)]
pub struct Session {
    process: Process,
    /// Whether it has failed to answer, so that nothing more can be asked.
    is_broken: bool,
}

impl Client {
    /// Logs in, runs a command and asks it something, and returns the answer. A connection that is dropped before
    /// the login is tried again: nothing was asked by then.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn open(
        &self,
        to: &Destination,
        command: &str,
        sharing: Sharing,
        question: &Question<'_>,
        limits: &Limits<'_>,
    ) -> Result<(Session, Vec<u8>), SshError> {
        let settings = self.settings(to, limits)?;
        let mut pause = PAUSE;
        for retry in 0.. {
            let process = self.log_in(to, command, sharing, &settings, limits)?;
            let mut session = Session { process, is_broken: false };
            match session.ask(question, limits) {
                Ok(answer) => return Ok((session, answer)),
                Err(error) => {
                    let Process { output, log, .. } = &session.process;
                    let is_dropped = output.is_empty() && log.is_dropped();
                    if !is_dropped || retry == RETRIES || limits.left() <= pause {
                        return Err(error);
                    }
                }
            }
            drop(session);
            std::thread::sleep(pause);
            pause *= 2;
        }
        unreachable!("the last retry returns")
    }

    fn log_in(
        &self,
        to: &Destination,
        command: &str,
        sharing: Sharing,
        settings: &Settings,
        limits: &Limits<'_>,
    ) -> Result<Process, SshError> {
        let way = self.jump(settings, limits)?;
        let own = match sharing {
            Sharing::AsConfigured => None,
            Sharing::Never => Some("ControlPath=none"),
        };
        let ours = PLAIN.into_iter().chain(own).map(str::to_owned);
        let options = as_arguments(ours.chain(settings.for_a_session()).chain(way));
        self.start(true, command, |ssh| {
            self.configure(ssh).args(self.fixed(settings)).args(options);
            ssh.args(to.arguments()).arg(command);
        })
    }
}

impl Session {
    /// Asks the command something.
    ///
    /// # Errors
    /// When there is no answer. What was asked may have been done, and nothing more can be asked.
    pub fn ask(&mut self, question: &Question<'_>, limits: &Limits<'_>) -> Result<Vec<u8>, SshError> {
        let Question { input, most, is_whole } = question;
        let process = &mut self.process;
        process.output.clear();
        process.write(input);
        let ended = process.listen_for(limits, most + MOST_PRINTED, &|output, _| is_whole(output))?;
        if ended == Ended::Enough {
            return Ok(std::mem::take(&mut process.output));
        }
        self.is_broken = true;
        let error = process.error(ended, limits);
        let words =
            || process.last_words().unwrap_or_else(|| "the node did not answer, or not in full".into());
        let unanswered = || {
            if process.log.is_denied() { SshError::Denied(words()) } else { SshError::Unreachable(words()) }
        };
        Err(error.unwrap_or_else(unanswered))
    }

    /// The key that it came in with.
    #[must_use]
    pub const fn login_key(&self) -> LoginKey {
        self.process.log.login_key
    }

    /// The OpenSSH of the server; nothing where it is another server, or a connection that was there already is used.
    #[must_use]
    pub const fn server(&self) -> Option<OpenSshVersion> {
        self.process.log.server
    }

    /// What ssh and the command said beside answers, for people.
    #[must_use]
    pub fn last_words(&self) -> Option<String> {
        self.process.last_words()
    }
}

impl Drop for Session {
    /// Lets the command end by itself, for a while.
    fn drop(&mut self) {
        if self.is_broken {
            return;
        }
        self.process.end_input();
        // What has not ended by then is killed.
        let _ = self.process.listen_for(&Limits::new(GRACE, &|| true), MOST_PRINTED, &|_, _| false);
    }
}
