//! What fakes of object stores have in common: each says what its protocol says, and the same things go wrong in all.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use keyplan::http::Sender;
use keyplan::model::Prefix;
use keyplan::state::Clock;
use keyplan::state::store::object::{Dialect, ObjectStore, TIMEOUT};

use crate::object_laws::ObjectFake;
use crate::s3::fake::{Answers, Fault, Heard, InProcess, NetworkClock, ObjectMap, Said, Trusted, http_date};

/// What the objects of the state begin with in each fake.
pub(crate) const PREFIX: &str = "keyplan";

/// What differs from one store to the next.
pub(crate) trait Rules: Send + Sized + 'static {
    fn new(objects: ObjectMap) -> Self;

    /// The answer to a request that nothing stands in the way of, at this time of the store. Pages have no more names
    /// than this.
    fn done(&self, heard: &Heard, now: Timestamp, page: usize) -> Said;

    /// What the store says when it refuses, by a code of S3.
    fn refused(status: u16, code: &str) -> Said;

    /// What it says when there is an object already.
    fn taken() -> Said;

    /// How it is spoken to, and the place of the state.
    fn dialect() -> (Box<dyn Dialect>, Prefix, String);
}

type Trouble = Box<dyn FnMut(&Heard) -> Option<Fault> + Send>;

/// A store in which things go wrong on demand.
pub(crate) struct Faulty<R> {
    rules: R,
    pub(crate) objects: ObjectMap,
    /// Most names of a page.
    pub(crate) page: usize,
    /// The time of the store.
    pub(crate) now: Box<dyn Fn() -> Timestamp + Send>,
    pub(crate) trouble: Trouble,
    /// Method and target of all requests.
    pub(crate) heard: Vec<String>,
}

impl<R: Rules> Faulty<R> {
    pub(crate) fn new(objects: ObjectMap) -> Self {
        let rules = R::new(Arc::clone(&objects));
        let now = Box::new(|| Timestamp::from_second(1_800_000_000).unwrap());
        Self { rules, objects, page: 3, now, trouble: Box::new(|_| None), heard: Vec::new() }
    }

    fn said(&mut self, heard: &Heard) -> Result<Said, Fault> {
        let fault = (self.trouble)(heard).filter(|fault| heard.is_write() || !fault.is_of_writes());
        let done =
            fault.is_none_or(Fault::has_effect).then(|| self.rules.done(heard, (self.now)(), self.page));
        let Some(fault) = fault else { return Ok(done.unwrap()) };
        Ok(match fault {
            Fault::NoAnswer(_) | Fault::Cut | Fault::Crash(_) => return Err(fault),
            Fault::Trouble(status, code, _) | Fault::Refused(status, code) => R::refused(status, code),
            Fault::Conflict => R::refused(409, "ConditionalRequestConflict"),
            Fault::SaysTaken => R::taken(),
            Fault::WebPage(_) => fault.said().unwrap(),
        })
    }
}

impl<R: Rules> Answers for Faulty<R> {
    fn answer(&mut self, heard: &Heard) -> Result<Said, Fault> {
        self.heard.push(format!("{} {}", heard.method, heard.target));
        let mut said = self.said(heard)?;
        said.headers.push(("date", http_date((self.now)())));
        Ok(said)
    }
}

impl<R: Rules> ObjectFake for InProcess<Faulty<R>> {
    fn over(objects: ObjectMap) -> Self {
        Self(Arc::new(Mutex::new(Faulty::new(objects))))
    }

    fn store<'a>(&self, clock: &'a dyn Clock) -> Trusted<'a> {
        let network = Arc::new(NetworkClock::default());
        let sender = Sender::new(Box::new(self.clone()), network, TIMEOUT, Box::new(|| 0));
        let (dialect, prefix, place) = R::dialect();
        Trusted(ObjectStore::new(dialect, prefix, sender, clock, place))
    }

    fn plant(&self, trouble: impl FnMut(&Heard) -> Option<Fault> + Send + 'static) {
        self.0.lock().unwrap().trouble = Box::new(trouble);
    }

    fn page(&self, size: usize) {
        self.0.lock().unwrap().page = size;
    }

    fn clock(&self, now: impl Fn() -> Timestamp + Send + 'static) {
        self.0.lock().unwrap().now = Box::new(now);
    }
}

/// The names of a page, behind the prefix of the state: those that begin with `folder` and come after `after`, of which
/// one of a folder ends with a slash; and the last one, where more come.
pub(crate) fn page_of(
    objects: &ObjectMap,
    folder: &str,
    after: Option<&str>,
    size: usize,
) -> (Vec<String>, Option<String>) {
    let objects = objects.lock().unwrap_or_else(PoisonError::into_inner);
    let below = objects.keys().filter(|name| name.starts_with(folder));
    let shown: BTreeSet<String> = below
        .map(|name| match name[folder.len()..].find('/') {
            Some(slash) => name[..=folder.len() + slash].to_owned(),
            None => name.clone(),
        })
        .filter(|name| after.is_none_or(|after| name.as_str() > after))
        .collect();
    let names: Vec<_> = shown.iter().take(size).cloned().collect();
    let next = if shown.len() > size { names.last().cloned() } else { None };
    (names, next)
}

/// The name of an object as it is kept.
pub(crate) fn behind_prefix(name: &str) -> &str {
    let behind = name.strip_prefix(PREFIX).and_then(|name| name.strip_prefix('/'));
    behind.unwrap_or_else(|| panic!("{name} is not of the state"))
}
