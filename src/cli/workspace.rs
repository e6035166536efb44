//! What every command on a workspace begins with: the check of its declarations, and its state.

use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::environment::caches;
use super::failure::Failure;
use super::given_state::GivenPlace;
use super::interrupt::SystemClock;
use super::progress::{of_check, watched};
use super::store::{Store, open, store_of};
use super::terminal::Terminal;
use crate::check::progress::CheckProgress;
use crate::check::proofs::Proofs;
use crate::check::{Validated, validate, validate_with};
use crate::diagnostics::{Diagnostic, Severity};
use crate::model::{Settings, StatePlace};
use crate::rules::misplaced_workspace;
use crate::source::walk::{Files, Folder, SETTINGS, Unreadable, Walked, has_settings, look_up};
use crate::state::Clock;
use crate::state::State;

/// The workspace that a folder belongs to: the nearest folder upwards that has a `keyplan.yaml`, else the folder
/// itself. So no second state is made below another workspace. What differs from the folder is said.
pub(super) fn nearest(folder: Utf8PathBuf, terminal: &mut Terminal<'_>) -> Result<Utf8PathBuf, Failure> {
    let Ok(real) = folder.canonicalize_utf8() else { return Ok(folder) };
    let levels = real.ancestors().position(has_settings).filter(|_| real.is_dir());
    let (Some(levels @ 1..), Some(top)) = (levels, levels.and_then(|levels| real.ancestors().nth(levels)))
    else {
        return Ok(folder);
    };
    // As it would be written: `access` for `access/sub`, and `..` for the current folder.
    let named = folder.components().rev().take_while(|part| matches!(part, Utf8Component::Normal(_))).count();
    let named = named.min(levels);
    let above = folder.ancestors().nth(named).unwrap_or(&folder);
    let above = if above == "." { Utf8Path::new("") } else { above };
    let written: Utf8PathBuf = above.iter().chain(vec![".."; levels - named]).collect();
    let written = if written.as_str().is_empty() { Utf8PathBuf::from(".") } else { written };
    // Through a link it may be another folder.
    let is_it = written.canonicalize_utf8().is_ok_and(|written| written == top);
    let workspace = if is_it { written } else { folder.join(vec![".."; levels].join("/")) };
    terminal.say(&format!("note: the workspace is `{workspace}`, which has the nearest keyplan.yaml"))?;
    Ok(workspace)
}

/// Checks a workspace, with the proofs that are kept in it.
pub(super) fn check(workspace: &Utf8Path, terminal: &Terminal<'_>) -> Result<Validated, Failure> {
    check_files(&Folder(workspace), workspace, &mut proofs(workspace), terminal)
}

/// The proofs that are kept in a workspace.
pub(super) fn proofs(workspace: &Utf8Path) -> Proofs {
    // Of an absolute path it is seen whether the seal lies within the workspace, where it would be worthless.
    let cache = workspace.canonicalize_utf8().ok().map(|workspace| workspace.join(".keyplan/cache"));
    Proofs::open(cache.as_deref(), seal().as_deref())
}

/// Checks files of a workspace, wherever they are, and keeps what was proven.
pub(super) fn check_files(
    files: &dyn Files,
    workspace: &Utf8Path,
    proofs: &mut Proofs,
    terminal: &Terminal<'_>,
) -> Result<Validated, Failure> {
    let progress = CheckProgress::default();
    let validated = watched(
        terminal.tells_progress,
        || of_check(&progress),
        || validate_with(files, today(), proofs, &progress),
    );
    let validated = validated.map_err(Failure::io(format!("cannot read the workspace `{workspace}`")))?;
    if !validated.proven.is_empty() {
        proofs.add(validated.proven.iter().copied());
        // Where nothing can be kept, the next run proves the keys again.
        let _ = proofs.save();
    }
    Ok(validated)
}

/// The store of a workspace's state. While `keyplan.yaml` has errors its place is not known, and another
/// store must not be taken for it.
pub(super) fn store(
    workspace: &Utf8Path,
    validated: &Validated,
    terminal: &mut Terminal<'_>,
) -> Result<Store, Failure> {
    if terminal.state.is_none() {
        has_sound_settings(workspace, validated)?;
    }
    store_of(workspace, &validated.settings, terminal)
}

/// Refuses settings with errors: they say where the state is.
fn has_sound_settings(workspace: &Utf8Path, validated: &Validated) -> Result<(), Failure> {
    let hides_settings = |diagnostic: &Diagnostic| {
        let path = validated.sources.file(diagnostic.place().file).path();
        diagnostic.severity == Severity::Error
            && (matches!(path.as_str(), "keyplan.yaml" | "keyplan.yml")
                || *diagnostic.rule == misplaced_workspace::RULE)
    };
    if validated.diagnostics.iter().any(hides_settings) {
        return Err(Failure::Refused {
            problem: "the settings of the workspace have errors, and they say where the state is kept".into(),
            help: format!("`keyplan validate {workspace}` shows them"),
        });
    }
    Ok(())
}

/// The store of a workspace, found without a look at its declarations, nor at its settings where those do not say where
/// it is.
pub(super) fn settled_store(workspace: &Utf8Path, given: Option<&GivenPlace>) -> Result<Store, Failure> {
    let (place, beginning) = settled_place(workspace, given)?;
    open(&place, beginning)
}

/// The same, where the state is in a folder. Nothing elsewhere: whoever asks waits for no network, and no program is run
/// and no credential looked for on their behalf.
pub(super) fn settled_folder(
    workspace: &Utf8Path,
    given: Option<&GivenPlace>,
) -> Result<Option<Store>, Failure> {
    let (place, beginning) = settled_place(workspace, given)?;
    match place {
        StatePlace::Folder(_) => open(&place, beginning).map(Some),
        StatePlace::S3(_) | StatePlace::Gcs { .. } | StatePlace::Azure { .. } | StatePlace::Git { .. } => {
            Ok(None)
        }
    }
}

/// The place of the state, and where a relative one begins.
fn settled_place<'a>(
    workspace: &'a Utf8Path,
    given: Option<&GivenPlace>,
) -> Result<(StatePlace, &'a Utf8Path), Failure> {
    Ok(match given {
        Some(given) => (given.place.clone(), Utf8Path::new("")),
        None => (settings_of(workspace)?.state, workspace),
    })
}

/// The settings of a workspace, without a look at its declarations.
pub(super) fn settings_of(workspace: &Utf8Path) -> Result<Settings, Failure> {
    let validated = validate(&SettingsOf(workspace), today(), &Proofs::default())
        .map_err(Failure::io(format!("cannot read the workspace `{workspace}`")))?;
    has_sound_settings(workspace, &validated)?;
    Ok(validated.settings)
}

/// A state that something has been recorded in. One that is not mounted must not look like one in which no
/// cluster has a key.
pub(super) fn founded(state: State<'_>) -> Result<State<'_>, Failure> {
    has_history(&state)?;
    Ok(state)
}

/// Refuses a state that nothing has been recorded in.
pub(super) fn has_history(state: &State<'_>) -> Result<(), Failure> {
    if state.revision() > 0 {
        return Ok(());
    }
    Err(Failure::Refused {
        problem: format!("there is no state at `{}`", state.store().place()),
        help: "name the workspace, or the place, of a state that `keyplan apply` has made".into(),
    })
}

/// The settings of a workspace in a folder, and nothing else of it.
struct SettingsOf<'a>(&'a Utf8Path);

impl Files for SettingsOf<'_> {
    fn list(&self) -> io::Result<Walked> {
        look_up(self.0, &SETTINGS)
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        Folder(self.0).read(path)
    }

    fn read_key(&self, _: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        Err(Unreadable::Missing)
    }
}

/// The day in UTC.
pub(super) fn today() -> Date {
    SystemClock.now().to_zoned(TimeZone::UTC).date()
}

/// The user's own secret that seals the proof cache: outside of the workspace, so that nobody who can
/// change the workspace can forge it.
fn seal() -> Option<Utf8PathBuf> {
    caches().map(|caches| caches.join("keyplan/seal"))
}
