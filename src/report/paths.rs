//! Paths as the caller can open them.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostics::visible;

/// The way from the caller's directory to a workspace.
#[derive(Clone, Debug)]
pub struct Shown {
    prefix: Utf8PathBuf,
}

impl Shown {
    /// Files of the workspace at `root`, which is relative to the caller's directory or absolute.
    #[must_use]
    pub fn below(root: &Utf8Path) -> Self {
        let parts = root.components().filter(|part| *part != camino::Utf8Component::CurDir);
        Self { prefix: parts.collect() }
    }

    /// A path below the workspace, from the working directory, with every character visible.
    #[must_use]
    pub fn path(&self, path: &Utf8Path) -> String {
        visible(self.prefix.join(path).as_str())
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::Shown;

    #[test]
    fn is_what_the_caller_typed_and_no_more() {
        for (root, shown) in
            [(".", "a/b.yaml"), ("x", "x/a/b.yaml"), ("./x/", "x/a/b.yaml"), ("/x", "/x/a/b.yaml")]
        {
            assert_eq!(Shown::below(Utf8Path::new(root)).path(Utf8Path::new("a/b.yaml")), shown);
        }
    }
}
