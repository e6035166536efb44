//! `keyplan state copy`: a state goes on at another place.

use camino::{Utf8Path, Utf8PathBuf};

use super::args::Format;
use super::consent::{ask, can_ask};
use super::context::moment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::given_state::from_here;
use super::interrupt::{Signals, SystemClock};
use super::store::{open, whole_remote};
use super::terminal::Terminal;
use crate::diagnostics::visible;
use crate::model::{StatePlace, without_secrets};
use crate::report::json_v1::{self, StateCopied};
use crate::report::state as view;
use crate::state::copy;

/// How a copy was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) from: &'a StatePlace,
    pub(super) to: &'a StatePlace,
    pub(super) auto_approve: bool,
    pub(super) message: Option<&'a str>,
    pub(super) format: Format,
}

pub(super) fn run(
    Asked { from, to, auto_approve, message, format }: Asked<'_>,
    directory: Option<&Utf8Path>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let signals = Signals::listen()?;
    let (from, to) = (from_here(directory, from.clone()), whole(from_here(directory, to.clone()))?);
    let (source, target) = (open(&from, Utf8Path::new(""))?, open(&to, Utf8Path::new(""))?);
    if !auto_approve {
        can_ask("pass `--auto-approve`")?;
        let shown = |place: &StatePlace| visible(&without_secrets(&place.to_string()));
        let (from, to) = (shown(&from), shown(&to));
        terminal.say(&format!(
            "note: the state at {from} is copied to {to}, where it goes on; {from} takes no apply then"
        ))?;
        ask("Copy it?", "copy it", terminal)?;
    }
    signals.work_begins();
    let place = without_secrets(&to.to_string());
    let copied = copy(&source, (&target, &place), &moment(message)?, &SystemClock).map_err(|error| {
        Failure::Refused { problem: visible(&error.to_string()), help: visible(&error.help()) }
    })?;
    match format {
        Format::Json => json_v1::write(terminal.out, &StateCopied::new(&copied, &place))?,
        Format::Human => view::copied(terminal.out, &copied, &place)?,
    }
    Ok(ExitCode::Done)
}

/// A place as it is the same from everywhere.
fn whole(place: StatePlace) -> Result<StatePlace, Failure> {
    match place {
        StatePlace::Folder(folder) => {
            let absolute = std::path::absolute(&*folder)
                .map_err(Failure::io(format!("there is no place `{folder}`")))?;
            let absolute = Utf8PathBuf::from_path_buf(absolute).ok();
            Ok(StatePlace::Folder(absolute.map_or(folder, |absolute| absolute.as_str().into())))
        }
        StatePlace::Git { remote, branch } => {
            Ok(StatePlace::Git { remote: whole_remote(&remote, Utf8Path::new(""))?, branch })
        }
        StatePlace::S3(_) | StatePlace::Gcs { .. } | StatePlace::Azure { .. } => Ok(place),
    }
}
