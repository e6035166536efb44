//! What the target `ssh` works with: how nodes are reached, and how many at a time.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use jiff::civil::Date;

use super::own_key::OwnName;
use super::remote::Remote;
use super::transport::Nodes;
use crate::model::SshSettings;
use crate::openssh::client::Client;

/// The target `ssh`.
pub struct Ssh {
    pub(super) nodes: Box<dyn Nodes>,
    pub(super) pool: rayon::ThreadPool,
    pub(super) may_go: BTreeSet<OwnName>,
    pub(super) today: Date,
}

impl std::fmt::Debug for Ssh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ssh").field("may_go", &self.may_go).finish_non_exhaustive()
    }
}

impl Ssh {
    /// Nodes over the user's own `ssh`. `may_go` are keys that may be taken away from a node even if keyplan
    /// itself came in with them. A key whose last day is before `today` is delivered nowhere.
    ///
    /// # Errors
    /// When the system has no room for what it takes.
    pub fn new(
        client: Client,
        settings: SshSettings,
        may_go: BTreeSet<OwnName>,
        today: Date,
    ) -> io::Result<Self> {
        let timeout = Duration::from_secs(settings.timeout.into());
        Self::with(Box::new(Remote::new(client, timeout)), settings, may_go, today)
    }

    pub(super) fn with(
        nodes: Box<dyn Nodes>,
        settings: SshSettings,
        may_go: BTreeSet<OwnName>,
        today: Date,
    ) -> io::Result<Self> {
        let threads = settings.parallel.max(1) as usize;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
        Ok(Self { nodes, pool, may_go, today })
    }
}
