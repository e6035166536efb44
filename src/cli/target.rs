//! The target of a workspace, by its settings.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::Failure;
use super::palette::palette;
use super::workspace::today;
use crate::check::resolve::files_directory::is_hidden;
use crate::diagnostics::quoted;
use crate::model::{Settings, TargetKind};
use crate::openssh::client::{Client, UnknownHosts};
use crate::targets::Target;
use crate::targets::files::Files;
use crate::targets::ssh::{OwnName, Ssh};

/// What a target is told on the command line.
#[derive(Clone, Copy, Default)]
pub(super) struct TargetOptions<'a> {
    /// Keys that may be taken away although keyplan itself came in with them.
    pub(super) own_keys: &'a [String],
    pub(super) ssh_config: Option<&'a Utf8Path>,
    /// Whether Palette may take the last role in a project from the user whose API key it is.
    pub(super) remove_own_role: bool,
}

/// The target that a workspace names; nothing where the state is the registry.
pub(super) fn target(
    workspace: &Utf8Path,
    settings: &Settings,
    options: TargetOptions<'_>,
) -> Result<Option<Box<dyn Target>>, Failure> {
    let may_go = keys(options.own_keys)?;
    Ok(match settings.target {
        TargetKind::Record => None,
        TargetKind::Palette => {
            let palette = palette(workspace, &settings.palette)?;
            Some(Box::new(palette.removing_own_role(options.remove_own_role)))
        }
        TargetKind::Ssh => Some(Box::new(
            Ssh::new(client(settings, options.ssh_config)?, settings.ssh, may_go, today())
                .map_err(Failure::io("cannot make ready to connect to nodes"))?,
        )),
        TargetKind::Files => {
            Some(Box::new(Files::new(folder(workspace, settings)?, settings.files.formats.clone())))
        }
    })
}

/// The user's ssh, with the time that the workspace gives it.
pub(super) fn client(settings: &Settings, config: Option<&Utf8Path>) -> Result<Client, Failure> {
    let timeout = Duration::from_secs(settings.ssh.timeout.into());
    Ok(Client::new(config.map(Utf8Path::to_owned), UnknownHosts::AsConfigured, timeout)?)
}

/// Where files are kept. Through links and by absolute paths, too, they must not come where they are read as
/// declarations, nor into the state.
fn folder(workspace: &Utf8Path, settings: &Settings) -> Result<Utf8PathBuf, Failure> {
    let directory = workspace.join(&*settings.files.directory);
    let place = real(&directory)?;
    let state = settings.state.folder().map(|state| real(&workspace.join(state))).transpose()?;
    let has_state = state.is_some_and(|state| place.starts_with(&state) || state.starts_with(&place));
    let workspace = real(workspace)?;
    let why = if has_state {
        Some("the state is kept there")
    } else if workspace.starts_with(&place) {
        Some("the workspace itself lies there")
    } else {
        let is_read = place.strip_prefix(&workspace).is_ok_and(|below| !is_hidden(below));
        is_read.then_some("they would be read as declarations")
    };
    match why {
        // As it is shown: the way from where keyplan was called.
        None => Ok(directory.strip_prefix(".").map_or_else(|_| directory.clone(), Utf8Path::to_owned)),
        Some(why) => Err(Failure::Refused {
            problem: format!("files cannot be kept in `{directory}`: {why}"),
            help: "set `files.directory` in `keyplan.yaml` to a hidden folder, as in `.rendered`".into(),
        }),
    }
}

/// A path without links, as far as it exists.
fn real(path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let path = if path.as_str().is_empty() { Utf8Path::new(".") } else { path };
    match path.canonicalize_utf8() {
        Err(error) if error.kind() == ErrorKind::NotFound => match (path.parent(), path.file_name()) {
            (Some(above), Some(name)) => Ok(real(above)?.join(name)),
            _ => Err(Failure::io(format!("cannot find `{path}`"))(error)),
        },
        found => found.map_err(Failure::io(format!("cannot look at `{path}`"))),
    }
}

/// Keys by what they are called.
fn keys(texts: &[String]) -> Result<BTreeSet<OwnName>, Failure> {
    let key = |text: &String| {
        OwnName::parse(text).ok_or_else(|| Failure::Usage {
            problem: format!("{} is no key", quoted(text)),
            help: "write its address, as in `key/payments/ops`, or its fingerprint, as in `SHA256:...`"
                .into(),
        })
    };
    texts.iter().map(key).collect()
}
