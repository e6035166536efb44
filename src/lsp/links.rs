//! Paths through links: a client writes a file in one way, and another, or the command line, in another way.

use camino::{Utf8Path, Utf8PathBuf};

/// The path of a folder without links, as far as it is there.
pub(super) fn real_folder(folder: &Utf8Path) -> Utf8PathBuf {
    let real =
        |there: &Utf8Path| Some(below(&there.canonicalize_utf8().ok()?, folder.strip_prefix(there).ok()?));
    folder.ancestors().find_map(real).unwrap_or_else(|| folder.to_owned())
}

/// The path of a file in its folder without links. A file that is a link itself is another file than what it names.
pub(super) fn real_file(path: &Utf8Path) -> Utf8PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => real_folder(folder).join(name),
        _ => path.to_owned(),
    }
}

/// How a client would write the folder `root`, which has no links in its path, where it writes `real` as `written`.
pub(super) fn written_root(root: &Utf8Path, (written, real): (&Utf8Path, &Utf8Path)) -> Option<Utf8PathBuf> {
    let folder = if let Ok(inside) = root.strip_prefix(real) {
        below(written, inside)
    } else {
        let inside = real.strip_prefix(root).ok()?;
        written.ancestors().nth(inside.components().count())?.to_owned()
    };
    let is_root = folder == root || folder.canonicalize_utf8().is_ok_and(|real| real == root);
    is_root.then_some(folder)
}

/// Nothing is joined as nothing: it would leave a separator.
fn below(folder: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    if path.as_str().is_empty() { folder.to_owned() } else { folder.join(path) }
}

#[cfg(unix)]
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make folders")]
mod tests {
    use std::fs;

    use camino::{Utf8Path, Utf8PathBuf};

    use super::{real_file, real_folder, written_root};

    /// `real/w/sub` and `link`, which names `real`.
    fn folders() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let top = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        fs::create_dir_all(top.join("real/w/sub")).unwrap();
        std::os::unix::fs::symlink("real", top.join("link")).unwrap();
        (folder, top)
    }

    #[test]
    fn links_are_resolved_as_far_as_there_is_something() {
        let (_folder, top) = folders();
        for (given, real) in
            [("link", "real"), ("link/w", "real/w"), ("link/new/a", "real/new/a"), ("new", "new")]
        {
            let given = top.join(given);
            assert_eq!(real_folder(&given).as_str(), top.join(real).as_str());
            assert_eq!(real_file(&given.join("a.yaml")).as_str(), top.join(real).join("a.yaml").as_str());
        }
        assert_eq!(real_file(&top.join("link")), top.join("link"), "the link itself");
    }

    #[test]
    fn a_root_is_written_as_what_is_above_and_below_it() {
        let (_folder, top) = folders();
        let root = top.join("real/w");
        let written = |written: &str, real: &str| {
            let written = written_root(&root, (&top.join(written), &top.join(real)));
            written.map(|path| path.strip_prefix(&top).unwrap().as_str().to_owned())
        };
        for (one, real, expected) in [
            ("link", "real", Some("link/w")),
            ("link/w", "real/w", Some("link/w")),
            ("link/w/sub/a.yaml", "real/w/sub/a.yaml", Some("link/w")),
            ("real/w/a.yaml", "real/w/a.yaml", Some("real/w")),
            ("elsewhere", "real", None),
            ("other/a.yaml", "real/w/sub/a.yaml", None),
            ("link/v", "real/v", None),
        ] {
            assert_eq!(written(one, real).as_deref(), expected, "{one}");
        }
        let top_of_all = Utf8Path::new("/");
        let written = written_root(top_of_all, (&top.join("link"), &top.join("real")));
        assert_eq!(written.as_deref(), Some(top_of_all));
    }
}
