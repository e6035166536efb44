//! The store of the state: where the command line, the environment or `keyplan.yaml` say, in this order.

use camino::Utf8Path;

use super::azure::azure;
use super::environment::{caches, variable};
use super::failure::Failure;
use super::google::gcs;
use super::interrupt::SystemClock;
use super::object_store::s3;
use super::terminal::Terminal;
use crate::model::{Settings, StatePlace, is_path_of_git, without_secrets};
use crate::state::store::git::{Branch, GitStore};
use crate::state::store::local::LocalStore;
use crate::state::store::{CachedStore, RetryingStore, StateStore};

/// A store, whatever it is. What may pass is tried again in it.
pub(super) type Store = CachedStore<Box<dyn StateStore>>;

/// The store of a workspace with these settings, and a note of what overrides them.
pub(super) fn store_of(
    workspace: &Utf8Path,
    settings: &Settings,
    terminal: &mut Terminal<'_>,
) -> Result<Store, Failure> {
    let Some(given) = &mut terminal.state else { return open(&settings.state, workspace) };
    let store = open(&given.place, Utf8Path::new(""))?;
    if let Some(note) = given.note() {
        terminal.say(&note)?;
    }
    Ok(store)
}

/// The store at a place. A relative folder begins at the workspace.
pub(super) fn open(place: &StatePlace, workspace: &Utf8Path) -> Result<Store, Failure> {
    let store: Box<dyn StateStore> = match place {
        StatePlace::Folder(folder) => {
            let folder = LocalStore::new(workspace.join(&**folder));
            Box::new(RetryingStore::new(folder, &SystemClock))
        }
        StatePlace::S3(place) => Box::new(s3(place)?),
        StatePlace::Git { remote, branch } => {
            let branch = git(place, remote, branch, workspace)?;
            Box::new(RetryingStore::new(branch, &SystemClock))
        }
        StatePlace::Gcs { bucket, prefix } => Box::new(gcs(bucket, prefix)?),
        StatePlace::Azure { account, container, prefix } => Box::new(azure(account, container, prefix)?),
    };
    let caches = caches().map(|caches| caches.join("keyplan/state"));
    Ok(CachedStore::new(store, caches.as_deref()))
}

/// The store on a branch. A remote that is a relative path begins at the workspace.
fn git(place: &StatePlace, remote: &str, branch: &str, workspace: &Utf8Path) -> Result<GitStore, Failure> {
    let place = without_secrets(&place.to_string());
    let has_ssh = variable("GIT_SSH_COMMAND").or_else(|| variable("GIT_SSH")).is_some();
    let branch = Branch { remote: whole_remote(remote, workspace)?, name: branch.into(), has_ssh };
    let caches = caches().map(|caches| caches.join("keyplan/git"));
    GitStore::new(branch, place.clone(), caches).map_err(|error| Failure::Refused {
        problem: format!("cannot open the state at `{place}`: {error}"),
        help: error.help().into(),
    })
}

/// A remote of git as it is the same from everywhere: a URL, `host:path`, or an absolute path.
pub(super) fn whole_remote(remote: &str, workspace: &Utf8Path) -> Result<Box<str>, Failure> {
    if !is_path_of_git(remote) {
        return Ok(remote.into());
    }
    let path = camino::absolute_utf8(workspace.join(remote));
    path.map(|path| path.as_str().into()).map_err(Failure::io(format!("there is no place `{remote}`")))
}
