//! What can be wrong with a text as YAML, in words that say what to do.

use crate::source::Span;

/// One reason why a text is not YAML that keyplan reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub span: Span,
    pub summary: String,
    /// What is seen at the place itself.
    pub label: String,
    pub help: String,
}

/// Deepest nesting of collections that is read.
pub(super) const MAX_DEPTH: usize = 255;

impl SyntaxError {
    pub(super) fn new(span: Span, summary: &str, label: &str, help: &str) -> Self {
        Self { span, summary: summary.into(), label: label.into(), help: help.into() }
    }
}
