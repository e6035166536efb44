//! The folder of the target `files`, as it is declared. What is kept there must not be read as declarations,
//! and nothing else of keyplan's may be kept there.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Why files cannot be kept in a folder; nothing when they can. `state` is the folder of the state, if it is kept in one. Links
/// and absolute paths are not seen through here.
#[must_use]
pub fn fault(directory: &str, state: Option<&str>) -> Option<&'static str> {
    if directory.is_empty() || directory.contains("://") || directory.contains('\0') {
        return Some("the files are kept in a folder");
    }
    let directory = tidied(directory.into());
    let is_workspace = directory.as_str().is_empty();
    let is_at = |state: &Utf8PathBuf| directory.starts_with(state) || state.starts_with(&directory);
    if !is_workspace && state.map(|state| tidied(state.into())).as_ref().is_some_and(is_at) {
        return Some("the state is kept there");
    }
    if directory.is_absolute() {
        return None;
    }
    let parts: Vec<_> = directory.components().map(|part| part.as_str()).collect();
    match parts[..] {
        [] => Some("they would be read as declarations"),
        [.., ".."] => Some("the workspace itself lies there"),
        ["..", ..] => None,
        [".git", ..] => Some("git keeps its own files there"),
        [".keyplan"] | [".keyplan", "cache" | "schemas", ..] => Some("keyplan keeps other files there"),
        _ if is_hidden(&directory) => None,
        _ => Some("they would be read as declarations"),
    }
}

/// Whether the walk passes over a folder of the workspace: it, or one that it is in, is hidden.
#[must_use]
pub fn is_hidden(below: &Utf8Path) -> bool {
    below.components().any(|part| matches!(part, Utf8Component::Normal(name) if name.starts_with('.')))
}

/// A path without `.`, and with `..` at its beginning only.
fn tidied(path: &Utf8Path) -> Utf8PathBuf {
    let mut tidy = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if tidy.file_name().is_some() => {
                tidy.pop();
            }
            Utf8Component::ParentDir
            | Utf8Component::Normal(_)
            | Utf8Component::RootDir
            | Utf8Component::Prefix(_) => tidy.push(part),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn files_are_kept_where_nothing_reads_them_as_declarations() {
        for good in
            [".rendered", "a/.b/c", "../rendered", "./.x/", "/srv/git/nodes", ".keyplan/files", "../../a"]
        {
            assert_eq!(fault(good, Some(".keyplan/state")), None, "{good}");
        }
        for (bad, why) in [
            ("", "in a folder"),
            ("s3://bucket/nodes", "in a folder"),
            (".", "as declarations"),
            ("rendered", "as declarations"),
            (".a/../rendered", "as declarations"),
            ("..", "workspace itself"),
            ("../..", "workspace itself"),
            (".git/x", "git keeps"),
            (".keyplan", "state is kept"),
            (".keyplan/state", "state is kept"),
            (".keyplan/state/x", "state is kept"),
            (".keyplan/cache", "other files"),
        ] {
            let found = fault(bad, Some(".keyplan/state")).unwrap_or_else(|| panic!("`{bad}` is taken"));
            assert!(found.contains(why), "{bad}: {found}");
        }
        assert!(fault(".keyplan", Some("/srv/state")).is_some());
        assert!(fault("/srv/state/x", Some("/srv/state")).is_some());
        assert!(fault("../a/b", Some("../a")).is_some());
    }
}
