//! Base64 as OpenSSH writes it (RFC 4648, section 4): padded, canonical, in one piece.

use std::ops::Range;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each byte as a digit, or 255.
const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut digit = 0_u8;
    while digit < 64 {
        values[ALPHABET[digit as usize] as usize] = digit;
        digit += 1;
    }
    values
};

/// Why a text is no canonical base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base64Error {
    /// A character that is no digit, at this byte.
    Character(usize),
    /// Padding where none belongs, at these bytes.
    StrayPadding(Range<usize>),
    /// This many `=` are missing at the end.
    MissingPadding(usize),
    /// One digit too many or three too few: no number of bytes encodes to this length.
    Length,
    /// The last digit, at this byte, says more than the bytes need.
    SpareBits(usize),
}

/// The value of a base64 digit.
#[must_use]
pub const fn digit(byte: u8) -> Option<u8> {
    match VALUES[byte as usize] {
        255 => None,
        value => Some(value),
    }
}

#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = encode_unpadded(bytes);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Encodes without padding, as fingerprints are written.
#[must_use]
pub fn encode_unpadded(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    let (groups, rest) = bytes.as_chunks();
    for group in groups {
        text.extend_from_slice(&encode_group(*group));
    }
    if !rest.is_empty() {
        let mut group = [0; 3];
        group[..rest.len()].copy_from_slice(rest);
        text.extend_from_slice(&encode_group(group)[..=rest.len()]);
    }
    // Digits are ASCII.
    String::from_utf8(text).unwrap_or_default()
}

fn encode_group([one, two, three]: [u8; 3]) -> [u8; 4] {
    let bits = u32::from_be_bytes([0, one, two, three]);
    [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize])
}

/// Decodes what [`encode`] writes, and nothing else.
///
/// # Errors
/// The first thing that is wrong, and where.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    let digits = text.trim_end_matches('=');
    if let Some(at) = digits.bytes().position(|byte| digit(byte).is_none()) {
        let after = digits[at..].bytes().take_while(|byte| *byte == b'=').count();
        return Err(if after == 0 {
            Base64Error::Character(at)
        } else {
            Base64Error::StrayPadding(at..at + after)
        });
    }
    let wanted = (4 - digits.len() % 4) % 4;
    let padding = text.len() - digits.len();
    if wanted == 3 {
        return Err(Base64Error::Length);
    }
    if padding > wanted {
        return Err(Base64Error::StrayPadding(digits.len() + wanted..text.len()));
    }
    if padding < wanted {
        return Err(Base64Error::MissingPadding(wanted - padding));
    }
    let (bytes, spare) = bytes_of(digits);
    if spare { Err(Base64Error::SpareBits(digits.len() - 1)) } else { Ok(bytes) }
}

/// The bytes of base64 digits, and whether the last digit has bits to spare. Stops at a byte that is none.
#[must_use]
pub fn bytes_of(digits: &str) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let digits = digits.as_bytes();
    for group in digits.as_chunks::<4>().0 {
        let [one, two, three, four] = group.map(|byte| u32::from(VALUES[usize::from(byte)]));
        if one | two | three | four > 63 {
            break;
        }
        let [_, group @ ..] = (one << 18 | two << 12 | three << 6 | four).to_be_bytes();
        bytes.extend(group);
    }
    // What is no group of four, digit by digit.
    let rest = &digits[bytes.len() / 3 * 4..];
    let (mut bits, mut held) = (0_u32, 0_u32);
    for value in rest.iter().copied().map_while(digit) {
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    (bytes, bits & ((1 << held) - 1) != 0)
}

/// Where the bytes of a range stand in their encoded text.
#[must_use]
pub const fn digits_of(bytes: &Range<usize>) -> Range<usize> {
    bytes.start / 3 * 4 + bytes.start % 3..(bytes.end * 4).div_ceil(3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Base64Error, bytes_of, decode, digit, digits_of, encode};

    #[test]
    fn agrees_with_the_rfc() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(decode("Zm9v-m8="), Err(Base64Error::Character(4)));
        assert_eq!(decode("Zg"), Err(Base64Error::MissingPadding(2)));
        assert_eq!(decode("Zg="), Err(Base64Error::MissingPadding(1)));
        assert_eq!(decode("Zm9v="), Err(Base64Error::StrayPadding(4..5)));
        assert_eq!(decode("Zg==Zm9v"), Err(Base64Error::StrayPadding(2..4)));
        assert_eq!(decode("Zm9vZ"), Err(Base64Error::Length));
        assert_eq!(decode("Zh=="), Err(Base64Error::SpareBits(1)));
    }

    proptest! {
        #[test]
        fn digits_are_six_bits_each(text in "[A-Za-z0-9+/]{0,12}[=\\-é]?[A-Za-z0-9+/=]{0,6}") {
            let values = text.bytes().map_while(digit);
            let bits: Vec<_> = values.flat_map(|value| (0..6).rev().map(move |place| value >> place & 1)).collect();
            let (bytes, spare) = bits.as_chunks::<8>();
            let bytes: Vec<_> = bytes.iter().map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect();
            prop_assert_eq!(bytes_of(&text), (bytes, spare.contains(&1)));
        }
    }

    #[test]
    fn finds_bytes_in_their_digits() {
        assert_eq!(digits_of(&(0..3)), 0..4);
        assert_eq!(digits_of(&(3..4)), 4..6);
        assert_eq!(digits_of(&(2..3)), 2..4);
    }
}
