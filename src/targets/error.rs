//! Why a target could not do or see something.

use crate::words::words;

words! {
    /// What kind of error it is, which decides what can be done. From what time alone may mend to what nothing does.
    pub enum TargetErrorKind {
        /// It did not answer, or not in full: nobody knows whether it was done.
        Unreachable = "unreachable",
        /// It is there, and lets nobody in whom it does not know; or it is not known itself.
        Denied = "denied",
        /// What is there is not what was expected: others have changed it.
        Conflict = "conflict",
        /// It was asked, and does not do this.
        Refused = "refused",
        /// It can never do this.
        Unsupported = "unsupported",
    }
}

/// Why a target could not do or see something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct TargetError {
    /// Of several nodes, the kind that is mended last.
    pub kind: TargetErrorKind,
    /// Why, for people.
    pub why: String,
    /// The nodes on which it could not be done, in their order.
    pub nodes: Vec<NodeError>,
}

/// Why something could not be done on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeError {
    /// The user and the node, as in `spectro@10.0.0.11`.
    pub node: String,
    pub kind: TargetErrorKind,
    /// Why, for people.
    pub why: String,
}

impl TargetError {
    /// An error of the target as a whole.
    #[must_use]
    pub fn new(kind: TargetErrorKind, why: impl Into<String>) -> Self {
        Self { kind, why: why.into(), nodes: Vec::new() }
    }

    /// Whether the same may succeed later without anything being done about it.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self.kind {
            TargetErrorKind::Unreachable => true,
            TargetErrorKind::Denied
            | TargetErrorKind::Conflict
            | TargetErrorKind::Refused
            | TargetErrorKind::Unsupported => false,
        }
    }

    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::new(TargetErrorKind::Refused, why)
    }

    pub(super) fn conflict(why: impl Into<String>) -> Self {
        Self::new(TargetErrorKind::Conflict, why)
    }

    pub(super) fn unreachable(why: impl Into<String>) -> Self {
        Self::new(TargetErrorKind::Unreachable, why)
    }
}
