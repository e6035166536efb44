//! Nodes over the user's own `ssh`: its configuration, agent, jump hosts and known hosts.
//!
//! What runs on a node is one constant script; hosts and users are arguments of their own, and the model has
//! checked them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use data_encoding::HEXLOWER;

use super::desired::Login;
use super::script::{self, Answer, MOST};
use super::transport::{Found, GoesOn, NodeSession, Nodes, Replaced};
use crate::openssh::PublicKey;
use crate::openssh::client::{Client, Destination, Limits, Question, Session, Sharing, SshError};
use crate::targets::{TargetError, TargetErrorKind};

/// The most logins that are held while nothing is asked; others log in again.
const MOST_HELD: usize = 64;

/// Nodes that are reached by the program `ssh`.
#[derive(Debug)]
pub(super) struct Remote {
    client: Client,
    timeout: Duration,
    held: AtomicUsize,
}

impl Remote {
    /// Nodes that may take `timeout` to let keyplan in, and three times that for all that is asked at a time.
    pub(super) fn new(client: Client, timeout: Duration) -> Self {
        Self { client, timeout, held: AtomicUsize::new(0) }
    }
}

impl Nodes for Remote {
    fn session<'a>(&'a self, login: &Login, goes_on: &'a GoesOn<'a>) -> Box<dyn NodeSession + 'a> {
        let to = login.node.destination(&login.user);
        Box::new(RemoteSession { remote: self, to, goes_on, limits: None, session: None, is_held: false })
    }
}

struct RemoteSession<'a> {
    remote: &'a Remote,
    to: Destination,
    goes_on: &'a GoesOn<'a>,
    /// Nothing as long as nothing was asked.
    limits: Option<Limits<'a>>,
    session: Option<Session>,
    /// Whether the login is counted as held.
    is_held: bool,
}

impl<'a> RemoteSession<'a> {
    fn limits(&mut self) -> Limits<'a> {
        *self.limits.get_or_insert_with(|| Limits::new(self.remote.timeout * 3, self.goes_on))
    }

    /// No login is held any more: whether one was.
    fn release(&mut self) -> bool {
        if self.is_held {
            self.remote.held.fetch_sub(1, Ordering::Relaxed);
        }
        std::mem::take(&mut self.is_held)
    }

    /// Asks in the login that there is, or else logs in.
    fn ask_or_log_in(&mut self, question: &Question<'_>, sharing: Sharing) -> Result<Vec<u8>, TargetError> {
        let (limits, was_held) = (self.limits(), self.release());
        if let Some(session) = self.session.as_mut().filter(|_| sharing == Sharing::AsConfigured) {
            // A connection that was idle may be gone without a word.
            let soon = Limits::new(self.remote.timeout, self.goes_on);
            match session.ask(question, if was_held { &soon } else { &limits }) {
                Err(_) if was_held => {}
                answered => return Ok(answered?),
            }
        }
        self.session = None;
        let opened = self.remote.client.open(&self.to, &script::command(), sharing, question, &limits);
        let (session, output) = opened?;
        self.session = Some(session);
        Ok(output)
    }

    /// What an answer means. Whatever went wrong, nothing more is asked in this login.
    fn answered(&mut self, output: &[u8], nonce: &str, sent: Option<&[u8]>) -> Result<Answer, TargetError> {
        let words = || self.session.as_ref().and_then(Session::last_words);
        let error = match script::answer(output, nonce, sent) {
            Some(Answer::Refused(why)) => TargetError::refused(match words() {
                Some(words) => format!("{why} ({words})"),
                None => why,
            }),
            Some(Answer::Busy) => TargetError::conflict("another keyplan is at work on the node"),
            Some(Answer::Inconsistent) | None => {
                TargetError::unreachable("the node did not answer, or not in full")
            }
            Some(answer @ (Answer::Absent | Answer::File(_) | Answer::Done | Answer::Changed)) => {
                return Ok(answer);
            }
        };
        self.session = None;
        Err(error)
    }
}

impl NodeSession for RemoteSession<'_> {
    fn observe(&mut self, sharing: Sharing) -> Result<Found, TargetError> {
        let nonce = nonce()?;
        let (input, is_whole) = (script::observe(&nonce), |output: &[u8]| is_whole(output, &nonce, None));
        let question = Question { input: &input, most: MOST, is_whole: &is_whole };
        let output = self.ask_or_log_in(&question, sharing)?;
        let file = match self.answered(&output, &nonce, None)? {
            Answer::Absent => None,
            Answer::File(bytes) => Some(bytes),
            Answer::Done | Answer::Changed | Answer::Busy | Answer::Refused(_) | Answer::Inconsistent => {
                return Err(TargetError::unreachable(UNASKED));
            }
        };
        let session = self.session.as_ref().ok_or_else(|| TargetError::unreachable(ENDED))?;
        let client = script::client(&output, &nonce);
        Ok(Found { file, own_key: session.login_key(), client, sshd: session.server() })
    }

    fn replace(&mut self, old: Option<&[u8]>, new: &[u8]) -> Result<Replaced, TargetError> {
        let (nonce, limits) = (nonce()?, self.limits());
        let session = self.session.as_mut().ok_or_else(|| TargetError::unreachable(ENDED))?;
        let input = script::change(&nonce, old, new);
        let is_whole = |output: &[u8]| is_whole(output, &nonce, Some(new));
        let output = session.ask(&Question { input: &input, most: 0, is_whole: &is_whole }, &limits);
        match self.answered(&output?, &nonce, Some(new))? {
            Answer::Done => Ok(Replaced::Done),
            Answer::Changed => Ok(Replaced::Changed),
            Answer::Absent | Answer::File(_) | Answer::Busy | Answer::Refused(_) | Answer::Inconsistent => {
                Err(TargetError::unreachable(UNASKED))
            }
        }
    }

    fn accepts(&mut self, keys: &[&PublicKey]) -> Vec<Result<bool, TargetError>> {
        let limits = self.limits();
        let queried = self.remote.client.query(&self.to, keys, keys.len(), &limits);
        let error = match queried.error {
            Some(error) => error.into(),
            None if queried.is_open => TargetError::refused("the node lets in without any key"),
            None => TargetError::refused("ssh did not ask for the key"),
        };
        let answer = |key: &&PublicKey| queried.answers.get(key.fingerprint()).copied();
        keys.iter().map(|key| answer(key).ok_or_else(|| error.clone())).collect()
    }

    fn pause(&mut self) {
        self.limits = None;
        let one_more = |held| (held < MOST_HELD).then_some(held + 1);
        let held = &self.remote.held;
        if self.session.is_some() && !self.is_held {
            self.is_held = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok();
        }
        if !self.is_held {
            self.session = None;
        }
    }
}

impl Drop for RemoteSession<'_> {
    fn drop(&mut self) {
        self.release();
    }
}

const ENDED: &str = "the login to the node has ended";
const UNASKED: &str = "the node did not answer what it was asked";

fn is_whole(output: &[u8], nonce: &str, sent: Option<&[u8]>) -> bool {
    script::answer(output, nonce, sent).is_some()
}

impl From<SshError> for TargetError {
    fn from(error: SshError) -> Self {
        let kind = match error {
            SshError::Unreachable(_) | SshError::Interrupted => TargetErrorKind::Unreachable,
            SshError::Denied(_) | SshError::HostKeyChanged | SshError::HostKeyUnknown => {
                TargetErrorKind::Denied
            }
            SshError::CannotAsk(_) => TargetErrorKind::Refused,
        };
        Self::new(kind, error.to_string())
    }
}

/// What tells our answer from whatever else a node prints.
fn nonce() -> Result<String, TargetError> {
    let mut random = [0_u8; 16];
    let failed = |error| TargetError::refused(format!("there are no random bytes: {error}"));
    getrandom::fill(&mut random).map_err(failed)?;
    Ok(HEXLOWER.encode(&random))
}
