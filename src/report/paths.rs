//! Paths as the caller can open them, and as a forge names them.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::diagnostics::visible;

/// The way from the caller's directory to a workspace.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The git revision that the files are of, before a colon.
    revision: Option<String>,
    prefix: Utf8PathBuf,
}

impl Shown {
    /// Files of the workspace at `root`, which is relative to the caller's directory or absolute.
    #[must_use]
    pub fn below(root: &Utf8Path) -> Self {
        let parts = root.components().filter(|part| *part != Utf8Component::CurDir);
        Self { revision: None, prefix: parts.collect() }
    }

    /// Files of a workspace at a git revision, as git names them: `prefix` is its place in the repository.
    #[must_use]
    pub fn at_revision(revision: &str, prefix: &str) -> Self {
        Self { revision: Some(revision.into()), prefix: prefix.into() }
    }

    /// A path below the workspace, from the working directory, with every character visible.
    #[must_use]
    pub fn path(&self, path: &Utf8Path) -> String {
        let path = self.prefix.join(path);
        match &self.revision {
            Some(revision) => visible(&format!("{revision}:{path}")),
            None => visible(path.as_str()),
        }
    }
}

/// The way from the top of a repository to a workspace. Forges and CI servers name files so, wherever a job was
/// started.
#[derive(Clone, Debug)]
pub struct RepositoryPaths {
    prefix: Utf8PathBuf,
}

impl RepositoryPaths {
    /// Files of the workspace at `prefix` below the top; empty when it is the top.
    #[must_use]
    pub fn below(prefix: impl Into<Utf8PathBuf>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// A path below the workspace, from the top of the repository, with `/` and as it is; `.` for the top itself.
    #[must_use]
    pub fn path(&self, path: &Utf8Path) -> String {
        let parts = self.prefix.components().chain(path.components());
        let parts = parts.filter(|part| *part != Utf8Component::CurDir).map(|part| part.as_str());
        let path = parts.collect::<Vec<_>>().join("/");
        if path.is_empty() { ".".into() } else { path }
    }

    /// The same for people: shown from the top of the repository.
    #[must_use]
    pub fn shown(&self) -> Shown {
        Shown::below(&self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::{RepositoryPaths, Shown};

    #[test]
    fn from_the_top_of_the_repository() {
        for (prefix, path, expected) in [
            ("", "a/b.yaml", "a/b.yaml"),
            ("x/y", "a/b.yaml", "x/y/a/b.yaml"),
            ("x", ".", "x"),
            ("", ".", "."),
            ("", "a b#%,.yaml", "a b#%,.yaml"),
        ] {
            assert_eq!(RepositoryPaths::below(prefix).path(Utf8Path::new(path)), expected);
        }
    }

    #[test]
    fn at_a_revision_is_what_git_show_takes() {
        let path = |prefix| Shown::at_revision("origin/main", prefix).path(Utf8Path::new("a/b.yaml"));
        assert_eq!(path(""), "origin/main:a/b.yaml");
        assert_eq!(path("x/y"), "origin/main:x/y/a/b.yaml");
    }

    #[test]
    fn is_what_the_caller_typed_and_no_more() {
        for (root, shown) in
            [(".", "a/b.yaml"), ("x", "x/a/b.yaml"), ("./x/", "x/a/b.yaml"), ("/x", "/x/a/b.yaml")]
        {
            assert_eq!(Shown::below(Utf8Path::new(root)).path(Utf8Path::new("a/b.yaml")), shown);
        }
    }
}
