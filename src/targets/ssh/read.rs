//! Reading files of authorized keys of nodes that nothing is recorded of.

use rayon::prelude::*;

use super::Ssh;
use super::desired::Login;
use crate::model::NodeAddress;
use crate::openssh::OpenSshVersion;
use crate::openssh::client::Sharing;
use crate::targets::Progress;

/// The file of authorized keys of a user on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFile {
    /// Its bytes; none where there is no file.
    pub bytes: Vec<u8>,
    /// The OpenSSH of the node; nothing where it is not known.
    pub sshd: Option<OpenSshVersion>,
}

impl Ssh {
    /// Reads the file of a user on each node, in their order; or why it cannot be read. Nothing is written anywhere.
    pub fn read(
        &self,
        user: &str,
        nodes: &[NodeAddress],
        progress: &dyn Progress,
    ) -> Vec<Result<NodeFile, String>> {
        // Nothing is lost by an answer that is not waited for.
        let goes_on = || progress.go_on().is_ok();
        let read = |node: &NodeAddress| {
            let login = Login { node: node.clone(), user: user.into() };
            let file = progress.go_on().and_then(|()| {
                let found = self.nodes.session(&login, &goes_on).observe(Sharing::AsConfigured);
                found.map_err(|error| error.why)
            });
            progress.node_done();
            file.map(|found| NodeFile { bytes: found.file.unwrap_or_default(), sshd: found.sshd })
        };
        self.pool.install(|| nodes.par_iter().map(read).collect())
    }
}
