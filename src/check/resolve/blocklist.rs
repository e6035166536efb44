//! The blocklist that `keyplan.yaml` names: a list of keys, read from its beginning to its end, so that one that
//! is cut short or out of order is seen and takes no memory, however large it is.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use num_bigint::BigUint;
use sha2::{Digest as _, Sha256};

use super::equivalents::equivalents;
use crate::openssh::wire::Fields;
use crate::openssh::{Fingerprint, PublicKey};
use crate::rules::listed_key::Listed;

/// Bytes of a record of badkeys: of a digest, and the number of a list.
const RECORD: usize = 16;
const DIGEST: usize = RECORD - 1;

/// What is read at a time: a whole number of records.
const CHUNK: usize = 4096 * RECORD;

/// The longest line of a text, in bytes.
const LONGEST_LINE: u64 = 4096;

/// Why a file is no blocklist.
#[derive(Debug, thiserror::Error)]
pub enum BadBlocklist {
    #[error("the file is empty")]
    Empty,
    #[error("its length is no multiple of {RECORD} bytes, as that of a `blocklist.dat` is")]
    Length,
    #[error("record {0} is out of order, so this is no `blocklist.dat`")]
    Order(usize),
    #[error("line {0} is no SHA256 fingerprint")]
    Line(usize),
    #[error("{}", .0.kind())]
    Io(#[from] io::Error),
}

/// Finds keys in a blocklist: for each one that it has, the key's place in the slice.
///
/// # Errors
/// When the file is no blocklist.
pub fn find(list: impl Read, keys: &[&PublicKey]) -> Result<BTreeMap<usize, Listed>, BadBlocklist> {
    let mut list = BufReader::with_capacity(CHUNK, list);
    let beginning = list.fill_buf()?;
    if beginning.is_empty() {
        return Err(BadBlocklist::Empty);
    }
    if is_text(beginning) { find_lines(list, keys) } else { find_records(list, keys) }
}

/// Whether a file begins with a comment or a fingerprint: records are digests, and begin with neither.
fn is_text(beginning: &[u8]) -> bool {
    let text = beginning.trim_ascii_start();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let has_mark = text.starts_with(b"#") || line.windows(7).any(|word| word == b"SHA256:");
    has_mark && !line.contains(&0)
}

fn find_lines(mut list: impl BufRead, keys: &[&PublicKey]) -> Result<BTreeMap<usize, Listed>, BadBlocklist> {
    let each = |(number, key): (usize, &&PublicKey)| equivalents(key).into_iter().map(move |it| (it, number));
    let mut wanted: Vec<_> = keys.iter().enumerate().flat_map(each).collect();
    wanted.sort_unstable();
    let mut found = BTreeMap::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        list.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        let text = line.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
                return Err(BadBlocklist::Line(number));
            }
            continue;
        }
        let fingerprint = fingerprint_in(text).ok_or(BadBlocklist::Line(number))?;
        let first = wanted.partition_point(|(wanted, _)| *wanted < fingerprint);
        for (_, key) in wanted[first..].iter().take_while(|(wanted, _)| *wanted == fingerprint) {
            found.entry(*key).or_insert(Listed::Line(number));
        }
    }
    Ok(found)
}

/// The fingerprint of a line: alone, or as `ssh-keygen -l` prints it.
fn fingerprint_in(line: &[u8]) -> Option<Fingerprint> {
    std::str::from_utf8(line).ok()?.split_whitespace().find_map(|word| word.parse().ok())
}

fn find_records(mut list: impl Read, keys: &[&PublicKey]) -> Result<BTreeMap<usize, Listed>, BadBlocklist> {
    let each = |(number, key): (usize, &&PublicKey)| digests(key).into_iter().map(move |it| (it, number));
    let mut wanted: Vec<_> = keys.iter().enumerate().flat_map(each).collect();
    wanted.sort_unstable();
    let (mut wanted, mut found) = (wanted.into_iter().peekable(), BTreeMap::new());
    let (mut chunk, mut before, mut number) = (vec![0; CHUNK], [0; DIGEST], 0);
    loop {
        let length = read_full(&mut list, &mut chunk)?;
        let (records, rest) = chunk[..length].as_chunks::<RECORD>();
        for record in records {
            number += 1;
            let [digest @ .., of] = record;
            if *digest < before {
                return Err(BadBlocklist::Order(number));
            }
            before = *digest;
            while wanted.next_if(|(wanted, _)| wanted < digest).is_some() {}
            while let Some((_, key)) = wanted.next_if(|(wanted, _)| wanted == digest) {
                found.entry(key).or_insert(Listed::List(*of));
            }
        }
        if !rest.is_empty() {
            return Err(BadBlocklist::Length);
        }
        if length < CHUNK {
            return Ok(found);
        }
    }
}

/// Reads as much as there is and as fits.
fn read_full(list: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match list.read(&mut buffer[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

/// What badkeys knows a key by: the beginning of the SHA-256 of the modulus, of an ECDSA key's x, of a DSA key's y, or
/// of the bytes of an Ed25519 key, each as a big-endian integer. The negative of an Ed25519 point has other bytes.
fn digests(key: &PublicKey) -> Vec<[u8; DIGEST]> {
    let numbers: Vec<Vec<u8>> = match key.fields() {
        Some(Fields::Rsa { modulus, .. }) => vec![modulus.to_vec()],
        Some(Fields::Dsa { power, .. }) => vec![power.to_vec()],
        Some(Fields::Ecdsa { point } | Fields::SkEcdsa { point, .. }) => {
            vec![point.get(1..=(point.len() / 2)).unwrap_or_default().to_vec()]
        }
        Some(
            Fields::Ed25519 { point } | Fields::SkEd25519 { point, .. } | Fields::MlDsa44Ed25519 { point },
        ) => {
            let mut negative = *point;
            negative[31] ^= 0x80;
            vec![point.to_vec(), negative.to_vec()]
        }
        None => Vec::new(),
    };
    let digest = |number: &Vec<u8>| {
        let digest = Sha256::digest(BigUint::from_bytes_be(number).to_bytes_be());
        let mut beginning = [0; DIGEST];
        beginning.copy_from_slice(&digest[..DIGEST]);
        beginning
    };
    numbers.iter().map(digest).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{self, Read};

    use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::{BadBlocklist, CHUNK, find};
    use crate::openssh::PublicKey;
    use crate::openssh::wire::{encode, integer};
    use crate::rules::listed_key::Listed;

    fn key(strings: &[&[u8]]) -> PublicKey {
        PublicKey::new(encode(strings), "").unwrap()
    }

    /// A record of badkeys for a number, by its bytes without zeros before it.
    fn record(number: &[u8], list: u8) -> [u8; 16] {
        let mut record = [list; 16];
        record[..15].copy_from_slice(&Sha256::digest(number)[..15]);
        record
    }

    fn sorted(mut records: Vec<[u8; 16]>) -> Vec<u8> {
        records.sort_unstable();
        records.concat()
    }

    /// One key of each type, with the number that badkeys knows it by.
    fn keys() -> Vec<(PublicKey, Vec<u8>)> {
        let modulus = [vec![0xc3; 200], vec![7; 56]].concat();
        let point = (ED25519_BASEPOINT_POINT + ED25519_BASEPOINT_POINT).compress().to_bytes();
        // Not on the curve, and none the worse for a list; x begins with a zero byte.
        let x = [vec![0], vec![9; 31]].concat();
        let nist = [vec![4], x, vec![8; 32]].concat();
        let dsa = [&[0x91][..], &[5; 127]].concat();
        vec![
            (key(&[b"ssh-rsa", &[1, 0, 1], &integer(&modulus)]), modulus),
            (key(&[b"ssh-ed25519", &point]), point.to_vec()),
            (key(&[b"sk-ssh-ed25519@openssh.com", &point, b"ssh:"]), point.to_vec()),
            (key(&[b"ecdsa-sha2-nistp256", b"nistp256", &nist]), vec![9; 31]),
            (key(&[b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", &nist, b"ssh:"]), vec![9; 31]),
            (key(&[b"ssh-dss", &integer(&dsa), &[101], &[2], &[3]]), vec![3]),
        ]
    }

    fn found(list: &[u8], keys: &[&PublicKey]) -> BTreeMap<usize, Listed> {
        find(list, keys).unwrap()
    }

    #[test]
    fn keys_of_every_type_are_found_as_badkeys_lists_them() {
        for (key, number) in keys() {
            let others = (0_u8..200).map(|other| record(&[other, 1], 1));
            let list = sorted(others.chain([record(&number, 42)]).collect());
            assert_eq!(found(&list, &[&key]), [(0, Listed::List(42))].into(), "{key:?}");
            assert!(found(&sorted(vec![record(b"another", 1)]), &[&key]).is_empty());
        }
    }

    #[test]
    fn a_negative_point_is_found() {
        let point = (ED25519_BASEPOINT_POINT + ED25519_BASEPOINT_POINT).compress().to_bytes();
        let mut negative = point;
        negative[31] ^= 0x80;
        let key = key(&[b"ssh-ed25519", &negative]);
        assert_eq!(found(&record(&point, 3), &[&key]), [(0, Listed::List(3))].into());
    }

    #[test]
    fn fingerprints_are_found_in_any_form_of_line() {
        let keys = keys();
        let [rsa, ed25519] = [&keys[0].0, &keys[1].0];
        let list = format!(
            "# lost in 2026\n\n{}\r\n256 {} ana@laptop (ED25519)",
            rsa.fingerprint(),
            ed25519.fingerprint()
        );
        let found = found(list.as_bytes(), &[ed25519, rsa]);
        assert_eq!(found, [(0, Listed::Line(4)), (1, Listed::Line(3))].into());
    }

    #[test]
    fn a_key_on_a_token_is_found_by_the_key_itself() {
        let keys = keys();
        let list = keys[1].0.fingerprint().to_string();
        assert_eq!(found(list.as_bytes(), &[&keys[2].0]), [(0, Listed::Line(1))].into());
    }

    #[test]
    fn what_is_no_list_is_told() {
        let [one, other] = [record(b"1", 1), record(b"2", 1)];
        let (low, high) = (one.min(other), one.max(other));
        let wrong = |list: &[u8]| find(list, &[]).unwrap_err();
        assert!(matches!(wrong(b""), BadBlocklist::Empty));
        assert!(matches!(wrong(&low[..15]), BadBlocklist::Length));
        assert!(matches!(wrong(&[&low[..], &high[..1]].concat()), BadBlocklist::Length));
        assert!(matches!(wrong(&[high, low].concat()), BadBlocklist::Order(2)));
        assert!(matches!(wrong(b"# mine\nSHA256:short\n"), BadBlocklist::Line(2)));
        assert!(matches!(wrong(b"# mine\nMD5:00:11\n"), BadBlocklist::Line(2)));
        assert!(matches!(wrong(&[&b"#"[..], &vec![b'x'; 100_000]].concat()), BadBlocklist::Line(1)));
        assert!(find(&[low, low, high].concat()[..], &[]).is_ok());
        assert!(find(&b"# nothing yet\n"[..], &[]).is_ok());
    }

    /// A list that ends in the middle of its reading is no shorter list.
    #[test]
    fn an_error_of_reading_is_one() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
        let list = sorted(vec![record(b"1", 1)]);
        assert!(matches!(find((&list[..]).chain(Broken), &[]), Err(BadBlocklist::Io(_))));
    }

    proptest! {
        /// Wherever it stands, also where one reading ends and the next begins.
        #[test]
        fn a_record_is_found_wherever_it_stands(
            count in prop_oneof![0_usize..40, CHUNK / 16 - 2..CHUNK / 16 + 2], which in any::<prop::sample::Index>(),
        ) {
            let (key, number) = &keys()[0];
            let wanted = record(number, 9);
            // Others below and above it, in order.
            let at = which.index(count + 1);
            let [low, high] = [[0; 16], [0xff; 16]];
            let list = [vec![low; at], vec![wanted], vec![high; count - at]].concat().concat();
            prop_assert_eq!(found(&list, &[key]), [(0, Listed::List(9))].into());
        }
    }
}
