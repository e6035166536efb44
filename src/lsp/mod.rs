//! The language server: an editor sends what is typed, and asks about it.
//!
//! One thread reads messages, another answers them in their order. All that wait are taken at a time, and the
//! workspaces are checked once after the last of them: so no clock is needed to keep up with a keyboard. A check is the
//! check of `keyplan validate`, on the folder with the texts of the editor in place of what is saved.

mod actions;
mod answers;
mod completion;
mod documents;
mod editor;
mod findings;
mod host;
mod hover;
mod index;
mod initialize;
mod links;
mod message;
mod navigation;
mod notifications;
mod params;
mod position;
mod rename;
mod requests;
mod serve;
mod server;
mod session;
mod uri;
mod workspace;

pub use host::Host;
pub use position::{Encoding, Lines};
pub use serve::{End, ServeError, serve};
