//! A place where something is named.

use crate::diagnostics::Rule;
use crate::model::{Address, Role, UserName};
use crate::source::Span;

/// What can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lsp) enum Symbol {
    Resource(Address),
    User(UserName),
    Role(Role),
    Rule(&'static Rule),
}

/// A place where something is named.
#[derive(Clone, Debug)]
pub(in crate::lsp) struct Occurrence {
    /// The name itself, without quotes.
    pub(in crate::lsp) span: Span,
    pub(in crate::lsp) symbol: Symbol,
    pub(in crate::lsp) is_declaration: bool,
    pub(in crate::lsp) form: Form,
}

/// How a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lsp) enum Form {
    /// Letter for letter, without quotes, and nothing else in the scalar.
    Plain,
    /// Letter for letter, within quotes or behind other text.
    Enclosed,
    /// In another way, such as an alias or with escapes.
    Other,
}
