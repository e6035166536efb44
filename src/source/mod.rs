//! Files and what is written in them: walking, text, YAML nodes with byte spans, and the way from
//! a route to the bytes. Only `walk` and `git` do I/O.

mod edit;
mod file;
pub mod git;
mod rewritten;
mod route;
mod span;
pub mod walk;
pub mod yaml;

pub use edit::{Edit, edited};
pub use file::{SourceFile, SourceSet};
pub use route::{Route, Segment};
pub use span::{FileId, Position, SourceSpan, Span};
