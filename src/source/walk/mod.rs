//! The walk below a directory, and the reading of files.
//!
//! Every `*.yaml` and `*.yml` file is found, in path order. Hidden files and folders are passed
//! over. A link that stays inside is passed over too, because what it names is found by its own
//! path, unless that is hidden (as where a configuration map is mounted); a link out of the
//! directory is a problem. Only regular files are listed and opened, so that a pipe cannot hang a run.

mod files;
mod folder;
mod names;
mod overlay;
mod resolve;
#[cfg(test)]
mod sample;
mod texts;
mod top;
mod unreadable;
mod walked;

pub use files::Files;
pub use folder::{Folder, MAX_FILE, MAX_KEY_FILE, MAX_LIST};
pub use overlay::Overlay;
pub use resolve::resolve;
pub use texts::Texts;
pub use top::{SETTINGS, has_settings};
pub use unreadable::Unreadable;
pub use walked::{Walked, look_up};

pub(super) use folder::{HEAD, MOST_BESIDE};
pub(super) use names::is_hidden;
pub(super) use walked::LinkTarget;
