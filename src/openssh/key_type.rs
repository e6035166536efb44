//! The types of public keys that there are.

use std::fmt;

/// The type of a public key, by OpenSSH's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// `ssh-ed25519` (RFC 8709).
    Ed25519,
    /// `ssh-rsa` (RFC 4253).
    Rsa,
    /// `ssh-dss` (RFC 4253); OpenSSH 10 no longer knows it.
    Dsa,
    /// `ecdsa-sha2-nistp256` (RFC 5656).
    EcdsaP256,
    /// `ecdsa-sha2-nistp384` (RFC 5656).
    EcdsaP384,
    /// `ecdsa-sha2-nistp521` (RFC 5656).
    EcdsaP521,
    /// `sk-ssh-ed25519@openssh.com`: Ed25519 on a FIDO token (OpenSSH's PROTOCOL.u2f).
    SkEd25519,
    /// `sk-ecdsa-sha2-nistp256@openssh.com`: ECDSA on a FIDO token.
    SkEcdsaP256,
    /// `ssh-mldsa44-ed25519@openssh.com`: ML-DSA-44 and Ed25519 together.
    MlDsa44Ed25519,
}

impl KeyType {
    pub const ALL: [Self; 9] = [
        Self::Ed25519,
        Self::Rsa,
        Self::Dsa,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::SkEd25519,
        Self::SkEcdsaP256,
        Self::MlDsa44Ed25519,
    ];

    /// Its name, as the first word of a public key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::Rsa => "ssh-rsa",
            Self::Dsa => "ssh-dss",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521 => "ecdsa-sha2-nistp521",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
            Self::MlDsa44Ed25519 => "ssh-mldsa44-ed25519@openssh.com",
        }
    }

    /// The type of this very name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key_type| key_type.name() == name)
    }

    /// The name of its NIST curve, which an encoded key repeats, and the bytes of one coordinate.
    #[must_use]
    pub const fn curve(self) -> Option<(&'static str, usize)> {
        match self {
            Self::EcdsaP256 | Self::SkEcdsaP256 => Some(("nistp256", 32)),
            Self::EcdsaP384 => Some(("nistp384", 48)),
            Self::EcdsaP521 => Some(("nistp521", 66)),
            Self::Ed25519 | Self::Rsa | Self::Dsa | Self::SkEd25519 | Self::MlDsa44Ed25519 => None,
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::KeyType;

    #[test]
    fn names_are_read_back() {
        for key_type in KeyType::ALL {
            assert_eq!(KeyType::parse(key_type.name()), Some(key_type));
        }
        assert_eq!(KeyType::parse("SSH-ED25519"), None);
    }
}
