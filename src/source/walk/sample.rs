//! A folder for tests.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

use camino::Utf8PathBuf;

/// A temporary folder with these files, each of one letter.
pub(super) fn folder(files: &[&str]) -> (tempfile::TempDir, Utf8PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
    for file in files {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    (dir, root)
}
