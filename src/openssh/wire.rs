//! The wire form of public keys: strings and integers of RFC 4251, section 5, and the fields of each type.

use std::ops::Range;

use super::KeyType;

/// The fields of a public key. Integers are magnitudes, without the leading zero byte of their encoding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fields<'a> {
    /// A point on Ed25519.
    Ed25519 {
        /// Its y, and the sign of its x.
        point: &'a [u8; 32],
    },
    Rsa {
        exponent: &'a [u8],
        modulus: &'a [u8],
    },
    Dsa {
        /// The prime that its size is told by.
        prime: &'a [u8],
        /// The number whose powers the keys of its group are.
        generator: &'a [u8],
        /// The power that is this key.
        power: &'a [u8],
    },
    /// A point on a NIST curve.
    Ecdsa {
        /// In the encoding of SEC 1.
        point: &'a [u8],
    },
    /// An Ed25519 key on a FIDO token.
    SkEd25519 {
        /// Its y, and the sign of its x.
        point: &'a [u8; 32],
        /// What the token signs for: `ssh:` and more.
        application: &'a [u8],
    },
    /// A NIST P-256 key on a FIDO token.
    SkEcdsa {
        /// In the encoding of SEC 1.
        point: &'a [u8],
        /// What the token signs for: `ssh:` and more.
        application: &'a [u8],
    },
    /// An ML-DSA-44 key and an Ed25519 key; a signature needs both.
    MlDsa44Ed25519 {
        /// The Ed25519 half.
        point: &'a [u8; 32],
    },
}

/// Something that is wrong with the bytes of an encoded key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// The bytes.
    pub bytes: Range<usize>,
    /// The field that they belong to.
    pub field: &'static str,
    pub kind: WireErrorKind,
}

/// What is wrong with a field of an encoded key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireErrorKind {
    /// It goes on after the end.
    Truncated {
        /// How many bytes it says it has.
        wanted: usize,
        left: usize,
    },
    /// It has another length than its type has.
    Length {
        wanted: usize,
        found: usize,
    },
    /// Bytes follow after the last field.
    Trailing,
    Negative,
    Zero,
    /// An integer with zero bytes before it that say nothing.
    NotMinimal,
    Curve(String),
}

/// Reads fields one after another.
struct WireReader<'a> {
    blob: &'a [u8],
    position: usize,
}

impl<'a> WireReader<'a> {
    fn fault(bytes: Range<usize>, field: &'static str, kind: WireErrorKind) -> WireError {
        WireError { bytes, field, kind }
    }

    /// A string: four bytes of length, then so many bytes.
    fn string(&mut self, field: &'static str) -> Result<&'a [u8], WireError> {
        let (start, end) = (self.position, self.blob.len());
        let rest = &self.blob[start..];
        let Some((length, rest)) = rest.split_first_chunk::<4>() else {
            let kind = WireErrorKind::Truncated { wanted: 4, left: rest.len() };
            return Err(Self::fault(start..end, field, kind));
        };
        let length = u32::from_be_bytes(*length) as usize;
        let Some(string) = rest.get(..length) else {
            let kind = WireErrorKind::Truncated { wanted: length, left: rest.len() };
            return Err(Self::fault(start..end, field, kind));
        };
        self.position += 4 + length;
        Ok(string)
    }

    /// The bytes of the string that was read last.
    fn last(&self, string: &[u8]) -> Range<usize> {
        self.position - string.len()..self.position
    }

    /// A string of `N` bytes.
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N], WireError> {
        let string = self.string(field)?;
        string.try_into().map_err(|_| {
            let kind = WireErrorKind::Length { wanted: N, found: string.len() };
            Self::fault(self.last(string), field, kind)
        })
    }

    /// A positive integer. One that is wrong in itself does not hide what follows it.
    fn integer(&mut self, field: &'static str, faults: &mut Vec<WireError>) -> Result<&'a [u8], WireError> {
        let string = self.string(field)?;
        let kind = match string {
            [] | [0] => Some(WireErrorKind::Zero),
            [0x80..=0xff, ..] => Some(WireErrorKind::Negative),
            [0, 0..=0x7f, ..] => Some(WireErrorKind::NotMinimal),
            _ => None,
        };
        if let Some(kind) = kind {
            faults.push(Self::fault(self.last(string), field, kind));
        }
        Ok(string.strip_prefix(&[0]).unwrap_or(string))
    }

    /// A point on a NIST curve. Of the length of any encoding that SEC 1 knows.
    fn point(&mut self, key_type: KeyType) -> Result<&'a [u8], WireError> {
        let (curve, width) = key_type.curve().unwrap_or(("", 0));
        let named = self.string("curve name")?;
        if named != curve.as_bytes() {
            let kind = WireErrorKind::Curve(String::from_utf8_lossy(named).into_owned());
            return Err(Self::fault(self.last(named), "curve name", kind));
        }
        let point = self.string("point")?;
        if point.len() == 1 + 2 * width || point.len() == 1 + width || point == [0] {
            return Ok(point);
        }
        let kind = WireErrorKind::Length { wanted: 1 + 2 * width, found: point.len() };
        Err(Self::fault(self.last(point), "point", kind))
    }
}

/// The longest field of a public key, in bytes: a modulus of 16384 bits and its sign.
const LONGEST_FIELD: usize = 2049;

/// How many of these bytes are an encoded public key, from their beginning on: none where they do not begin with the
/// name of a type. What follows may be anything, as a private half.
#[must_use]
pub fn public_length(blob: &[u8]) -> usize {
    let mut reader = WireReader { blob, position: 0 };
    let name = reader.string("key type").ok().and_then(|name| std::str::from_utf8(name).ok());
    let strings = match name.and_then(KeyType::parse) {
        None => return 0,
        Some(KeyType::Ed25519 | KeyType::MlDsa44Ed25519) => 1,
        Some(
            KeyType::Rsa | KeyType::SkEd25519 | KeyType::EcdsaP256 | KeyType::EcdsaP384 | KeyType::EcdsaP521,
        ) => 2,
        Some(KeyType::SkEcdsaP256) => 3,
        Some(KeyType::Dsa) => 4,
    };
    for _ in 0..strings {
        match reader.string("field") {
            Ok(_) => {}
            // It is cut short: what there is of the last field belongs to it.
            Err(WireError { kind: WireErrorKind::Truncated { wanted, .. }, .. })
                if wanted <= LONGEST_FIELD =>
            {
                return blob.len();
            }
            Err(_) => break,
        }
    }
    reader.position
}

/// Strings, one after another: the encoding of a key with these fields.
#[must_use]
pub fn encode(strings: &[&[u8]]) -> Vec<u8> {
    let mut blob = Vec::new();
    for string in strings {
        blob.extend(u32::try_from(string.len()).unwrap_or(u32::MAX).to_be_bytes());
        blob.extend(*string);
    }
    blob
}

/// The encoding of a positive integer of these big-endian bytes, of which the first is not zero.
#[must_use]
pub fn integer(magnitude: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if magnitude.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    [sign, magnitude].concat()
}

/// The name of the type that an encoded key begins with.
///
/// # Errors
/// When there is not even a name.
pub fn type_name(blob: &[u8]) -> Result<&[u8], WireError> {
    WireReader { blob, position: 0 }.string("key type")
}

/// The fields of an encoded key of this type, unless something is wrong with them.
pub fn fields<'a>(key_type: KeyType, blob: &'a [u8], faults: &mut Vec<WireError>) -> Option<Fields<'a>> {
    let mut reader = WireReader { blob, position: 0 };
    let before = faults.len();
    match read(key_type, &mut reader, faults) {
        Ok(fields) => {
            if reader.position < blob.len() {
                faults.push(WireReader::fault(reader.position..blob.len(), "end", WireErrorKind::Trailing));
            }
            (faults.len() == before).then_some(fields)
        }
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

fn read<'a>(
    key_type: KeyType,
    reader: &mut WireReader<'a>,
    faults: &mut Vec<WireError>,
) -> Result<Fields<'a>, WireError> {
    reader.string("key type")?;
    Ok(match key_type {
        KeyType::Ed25519 => Fields::Ed25519 { point: reader.array("point")? },
        KeyType::Rsa => Fields::Rsa {
            exponent: reader.integer("exponent", faults)?,
            modulus: reader.integer("modulus", faults)?,
        },
        KeyType::Dsa => {
            let prime = reader.integer("p", faults)?;
            reader.integer("q", faults)?;
            let generator = reader.integer("g", faults)?;
            Fields::Dsa { prime, generator, power: reader.integer("y", faults)? }
        }
        KeyType::EcdsaP256 | KeyType::EcdsaP384 | KeyType::EcdsaP521 => {
            Fields::Ecdsa { point: reader.point(key_type)? }
        }
        KeyType::SkEd25519 => {
            Fields::SkEd25519 { point: reader.array("point")?, application: reader.string("application")? }
        }
        KeyType::SkEcdsaP256 => {
            Fields::SkEcdsa { point: reader.point(key_type)?, application: reader.string("application")? }
        }
        KeyType::MlDsa44Ed25519 => {
            // One string: 1312 bytes of ML-DSA-44, then 32 of Ed25519.
            let both = reader.array::<1344>("public key")?;
            let Some(point) = both.last_chunk() else {
                let kind = WireErrorKind::Length { wanted: 1344, found: both.len() };
                return Err(WireReader::fault(reader.last(both), "public key", kind));
            };
            Fields::MlDsa44Ed25519 { point }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Fields, WireErrorKind, fields};
    use crate::openssh::KeyType;

    fn blob(strings: &[&[u8]]) -> Vec<u8> {
        let mut blob = Vec::new();
        for string in strings {
            blob.extend(u32::try_from(string.len()).unwrap().to_be_bytes());
            blob.extend(*string);
        }
        blob
    }

    fn faults(key_type: KeyType, blob: &[u8]) -> Vec<WireErrorKind> {
        let mut faults = Vec::new();
        let read = fields(key_type, blob, &mut faults).is_some();
        assert_eq!(read, faults.is_empty());
        faults.into_iter().map(|fault| fault.kind).collect()
    }

    #[test]
    fn reads_an_ed25519_key() {
        let blob = blob(&[b"ssh-ed25519", &[7; 32]]);
        assert!(matches!(
            fields(KeyType::Ed25519, &blob, &mut Vec::new()),
            Some(Fields::Ed25519 { point: &[7, ..] })
        ));
    }

    #[test]
    fn counts_bytes() {
        let whole = blob(&[b"ssh-ed25519", &[7; 32]]);
        let expected = WireErrorKind::Truncated { wanted: 32, left: 31 };
        assert_eq!(faults(KeyType::Ed25519, &whole[..whole.len() - 1]), [expected]);
        let long = blob(&[b"ssh-ed25519", &[7; 33]]);
        assert_eq!(faults(KeyType::Ed25519, &long), [WireErrorKind::Length { wanted: 32, found: 33 }]);
        let more = blob(&[b"ssh-ed25519", &[7; 32], b""]);
        assert_eq!(faults(KeyType::Ed25519, &more), [WireErrorKind::Trailing]);
    }

    #[test]
    fn finds_every_wrong_integer() {
        let both = blob(&[b"ssh-rsa", &[0x80], &[0, 1, 2]]);
        assert_eq!(faults(KeyType::Rsa, &both), [WireErrorKind::Negative, WireErrorKind::NotMinimal]);
        assert_eq!(faults(KeyType::Rsa, &blob(&[b"ssh-rsa", &[3], b""])), [WireErrorKind::Zero]);
    }

    #[test]
    fn knows_the_curve() {
        let other = blob(&[b"ecdsa-sha2-nistp256", b"nistp384", &[4; 65]]);
        assert_eq!(faults(KeyType::EcdsaP256, &other), [WireErrorKind::Curve("nistp384".into())]);
    }
}
