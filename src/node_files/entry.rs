//! What every format writes down.

use serde::Serialize;

use crate::model::{Address, Cluster, SshKey};
use crate::openssh::AuthorizedLine;

/// What every format writes down: who logs in on which cluster, and with which line.
pub(super) struct Entry<'a> {
    pub(super) cluster: Address,
    pub(super) name: &'a str,
    pub(super) user: &'a str,
    pub(super) line: Option<AuthorizedLine>,
}

impl<'a> Entry<'a> {
    pub(super) fn new(cluster: &'a Cluster, key: Option<&SshKey>) -> Self {
        Self {
            cluster: cluster.address(),
            name: cluster.name.as_str(),
            user: &cluster.login_user,
            line: key.map(|key| key.authorized_line(cluster.sshd)),
        }
    }

    /// The lines that open the cluster: one, or none.
    pub(super) fn lines(&self) -> Vec<String> {
        self.line.iter().map(ToString::to_string).collect()
    }

    /// Says where the file comes from, in a line that begins with `#`.
    pub(super) fn header(&self) -> String {
        format!("# Written by keyplan for {}. Change what is declared, not this file.\n", self.cluster)
    }
}

/// A document of YAML. Our types hold texts, lists and fields only, which always can be written.
pub(super) fn yaml(document: &impl Serialize) -> String {
    serde_yaml::to_string(document).unwrap_or_default()
}
