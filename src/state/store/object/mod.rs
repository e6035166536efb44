//! A state in an object store, over HTTP. What all such stores have in common is here: requests are sent and lists put
//! together, sizes have bounds, the clock of the store is learned, and nothing in an answer is believed that the
//! protocol does not say. How a request looks and what an answer means is the [`Dialect`] of one store.

mod answer;
pub mod azure;
mod dialect;
pub mod gcs;
mod paging;
pub mod s3;
mod server_clock;
#[cfg(test)]
mod tests;

pub use answer::{Refusal, cleaned, not_understood, xml};
pub use dialect::{Call, Dialect, Page, Verdict};

use std::time::Duration;

use jiff::Timestamp;

use self::paging::Paging;
use self::server_clock::ServerClock;
use super::{Listed, StateStore, StoreError, StoreErrorKind};
use crate::http::{
    FailureCause, Limits, Rate, RequestKind, Response, SendError, Sender, TokenBucket, TransportError,
};
use crate::model::Prefix;
use crate::state::clock::Clock;

/// The largest object that is kept and read, in bytes: also the most of one answer.
pub const LARGEST: u64 = 64 << 20;

/// The longest time until a store takes a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time that one try may take.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// The longest time that a call may take with all its tries.
const DEADLINE: Duration = Duration::from_secs(90);

/// How often a call is made when the store asks to try again.
const TRIES: u32 = 5;

/// How often a request is made anew because an answer has told what was wrong with it: the region, the time and the
/// credentials, once each.
const CORRECTIONS: u32 = 3;

/// The pause before the third try; the second is made at once, and each further pause is twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// Far less than a store takes, and more than keyplan asks for.
const RATE: Rate = Rate { per_second: 1000, burst: 1000 };

/// A store of objects that is reached over HTTP.
pub struct ObjectStore<'a> {
    dialect: Box<dyn Dialect>,
    prefix: Prefix,
    sender: Sender,
    throttle: TokenBucket,
    clock: &'a dyn Clock,
    server_clock: ServerClock,
    place: String,
}

impl<'a> ObjectStore<'a> {
    /// The objects whose names begin with `prefix`. `place` is for people.
    #[must_use]
    pub fn new(
        dialect: Box<dyn Dialect>,
        prefix: Prefix,
        sender: Sender,
        clock: &'a dyn Clock,
        place: String,
    ) -> Self {
        let throttle = TokenBucket::new(RATE);
        Self { dialect, prefix, sender, throttle, clock, server_clock: ServerClock::default(), place }
    }

    /// The names in a folder that come after this one: of all pages, or of the first.
    fn pages(&self, folder: &str, after: &str, all: bool) -> Result<Listed, StoreError> {
        let folder = self.prefix.name(folder) + "/";
        let first = if after.is_empty() { None } else { Some(format!("{folder}{after}")) };
        let mut paging = Paging::new(&folder, after);
        loop {
            let call = Call::List { folder: &folder, after: first.as_deref(), page: paging.token() };
            let page = self.call(&call, |response| self.dialect.listed(&folder, response))?;
            let is_all = paging.add(page)?;
            if is_all || !all {
                return Ok(Listed { names: paging.names(), is_all });
            }
        }
    }

    /// Makes a call, until its answer is one that counts.
    fn call<T>(&self, call: &Call<'_>, judge: impl Fn(&Response) -> Verdict<T>) -> Result<T, StoreError> {
        let (mut tries, mut corrections) = (1, 0);
        loop {
            let request = self.dialect.request(call, self.server_clock.now(self.clock))?;
            let host = request.url.origin().host().to_owned();
            let sent = self.clock.now();
            let limits = Limits { deadline: self.sender.clock().monotonic() + DEADLINE, go_on: &|| Ok(()) };
            let response = self
                .sender
                .send(&request, kind_of(call), &self.throttle, &limits)
                .map_err(|error| unanswered(&error, &host))?;
            let verdict = judge(&response);
            if !matches!(verdict, Verdict::Failed(_)) {
                self.server_clock.learn(&response, sent, self.clock.now());
            }
            match verdict {
                Verdict::Done(answer) => return Ok(answer),
                Verdict::Corrected(_) if corrections < CORRECTIONS => corrections += 1,
                Verdict::Again(_) if tries < TRIES => {
                    if tries > 1 {
                        self.clock.pause(PAUSE * (1 << (tries - 2)));
                    }
                    tries += 1;
                }
                Verdict::Corrected(error) | Verdict::Again(error) | Verdict::Failed(error) => {
                    return Err(error);
                }
            }
        }
    }
}

/// A create that was perhaps done is not sent again here: its writer reads what is there.
const fn kind_of(call: &Call<'_>) -> RequestKind {
    match call {
        Call::Get { .. } | Call::List { .. } => RequestKind::Read,
        Call::Create { .. } => RequestKind::Create,
    }
}

impl StateStore for ObjectStore<'_> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let name = self.prefix.name(name);
        let bytes = self.call(&Call::Get { name: &name }, |response| self.dialect.got(response))?;
        match bytes {
            Some(bytes) if bytes.len() as u64 > LARGEST => Err(too_large(LARGEST)),
            bytes => Ok(bytes),
        }
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.pages(folder, after, true).map(|listed| listed.names)
    }

    fn list_some(&self, folder: &str, after: &str) -> Result<Listed, StoreError> {
        self.pages(folder, after, !self.dialect.lists_after())
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let name = self.prefix.name(name);
        self.call(&Call::Create { name: &name, bytes }, |response| self.dialect.created(response))
    }

    fn max_object(&self) -> u64 {
        LARGEST
    }

    fn has_latency(&self) -> bool {
        true
    }

    /// Servers that speak the protocol of a cloud do not all keep its promises.
    fn is_exclusive(&self) -> bool {
        false
    }

    fn now(&self, clock: &dyn Clock) -> Timestamp {
        self.server_clock.now(clock)
    }

    fn place(&self) -> String {
        self.place.clone()
    }
}

fn too_large(most: u64) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged, format!("it is larger than {most} bytes"))
}

/// What it means that no answer came that counts.
fn unanswered(error: &SendError, host: &str) -> StoreError {
    let (failure, kind) = match error {
        SendError::Failed(failure) => (failure, StoreErrorKind::Unavailable),
        SendError::Ambiguous(failure) => (failure, StoreErrorKind::Ambiguous),
        SendError::Stopped(why) => return StoreError::new(StoreErrorKind::Unavailable, why),
    };
    let words = |why: &dyn std::fmt::Display| format!("no answer from `{host}`: {why}");
    match &failure.cause {
        FailureCause::Transport(TransportError::TooLarge(most)) if kind == StoreErrorKind::Unavailable => {
            too_large(*most)
        }
        FailureCause::Transport(TransportError::Refused(_)) => {
            StoreError::new(StoreErrorKind::Denied, words(failure)).with_help(
                "see that the clock of this machine is right, and name a file with the certificate of the authority in \
                 `SSL_CERT_FILE` if it is one to be trusted",
            )
        }
        FailureCause::Transport(_) | FailureCause::Deadline => {
            StoreError::new(kind, words(failure)).with_help(
                "check the name of the host, the network, and `HTTPS_PROXY` and `NO_PROXY` if there is a proxy; then \
                 try again",
            )
        }
        FailureCause::Response(response) => StoreError::new(
            kind,
            format!("`{host}` answers {}, after {} tries", Refusal::of(response), failure.tries),
        )
        .with_help("try again in a few minutes"),
    }
}
