//! Files from which nodes are born with their key: one file for each format. Pure text: nothing is read
//! or written here.
//!
//! What a format cannot carry it refuses. The programs that read these files would drop such a key without
//! a word, or be misled by it, and the node would have another entry than the declared one.

mod ansible;
mod authorized_keys;
mod butane;
mod capi;
mod cloud_init;
mod ignition;
mod kairos;
mod refusal;
mod shared_node;

pub use refusal::{Refusal, is_exclusive, refusal};
pub use shared_node::{Logins, WithKey};

use serde::Serialize;

use crate::model::{Address, Cluster, NodeFormat, SshKey};
use crate::openssh::AuthorizedLine;

/// What every format writes down: who logs in on which cluster, and with which line.
struct Entry<'a> {
    cluster: Address,
    name: &'a str,
    user: &'a str,
    line: Option<AuthorizedLine>,
}

impl<'a> Entry<'a> {
    fn new(cluster: &'a Cluster, key: Option<&SshKey>) -> Self {
        Self {
            cluster: cluster.address(),
            name: cluster.name.as_str(),
            user: &cluster.login_user,
            line: key.map(|key| key.authorized_line(cluster.sshd)),
        }
    }

    /// The lines that open the cluster: one, or none.
    fn lines(&self) -> Vec<String> {
        self.line.iter().map(ToString::to_string).collect()
    }

    /// Says where the file comes from, in a line that begins with `#`.
    fn header(&self) -> String {
        format!("# Written by keyplan for {}. Change what is declared, not this file.\n", self.cluster)
    }
}

/// The file of a cluster in a format, with the one key that opens it.
///
/// # Errors
/// When the format cannot carry it.
pub fn render(format: NodeFormat, cluster: &Cluster, key: Option<&SshKey>) -> Result<String, Refusal> {
    if let Some(refusal) = refusal(format, cluster, key) {
        return Err(refusal);
    }
    let entry = Entry::new(cluster, key);
    Ok(match format {
        NodeFormat::AuthorizedKeys => authorized_keys::file(&entry),
        NodeFormat::CloudInit => cloud_init::file(&entry),
        NodeFormat::Capi => capi::file(&entry),
        NodeFormat::Ignition => ignition::file(&entry),
        NodeFormat::Butane => butane::file(&entry),
        NodeFormat::Kairos => kairos::file(&entry),
        NodeFormat::Ansible => ansible::file(&entry),
    })
}

/// A document of YAML. Our types hold texts, lists and fields only, which always can be written.
fn yaml(document: &impl Serialize) -> String {
    serde_yaml::to_string(document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::render;
    use crate::model::{Cloud, Cluster, Metadata, Name, NodeFormat, SshKey};
    use crate::openssh::{PublicKey, SharedOptions};

    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    pub(super) fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    pub(super) fn cluster() -> Cluster {
        Cluster {
            project: name("payments"),
            name: name("prod-eu"),
            metadata: Metadata::default(),
            ssh_key: Some(name("ops")),
            cloud: Cloud::default(),
            login_user: "spectro".into(),
            nodes: Vec::new(),
            sshd: None,
        }
    }

    pub(super) fn key() -> SshKey {
        SshKey {
            project: name("payments"),
            name: name("ops"),
            metadata: Metadata::default(),
            public_key: PublicKey::from_line(&format!("{LINE} theirs")).unwrap(),
            owner: None,
            expires: Some(date(2027, 6, 30)),
            options: SharedOptions::default(),
        }
    }

    fn rendered(format: NodeFormat) -> String {
        render(format, &cluster(), Some(&key())).unwrap()
    }

    #[test]
    fn every_format_holds_the_key_and_never_the_comment_of_the_user() {
        for format in NodeFormat::ALL {
            let text = rendered(*format);
            assert!(text.contains(LINE), "{format}: {text}");
            assert!(!text.contains("theirs"), "{format}: {text}");
            assert!(text.ends_with('\n'), "{format}");
            assert_eq!(text, rendered(*format), "{format}");
        }
    }
}
