//! The variables of the environment.

/// A variable; nothing where it is empty.
#[expect(clippy::disallowed_methods, reason = "the environment is read by `cli`")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
