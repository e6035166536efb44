//! Findings and the rules that make them. Nothing here prints, and nothing reads a file.

mod finding;
mod quoted;
mod rule;
mod text;

pub use finding::{Finding, Label, Where};
pub use quoted::{is_plain, quoted};
pub use rule::{Rule, Severity};
pub use text::LocatedText;
