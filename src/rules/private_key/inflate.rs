//! The beginning of what a gzip file holds (RFC 1952, RFC 1951).

/// What the beginning of a gzip file holds.
pub(super) struct Inflated {
    pub(super) bytes: Vec<u8>,
    /// Whether more of the file would say more.
    pub(super) is_torn: bool,
}

/// At most so many bytes of what such bytes hold, up to where they end or make no sense. Nothing, if they are not the
/// beginning of a gzip file.
pub(super) fn gunzip(file: &[u8], most: usize) -> Inflated {
    let mut bytes = Vec::new();
    let Some(body) = behind_gzip_header(file) else { return Inflated { bytes, is_torn: true } };
    let mut bits = Bits { bytes: body, at: 0 };
    let is_whole = inflate(&mut bits, &mut bytes, most).is_some();
    bytes.truncate(most);
    Inflated { bytes, is_torn: !is_whole && bits.at >= body.len() * 8 }
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

/// Bits from the lowest of each byte on.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn one(&mut self) -> Option<u16> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (self.at % 8) & 1;
        self.at += 1;
        Some(u16::from(bit))
    }

    /// A number of so many bits, the lowest first.
    fn number(&mut self, length: u8) -> Option<u16> {
        (0..length).try_fold(0, |number, place| Some(number | self.one()? << place))
    }
}

/// A Huffman code: how many words of each length there are, and the symbols in the order of their words.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Code {
    /// The code of symbols whose words have these lengths; a symbol of length 0 has none.
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0; 16];
        let mut symbols: Vec<(u8, u16)> =
            lengths.iter().copied().zip(0..).filter(|(length, _)| *length > 0).collect();
        symbols.sort_unstable();
        for (length, _) in &symbols {
            counts[usize::from(*length)] += 1;
        }
        Self { counts, symbols: symbols.into_iter().map(|(_, symbol)| symbol).collect() }
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<u16> {
        // The word so far, the first word of its length, and how many symbols have shorter ones.
        let (mut word, mut first, mut shorter) = (0_u32, 0_u32, 0_u32);
        for count in self.counts[1..].iter().copied().map(u32::from) {
            word |= u32::from(bits.one()?);
            // No word is below the first, but in a code of too many words.
            let place = word.checked_sub(first)?;
            if place < count {
                return self.symbols.get((shorter + place) as usize).copied();
            }
            shorter += count;
            first = (first + count) << 1;
            word <<= 1;
        }
        None
    }
}

/// Adds what the blocks hold to `out`, and stops once that has so many bytes.
fn inflate(bits: &mut Bits<'_>, out: &mut Vec<u8>, most: usize) -> Option<()> {
    loop {
        let is_last = bits.one()? == 1;
        match bits.number(2)? {
            0 => stored(bits, out, most)?,
            1 => {
                let lengths = [&[8; 144][..], &[9; 112], &[7; 24], &[8; 8]].concat();
                compressed(bits, &Code::new(&lengths), &Code::new(&[5; 30]), out, most)?;
            }
            2 => {
                let (letters, distances) = codes(bits)?;
                compressed(bits, &letters, &distances, out, most)?;
            }
            _ => return None,
        }
        if is_last || out.len() >= most {
            return Some(());
        }
    }
}

fn stored(bits: &mut Bits<'_>, out: &mut Vec<u8>, most: usize) -> Option<()> {
    let start = bits.at.div_ceil(8);
    let Some(&[low, high, not_low, not_high]) = bits.bytes.get(start..).and_then(<[u8]>::first_chunk) else {
        bits.at = bits.bytes.len() * 8;
        return None;
    };
    if [low, high] != [!not_low, !not_high] {
        return None;
    }
    let body = &bits.bytes[start + 4..];
    let length = usize::from(u16::from_le_bytes([low, high])).min(body.len());
    out.extend_from_slice(&body[..length.min(most)]);
    let is_whole = length == usize::from(u16::from_le_bytes([low, high]));
    bits.at = (start + 4 + length) * 8;
    (is_whole || out.len() >= most).then_some(())
}

/// The two codes of a block that brings its own.
fn codes(bits: &mut Bits<'_>) -> Option<(Code, Code)> {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let letters = usize::from(bits.number(5)?) + 257;
    let all = letters + usize::from(bits.number(5)?) + 1;
    let given = usize::from(bits.number(4)?) + 4;
    let mut lengths = [0; ORDER.len()];
    for place in &ORDER[..given] {
        lengths[*place] = bits.number(3)?.to_le_bytes()[0];
    }
    let code = Code::new(&lengths);
    let mut lengths = Vec::with_capacity(all);
    while lengths.len() < all {
        let (length, times) = match code.symbol(bits)? {
            16 => (*lengths.last()?, bits.number(2)? + 3),
            17 => (0, bits.number(3)? + 3),
            18 => (0, bits.number(7)? + 11),
            length => (length.to_le_bytes()[0], 1),
        };
        lengths.extend(std::iter::repeat_n(length, usize::from(times)));
    }
    Some((Code::new(&lengths[..letters]), Code::new(&lengths[letters..all])))
}

fn compressed(
    bits: &mut Bits<'_>,
    letters: &Code,
    distances: &Code,
    out: &mut Vec<u8>,
    most: usize,
) -> Option<()> {
    while out.len() < most {
        match letters.symbol(bits)? {
            symbol @ 0..256 => out.push(symbol.to_le_bytes()[0]),
            256 => return Some(()),
            symbol => {
                let length = match symbol - 257 {
                    place @ 0..8 => place + 3,
                    place @ 8..28 => ranged(bits, place, 4)? + 3,
                    28 => 258,
                    _ => return None,
                };
                let distance = match distances.symbol(bits)? {
                    place @ 0..4 => place + 1,
                    // `ranged` of the last place is 24576, and 13 bits more.
                    place @ 4..30 => ranged(bits, place, 2)? + 1,
                    _ => return None,
                };
                let start = out.len().checked_sub(usize::from(distance))?;
                for at in start..start + usize::from(length) {
                    out.push(out[at]);
                }
            }
        }
    }
    Some(())
}

/// A number of the ranges that double in size every `each` places, from 0 on.
fn ranged(bits: &mut Bits<'_>, place: u16, each: u16) -> Option<u16> {
    let extra = place / each - 1;
    Some(((each + place % each) << extra) + bits.number(extra.to_le_bytes()[0])?)
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
