//! Findings and the rules that make them, and how one is drawn. Nothing here prints, and nothing
//! reads a file.

mod excerpt;
mod finding;
mod fix;
mod located;
mod location;
mod quoted;
mod secret;
mod text;

pub use crate::model::{Suggestion, did_you_mean, has_weight, is_plain, nearest, suggestion};
pub use excerpt::Excerpt;
pub use finding::{Check, Finding, Label, Rule, Severity};
pub use fix::{Applicability, Change, Fix, LocatedFix};
pub use located::{Diagnostic, place_of};
pub use location::Location;
pub use quoted::{is_printable_ascii, quoted, visible, visible_lines};
pub(crate) use secret::{may_be_secret, secret_words, without_secrets};
pub use text::LocatedText;
