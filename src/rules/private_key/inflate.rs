//! The beginning of what a gzip file holds (RFC 1952, RFC 1951).

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

/// What the beginning of a gzip file holds.
pub(super) struct Inflated {
    pub(super) bytes: Vec<u8>,
    /// Whether more of the file would say more.
    pub(super) is_torn: bool,
}

/// At most so many bytes of what such bytes hold, up to where they end or make no sense. Nothing, if they are not the
/// beginning of a gzip file.
pub(super) fn gunzip(file: &[u8], most: usize) -> Inflated {
    let Some(body) = behind_gzip_header(file) else { return Inflated { bytes: Vec::new(), is_torn: true } };
    let mut bytes = vec![0; most];
    let (status, _, length) = decompress(
        &mut DecompressorOxide::new(),
        body,
        &mut bytes,
        0,
        inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
    );
    bytes.truncate(length);
    Inflated { bytes, is_torn: status == TINFLStatus::FailedCannotMakeProgress }
}

fn behind_gzip_header(bytes: &[u8]) -> Option<&[u8]> {
    const CHECKSUM: u8 = 1 << 1;
    const EXTRA: u8 = 1 << 2;
    const NAME: u8 = 1 << 3;
    const COMMENT: u8 = 1 << 4;
    let [0x1f, 0x8b, 8, flags @ 0..0x20, _, _, _, _, _, _, rest @ ..] = bytes else { return None };
    let mut rest = rest;
    if flags & EXTRA != 0 {
        let (length, after) = rest.split_first_chunk()?;
        rest = after.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & CHECKSUM != 0 { rest.get(2..) } else { Some(rest) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::gunzip;
    use crate::openssh::base64;

    fn read(encoded: &str, most: usize) -> String {
        String::from_utf8(gunzip(&base64::decode(encoded).unwrap(), most).bytes).unwrap()
    }

    const STORED: &str = "H4sIAAAAAAAEAwEPAPD/c3RvcmVkIGFzIGl0IGlzZXjRWg8AAAA=";
    const FIXED: &str = "H4sIAAAAAAACA0tMT8zMU0jMS1FIxMUCAJ19rMcjAAAA";
    const DYNAMIC: &str = "H4sIAAAAAAACAx2UiY3EQAgEUyEEDz/5J7bVK93JXg8D/QCfPUs7e21eFm151mn77H2fPeeZySkRRwgxXjz3LDyJ5zZxmTw3rfys\
        pq2Ja57D7+H7cn7EneLH3nN7c+a5Fo9U55Y9VpRqD5svuTa243ZFClC0UxmEpWoKpQrP4ffy/Ti/NP8IeWsZYcVRA3yOwi+M2m9V\
        cMiwVnAcaG+FveIPWnccQeM4ShLzBJa7WwC3Yq0JWWqR20kU29QBRlCD2o9/h3A2AlBkwZFhHhB0QaDee2DgE0R4diBPIDpyDMBR\
        dj64kPyROFCxDikcMgvCQmTUgTJ5HBVyEQyE19RB7xyO8e0GiJDJk0owQED4FK8rvl+QnKTUvkfop1TwLkh+FjjWFLoPXFhU3yIk\
        XcDVJHw+dMG5UIawQxoHXw1QEdm5WmReVH3Hd1Js4jpeFNQW4E5DFHdXvJwYpD7KOASa+OsmP2iQBDkTBWakCmh4X3j7SEA8RcsP\
        7Nx89EzRxEfGgPOIK9LXk58gfuovUAmhZHKRRTL15aDughLV6OAVKXXz0SHBkVqEE+AXvU+SCS5x2hSDdXF0re7DUxomUt2nJODQ\
        6KB5I+5DieYdYkUmdZxQoT9dhLOphiZHAuDAmC6P8IcyhzIZOoczXXgpy3FAjcLccK3oOISq0wCjX6IA0zTSlnIjZC5vQPo0NlAT\
        Mv7ovIfsI9dlpWacuT9NHCI+RG6uuYaD9yDtlQTnHpVH48f3BUxq/qmOXY59q8GFO1K0OhUQO+pOLIPaaJjAfZpMrrnsEvVSBY5p\
        YLAfDjWfnXFZgBXhDuhFkZRNDPNom6jvGIqhp1ImQWhaE8f3Jw2UWrZCUgsM9x5l979aNJ2UpWarLvGslPm06zQBlP5kNgMlg2jh\
        Lg0TpugIOfDGW+tOw6wNwDXJCdkGQayc0epBTskoJJ+mgomgXwKJn1q8NYQIgwIPDQ8kDdJkQzuSiyAjW629yHbTKH/qV0IQwQll\
        P62M1QD9V4zaGuW1TZAJCUPLWOuLQj+juW0CDgYAAA==";

    /// What Python's zlib writes: stored, with the fixed codes, and with codes of its own.
    #[test]
    fn reads_every_kind_of_block() {
        let numbers: Vec<_> = (0..400).map(|number| format!("{} ", number * number % 977)).collect();
        let numbers = numbers.concat();
        assert_eq!(read(STORED, 9999), "stored as it is");
        assert_eq!(read(FIXED, 9999), "again and again and again and again");
        assert_eq!(read(DYNAMIC, 9999), numbers);
        assert_eq!(read(DYNAMIC, 100), numbers[..100]);
    }

    #[test]
    fn passes_over_what_a_header_has() {
        let plain = base64::decode(FIXED).unwrap();
        let mut full = plain[..10].to_vec();
        full[3] = 0x1e;
        full.extend(b"\x03\0ext" as &[u8]);
        full.extend(b"name\0comment\0\0\0" as &[u8]);
        full.extend(&plain[10..]);
        assert_eq!(gunzip(&full, 9999).bytes, gunzip(&plain, 9999).bytes);
        full[3] = 0x3e;
        assert!(gunzip(&full, 9999).bytes.is_empty());
    }

    #[test]
    fn what_is_torn_gives_its_beginning() {
        for encoded in [STORED, FIXED, DYNAMIC] {
            torn_gives_its_beginning(encoded);
        }
        let (whole, bytes) = (read(DYNAMIC, 9999), base64::decode(DYNAMIC).unwrap());
        assert!(gunzip(&bytes[..bytes.len() / 2], 9999).bytes.len() > whole.len() / 4);
    }

    fn torn_gives_its_beginning(encoded: &str) {
        let (whole, bytes) = (read(encoded, 9999), base64::decode(encoded).unwrap());
        for end in 0..bytes.len() {
            let inflated = gunzip(&bytes[..end], 9999);
            // Behind the last block there are 8 bytes more.
            assert_eq!(inflated.is_torn, end < bytes.len() - 8, "{end}");
            assert!(whole.as_bytes().starts_with(&inflated.bytes));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..300), most in 0_usize..500) {
            let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
            prop_assert!(gunzip(&[&head, &bytes[..]].concat(), most).bytes.len() <= most);
        }
    }
}
