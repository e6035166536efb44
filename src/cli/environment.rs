//! The variables of the environment.

use camino::Utf8PathBuf;

/// A variable; nothing where it is empty.
#[expect(clippy::disallowed_methods, reason = "the environment is read by `cli`")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folder for what may be deleted at any time.
pub(super) fn caches() -> Option<Utf8PathBuf> {
    let absolute = |name: &str| variable(name).map(Utf8PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
}
