//! Git, for one repository and whatever the environment says of others.

use std::process::{Command, Stdio};

/// Variables that lead git to another repository than the one it is run for, to other objects, or to objects of another
/// format: hooks and scripts set them.
const REDIRECTING: [&str; 14] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_DEFAULT_HASH",
    "GIT_DEFAULT_REF_FORMAT",
];

/// Settings that could run a program.
const SAFE: [&str; 2] = ["core.fsmonitor=false", "core.hooksPath=/dev/null"];

/// A run of the user's git that asks nothing, runs no hook, fetches nothing by itself, speaks these protocols alone
/// (with `:` between), has these settings over those of the user, and says in English what is wrong.
pub(crate) fn git(protocols: &str, settings: &[&str]) -> Command {
    let mut command = Command::new("git");
    for variable in REDIRECTING {
        command.env_remove(variable);
    }
    command
        .env_remove("LANGUAGE")
        .env("LC_ALL", "C")
        .env("GIT_ALLOW_PROTOCOL", protocols)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .args(["--no-pager", "--no-replace-objects", "--literal-pathspecs"])
        .args(SAFE.iter().chain(settings).flat_map(|setting| ["-c", *setting]))
        .stdin(Stdio::null());
    command
}
