//! Paths of the command line, as short as they can be from where keyplan was called: so they can be opened, and
//! so they are shown.
#![expect(clippy::disallowed_methods, reason = "the command line is read by `cli`")]

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// The same place: below the current directory if it is there, and otherwise as it was given.
pub(super) fn from_here(path: Utf8PathBuf) -> Utf8PathBuf {
    let turns_back = path.components().any(|part| part == Utf8Component::ParentDir);
    if !path.is_absolute() && !turns_back {
        return path;
    }
    let here = std::env::current_dir().ok().and_then(|here| Utf8PathBuf::from_path_buf(here).ok());
    // At the top everything is below, and services are started there: their messages keep whole paths.
    let here = here.filter(|here| here.parent().is_some());
    here.and_then(|here| below(&here, &path, turns_back)).unwrap_or(path)
}

fn below(here: &Utf8Path, path: &Utf8Path, turns_back: bool) -> Option<Utf8PathBuf> {
    let as_given = if turns_back { None } else { path.strip_prefix(here).ok().map(Utf8Path::to_owned) };
    // Through a link `..` leads elsewhere: only the folder itself tells.
    let real = || {
        let (here, path) = (here.canonicalize_utf8().ok()?, path.canonicalize_utf8().ok()?);
        path.strip_prefix(here).ok().map(Utf8Path::to_owned)
    };
    let below = as_given.or_else(real)?;
    Some(if below.as_str().is_empty() { ".".into() } else { below })
}

/// A path of the command line, from where keyplan was called.
pub(super) fn in_directory(directory: Option<&Utf8Path>, path: &Utf8Path) -> Utf8PathBuf {
    from_here(directory.map_or_else(|| path.to_owned(), |directory| directory.join(path)))
}
