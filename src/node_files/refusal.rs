//! What a format cannot carry, and what to do about it.

use crate::model::{Cluster, Name, NodeFormat, SshKey};
use crate::openssh::{AuthorizedLine, KeyType};

/// Most characters of a line that the API of Cluster API takes.
const MOST_OF_CAPI: usize = 2048;

const CLOUD_INIT: &str = "cloud-init";
const CAPI: &str = "Cluster API";
const ANSIBLE: &str = "Ansible's module `authorized_key`";

/// Why a cluster and its key cannot be written in a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error("it has no key, and the playbook would take away every other one")]
    NoKey,
    #[error("{reader} does not know `{key_type}`, and drops such a key")]
    KeyType { reader: &'static str, key_type: KeyType },
    #[error("the line of its key has {length} characters, and Cluster API takes {MOST_OF_CAPI}")]
    TooLong {
        /// How many characters it has.
        length: usize,
    },
    #[error("the options of its key hold {what}, which {reader} misreads")]
    Options { what: &'static str, reader: &'static str },
    /// The name of the login user means something else to what reads the file.
    #[error("its login user `{user}` means something else to {reader}")]
    User { user: Box<str>, reader: &'static str },
    #[error("`{0}` cannot be the name of an object of Kubernetes")]
    Name(Name),
}

impl FormatError {
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::NoKey => "give the cluster an `sshKey`, or use another format",
            Self::KeyType { .. } => {
                "give the cluster a key of another type, as of `ssh-keygen -t ed25519`, or use another format"
            }
            Self::TooLong { .. } => {
                "give the cluster a shorter key, as of `ssh-keygen -t ed25519`, or use another format"
            }
            Self::Options { .. } => "write the option without it, or use another format",
            Self::User { .. } => "set another `loginUser`, or use another format",
            Self::Name(_) => {
                "rename it with `metadata.previousName` to lower case letters, digits, `-` and `.`, or use \
                 another format"
            }
        }
    }
}

/// Whether a file of a format holds every key of its user: where it is put, all others go.
#[must_use]
pub const fn is_exclusive(format: NodeFormat) -> bool {
    match format {
        NodeFormat::AuthorizedKeys | NodeFormat::Ansible => true,
        // A machine is made from these once, and its file of authorized keys is not written again.
        NodeFormat::CloudInit
        | NodeFormat::Capi
        | NodeFormat::Ignition
        | NodeFormat::Butane
        | NodeFormat::Kairos => false,
    }
}

/// Why a format cannot carry a cluster with its key; nothing when it can.
#[must_use]
pub fn refusal(format: NodeFormat, cluster: &Cluster, key: Option<&SshKey>) -> Option<FormatError> {
    match format {
        // sshd, Ignition and Kairos write the line down as it is.
        NodeFormat::AuthorizedKeys | NodeFormat::Ignition => None,
        NodeFormat::Butane | NodeFormat::Kairos => of_yaml(cluster),
        NodeFormat::CloudInit => of_cloud_init(cluster, key),
        NodeFormat::Capi => of_cloud_init(cluster, key).or_else(|| of_capi(cluster, key)),
        NodeFormat::Ansible => of_yaml(cluster).or_else(|| of_ansible(cluster, key)),
    }
}

/// Most readers know YAML 1.1, where these words are no texts. Our writer knows 1.2, where they are, and
/// puts them in no quotes; Cluster API quotes nothing at all in the user data that it makes.
fn of_yaml(cluster: &Cluster) -> Option<FormatError> {
    const NO_TEXTS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_no_text = NO_TEXTS.iter().any(|word| word.eq_ignore_ascii_case(&cluster.login_user));
    is_no_text.then(|| FormatError::User { user: cluster.login_user.clone(), reader: "YAML 1.1" })
}

/// cloud-init looks for the type of a key in a list of its own, and takes `default` for the image's user.
fn of_cloud_init(cluster: &Cluster, key: Option<&SshKey>) -> Option<FormatError> {
    if &*cluster.login_user == "default" {
        return Some(FormatError::User { user: cluster.login_user.clone(), reader: CLOUD_INIT });
    }
    of_yaml(cluster).or_else(|| of_type(key?, CLOUD_INIT))
}

fn of_capi(cluster: &Cluster, key: Option<&SshKey>) -> Option<FormatError> {
    if !is_name_of_kubernetes(cluster.name.as_str()) {
        return Some(FormatError::Name(cluster.name.clone()));
    }
    of_capi_line(&key?.authorized_line(cluster.sshd))
}

/// Cluster API makes user data from its objects, and puts nothing in quotes there: a line that is no plain
/// text of YAML becomes something else.
fn of_capi_line(line: &AuthorizedLine) -> Option<FormatError> {
    let line = line.to_string();
    let length = line.chars().count();
    if length > MOST_OF_CAPI {
        return Some(FormatError::TooLong { length });
    }
    let what = [(": ", "a colon and a space"), (" #", "a space and `#`")];
    let found = what.into_iter().find(|(text, _)| line.contains(text));
    found.map(|(_, what)| FormatError::Options { what, reader: CAPI })
}

/// The module looks for the type of a key in a list of its own.
fn of_ansible(cluster: &Cluster, key: Option<&SshKey>) -> Option<FormatError> {
    let Some(key) = key else { return Some(FormatError::NoKey) };
    of_type(key, ANSIBLE).or_else(|| of_ansible_line(&key.authorized_line(cluster.sshd)))
}

/// The module takes the end of `\"` for the end of what is quoted.
fn of_ansible_line(line: &AuthorizedLine) -> Option<FormatError> {
    let is_misread = line.options.contains("\\\"");
    is_misread.then_some(FormatError::Options { what: "a quote within quotes", reader: ANSIBLE })
}

fn of_type(key: &SshKey, reader: &'static str) -> Option<FormatError> {
    match key.public_key.key_type() {
        KeyType::Ed25519
        | KeyType::Rsa
        | KeyType::Dsa
        | KeyType::EcdsaP256
        | KeyType::EcdsaP384
        | KeyType::EcdsaP521
        | KeyType::SkEd25519
        | KeyType::SkEcdsaP256 => None,
        key_type @ KeyType::MlDsa44Ed25519 => Some(FormatError::KeyType { reader, key_type }),
    }
}

/// Whether a text is a subdomain of RFC 1123, as the names of most objects are.
fn is_name_of_kubernetes(text: &str) -> bool {
    text.split('.').all(|part| {
        let is_edge =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = part.as_bytes();
        is_edge(bytes.first())
            && is_edge(bytes.last())
            && bytes.iter().all(|byte| is_edge(Some(byte)) || *byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::{ANSIBLE, CAPI, FormatError, is_name_of_kubernetes, of_ansible_line, of_capi_line, refusal};
    use crate::model::{Cluster, NodeFormat, SshKey};
    use crate::node_files::tests::{cluster, key, name};
    use crate::openssh::{AuthorizedLine, KeyType, PublicKey};

    fn blob(strings: &[&[u8]]) -> Vec<u8> {
        let prefixed = |string: &&[u8]| {
            let length = u32::try_from(string.len()).unwrap().to_be_bytes();
            [&length, *string].concat()
        };
        strings.iter().flat_map(prefixed).collect()
    }

    fn with(blob: Vec<u8>) -> SshKey {
        SshKey { public_key: PublicKey::new(blob, "").unwrap(), ..key() }
    }

    /// The formats that refuse a key.
    fn refused(cluster: &Cluster, key: &SshKey) -> Vec<(NodeFormat, FormatError)> {
        let refused = |format: &NodeFormat| Some((*format, refusal(*format, cluster, Some(key))?));
        NodeFormat::ALL.iter().filter_map(refused).collect()
    }

    #[test]
    fn an_ordinary_key_goes_everywhere() {
        assert_eq!(refused(&cluster(), &key()), []);
    }

    #[test]
    fn a_type_that_is_not_known_is_refused_and_not_dropped() {
        let key = with(blob(&[b"ssh-mldsa44-ed25519@openssh.com", &[7; 1344]]));
        let formats: Vec<_> = refused(&cluster(), &key).into_iter().map(|(format, _)| format).collect();
        assert_eq!(formats, [NodeFormat::CloudInit, NodeFormat::Capi, NodeFormat::Ansible]);
        let refusal = refusal(NodeFormat::CloudInit, &cluster(), Some(&key)).unwrap();
        let key_type = KeyType::MlDsa44Ed25519;
        assert_eq!(refusal, FormatError::KeyType { reader: "cloud-init", key_type });
    }

    /// The longest RSA key that fits is of some 11,000 bits.
    #[test]
    fn cluster_api_takes_2048_characters() {
        let rsa = |bytes: usize| {
            let mut modulus = vec![0x7f; bytes];
            modulus[bytes - 1] |= 1;
            with(blob(&[b"ssh-rsa", &[1, 0, 1], &modulus]))
        };
        assert_eq!(refused(&cluster(), &rsa(1024)), []);
        let [(NodeFormat::Capi, FormatError::TooLong { length })] = &refused(&cluster(), &rsa(2048))[..]
        else {
            panic!("it fits");
        };
        assert!(*length > 2700, "{length}");
        let refusal = FormatError::TooLong { length: 2791 };
        let words = "the line of its key has 2791 characters, and Cluster API takes 2048";
        assert_eq!(refusal.to_string(), words);
    }

    #[test]
    fn a_user_or_a_name_that_would_be_misread_is_refused() {
        let user = |user: &str| Cluster { login_user: user.into(), ..cluster() };
        let formats = |cluster: &Cluster| -> Vec<_> {
            refused(cluster, &key()).into_iter().map(|(format, _)| format).collect()
        };
        assert_eq!(formats(&user("default")), [NodeFormat::CloudInit, NodeFormat::Capi]);
        for word in ["No", "yes", "y", "ON", "null"] {
            let taken = [NodeFormat::AuthorizedKeys, NodeFormat::Ignition];
            let refused = NodeFormat::ALL.iter().filter(|format| !taken.contains(format));
            assert_eq!(formats(&user(word)), refused.copied().collect::<Vec<_>>(), "{word}");
        }
        assert_eq!(formats(&Cluster { name: name("Prod EU"), ..cluster() }), [NodeFormat::Capi]);
    }

    #[test]
    fn options_that_would_be_misread_are_refused() {
        let line = |options: &str| AuthorizedLine {
            options: options.into(),
            key: "ssh-ed25519 AAAA key/a/b".into(),
        };
        for (options, what) in
            [(r#"command="echo a: b""#, "a colon and a space"), (r#"command="echo #b""#, "a space and `#`")]
        {
            assert_eq!(of_capi_line(&line(options)), Some(FormatError::Options { what, reader: CAPI }));
            assert_eq!(of_ansible_line(&line(options)), None);
        }
        let quoted = line(r#"command="echo \"a\"""#);
        assert_eq!(of_capi_line(&quoted), None);
        let what = "a quote within quotes";
        assert_eq!(of_ansible_line(&quoted), Some(FormatError::Options { what, reader: ANSIBLE }));
    }

    #[test]
    fn names_of_kubernetes() {
        for good in ["a", "prod-eu", "a.b", "0a-9.x"] {
            assert!(is_name_of_kubernetes(good), "{good}");
        }
        for bad in ["A", "a_b", "a b", "a-.b", "a.-b", "a@b", "a..b"] {
            assert!(!is_name_of_kubernetes(bad), "{bad}");
        }
    }
}
