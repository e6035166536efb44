//! Where a workspace begins.

use camino::Utf8Path;

/// The files that may hold the settings of a workspace, at its top.
pub const SETTINGS: [&str; 2] = ["keyplan.yaml", "keyplan.yml"];

/// Whether a folder has the settings of a workspace, and so is the top of one.
#[must_use]
pub fn has_settings(folder: &Utf8Path) -> bool {
    SETTINGS.iter().any(|file| folder.join(file).symlink_metadata().is_ok())
}
