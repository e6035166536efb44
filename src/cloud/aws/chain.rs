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
    kept: Mutex<Option<Credentials>>,
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
        let is_good = |credentials: &Credentials, ahead| {
            let until = credentials.expires.and_then(|expires| expires.checked_sub(ahead).ok());
            until.is_none_or(|until| time < until)
        };
        // One thread finds them, and the others wait.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(credentials) = kept.as_ref().filter(|credentials| is_good(credentials, AHEAD)) {
            return Ok(credentials.clone());
        }
        match self.found() {
            Ok(new) => Ok(kept.insert(new).clone()),
            Err(error) => {
                let old = kept.clone().filter(|credentials| is_good(credentials, SignedDuration::ZERO));
                old.ok_or(error)
            }
        }
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
