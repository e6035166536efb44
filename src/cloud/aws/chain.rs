//! Credentials, from the first source that has some, and kept until shortly before they expire.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::credentials::Credentials;
use super::found::Found;
use super::sender::Senders;
use super::{container, environment, instance, profile, web_identity};
use crate::cloud::{Machine, NoCredentials};
use crate::http::{Clock, Transport};

/// How long before their end credentials are renewed.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

type Source = fn(&dyn Machine, &Senders) -> Found;

/// The sources in the order in which the tools of AWS ask them.
const SOURCES: [(&str, Source); 5] = [
    ("the environment", |machine, _| environment::credentials(machine)),
    ("web identity", web_identity::credentials),
    ("the profile", profile::credentials),
    ("the container", container::credentials),
    ("the instance", instance::credentials),
];

/// Where credentials come from.
pub struct CredentialChain {
    machine: Arc<dyn Machine>,
    senders: Senders,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    credentials: Credentials,
    /// When they are asked for anew.
    renewal: Option<Timestamp>,
}

impl Kept {
    fn new(credentials: Credentials, time: Timestamp) -> Self {
        let renewal = credentials.expires.map(|expires| {
            // Where they end sooner than that, their source is not asked for each request.
            let half = expires.duration_since(time) / 2;
            expires.checked_sub(AHEAD.min(half)).unwrap_or(expires)
        });
        Self { credentials, renewal }
    }
}

impl CredentialChain {
    /// `cloud` reaches AWS. `metadata` reaches addresses of this machine alone, where nobody may be: it gives up soon.
    #[must_use]
    pub fn new(
        machine: Arc<dyn Machine>,
        cloud: Box<dyn Transport>,
        metadata: Box<dyn Transport>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self { machine, senders: Senders::new(cloud, metadata, clock), kept: Mutex::default() }
    }

    /// Credentials that are good at this time.
    ///
    /// # Errors
    /// When no source has any: why not, for each.
    pub fn credentials(&self, time: Timestamp) -> Result<Credentials, NoCredentials> {
        // One thread finds them, and the others wait.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_before = |end: Option<Timestamp>| end.is_none_or(|end| time < end);
        if let Some(kept) = kept.as_ref().filter(|kept| is_before(kept.renewal)) {
            return Ok(kept.credentials.clone());
        }
        let old = kept.take().map(|kept| kept.credentials).filter(|old| is_before(old.expires));
        let credentials = self.found().or_else(|error| old.ok_or(error))?;
        Ok(kept.insert(Kept::new(credentials, time)).credentials.clone())
    }

    /// Lets go of credentials that were refused.
    pub fn forget(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn found(&self) -> Result<Credentials, NoCredentials> {
        let mut none = NoCredentials::default();
        for (name, source) in SOURCES {
            match source(&*self.machine, &self.senders) {
                Found::Credentials(credentials) => return Ok(credentials),
                Found::Nothing(why) => none.tried(name, why),
                Found::Failed(why) => {
                    none.tried(name, why);
                    break;
                }
            }
        }
        Err(none)
    }
}
