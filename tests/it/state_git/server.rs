//! A bare repository on the disk, stores and keyplans that use it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::sync::Barrier;

use camino::Utf8PathBuf;
use keyplan::model::Desired;
use keyplan::plan::ConfirmedPlan;
use keyplan::state::RecordError;
use keyplan::state::store::StateStore;
use keyplan::state::store::git::{Branch, GitStore};

use crate::git::{ACCESS, CLUSTERS, git, try_git};
use crate::state_faults::{now, plan, world};
use crate::support::{TestClock, Workspace, command, skipped};

pub(super) const BRANCH: &str = "refs/heads/keyplan-state";

/// A bare repository, and a place for caches.
pub(super) struct Server {
    pub(super) files: Workspace,
    pub(super) remote: Utf8PathBuf,
}

/// An empty repository; nothing where there is no git.
pub(super) fn server() -> Option<Server> {
    let has_git = Command::new("git").arg("version").output().is_ok_and(|output| output.status.success());
    if !has_git {
        skipped("there is no git");
        return None;
    }
    let files = Workspace::with(&[]);
    git(&files.root, &["init", "-q", "--bare", "remote.git"]);
    let remote = files.root.join("remote.git");
    Some(Server { files, remote })
}

impl Server {
    /// A store with a cache of this name.
    pub(super) fn store(&self, cache: &str) -> GitStore {
        let branch = Branch { remote: self.remote.as_str().into(), name: BRANCH.into(), has_ssh: false };
        GitStore::new(branch, "git:remote".into(), Some(self.files.root.join(cache))).unwrap()
    }

    /// A store that fetches all afresh.
    pub(super) fn fresh(&self) -> GitStore {
        let branch = Branch { remote: self.remote.as_str().into(), name: BRANCH.into(), has_ssh: false };
        GitStore::new(branch, "git:remote".into(), None).unwrap()
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        git(&self.remote, args)
    }

    /// How many pushes there were.
    pub(super) fn pushes(&self) -> usize {
        let is_there = try_git(&self.remote, &["rev-parse", "--verify", "-q", BRANCH]).status.success();
        if is_there { self.git(&["rev-list", "--count", BRANCH]).parse().unwrap() } else { 0 }
    }

    pub(super) fn script(&self, path: &str, text: &str) -> Utf8PathBuf {
        self.files.write(path, format!("#!/bin/sh\n{text}\n").as_bytes());
        let path = self.files.root.join(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A hook of the server.
    pub(super) fn hook(&self, text: &str) {
        self.script("remote.git/hooks/pre-receive", text);
    }

    /// Lets a branch hold something else than a state.
    pub(super) fn put_code(&self, branch: &str) {
        let blob = self.git(&["hash-object", "-w", "config"]);
        self.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},README.md")]);
        let tree = self.git(&["write-tree"]);
        let commit = self.git(&["commit-tree", &tree, "-m", "code"]);
        self.git(&["update-ref", branch, &commit]);
    }

    /// Where the only cache of this name is.
    pub(super) fn cache(&self, name: &str) -> Utf8PathBuf {
        let folders = self.files.root.join(name).read_dir_utf8().unwrap().map(Result::unwrap);
        let mut folders = folders.filter(|entry| entry.file_type().unwrap().is_dir());
        folders.next().unwrap().into_path()
    }

    /// keyplan in a workspace of this server, with a git that is found in `programs` first.
    pub(super) fn command(&self, args: &[&str], state: Option<&str>) -> Command {
        let path = std::env::var("PATH").unwrap();
        let mut command = command(&self.files.root.join("access"));
        command.env("PATH", format!("{}:{path}", self.files.root.join("programs")));
        command.env("XDG_CACHE_HOME", self.files.root.join("caches")).args(args);
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", self.files.root.join("gitconfig"));
        command.args(state.into_iter().flat_map(|state| ["--state", state]));
        command
    }

    pub(super) fn keyplan(&self, args: &[&str], state: Option<&str>) -> Output {
        self.command(args, state).output().unwrap()
    }

    pub(super) fn workspace(&self) {
        self.files.write("access/access.yaml", ACCESS.as_bytes());
        self.files.write("access/clusters.yaml", CLUSTERS.as_bytes());
    }

    pub(super) fn url(&self) -> String {
        format!("git:{}#{BRANCH}", self.remote)
    }
}

pub(super) fn confirmed(store: &dyn StateStore, desired: &Desired) -> ConfirmedPlan {
    plan(store, desired).unwrap().confirm().unwrap()
}

pub(super) fn record(store: &dyn StateStore, confirmed: &ConfirmedPlan) -> Result<u64, RecordError> {
    keyplan::state::record(store, confirmed, &now(), &TestClock::default())
}

pub(super) fn many_projects(number: usize) -> Vec<(String, &'static str)> {
    (0..number).map(|number| (format!("p{number}"), "a")).collect()
}

pub(super) fn world_of(projects: &[(String, &'static str)]) -> Desired {
    world(&projects.iter().map(|(name, text)| (name.as_str(), *text)).collect::<Vec<_>>())
}

/// Runs all at once, each in a thread of its own.
pub(super) fn at_once<T: Send>(number: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(number);
    std::thread::scope(|scope| {
        let start = |number| {
            let (barrier, run) = (&barrier, &run);
            scope.spawn(move || {
                barrier.wait();
                run(number)
            })
        };
        let threads: Vec<_> = (0..number).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
