//! Where a resource was declared.

/// The number of a file and of a document in it: enough for `source` to find every byte again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId {
    /// The file, in path order.
    pub file: u32,
    /// The document in that file, from 0.
    pub document: u32,
}
