//! Versions of OpenSSH, and which one a line of `authorized_keys` needs. An sshd that does not understand a line
//! drops it, and says so in its debug log alone.

use std::fmt;

use super::{KeyType, SshKey};

/// A version of OpenSSH, as `8.4`. What follows it, as in `8.4p1`, changes nothing of what sshd understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenSshVersion {
    /// The number before the point.
    pub major: u16,
    /// The number behind it.
    pub minor: u16,
}

/// Something in a line that not every sshd understands, and the first version that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What it is.
    pub what: Needed,
    /// The first version that understands it.
    pub since: OpenSshVersion,
}

/// What not every sshd understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// The type of the key.
    KeyType(KeyType),
    /// An option, by its name in `authorized_keys`.
    Option(&'static str),
    /// The last day, without a time zone.
    Expiry,
    /// The last day with a time zone.
    ExpiryInUtc,
}

impl OpenSshVersion {
    /// The first that understands a day in UTC, written with a `Z`.
    pub const UTC: Self = Self::new(9, 1);

    /// A version.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `MAJOR.MINOR`, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        let number = |text: &str| {
            let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit())
                && (text == "0" || !text.starts_with('0'))
                && text.len() <= 3;
            text.parse().ok().filter(|_| is_canonical)
        };
        Some(Self::new(number(major)?, number(minor)?))
    }

    /// Finds the version in what `ssh -V` prints, in the greeting of a server, or in a package's version:
    /// `OpenSSH_8.4p1 Debian-5`, `SSH-2.0-OpenSSH_9.2`, `1:8.9p1-3`.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let from = match text.find("OpenSSH_") {
            Some(at) => &text[at + "OpenSSH_".len()..],
            None if text.starts_with("SSH-") => return None,
            None => text,
        };
        let from = from.split_once(':').map_or(from, |(_, behind)| behind);
        let from = from.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let is_part = |letter: char| letter.is_ascii_digit() || letter == '.';
        let end = from.find(|letter| !is_part(letter)).unwrap_or(from.len());
        let mut numbers = from[..end].split('.');
        let (major, minor) = (numbers.next()?, numbers.next()?);
        Self::parse(&format!("{major}.{minor}"))
    }
}

impl fmt::Display for OpenSshVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
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

/// What the [line](super::authorized_line) of a key for nodes with this OpenSSH needs. It is written for what is said:
/// where nothing is, for the newest.
#[must_use]
pub fn needs(key: &SshKey, sshd: Option<OpenSshVersion>) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |what, major, minor| needs.push(Need { what, since: OpenSshVersion::new(major, minor) });
    let key_type = key.public_key.key_type();
    match key_type {
        KeyType::Rsa | KeyType::Dsa => {}
        KeyType::EcdsaP256 | KeyType::EcdsaP384 | KeyType::EcdsaP521 => {
            add(Needed::KeyType(key_type), 5, 7);
        }
        KeyType::Ed25519 => add(Needed::KeyType(key_type), 6, 5),
        KeyType::SkEd25519 | KeyType::SkEcdsaP256 => add(Needed::KeyType(key_type), 8, 2),
        KeyType::MlDsa44Ed25519 => add(Needed::KeyType(key_type), 10, 5),
    }
    let options = &*key.options;
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
    if key.expires.is_some() {
        if is_in_utc(sshd) {
            add(Needed::ExpiryInUtc, OpenSshVersion::UTC.major, OpenSshVersion::UTC.minor);
        } else {
            add(Needed::Expiry, 7, 7);
        }
    }
    needs
}

/// The least OpenSSH that understands the [line](super::authorized_line) of a key for nodes with this OpenSSH, as far
/// as it is said which that is; nothing where every one does.
#[must_use]
pub fn least_openssh(key: &SshKey, sshd: Option<OpenSshVersion>) -> Option<Need> {
    needs(key, sshd).into_iter().max_by_key(|need| need.since)
}

/// Whether a last day is written with its time zone.
pub(super) fn is_in_utc(sshd: Option<OpenSshVersion>) -> bool {
    sshd.is_none_or(|sshd| sshd >= OpenSshVersion::UTC)
}

#[cfg(test)]
mod tests {
    use super::OpenSshVersion;

    #[test]
    fn a_version_is_two_numbers() {
        for (text, version) in [("8.4", (8, 4)), ("10.0", (10, 0)), ("9.10", (9, 10))] {
            let (major, minor) = version;
            let parsed = OpenSshVersion::parse(text).unwrap();
            assert_eq!(parsed, OpenSshVersion::new(major, minor));
            assert_eq!(parsed.to_string(), text);
        }
        for text in ["", "8", "8.", ".4", "8.4p1", "v8.4", "8.4.1", "08.4", "8.04", " 8.4", "8.1000", "+8.4"]
        {
            assert_eq!(OpenSshVersion::parse(text), None, "{text}");
        }
        assert!(OpenSshVersion::new(10, 0) > OpenSshVersion::new(9, 9));
    }

    #[test]
    fn a_version_is_found_in_what_programs_print() {
        for (text, version) in [
            ("OpenSSH_8.4p1 Debian-5+deb11u3, OpenSSL 1.1.1w", "8.4"),
            ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "9.2"),
            ("1:8.9p1-3ubuntu0.10", "8.9"),
            ("8.4p1", "8.4"),
            ("v9.6", "9.6"),
            ("9.6.1", "9.6"),
        ] {
            assert_eq!(OpenSshVersion::find(text).map(|found| found.to_string()).as_deref(), Some(version));
        }
        for text in ["", "dropbear", "8", "SSH-2.0-dropbear"] {
            assert_eq!(OpenSshVersion::find(text), None, "{text}");
        }
    }
}
