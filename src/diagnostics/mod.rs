//! Findings and the rules that make them. Nothing here prints, and nothing reads a file.

mod finding;
mod nearest;
mod quoted;
mod rule;
mod text;

pub use finding::{Finding, Label, Where};
pub use nearest::nearest;
pub use quoted::{is_hidden, quoted, visible};
pub use rule::{Rule, Severity};
pub use text::LocatedText;
