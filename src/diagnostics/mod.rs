//! Findings and the rules that make them, and how one is drawn. Nothing here prints, and nothing
//! reads a file.

mod excerpt;
mod finding;
mod located;
mod quoted;
mod rule;
mod secret;
mod text;

pub use crate::model::nearest;
pub use crate::model::{has_weight, is_plain};
pub use excerpt::Report;
pub use finding::{Finding, Label, Location};
pub use located::{Diagnostic, place_of};
pub use quoted::{is_printable_ascii, quoted, visible, visible_lines};
pub use rule::{Rule, Severity};
pub(crate) use secret::{may_be_secret, secret_words, without_secrets};
pub use text::LocatedText;
