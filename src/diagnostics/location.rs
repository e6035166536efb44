//! Places that findings speak of.

use crate::model::{DocumentId, NodeAddress, Subject};
use crate::source::{FileId, Route, SourceSpan};

/// Where a label points. Rules speak in routes; `source` finds the bytes when the finding is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Bytes of a file.
    Bytes(SourceSpan),
    /// The value at a route of a document.
    Value(DocumentId, Route),
    /// The name of the last field of a route of a document.
    Key(DocumentId, Route),
    /// Bytes `start..end` of the decoded text of the scalar at a route of a document.
    Within(DocumentId, Route, std::ops::Range<usize>),
    /// The item of `spec.members` of a document that names this user or team.
    Member(DocumentId, Subject),
    /// The item of `spec.nodes` of a document that names this node.
    Node(DocumentId, NodeAddress),
    /// A file as a whole: no excerpt is shown.
    File(FileId),
}
