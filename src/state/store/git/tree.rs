//! A folder of a commit, as git keeps it.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A regular file, and the name of its content.
    File(Box<str>),
    Folder(Box<str>),
    /// A link, a submodule, or a program.
    Other,
}

/// The names in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree(pub(super) BTreeMap<Box<str>, Node>);

/// How long the name of an object is, in bytes: it is its SHA-1.
const ID: usize = 20;

impl Tree {
    /// Reads the object of a folder; nothing when it is torn. A name that is not UTF-8 is none of a state.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut nodes = BTreeMap::new();
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == 0)?;
            let (entry, rest) = bytes.split_at(end);
            let space = entry.iter().position(|byte| *byte == b' ')?;
            let (mode, name) = (&entry[..space], String::from_utf8_lossy(&entry[space + 1..]));
            let id = HEXLOWER.encode(rest.get(1..=ID)?).into_boxed_str();
            let node = match mode {
                b"100644" => Node::File(id),
                b"40000" => Node::Folder(id),
                _ => Node::Other,
            };
            nodes.insert(name.into(), node);
            bytes = &rest[1 + ID..];
        }
        Some(Self(nodes))
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, Tree};

    #[test]
    fn each_kind_of_entry_is_known() {
        let id = [0xab; 20];
        let entries: [&[u8]; 5] =
            [b"100644 a.json", b"40000 log", b"120000 link", b"160000 module", b"100755 \xff"];
        let bytes: Vec<u8> = entries.iter().flat_map(|entry| [*entry, &[0], &id].concat()).collect();
        let hex: Box<str> = "ab".repeat(20).into();
        let expected = [
            ("a.json", Node::File(hex.clone())),
            ("link", Node::Other),
            ("log", Node::Folder(hex)),
            ("module", Node::Other),
            ("\u{fffd}", Node::Other),
        ];
        let tree = Tree::read(&bytes).unwrap();
        assert_eq!(tree, Tree(expected.map(|(name, node)| (name.into(), node)).into()));
        for cut in 1..bytes.len() {
            let whole = entries.iter().scan(0, |at, entry| {
                *at += entry.len() + 21;
                Some(*at)
            });
            let is_whole = whole.into_iter().any(|end| end == cut);
            assert_eq!(Tree::read(&bytes[..cut]).is_some(), is_whole, "{cut}");
        }
    }
}
