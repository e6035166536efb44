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
mod entry;
mod ignition;
mod kairos;
mod refusal;

use entry::Entry;
pub use refusal::{FormatError, is_exclusive, refusal};

use crate::model::{Cluster, NodeFormat, SshKey};

/// The file of a cluster in a format, with the one key that opens it.
///
/// # Errors
/// When the format cannot carry it.
pub fn render(format: NodeFormat, cluster: &Cluster, key: Option<&SshKey>) -> Result<String, FormatError> {
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
            known_keys: Vec::new(),
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
