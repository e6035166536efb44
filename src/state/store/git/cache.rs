//! The bare repository in which is kept what was fetched. It may be deleted at any time, and is made anew.
#![expect(clippy::disallowed_methods, reason = "this is a store that keeps files")]

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::super::error::{StoreError, StoreErrorKind};
use super::fault::{self, Fault};
use super::program::Git;

/// How long another keyplan is waited for that is at work on the cache.
const PATIENCE: Duration = Duration::from_mins(2);
const TICK: Duration = Duration::from_millis(20);

/// The cache, as long as no other keyplan uses it.
#[derive(Debug)]
pub(super) struct Locked<'a> {
    git: &'a Git,
    _lock: File,
}

impl<'a> Locked<'a> {
    /// Waits until no other keyplan uses the cache, and makes it where it is not there.
    pub(super) fn take(git: &'a Git) -> Result<Self, Fault> {
        let folder = git.folder();
        let parent = folder.parent().unwrap_or(Utf8Path::new("/"));
        folders(parent).map_err(|error| unusable(parent, error))?;
        let path = folder.with_extension("lock");
        let mut options = File::options();
        let file = options.create(true).write(true).truncate(false).open(&path);
        let file = file.map_err(|error| unusable(&path, error))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => std::thread::sleep(TICK),
                Err(TryLockError::WouldBlock) => {
                    let words = format!("another keyplan has been at work on `{folder}` for two minutes");
                    return Err(StoreError::new(StoreErrorKind::Unavailable, words).into());
                }
                Err(TryLockError::Error(error)) => return Err(unusable(&path, error).into()),
            }
        }
        let locked = Self { git, _lock: file };
        if !folder.join("HEAD").exists() {
            locked.run(&["init", "--quiet", "--bare", "--template=", folder.as_str()], &[])?;
        }
        Ok(locked)
    }

    pub(super) const fn git(&self) -> &'a Git {
        self.git
    }

    /// Takes it away.
    pub(super) fn delete(self) -> Result<(), StoreError> {
        match fs::remove_dir_all(self.git.folder()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable(self.git.folder(), error)),
            _ => Ok(()),
        }
    }

    /// Runs git on it, and gives what it prints. It is torn where that fails.
    pub(super) fn run(&self, args: &[&str], input: &[u8]) -> Result<String, Fault> {
        let ran = self.git.run(args, input)?;
        if ran.is_success() { Ok(ran.text()) } else { Err(fault::of_cache(&ran)) }
    }

    /// The commit that a reference leads to.
    pub(super) fn commit(&self, reference: &str) -> Result<Option<String>, Fault> {
        let named = self.run(&["for-each-ref", "--format=%(objectname) %(refname)", "--", reference], &[])?;
        let mut lines = named.lines().filter_map(|line| line.split_once(' '));
        Ok(lines.find(|(_, name)| *name == reference).map(|(commit, _)| commit.to_owned()))
    }

    pub(super) fn set(&self, reference: &str, commit: &str) -> Result<(), Fault> {
        self.run(&["update-ref", reference, commit], &[]).map(drop)
    }
}

/// Makes folders for their owner alone.
fn folders(path: &Utf8Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn unusable(path: &Utf8Path, error: std::io::Error) -> StoreError {
    let StoreError { kind, words, .. } = error.into();
    StoreError::new(kind, format!("the cache `{path}` cannot be used: {words}"))
        .with_help("let keyplan write there, or name another folder with `XDG_CACHE_HOME`")
}
