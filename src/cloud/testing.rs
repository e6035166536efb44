//! A machine and a network for tests.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::{Issuers, Machine, Printed};
use crate::http::virtual_clock::VirtualClock;
use crate::http::{Request, Response, Sender, Transport, TransportError};

/// What is there is what a test has put there.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeMachine {
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) programs: BTreeMap<String, Printed>,
}

impl FakeMachine {
    #[must_use]
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    #[must_use]
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.into(), text.as_bytes().to_vec());
        self
    }

    /// A program with these arguments, as typed.
    #[must_use]
    pub(crate) fn program(mut self, line: &str, is_success: bool, out: &str, err: &str) -> Self {
        let printed = Printed { is_success, out: out.as_bytes().to_vec(), err: err.into() };
        self.programs.insert(line.into(), printed);
        self
    }
}

impl Machine for FakeMachine {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn home(&self) -> Option<Utf8PathBuf> {
        Some("/home/ana".into())
    }

    /// 2026-11-22T18:03:00Z
    fn now(&self) -> Timestamp {
        Timestamp::constant(1_795_370_580, 0)
    }

    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.files.get(path.as_str()).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn run(&self, program: &str, args: &[&str]) -> io::Result<Printed> {
        let line = [&[program], args].concat().join(" ");
        self.programs.get(&line).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// Answers by method and address, one after the other, of which the last stays; where there is none, nobody is there. It
/// keeps what it was sent.
#[derive(Clone, Default)]
pub(crate) struct FakeNetwork {
    answers: Arc<Mutex<BTreeMap<String, VecDeque<Response>>>>,
    pub(crate) sent: Arc<Mutex<Vec<Request>>>,
}

impl FakeNetwork {
    #[must_use]
    pub(crate) fn answer(self, line: &str, status: u16, body: &str) -> Self {
        self.answer_with(line, status, &[], body)
    }

    #[must_use]
    pub(crate) fn answer_with(self, line: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        let response = Response { status, headers: headers.collect(), body: body.as_bytes().to_vec() };
        self.answers.lock().unwrap().entry(line.into()).or_default().push_back(response);
        self
    }

    pub(crate) fn issuers(&self) -> Issuers {
        let clock = Arc::new(VirtualClock::default());
        Issuers::new(Sender::new(Box::new(self.clone()), clock, Duration::from_secs(30), Box::new(|| 0)))
    }

    /// Method, address and body of what was sent, and its headers with their secrets.
    pub(crate) fn seen(&self) -> Vec<(String, String, String)> {
        let sent = self.sent.lock().unwrap();
        let line = |request: &Request| {
            let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
            let headers: Vec<_> =
                request.headers.iter().map(|header| format!("{}: {:?}", header.name, header.value)).collect();
            (format!("{} {}", request.method.word(), request.url), body, headers.join("\n"))
        };
        sent.iter().map(line).collect()
    }
}

impl Transport for FakeNetwork {
    fn send(&self, request: &Request, _: Duration) -> Result<Response, TransportError> {
        self.sent.lock().unwrap().push(request.clone());
        let line = format!("{} {}", request.method.word(), request.url);
        let mut answers = self.answers.lock().unwrap();
        let next = answers.get_mut(&line).and_then(|answers| match answers.len() {
            0 | 1 => answers.front().cloned(),
            _ => answers.pop_front(),
        });
        next.ok_or_else(|| TransportError::NotSent("connection refused".into()))
    }
}
