//! Files that a command writes beside what it prints: whole, and over what is there, or not at all. Whether they can be
//! written is known before any work is done.
#![expect(clippy::disallowed_methods, reason = "what is at the place of the file is looked at")]

use std::fs;
use std::io::{self, BufWriter, Write};

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::Failure;
use super::given_state::GivenPlace;
use super::terminal::Terminal;
use super::workspace::settings_of;
use crate::diagnostics::quoted;
use crate::durable::{Draft, Readers, folder_of};

/// How much is written at a time, in bytes.
const AT_A_TIME: usize = 1 << 16;

/// How the names of files end that are read below a workspace: declarations, and keys that they name.
const READ: [&str; 3] = ["yaml", "yml", "pub"];

/// A file that is to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutputFile<'a> {
    pub(super) path: &'a Utf8Path,
    /// What it is to be, as in "a report".
    pub(super) what: &'static str,
    /// What to do where no file can be written.
    pub(super) instead: &'static str,
}

/// What no file of a command may take the place of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept<'a> {
    workspace: &'a Utf8Path,
    /// Where the state is, if it is not where `keyplan.yaml` says.
    state: Option<&'a GivenPlace>,
    saved_plan: Option<&'a Utf8Path>,
}

impl<'a> Kept<'a> {
    /// The files of a workspace, and its state.
    pub(super) const fn of(workspace: &'a Utf8Path, terminal: &'a Terminal<'_>) -> Self {
        Self { workspace, state: terminal.state.as_ref(), saved_plan: None }
    }

    /// And a saved plan that is read.
    pub(super) const fn and(self, saved_plan: &'a Utf8Path) -> Self {
        Self { saved_plan: Some(saved_plan), ..self }
    }

    /// Why a place is not free.
    fn why_taken(&self, place: &Utf8Path) -> Option<&'static str> {
        let is_plan =
            |plan: &Utf8Path| real(plan) == place || plan.canonicalize_utf8().is_ok_and(|plan| plan == place);
        if self.saved_plan.is_some_and(is_plan) {
            return Some("it is the saved plan that is read");
        }
        let below = self.workspace.canonicalize_utf8().ok();
        let below = below.and_then(|workspace| place.strip_prefix(workspace).ok());
        if below.is_some_and(|below| below.starts_with(".keyplan")) || self.is_in_state(place) {
            return Some("keyplan keeps files of its own there");
        }
        let is_read = below.and_then(Utf8Path::extension).is_some_and(|end| READ.contains(&end));
        is_read.then_some("files of this name are read as a part of the workspace")
    }

    fn is_in_state(&self, place: &Utf8Path) -> bool {
        let settings = settings_of(self.workspace).ok();
        let settled = settings.as_ref().and_then(|settings| settings.state.folder());
        let settled = settled.map(|folder| self.workspace.join(folder));
        let given = self.state.and_then(|given| given.place.folder()).map(Utf8PathBuf::from);
        let mut folders = settled.into_iter().chain(given);
        folders.any(|folder| folder.canonicalize_utf8().is_ok_and(|folder| place.starts_with(folder)))
    }
}

/// Whether all of these can be written, each in a place of its own, and none in that of another file.
pub(super) fn check_places(files: &[OutputFile<'_>], kept: Kept<'_>) -> Result<(), Failure> {
    for (at, file) in files.iter().enumerate() {
        let place = real(file.path);
        if let Some(other) = files[..at].iter().find(|other| real(other.path) == place) {
            return Err(file.misplaced(&format!("{} is to be that file, too", other.what)));
        }
        if let Some(why) = kept.why_taken(&place) {
            return Err(file.misplaced(why));
        }
    }
    files.iter().try_for_each(OutputFile::check_place)
}

/// The same for all names of a file in the same folder. A link is a file of its own, as it would be replaced.
fn real(path: &Utf8Path) -> Utf8PathBuf {
    let folder = folder_of(path);
    let folder = folder.canonicalize_utf8().unwrap_or_else(|_| folder.to_owned());
    path.file_name().map_or_else(|| path.to_owned(), |name| folder.join(name))
}

impl OutputFile<'_> {
    fn misplaced(&self, why: &str) -> Failure {
        Failure::Usage {
            problem: format!("{} cannot be written to {}: {why}", self.what, quoted(self.path.as_str())),
            help: "name another file".into(),
        }
    }

    /// Whether it can be written: nothing is left there.
    fn check_place(&self) -> Result<(), Failure> {
        self.is_replaceable()?;
        Draft::new(self.path, Readers::Umask).map_err(self.cannot_write())?;
        Ok(())
    }

    /// Writes it, in the place of a file that is there. A device or a pipe is refused.
    pub(super) fn replace(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        self.is_replaceable()?;
        let mut draft = Draft::new(self.path, Readers::Umask).map_err(self.cannot_write())?;
        let mut out = BufWriter::with_capacity(AT_A_TIME, &mut draft);
        write(&mut out).and_then(|()| out.flush()).map_err(self.cannot_write())?;
        drop(out);
        draft.replace().map_err(self.cannot_write())
    }

    fn is_replaceable(&self) -> Result<(), Failure> {
        if fs::metadata(self.path).is_ok_and(|about| !about.is_file()) {
            return Err(Failure::Refused {
                problem: format!("cannot write `{}`: it is not a regular file", self.path),
                help: format!("name a file; {}", self.instead),
            });
        }
        Ok(())
    }

    fn cannot_write(&self) -> impl FnOnce(io::Error) -> Failure {
        Failure::io(format!("cannot write `{}`", self.path))
    }
}
