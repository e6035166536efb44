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

use crate::model::{Address, Cluster, NodeFormat, OpenSshVersion, SshKey, authorized_line};

/// What every format writes down: who logs in on which cluster, and with which line.
struct Entry<'a> {
    cluster: Address,
    name: &'a str,
    user: &'a str,
    line: Option<Line>,
}

/// A line of `authorized_keys` in two parts.
struct Line {
    /// What sshd is to heed; perhaps nothing.
    options: String,
    /// The key and its comment.
    key: String,
}

impl Line {
    fn of(key: &SshKey, sshd: Option<OpenSshVersion>) -> Self {
        let whole = authorized_line(key, sshd);
        let bare = format!("{} {}", key.public_key.line(), key.address());
        let options = whole.strip_suffix(&bare).unwrap_or_default().trim_end().to_owned();
        Self { options, key: bare }
    }

    fn whole(&self) -> String {
        let Self { options, key } = self;
        if options.is_empty() { key.clone() } else { format!("{options} {key}") }
    }
}

impl<'a> Entry<'a> {
    fn new(cluster: &'a Cluster, key: Option<&SshKey>) -> Self {
        Self {
            cluster: cluster.address(),
            name: cluster.name.as_str(),
            user: &cluster.login_user,
            line: key.map(|key| Line::of(key, cluster.sshd)),
        }
    }

    /// The lines that open the cluster: one, or none.
    fn lines(&self) -> Vec<String> {
        self.line.iter().map(Line::whole).collect()
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

    use super::{Line, render};
    use crate::model::{
        Cloud, Cluster, Metadata, Name, NodeFormat, PublicKey, SharedOptions, SshKey, authorized_line,
    };

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
    fn a_line_falls_into_two_parts_and_is_put_together_again() {
        let mut key = key();
        let line = Line::of(&key, None);
        assert_eq!(line.options, "expiry-time=\"20270630235959Z\"");
        assert_eq!(line.key, format!("{LINE} key/payments/ops"));
        assert_eq!(line.whole(), authorized_line(&key, None));
        key.expires = None;
        assert_eq!(Line::of(&key, None).options, "");
        assert_eq!(Line::of(&key, None).whole(), authorized_line(&key, None));
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
