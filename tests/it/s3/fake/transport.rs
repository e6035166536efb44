//! The fake within this process.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use keyplan::cloud::aws::CredentialChain;
use keyplan::cloud::{Machine, Printed};
use keyplan::http::{HeaderValue, Request, Response, Sender, Transport, TransportError};
use keyplan::model::StatePlace;
use keyplan::state::Clock;
use keyplan::state::store::object::s3::S3;
use keyplan::state::store::object::{ObjectStore, TIMEOUT};
use keyplan::state::store::{StateStore, StoreError};

use super::bucket::Bucket;
use super::fault::Fault;
use super::message::{Answers, Heard};
use super::{ACCESS_KEY, BUCKET, PREFIX, SECRET_KEY};

/// What a crashed process leaves of itself.
struct Crash;

pub(crate) struct InProcess<B = Bucket>(pub(crate) Arc<Mutex<B>>);

impl<B> Clone for InProcess<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: Answers> Transport for InProcess<B> {
    fn send(&self, request: &Request, _: Duration) -> Result<Response, TransportError> {
        let value = |value: &HeaderValue| match value {
            HeaderValue::Public(text) => text.to_string(),
            HeaderValue::Secret(_) | HeaderValue::Bearer(_) => panic!("a secret is for the binary"),
        };
        let headers = request.headers.iter();
        let heard = Heard {
            method: request.method.to_string(),
            target: request.url.target().into(),
            headers: headers.map(|header| (header.name.to_ascii_lowercase(), value(&header.value))).collect(),
            body: request.body.clone().unwrap_or_default(),
        };
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).answer(&heard) {
            Ok(said) => Ok(Response {
                status: said.status,
                headers: said
                    .headers
                    .into_iter()
                    .map(|(name, value)| (name.into(), value.into_bytes()))
                    .collect(),
                body: said.body,
            }),
            Err(Fault::Crash(_)) => resume_unwind(Box::new(Crash)),
            Err(_) => Err(TransportError::Lost("connection reset".into())),
        }
    }
}

/// A clock for a sender: time passes only in pauses.
#[derive(Default)]
pub(crate) struct NetworkClock(AtomicU64);

impl keyplan::http::Clock for NetworkClock {
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn pause(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_millis()).unwrap().max(1), Ordering::Relaxed);
    }
}

/// A machine with the key of the fake in its environment, and nothing else.
struct Keyed;

impl Machine for Keyed {
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "AWS_ACCESS_KEY_ID" => Some(ACCESS_KEY.into()),
            "AWS_SECRET_ACCESS_KEY" => Some(SECRET_KEY.into()),
            _ => None,
        }
    }
    fn home(&self) -> Option<Utf8PathBuf> {
        None
    }
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn read(&self, _: &Utf8Path) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
    fn run(&self, _: &str, _: &[&str]) -> std::io::Result<Printed> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

/// A store that need not be tried out before a state is founded in it: that takes threads, and is tested by itself.
pub(crate) struct Trusted<'a>(pub(crate) ObjectStore<'a>);

impl StateStore for Trusted<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(name)
    }
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.0.list(folder, after)
    }
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.0.create(name, bytes)
    }
    fn inner(&self) -> Option<&dyn StateStore> {
        Some(&self.0)
    }
    fn is_exclusive(&self) -> bool {
        true
    }
    fn place(&self) -> String {
        self.0.place()
    }
}

/// The store over a bucket.
pub(crate) fn store<'a>(bucket: &InProcess, clock: &'a dyn Clock) -> Trusted<'a> {
    let network: Arc<dyn keyplan::http::Clock> = Arc::new(NetworkClock::default());
    let sender = Sender::new(Box::new(bucket.clone()), Arc::clone(&network), TIMEOUT, Box::new(|| 0));
    let transport = || Box::new(bucket.clone());
    let chain = CredentialChain::new(Arc::new(Keyed), transport(), transport(), &network);
    let place = format!("s3://{BUCKET}/{PREFIX}");
    let StatePlace::S3(parsed) = StatePlace::parse(&place).unwrap() else { unreachable!() };
    let dialect = S3::new(&parsed, None, None, chain).unwrap();
    Trusted(ObjectStore::new(Box::new(dialect), parsed.prefix, sender, clock, place))
}
