//! Which key let keyplan itself in, by what `ssh -v` says.

use std::fmt;

use crate::model::Address;
use crate::openssh::Fingerprint;

/// What somebody calls the key that keyplan came in with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnName {
    /// By its address.
    Key(Address),
    /// By its fingerprint: where nobody knows its address any more.
    Fingerprint(Fingerprint),
}

impl OwnName {
    /// Reads `key/payments/ops` or `SHA256:...`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let key = Address::parse(text).filter(|address| matches!(address, Address::Key(..)));
        key.map(Self::Key).or_else(|| text.parse().ok().map(Self::Fingerprint))
    }
}

impl fmt::Display for OwnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(address) => address.fmt(f),
            Self::Fingerprint(fingerprint) => fingerprint.fmt(f),
        }
    }
}

/// How keyplan came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnKey {
    /// With this key.
    Key(Fingerprint),
    /// Without a key that a file of authorized keys could name: by a certificate or Kerberos, for example.
    None,
    /// Nobody knows: a connection that was there already was used.
    Unknown,
}

/// Reads the log of a connection. Where a jump host was passed through, the node comes last.
#[must_use]
pub(super) fn own_key(log: &str) -> OwnKey {
    let mut accepted = OwnKey::Unknown;
    let mut found = OwnKey::Unknown;
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once("Server accepts key: ") {
            accepted = read(rest);
        } else if let Some((_, method)) = line.rsplit_once(" using \"")
            && line.starts_with("Authenticated to ")
        {
            found = if method.starts_with("publickey") { accepted } else { OwnKey::None };
            accepted = OwnKey::Unknown;
        }
    }
    found
}

/// Reads `PATH TYPE SHA256:... HOW`. A path may have spaces.
fn read(accepted: &str) -> OwnKey {
    let words: Vec<_> = accepted.split_whitespace().collect();
    let Some(at) = words.iter().rposition(|word| word.starts_with("SHA256:")) else { return OwnKey::Unknown };
    if at > 0 && words[at - 1].ends_with("-CERT") {
        return OwnKey::None;
    }
    words[at].parse().map_or(OwnKey::Unknown, OwnKey::Key)
}

/// Whether the log says that the server would accept a key.
#[must_use]
pub(super) fn accepts(log: &str, key: &Fingerprint) -> bool {
    let accepted = log.lines().filter_map(|line| line.split_once("Server accepts key: "));
    let key = key.to_string();
    accepted.into_iter().any(|(_, rest)| rest.split_whitespace().any(|word| word == key))
}

#[cfg(test)]
mod tests {
    use super::{OwnKey, accepts, own_key};

    const ONE: &str = "SHA256:K11ynCQ6HcW1Ndf7b5VefrcVreCmDy1rmomLVFnq4JA";
    const OTHER: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn the_last_key_before_the_last_login_is_ours() {
        let log = format!(
            "debug1: Server accepts key: /home/ana/my keys/id ED25519 {OTHER} agent\r\n\
             Authenticated to jump ([10.0.0.1]:22) using \"publickey\".\r\n\
             debug1: Offering public key: /home/ana/.ssh/a ED25519 {OTHER} explicit\n\
             debug1: Server accepts key: /home/ana/.ssh/id ED25519 {ONE} agent\n\
             Authenticated to node (via proxy) using \"publickey\".\n\
             debug1: Sending command: sh\n"
        );
        assert_eq!(own_key(&log), OwnKey::Key(ONE.parse().unwrap()));
        assert!(accepts(&log, &ONE.parse().unwrap()));
        let certificate = log.replace(&format!("ED25519 {ONE}"), &format!("ED25519-CERT {ONE}"));
        assert_eq!(own_key(&certificate), OwnKey::None);
        let kerberos = log.replace("proxy) using \"publickey", "proxy) using \"gssapi-with-mic");
        assert_eq!(own_key(&kerberos), OwnKey::None);
    }

    #[test]
    fn what_is_not_told_is_not_known() {
        for log in ["", "debug1: mux_client_request_session: master session id: 2\n"] {
            assert_eq!(own_key(log), OwnKey::Unknown);
        }
        let offered = format!("debug1: Offering public key: a ED25519 {ONE} explicit\n");
        assert!(!accepts(&offered, &ONE.parse().unwrap()));
    }
}
