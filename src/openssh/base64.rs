//! Base64 as OpenSSH writes it (RFC 4648, section 4): padded, canonical, in one piece.

use std::ops::Range;

use data_encoding::{BASE64, BASE64_NOPAD};

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

#[must_use]
pub const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Decodes canonical base64, and nothing else.
///
/// # Errors
/// The first thing that is wrong, and where.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    let digits = text.trim_end_matches('=');
    // With its padding, what was encoded in pieces would be taken too.
    match BASE64_NOPAD.decode(digits.as_bytes()) {
        Ok(bytes) if text.len() == digits.len().next_multiple_of(4) => Ok(bytes),
        _ => Err(error(text, digits)),
    }
}

fn error(text: &str, digits: &str) -> Base64Error {
    if let Some(at) = digits.bytes().position(|byte| !is_digit(byte)) {
        let after = digits[at..].bytes().take_while(|byte| *byte == b'=').count();
        return if after == 0 {
            Base64Error::Character(at)
        } else {
            Base64Error::StrayPadding(at..at + after)
        };
    }
    let padded = digits.len().next_multiple_of(4);
    match padded - digits.len() {
        3 => Base64Error::Length,
        _ if text.len() > padded => Base64Error::StrayPadding(padded..text.len()),
        _ if text.len() < padded => Base64Error::MissingPadding(padded - text.len()),
        _ => Base64Error::SpareBits(digits.len() - 1),
    }
}

/// The bytes of base64 digits, without what the last one has to spare. Stops at a byte that is none.
#[must_use]
pub fn bytes_of(text: &str) -> Vec<u8> {
    let mut digits: Vec<u8> = text.bytes().take_while(|byte| is_digit(*byte)).collect();
    let length = digits.len() * 3 / 4;
    digits.resize(digits.len().next_multiple_of(4), b'A');
    let mut bytes = BASE64.decode(&digits).unwrap_or_default();
    bytes.truncate(length);
    bytes
}

/// Where the bytes of a range stand in their encoded text.
#[must_use]
pub const fn digits_of(bytes: &Range<usize>) -> Range<usize> {
    bytes.start / 3 * 4 + bytes.start % 3..(bytes.end * 4).div_ceil(3)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;
    use proptest::prelude::*;

    use super::{Base64Error, bytes_of, decode, digits_of};

    const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    #[test]
    fn agrees_with_the_rfc() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
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
            let value = |byte| SYMBOLS.bytes().zip(0_u8..).find_map(|(symbol, value)| (symbol == byte).then_some(value));
            let values = text.bytes().map_while(value);
            let bits: Vec<_> = values.flat_map(|value| (0..6).rev().map(move |place| value >> place & 1)).collect();
            let bytes = bits.as_chunks::<8>().0.iter();
            let bytes: Vec<_> = bytes.map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect();
            prop_assert_eq!(bytes_of(&text), bytes);
        }

        #[test]
        fn what_is_encoded_so_is_decoded_and_nothing_else(text in "[A-Za-d+/]{0,9}={0,3}[A-Z]{0,2}={0,1}") {
            let is_canonical = BASE64.encode(&bytes_of(&text)) == text;
            prop_assert_eq!(decode(&text).ok(), is_canonical.then(|| bytes_of(&text)));
        }
    }

    #[test]
    fn finds_bytes_in_their_digits() {
        assert_eq!(digits_of(&(0..3)), 0..4);
        assert_eq!(digits_of(&(3..4)), 4..6);
        assert_eq!(digits_of(&(2..3)), 2..4);
    }
}
