//! The managed block in a file of authorized keys: what keyplan owns, and what it never touches.
//!
//! A file is a list of parts: blocks between our two markers, and the bytes between them, which are
//! foreign. Those are kept byte for byte, whatever they are; only a line end may be added to the last one.
//! What is written is read again before it leaves.
//!
//! A block says for which logins it is there, each in a comment of its own. Two names may lead to one file: then
//! its block has both, and whoever takes one of them away leaves what the other one needs.

use std::collections::BTreeSet;

use super::line::{is_wide, keys_of, without_end};
use crate::model::Address;
use crate::openssh::Fingerprint;

const BEGIN: &str = "# BEGIN MANAGED BY keyplan ";
const END: &str = "# END MANAGED BY keyplan ";
/// Begins a comment in a block: it is there for this login.
const FOR: &str = "# for ";

/// A file of authorized keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyFile {
    parts: Vec<Part>,
}

/// A part of the file with all its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Foreign(Vec<u8>),
    Block { cluster: Address, bytes: Vec<u8> },
}

/// Why a file cannot be edited: a marker without its other half. Where the block ends nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of authorized_keys is a marker of keyplan without its other half: mend it by hand")]
pub struct BlockError {
    /// The line of the marker, from 1.
    pub line: usize,
}

impl KeyFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When a marker has no other half.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, BlockError> {
        let mut parts: Vec<Part> = Vec::new();
        // The cluster, the line and the bytes of a block that has not ended yet.
        let mut open: Option<(Address, usize, Vec<u8>)> = None;
        for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let torn = Err(BlockError { line: number + 1 });
            match (marker(line), open.as_mut()) {
                (Some(Marker::Begin(cluster)), None) => open = Some((cluster, number + 1, line.to_vec())),
                (Some(Marker::End(cluster)), Some((begun, _, block))) if *begun == cluster => {
                    block.extend_from_slice(line);
                    parts.extend(open.take().map(|(cluster, _, bytes)| Part::Block { cluster, bytes }));
                }
                (Some(_), _) => return torn,
                (None, Some((_, _, block))) => block.extend_from_slice(line),
                (None, None) => match parts.last_mut() {
                    Some(Part::Foreign(bytes)) => bytes.extend_from_slice(line),
                    Some(Part::Block { .. }) | None => parts.push(Part::Foreign(line.to_vec())),
                },
            }
        }
        match open {
            Some((_, line, _)) => Err(BlockError { line }),
            None => Ok(Self { parts }),
        }
    }

    /// All bytes of the file.
    #[must_use]
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let bytes = self.parts.iter().map(|part| match part {
            Part::Foreign(bytes) | Part::Block { bytes, .. } => bytes.as_slice(),
        });
        bytes.collect::<Vec<_>>().concat()
    }

    /// The lines of a cluster's blocks without their ends, but for those that say for which logins they are;
    /// nothing when it has none. Two blocks of one cluster are read as one.
    #[must_use]
    pub(super) fn block(&self, cluster: &Address) -> Option<Vec<&[u8]>> {
        let lines = self.all_lines(cluster)?;
        Some(lines.into_iter().filter(|line| !line.starts_with(FOR.as_bytes())).collect())
    }

    /// The logins for which a cluster has a block.
    #[must_use]
    pub(super) fn is_for(&self, cluster: &Address) -> BTreeSet<String> {
        let lines = self.all_lines(cluster).unwrap_or_default().into_iter();
        let logins = lines.filter_map(|line| std::str::from_utf8(line.strip_prefix(FOR.as_bytes())?).ok());
        logins.map(str::to_owned).collect()
    }

    fn all_lines(&self, cluster: &Address) -> Option<Vec<&[u8]>> {
        let mut found = None;
        for part in &self.parts {
            if let Part::Block { cluster: of, bytes } = part
                && of == cluster
            {
                found.get_or_insert_with(Vec::new).extend(inner(bytes));
            }
        }
        found
    }

    /// The clusters that have a block.
    #[must_use]
    pub(super) fn clusters(&self) -> BTreeSet<&Address> {
        let blocks = self.parts.iter().filter_map(|part| match part {
            Part::Block { cluster, .. } => Some(cluster),
            Part::Foreign(_) => None,
        });
        blocks.collect()
    }

    /// Whether a cluster has one block with exactly these lines.
    #[must_use]
    pub(super) fn has_exactly(&self, cluster: &Address, lines: &[String]) -> bool {
        let blocks = self
            .parts
            .iter()
            .filter(|part| matches!(part, Part::Block { cluster: of, .. } if of == cluster))
            .count();
        blocks == 1
            && self.block(cluster).is_some_and(|found| {
                found.len() == lines.len()
                    && found.iter().zip(lines).all(|(found, line)| *found == line.as_bytes())
            })
    }

    /// The lines outside of blocks without their ends, each with its number from 1.
    pub(super) fn numbered_foreign(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let mut before = 0;
        self.parts.iter().flat_map(move |part| {
            let (bytes, is_foreign) = match part {
                Part::Foreign(bytes) => (bytes, true),
                Part::Block { bytes, .. } => (bytes, false),
            };
            let first = before + 1;
            before += lines(bytes).count();
            (first..).zip(lines(bytes)).filter(move |_| is_foreign)
        })
    }

    /// The lines outside of blocks, with their ends.
    pub(super) fn foreign(&self) -> impl Iterator<Item = &[u8]> {
        let foreign = self.parts.iter().filter_map(|part| match part {
            Part::Foreign(bytes) => Some(bytes),
            Part::Block { .. } => None,
        });
        foreign.flat_map(|bytes| bytes.split_inclusive(|byte| *byte == b'\n'))
    }

    /// Gives a cluster one block with these lines, for these logins: where its first one is, or else at the end.
    pub(super) fn put(&mut self, cluster: &Address, lines: &[String], logins: &BTreeSet<String>) {
        let bytes = block(cluster, lines, logins);
        let mut is_put = false;
        self.parts.retain_mut(|part| match part {
            Part::Block { cluster: of, bytes: old } if of == cluster => {
                if !is_put {
                    old.clone_from(&bytes);
                }
                !std::mem::replace(&mut is_put, true)
            }
            Part::Block { .. } | Part::Foreign(_) => true,
        });
        if !is_put {
            // The last line may have no end: then our first marker would become a part of it.
            if let Some(Part::Foreign(last) | Part::Block { bytes: last, .. }) = self.parts.last_mut()
                && !last.ends_with(b"\n")
            {
                last.push(b'\n');
            }
            self.parts.push(Part::Block { cluster: cluster.clone(), bytes });
        }
    }

    /// Takes away every block of a cluster.
    pub(super) fn remove(&mut self, cluster: &Address) {
        self.parts.retain(|part| !matches!(part, Part::Block { cluster: of, .. } if of == cluster));
    }

    /// Whether a line lets a key in from anywhere to run anything. A foreign line that
    /// expires may have done so; of ours it is known that it has not.
    #[must_use]
    pub(super) fn lets_in(&self, key: &Fingerprint) -> bool {
        self.parts.iter().any(|part| {
            let (bytes, is_ours) = match part {
                Part::Foreign(bytes) => (bytes, false),
                Part::Block { bytes, .. } => (bytes, true),
            };
            lines(bytes).any(|line| keys_of(line).contains(key) && is_wide(line, is_ours))
        })
    }
}

/// The bytes of a block.
fn block(cluster: &Address, lines: &[String], logins: &BTreeSet<String>) -> Vec<u8> {
    let (begin, end) = (format!("{BEGIN}{cluster}"), format!("{END}{cluster}"));
    let logins: Vec<_> = logins.iter().map(|login| format!("{FOR}{login}")).collect();
    let all = std::iter::once(&begin).chain(&logins).chain(lines).chain([&end]);
    all.map(|line| format!("{line}\n")).collect::<Vec<_>>().concat().into_bytes()
}

enum Marker {
    Begin(Address),
    End(Address),
}

fn marker(line: &[u8]) -> Option<Marker> {
    let line = std::str::from_utf8(without_end(line)).ok()?;
    let cluster = |text| Address::parse(text).filter(|address| matches!(address, Address::Cluster(..)));
    match line.strip_prefix(BEGIN) {
        Some(rest) => cluster(rest).map(Marker::Begin),
        None => line.strip_prefix(END).and_then(cluster).map(Marker::End),
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(without_end)
}

/// The lines between the markers of a block.
fn inner(block: &[u8]) -> Vec<&[u8]> {
    let all: Vec<_> = lines(block).collect();
    all.get(1..all.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{BlockError, KeyFile};
    use crate::model::Address;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    fn cluster(name: &str) -> Address {
        Address::parse(&format!("cluster/payments/{name}")).unwrap()
    }

    fn line() -> Vec<String> {
        vec![format!("{KEY} key/payments/ops")]
    }

    fn logins() -> std::collections::BTreeSet<String> {
        ["spectro@n1".to_owned()].into()
    }

    fn edited(before: &[u8], edit: impl FnOnce(&mut KeyFile)) -> String {
        let mut file = KeyFile::parse(before).unwrap();
        edit(&mut file);
        String::from_utf8(file.to_bytes()).unwrap()
    }

    #[test]
    fn a_block_comes_last_and_stays_where_it_is() {
        let after = edited(b"one\ntwo", |file| file.put(&cluster("eu"), &line(), &logins()));
        let block = format!(
            "# BEGIN MANAGED BY keyplan cluster/payments/eu\n# for spectro@n1\n{KEY} key/payments/ops\n\
             # END MANAGED BY keyplan cluster/payments/eu\n"
        );
        assert_eq!(after, format!("one\ntwo\n{block}"));
        let longer = format!("{after}three");
        assert_eq!(edited(longer.as_bytes(), |file| file.put(&cluster("eu"), &line(), &logins())), longer);
        assert_eq!(edited(longer.as_bytes(), |file| file.remove(&cluster("eu"))), "one\ntwo\nthree");
        let two = edited(longer.as_bytes(), |file| file.put(&cluster("us"), &line(), &logins()));
        assert_eq!(two, format!("{longer}\n{}", block.replace("/eu", "/us")));
    }

    #[test]
    fn two_blocks_of_one_cluster_become_one() {
        let once = edited(b"one\n", |file| file.put(&cluster("eu"), &line(), &logins()));
        let twice = format!("{once}two\n{}", &once[4..]);
        assert!(!KeyFile::parse(twice.as_bytes()).unwrap().has_exactly(&cluster("eu"), &line()));
        assert_eq!(
            edited(twice.as_bytes(), |file| file.put(&cluster("eu"), &line(), &logins())),
            format!("{once}two\n")
        );
    }

    #[test]
    fn line_ends_of_another_system_are_read() {
        let dos = edited(b"one\n", |file| file.put(&cluster("eu"), &line(), &logins())).replace('\n', "\r\n");
        let file = KeyFile::parse(dos.as_bytes()).unwrap();
        assert!(file.has_exactly(&cluster("eu"), &line()));
        assert_eq!(edited(dos.as_bytes(), |file| file.remove(&cluster("eu"))), "one\r\n");
    }

    #[test]
    fn a_marker_without_its_other_half_is_refused() {
        for (text, line) in [
            ("a\n# BEGIN MANAGED BY keyplan cluster/p/c\nb\n", 2),
            ("# END MANAGED BY keyplan cluster/p/c", 1),
            ("# BEGIN MANAGED BY keyplan cluster/p/c\n# END MANAGED BY keyplan cluster/p/d\n", 2),
            ("# BEGIN MANAGED BY keyplan cluster/p/c\n# BEGIN MANAGED BY keyplan cluster/p/c\n", 2),
        ] {
            assert_eq!(KeyFile::parse(text.as_bytes()), Err(BlockError { line }), "{text}");
        }
        // These are foreign comments.
        for text in ["# BEGIN MANAGED BY keyplan key/p/c\n", " # BEGIN MANAGED BY keyplan cluster/p/c\n"] {
            assert!(KeyFile::parse(text.as_bytes()).unwrap().clusters().is_empty(), "{text}");
        }
    }

    /// Any bytes, with our markers and line ends more often than chance would have them.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            vec(any::<u8>(), 0..12),
            Just(b"\n".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"\n# BEGIN MANAGED BY keyplan cluster/payments/eu\n".to_vec()),
            Just(b"\n# END MANAGED BY keyplan cluster/payments/eu\n".to_vec()),
            Just(b"\n# BEGIN MANAGED BY keyplan cluster/payments/us\nx\n# END MANAGED BY keyplan cluster/payments/us\n".to_vec()),
            Just(b"ssh-ed25519 AAAA x".to_vec()),
        ];
        vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn foreign(file: &KeyFile) -> Vec<u8> {
        file.foreign().collect::<Vec<_>>().concat()
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_back(bytes in bytes()) {
            if let Ok(file) = KeyFile::parse(&bytes) {
                prop_assert_eq!(file.to_bytes(), bytes);
            }
        }

        #[test]
        fn foreign_bytes_are_kept(bytes in bytes()) {
            let Ok(before) = KeyFile::parse(&bytes) else { return Ok(()) };
            for lines in [Vec::new(), line()] {
                let mut file = before.clone();
                file.put(&cluster("eu"), &lines, &logins());
                let written = file.to_bytes();
                let after = KeyFile::parse(&written).unwrap();
                prop_assert!(after.has_exactly(&cluster("eu"), &lines));
                let (kept, old) = (foreign(&after), foreign(&before));
                prop_assert!(kept == old || kept == [old, b"\n".to_vec()].concat());
                prop_assert_eq!(after.block(&cluster("us")), before.block(&cluster("us")));
                // Again changes nothing.
                let mut again = after.clone();
                again.put(&cluster("eu"), &lines, &logins());
                prop_assert_eq!(again.to_bytes(), written);
                let mut gone = after;
                gone.remove(&cluster("eu"));
                prop_assert!(KeyFile::parse(&gone.to_bytes()).unwrap().block(&cluster("eu")).is_none());
                prop_assert_eq!(foreign(&gone), kept);
            }
        }
    }
}
