//! What can stand at a place.

use gen_lsp_types::CompletionItemKind;

/// What can stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) text: String,
    pub(super) kind: CompletionItemKind,
    /// What it means.
    pub(super) about: Option<String>,
}
