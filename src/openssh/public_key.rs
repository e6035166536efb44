//! A public key, parsed once: past this point there is no key text.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use data_encoding::BASE64;

use super::wire::{self, Fields, WireError};
use super::{Fingerprint, KeyType, base64};

/// A public key in its canonical encoding. It is told from others by its fingerprint only: the comment has
/// no part in that. A clone shares all of it.
#[derive(Clone)]
pub struct PublicKey(Arc<Parts>);

struct Parts {
    fingerprint: Fingerprint,
    blob: Box<[u8]>,
    comment: Box<str>,
    key_type: KeyType,
}

/// Why a line is not one that we have written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    #[error("not one line of a key type, its base64 and a comment")]
    Shape,
    /// The type is none that there is, or the encoded one is another.
    #[error("not a key type, or not the one that is encoded")]
    Type,
    #[error("the encoded key is malformed")]
    Wire(Vec<WireError>),
}

impl PublicKey {
    /// The key with this wire encoding. A comment is one line that shows all it has, without white space
    /// around it.
    ///
    /// # Errors
    /// When the encoding or the comment is not canonical.
    pub fn new(blob: Vec<u8>, comment: &str) -> Result<Self, NotCanonical> {
        let name = wire::type_name(&blob).map_err(|fault| NotCanonical::Wire(vec![fault]))?;
        let key_type = std::str::from_utf8(name).ok().and_then(KeyType::parse).ok_or(NotCanonical::Type)?;
        let mut faults = Vec::new();
        if wire::fields(key_type, &blob, &mut faults).is_none() {
            return Err(NotCanonical::Wire(faults));
        }
        if comment.trim() != comment || comment.contains(|c: char| c.is_control() || is_line_break(c)) {
            return Err(NotCanonical::Shape);
        }
        let fingerprint = Fingerprint::of(&blob);
        Ok(Self(Arc::new(Parts { fingerprint, blob: blob.into(), comment: comment.into(), key_type })))
    }

    /// Reads back what [`line`](Self::line) or [`line_with_comment`](Self::line_with_comment) wrote, and
    /// nothing else. Text from people is read by `resolve`, which says what is wrong with it.
    ///
    /// # Errors
    /// When the line is not canonical.
    pub fn from_line(line: &str) -> Result<Self, NotCanonical> {
        let mut words = line.splitn(3, ' ');
        let (Some(name), Some(encoded)) = (words.next(), words.next()) else {
            return Err(NotCanonical::Shape);
        };
        let comment = words.next();
        let blob = base64::decode(encoded).map_err(|_| NotCanonical::Shape)?;
        let key = Self::new(blob, comment.unwrap_or(""))?;
        if comment == Some("") {
            return Err(NotCanonical::Shape);
        }
        if key.key_type().name() == name { Ok(key) } else { Err(NotCanonical::Type) }
    }

    #[must_use]
    pub fn key_type(&self) -> KeyType {
        self.0.key_type
    }

    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.0.fingerprint
    }

    /// What follows the key on its line; may be empty.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.0.comment
    }

    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.0.blob
    }

    /// Its fields. Always there: [`new`](Self::new) has read them before.
    #[must_use]
    pub fn fields(&self) -> Option<Fields<'_>> {
        wire::fields(self.0.key_type, &self.0.blob, &mut Vec::new())
    }

    /// Its size in bits, as `ssh-keygen -l` tells it. Of RSA and DSA it is counted exactly.
    #[must_use]
    pub fn bits(&self) -> usize {
        match self.0.key_type {
            KeyType::Rsa | KeyType::Dsa => match self.fields() {
                Some(Fields::Rsa { modulus: number, .. } | Fields::Dsa { prime: number, .. }) => {
                    bits_of(number)
                }
                _ => 0,
            },
            KeyType::EcdsaP384 => 384,
            KeyType::EcdsaP521 => 521,
            KeyType::Ed25519
            | KeyType::EcdsaP256
            | KeyType::SkEd25519
            | KeyType::SkEcdsaP256
            | KeyType::MlDsa44Ed25519 => 256,
        }
    }

    /// `type base64`: all of the key, in one line without a line end.
    #[must_use]
    pub fn line(&self) -> String {
        [self.0.key_type.name(), &BASE64.encode(&self.0.blob)].join(" ")
    }

    /// `type base64 comment`, or without the comment when there is none.
    #[must_use]
    pub fn line_with_comment(&self) -> String {
        match self.comment() {
            "" => self.line(),
            comment => [self.0.key_type.name(), &BASE64.encode(&self.0.blob), comment].join(" "),
        }
    }
}

/// How many bits a number has, from its big-endian bytes.
#[must_use]
pub fn bits_of(number: &[u8]) -> usize {
    match number.iter().position(|byte| *byte != 0) {
        Some(first) => (number.len() - first) * 8 - number[first].leading_zeros() as usize,
        None => 0,
    }
}

const fn is_line_break(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.fingerprint == other.0.fingerprint
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.fingerprint.cmp(&other.0.fingerprint)
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.fingerprint.hash(state);
    }
}

/// Its type and fingerprint; never its bytes or its comment.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.0.key_type, self.0.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::{NotCanonical, PublicKey, bits_of};

    const LINE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 Zoë's laptop";

    #[test]
    fn writes_what_it_reads() {
        let key = PublicKey::from_line(LINE).unwrap();
        assert_eq!(key.line_with_comment(), LINE);
        assert_eq!(PublicKey::from_line(&key.line()).unwrap(), key);
        assert_eq!(key.comment(), "Zoë's laptop");
        assert_eq!(key.bits(), 256);
        assert!(!format!("{key:?}").contains("AAAA"));
    }

    #[test]
    fn a_clone_shares_the_key() {
        let key = PublicKey::from_line(LINE).unwrap();
        assert!(std::ptr::eq(key.blob(), key.clone().blob()));
    }

    #[test]
    fn takes_no_second_line() {
        for tail in ["\nssh-rsa AAAA", "\r", "\t", " ", "\u{2028}x", "\0"] {
            assert_eq!(PublicKey::from_line(&format!("{LINE}{tail}")).unwrap_err(), NotCanonical::Shape);
        }
        assert!(PublicKey::from_line(&LINE.replacen("ssh-ed25519", "ssh-rsa", 1)).is_err());
    }

    #[test]
    fn counts_bits_exactly() {
        assert_eq!(bits_of(&[]), 0);
        assert_eq!(bits_of(&[1]), 1);
        assert_eq!(bits_of(&[0, 0x80, 0]), 16);
    }
}
