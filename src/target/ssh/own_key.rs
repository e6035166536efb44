//! Which key let keyplan itself in, by what `ssh -v` says.

use crate::model::Fingerprint;

/// How keyplan came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnKey {
    /// With this key, or with a certificate for it.
    Key(Fingerprint),
    /// Without any key: by Kerberos, for example.
    None,
    /// Nobody knows: a connection that was there already was used.
    Unknown,
}

/// Reads the log of a connection. Where a jump host was passed through, the node comes last.
#[must_use]
pub(super) fn own_key(log: &str) -> OwnKey {
    let mut accepted = None;
    let mut found = OwnKey::Unknown;
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once("Server accepts key: ") {
            let words = rest.split_whitespace().rev();
            accepted = words.filter(|word| word.starts_with("SHA256:")).find_map(|word| word.parse().ok());
        } else if let Some((_, method)) = line.rsplit_once(" using \"")
            && line.starts_with("Authenticated to ")
        {
            found = match (method.starts_with("publickey"), accepted.take()) {
                (true, Some(key)) => OwnKey::Key(key),
                (true, None) => OwnKey::Unknown,
                (false, _) => OwnKey::None,
            };
        }
    }
    found
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
