//! Findings and the rules that make them. Nothing here prints, and nothing reads a file.

mod finding;
mod rule;
mod text;

pub use finding::{Finding, Label, Where};
pub use rule::{Rule, Severity};
pub use text::LocatedText;
