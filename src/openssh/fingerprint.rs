//! The fingerprint of a public key: its identity.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64_NOPAD;
use sha2::{Digest, Sha256};

use super::base64;

/// SHA-256 of a key's canonical encoding. Two keys are the same when their fingerprints are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The fingerprint of a key's wire encoding.
    #[must_use]
    pub fn of(blob: &[u8]) -> Self {
        Self(Sha256::digest(blob).into())
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// As `ssh-keygen -l` prints it.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&["SHA256:", &BASE64_NOPAD.encode(&self.0)].concat())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    #[error("a fingerprint begins with `SHA256:`; `ssh-keygen -l -f FILE` prints it")]
    NotSha256,
    #[error("this is an MD5 fingerprint; the SHA-256 one is printed by `ssh-keygen -l -E sha256 -f FILE`")]
    Md5,
    #[error("after `SHA256:` come 43 characters, not {0}")]
    Length(usize),
    /// A character that is no base64 digit, or a last one with bits to spare.
    #[error("after `SHA256:` only letters, digits, `+` and `/` may stand")]
    Digits,
    #[error("the last character cannot be right: 32 bytes do not end in it")]
    SpareBits,
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(digits) = text.strip_prefix("SHA256:") else {
            let is_md5 =
                text.starts_with("MD5:") || text.split(':').filter(|part| part.len() == 2).count() == 16;
            return Err(if is_md5 { FingerprintError::Md5 } else { FingerprintError::NotSha256 });
        };
        let digits = digits.strip_suffix('=').unwrap_or(digits);
        if !digits.bytes().all(base64::is_digit) {
            return Err(FingerprintError::Digits);
        }
        if digits.len() != 43 {
            return Err(FingerprintError::Length(digits.len()));
        }
        let bytes = BASE64_NOPAD.decode(digits.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(FingerprintError::SpareBits)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, FingerprintError};

    const EMPTY: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn is_written_and_read_alike() {
        let fingerprint = Fingerprint::of(b"");
        assert_eq!(fingerprint.to_string(), EMPTY);
        assert_eq!(EMPTY.parse(), Ok(fingerprint));
        assert_eq!(format!("{EMPTY}=").parse(), Ok(fingerprint));
    }

    #[test]
    fn says_what_is_wrong() {
        let read = |text: &str| text.parse::<Fingerprint>().unwrap_err();
        assert_eq!(read("47DEQpj8"), FingerprintError::NotSha256);
        assert_eq!(read("MD5:d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e"), FingerprintError::Md5);
        assert_eq!(read("d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e"), FingerprintError::Md5);
        assert_eq!(read("SHA256:47DE"), FingerprintError::Length(4));
        assert_eq!(read(&EMPTY.replace('+', "-")), FingerprintError::Digits);
        assert_eq!(read(&EMPTY.replace("uFU", "uFV")), FingerprintError::SpareBits);
    }
}
