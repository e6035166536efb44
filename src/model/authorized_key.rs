//! A key as a line of `authorized_keys`.

use super::SshKey;

/// The one line that opens a node to a key: what sshd is to heed, the key, and a comment of ours. The
/// comment from the declaration is never written to a node.
///
/// The grammar is that of `AUTHORIZED_KEYS FILE FORMAT` in sshd(8). A key that expires does so at the end of
/// its last day in UTC, which OpenSSH 9.1 and later understand.
#[must_use]
pub fn authorized_line(key: &SshKey) -> String {
    let options = key.expires.map(|day| format!("expiry-time=\"{}235959Z\" ", day.strftime("%Y%m%d")));
    format!("{}{} {}", options.unwrap_or_default(), key.public_key.line(), key.address())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::authorized_line;
    use crate::model::{Metadata, Name, PublicKey, SshKey};

    #[test]
    fn a_line_has_our_comment_and_the_last_day() {
        const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";
        let mut key = SshKey {
            project: Name::parse("payments").unwrap(),
            name: Name::parse("ops").unwrap(),
            metadata: Metadata::default(),
            public_key: PublicKey::from_line(&format!("{LINE} theirs")).unwrap(),
            owner: None,
            expires: None,
        };
        assert_eq!(authorized_line(&key), format!("{LINE} key/payments/ops"));
        key.expires = Some(date(2027, 6, 30));
        let expected = format!("expiry-time=\"20270630235959Z\" {LINE} key/payments/ops");
        assert_eq!(authorized_line(&key), expected);
    }
}
