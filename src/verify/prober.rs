//! Asks one node, and says what its answers mean.

use std::time::Duration;

use super::Probe;
use super::verdict::{ProbeError, Verdict, verdict};
use crate::openssh::PublicKey;
use crate::openssh::client::{Client, Limits, SetupError, SshError};

/// How many connections a node is asked on.
const CONNECTIONS: usize = 2;

/// What asks nodes.
#[derive(Debug)]
pub struct Prober {
    client: Client,
    timeout: Duration,
    canary: PublicKey,
}

impl Prober {
    /// Each node has `timeout` for all that it is asked.
    ///
    /// # Errors
    /// When there is no ssh that can be used.
    pub fn new(client: Client, timeout: Duration, canary: PublicKey) -> Result<Self, SetupError> {
        client.check()?;
        Ok(Self { client, timeout, canary })
    }

    /// Asks for the declared key first, then for the one that nobody has, then for earlier ones.
    pub(super) fn ask(&self, probe: &Probe, goes_on: &(dyn Fn() -> bool + Sync)) -> Verdict {
        let to = probe.node.destination(&probe.user);
        let keys = probe.declared.iter().map(|known| &known.key).chain([&self.canary]);
        let keys: Vec<_> = keys.chain(probe.earlier.iter().map(|known| &known.key)).collect();
        let limits = Limits::new(self.timeout, goes_on);
        let queried = self.client.query(&to, &keys, CONNECTIONS, &limits);
        let error = queried.error.map(ProbeError::from);
        verdict(probe, &self.canary, queried.is_open, queried.answers, error)
    }
}

impl From<SshError> for ProbeError {
    fn from(error: SshError) -> Self {
        match error {
            SshError::HostKeyChanged => Self::HostKeyChanged,
            SshError::HostKeyUnknown => Self::HostKeyUnknown,
            SshError::Unreachable(why) => Self::Unreachable(why),
            SshError::Denied(why) | SshError::CannotAsk(why) => Self::CannotAsk(why),
            SshError::Interrupted => Self::Interrupted,
        }
    }
}
