//! Private keys in files that are no declarations, and that none names: `cp ~/.ssh/id_ed25519* keys/` brings both
//! halves.

use camino::Utf8PathBuf;
use rayon::prelude::*;

use crate::check::resolve::PublicKeyFiles;
use crate::diagnostics::{Finding, Location};
use crate::rules::private_key;
use crate::source::walk::Files;
use crate::source::{SourceFile, SourceSet};

/// Looks into the beginning of each file. Of one that holds a private key the path alone is kept. What cannot be read
/// is passed over: nothing depends on it.
pub(super) fn check(
    files: &dyn Files,
    others: &[Utf8PathBuf],
    key_files: &PublicKeyFiles,
    sources: &mut SourceSet,
    findings: &mut Vec<Finding>,
) {
    let holds_one = |path: &&Utf8PathBuf| {
        let bytes = files.head(path).unwrap_or_default();
        private_key::holds_one(&String::from_utf8_lossy(&bytes))
    };
    let unnamed = others.par_iter().filter(|path| !key_files.contains_key(*path));
    let found: Vec<_> = unnamed.filter(holds_one).collect();
    for path in found {
        let file = sources.add(SourceFile::of_text(path.clone(), String::new(), Vec::new()));
        findings.push(private_key::lying_about(path.as_str(), Location::File(file)));
    }
}
