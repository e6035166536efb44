//! Versions of OpenSSH.

use std::fmt;

/// A version of OpenSSH, as `8.4`. What follows it, as in `8.4p1`, changes nothing of what sshd understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenSshVersion {
    /// The number before the point.
    pub major: u16,
    pub minor: u16,
}

impl OpenSshVersion {
    /// The first that understands a day in UTC, written with a `Z`.
    pub const UTC: Self = Self::new(9, 1);

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
