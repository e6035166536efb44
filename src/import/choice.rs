//! Which one of several keys a cluster has. That is never guessed.

use crate::model::{Name, SshKey};

/// Why no key could be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// There are several, and nothing or too little was said.
    Several,
    /// What was said fits none.
    None,
}

/// The key of a cluster that these keys open: the only one, or the one that is named by its fingerprint, its name, its
/// address or its comment. Nothing where there is none.
///
/// # Errors
/// When it is not clear which one.
pub fn choose<'k>(
    keys: impl IntoIterator<Item = &'k SshKey>,
    wanted: Option<&str>,
) -> Result<Option<&'k Name>, NoChoice> {
    let mut fitting = keys.into_iter().filter(|key| wanted.is_none_or(|wanted| is_named(key, wanted)));
    match (fitting.next(), fitting.next(), wanted) {
        (None, _, None) => Ok(None),
        (None, _, Some(_)) => Err(NoChoice::None),
        (Some(key), None, _) => Ok(Some(&key.name)),
        (Some(_), Some(_), _) => Err(NoChoice::Several),
    }
}

fn is_named(key: &SshKey, wanted: &str) -> bool {
    let fingerprint = key.public_key.fingerprint().to_string();
    let names = [&fingerprint, key.name.as_str(), &key.address().to_string(), key.public_key.comment()];
    names.contains(&wanted) || fingerprint.strip_prefix("SHA256:") == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::{NoChoice, choose};
    use crate::model::{Metadata, Name, SshKey};
    use crate::openssh::{PublicKey, SharedOptions};

    const LINES: [&str; 2] = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 the old one",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi",
    ];

    #[test]
    fn one_key_is_chosen_and_of_several_the_one_that_is_named() {
        let key = |line: &str, name: &str| SshKey {
            project: Name::parse("payments").unwrap(),
            name: Name::parse(name).unwrap(),
            metadata: Metadata::default(),
            public_key: PublicKey::from_line(line).unwrap(),
            owner: None,
            expires: None,
            options: SharedOptions::default(),
        };
        let keys = [key(LINES[0], "old"), key(LINES[1], "new")];
        let chosen = |keys: &[SshKey], wanted| choose(keys, wanted).map(|name| name.map(ToString::to_string));
        assert_eq!(chosen(&[], None), Ok(None));
        assert_eq!(chosen(&keys[..1], None), Ok(Some("old".into())));
        assert_eq!(chosen(&keys, None), Err(NoChoice::Several));
        let print = keys[0].public_key.fingerprint().to_string();
        for wanted in [&print, &print[7..], "old", "key/payments/old", "the old one"] {
            assert_eq!(chosen(&keys, Some(wanted)), Ok(Some("old".into())), "{wanted}");
        }
        for wanted in ["", "ol", "key/other/old"] {
            assert_eq!(chosen(&keys[..1], Some(wanted)), Err(NoChoice::None), "{wanted}");
        }
    }
}
