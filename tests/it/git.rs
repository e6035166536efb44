//! Git repositories in temporary folders, made by git itself.

use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};

use crate::support::{Workspace, command, skipped, stderr, stdout};

pub(crate) const ACCESS: &str = include_str!("../fixtures/documentation/payments/access.yaml");
pub(crate) const CLUSTERS: &str = include_str!("../fixtures/documentation/payments/clusters.yaml");

/// A repository with a work tree.
pub(crate) struct Repository {
    pub(crate) files: Workspace,
}

impl Repository {
    /// A repository with these files in its first commit, on `main`; nothing where there is no git.
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Option<Self> {
        let has_git = Command::new("git").arg("version").output().is_ok_and(|output| output.status.success());
        if !has_git {
            skipped("there is no git");
            return None;
        }
        let repository = Self { files: Workspace::with(files) };
        repository.git(&["init", "-q", "-b", "main", "."]);
        repository.commit();
        Some(repository)
    }

    pub(crate) fn root(&self) -> &Utf8Path {
        &self.files.root
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.files.write(path, text.as_bytes());
    }

    /// Commits all that is there.
    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "Change"]);
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(self.root(), args)
    }
}

/// Runs git in a folder with no settings but these, and gives what it prints.
pub(crate) fn git(folder: &Utf8Path, args: &[&str]) -> String {
    let output = try_git(folder, args);
    assert!(output.status.success(), "git {args:?}: {}", stderr(&output));
    stdout(&output).trim_end().to_owned()
}

pub(crate) fn try_git(folder: &Utf8Path, args: &[&str]) -> Output {
    let settings = ["user.name=ana", "user.email=ana@example.com", "protocol.file.allow=always"];
    let mut command = Command::new("git");
    command.current_dir(folder).env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command.args(settings.iter().flat_map(|setting| ["-c", setting])).args(args).output().unwrap()
}

/// The place of a clone beside a repository.
pub(crate) fn clone(server: &Repository, folder: &Workspace, options: &[&str]) -> Utf8PathBuf {
    let url = format!("file://{}", server.root());
    git(&folder.root, &[&["clone", "-q"], options, &[&url, "clone"]].concat());
    folder.root.join("clone")
}

/// Runs keyplan in a folder of a repository, and gives how it ended and all that it printed.
pub(crate) fn keyplan(folder: &Utf8Path, args: &[&str]) -> (Option<i32>, String) {
    let output = command(folder)
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(args)
        .output()
        .unwrap();
    (output.status.code(), stdout(&output) + &stderr(&output))
}

/// A repository with a valid workspace `access`.
pub(crate) fn payments() -> Option<Repository> {
    Repository::with(&[
        ("access/access.yaml", ACCESS.as_bytes()),
        ("access/clusters.yaml", CLUSTERS.as_bytes()),
    ])
}

pub(crate) fn plan(repository: &Repository, args: &[&str]) -> (Option<i32>, String) {
    keyplan(repository.root(), &[&["plan", "access"], args].concat())
}
