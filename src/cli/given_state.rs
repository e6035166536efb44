//! A place of the state that overrides what `keyplan.yaml` says.

use camino::Utf8Path;

use super::environment::variable;
use super::failure::Failure;
use super::paths::in_directory;
use crate::diagnostics::{quoted, visible};
use crate::model::{StatePlace, is_path_of_git, without_secrets};

/// The variable that says where the state is.
const VARIABLE: &str = "KEYPLAN_STATE";

/// A place that overrides what `keyplan.yaml` says.
#[derive(Clone, Debug)]
pub(super) struct GivenPlace {
    pub(super) place: StatePlace,
    /// What says so.
    by: &'static str,
    is_said: bool,
}

impl GivenPlace {
    /// What overrides `keyplan.yaml`, the first time that it is asked for.
    pub(super) fn note(&mut self) -> Option<String> {
        let is_new = !std::mem::replace(&mut self.is_said, true);
        is_new.then(|| {
            format!(
                "note: {} says where the state is: {}",
                self.by,
                visible(&without_secrets(&self.place.to_string()))
            )
        })
    }
}

/// The place that `--state` names, else the one of the environment. A relative folder begins at the directory in
/// which keyplan works.
pub(super) fn given(
    option: Option<&StatePlace>,
    directory: Option<&Utf8Path>,
) -> Result<Option<GivenPlace>, Failure> {
    if let Some(place) = option {
        return Ok(Some(GivenPlace {
            place: from_here(directory, place.clone()),
            by: "`--state`",
            is_said: false,
        }));
    }
    let Some(text) = variable(VARIABLE) else { return Ok(None) };
    let place = StatePlace::parse(&text).map_err(|error| Failure::Usage {
        problem: format!(
            "`{VARIABLE}` says {}, which is no place for a state: {error}",
            quoted(&without_secrets(&text))
        ),
        help: format!("write it as in `{}`, or unset it", error.example),
    })?;
    Ok(Some(GivenPlace { place: from_here(directory, place), by: "`KEYPLAN_STATE`", is_said: false }))
}

/// A place with a folder that begins at the directory in which keyplan works.
pub(super) fn from_here(directory: Option<&Utf8Path>, place: StatePlace) -> StatePlace {
    match place {
        StatePlace::Folder(folder) => {
            StatePlace::Folder(in_directory(directory, Utf8Path::new(&*folder)).as_str().into())
        }
        StatePlace::Git { remote, branch } if is_path_of_git(&remote) => {
            let remote = in_directory(directory, Utf8Path::new(&*remote)).as_str().into();
            StatePlace::Git { remote, branch }
        }
        StatePlace::S3(_) | StatePlace::Gcs { .. } | StatePlace::Azure { .. } | StatePlace::Git { .. } => {
            place
        }
    }
}
