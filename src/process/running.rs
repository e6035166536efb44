//! What must not outlast this program, however it ends: its processes of ssh and git, and the folders of their files.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

static RUNNING: Mutex<Running> = Mutex::new(Running { children: BTreeSet::new(), folders: BTreeSet::new() });

struct Running {
    children: BTreeSet<u32>,
    folders: BTreeSet<PathBuf>,
}

/// Everything has ended, and nothing is started for as long as this lives.
#[must_use]
pub struct AllEnded(#[expect(dead_code, reason = "it is held")] MutexGuard<'static, Running>);

/// Kills every process, and deletes the folders. To be called by a program that is about to exit: sessions and
/// queries fail.
pub fn end_all() -> AllEnded {
    let running = running();
    running.children.iter().for_each(|child| kill(*child));
    for folder in &running.folders {
        // One that stays holds logs and public keys alone.
        let _ = fs::remove_dir_all(folder);
    }
    AllEnded(running)
}

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a process in a group of its own: Ctrl-C on the terminal does not reach it, so that what is in flight is
/// finished.
pub(crate) fn start(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut running = running();
    let child = command.spawn()?;
    running.children.insert(child.id());
    Ok(child)
}

/// A process has ended, and was waited for.
pub(crate) fn has_ended(child: &Child) {
    running().children.remove(&child.id());
}

pub(crate) fn add_folder(folder: &Path) {
    running().folders.insert(folder.to_owned());
}

pub(crate) fn remove_folder(folder: &Path) {
    running().folders.remove(folder);
}

/// Kills a process with all that it has started. It may be ending right now.
#[cfg(unix)]
pub(crate) fn kill(child: u32) {
    use nix::sys::signal::{Signal, killpg};

    if let Ok(group) = i32::try_from(child) {
        let _ = killpg(nix::unistd::Pid::from_raw(group), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
pub(crate) fn kill(_: u32) {}
