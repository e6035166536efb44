//! Where a workspace is in its repository, for those who read a report beside the files.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::environment::variable;
use crate::report::paths::RepositoryPaths;

/// Where CI services say that they keep the files of a repository.
const TOPS: [&str; 2] = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"];

/// Paths from the top of the repository that a workspace is in; where there is none, from the caller's directory, or
/// from the workspace if that is elsewhere.
pub(super) fn repository_paths(workspace: &Utf8Path) -> RepositoryPaths {
    let is_below = |part| matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir);
    let from_here =
        || if workspace.components().all(is_below) { workspace.to_owned() } else { Utf8PathBuf::new() };
    RepositoryPaths::below(prefix(workspace, variable).unwrap_or_else(from_here))
}

fn prefix(workspace: &Utf8Path, variable: impl Fn(&str) -> Option<String>) -> Option<Utf8PathBuf> {
    let workspace = workspace.canonicalize_utf8().ok()?;
    let mut said = TOPS.iter().filter_map(|name| Utf8PathBuf::from(variable(name)?).canonicalize_utf8().ok());
    let said = said.find_map(|top| workspace.strip_prefix(top).ok().map(Utf8Path::to_owned));
    said.or_else(|| {
        let top = workspace.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())?;
        workspace.strip_prefix(top).ok().map(Utf8Path::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use camino::{Utf8Path, Utf8PathBuf};

    use super::prefix;
    use crate::cli::man_pages::ENVIRONMENT;
    use crate::durable::create_folders;

    fn folder_with(folders: &[&str]) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        for path in folders {
            create_folders(&root.join(path)).unwrap();
        }
        (folder, root)
    }

    #[test]
    fn the_service_says_it_then_git_does() {
        let (_folder, root) = folder_with(&["repo/.git", "repo/a/access/x", "other"]);
        let of = |workspace: &str, name: &'static str, top: &str| {
            let top = root.join(top).to_string();
            prefix(&root.join(workspace), |asked| (asked == name).then(|| top.clone()))
        };
        for (workspace, name, top, expected) in [
            ("repo/a/access", "", "", "a/access"),
            ("repo", "", "", ""),
            ("repo/a/access", "GITHUB_WORKSPACE", "repo/a", "access"),
            ("repo/a/access", "CI_PROJECT_DIR", "repo", "a/access"),
            ("repo/a/access", "GITHUB_WORKSPACE", "other", "a/access"),
            ("repo/a/access", "GITHUB_WORKSPACE", "missing", "a/access"),
            ("repo/a/access/x/..", "", "", "a/access"),
        ] {
            assert_eq!(
                of(workspace, name, top).unwrap(),
                Utf8Path::new(expected),
                "{workspace} {name} {top}"
            );
        }
        assert_eq!(of("missing", "", ""), None);
    }

    #[test]
    fn every_variable_is_in_the_manual() {
        for name in super::TOPS {
            assert!(ENVIRONMENT.iter().any(|(names, _)| names.split(", ").any(|listed| listed == name)));
        }
    }
}
