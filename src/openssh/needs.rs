//! Which OpenSSH a line of `authorized_keys` needs. An sshd that does not understand a line drops it, and says so in
//! its debug log alone.

use std::fmt;

use super::{KeyOptions, KeyType, OpenSshVersion};

/// Something in a line that not every sshd understands, and the first version that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub what: Needed,
    /// The first version that understands it.
    pub since: OpenSshVersion,
}

/// What not every sshd understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    KeyType(KeyType),
    /// An option, by its name in `authorized_keys`.
    Option(&'static str),
    /// The last day, without a time zone.
    Expiry,
    /// The last day with a time zone.
    ExpiryInUtc,
}

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyType(key_type) => write!(f, "a key of the type `{key_type}`"),
            Self::Option(name) => write!(f, "the option `{name}`"),
            Self::Expiry => f.write_str("the day on which a key expires"),
            Self::ExpiryInUtc => f.write_str("the day on which a key expires, in UTC"),
        }
    }
}

/// What the line of a key needs. It is written for what is said of `sshd`, and where nothing is, for the newest.
#[must_use]
pub fn needs(
    key_type: KeyType,
    options: &KeyOptions,
    expires: bool,
    sshd: Option<OpenSshVersion>,
) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |what, major, minor| needs.push(Need { what, since: OpenSshVersion::new(major, minor) });
    match key_type {
        KeyType::Rsa | KeyType::Dsa => {}
        KeyType::EcdsaP256 | KeyType::EcdsaP384 | KeyType::EcdsaP521 => {
            add(Needed::KeyType(key_type), 5, 7);
        }
        KeyType::Ed25519 => add(Needed::KeyType(key_type), 6, 5),
        KeyType::SkEd25519 | KeyType::SkEcdsaP256 => add(Needed::KeyType(key_type), 8, 2),
        KeyType::MlDsa44Ed25519 => add(Needed::KeyType(key_type), 10, 5),
    }
    if options.restrict {
        add(Needed::Option("restrict"), 7, 2);
    }
    if !options.permit_listen.is_empty() {
        add(Needed::Option("permitlisten"), 7, 8);
    }
    if options.no_touch_required {
        add(Needed::Option("no-touch-required"), 8, 2);
    }
    if options.verify_required {
        add(Needed::Option("verify-required"), 8, 4);
    }
    if expires {
        if expires_in_utc(sshd) {
            add(Needed::ExpiryInUtc, OpenSshVersion::UTC.major, OpenSshVersion::UTC.minor);
        } else {
            add(Needed::Expiry, 7, 7);
        }
    }
    needs
}

/// Whether a last day is written with its time zone.
pub(super) fn expires_in_utc(sshd: Option<OpenSshVersion>) -> bool {
    sshd.is_none_or(|sshd| sshd >= OpenSshVersion::UTC)
}
