//! The store of the state: where the command line, the environment or `keyplan.yaml` say, in this order.

use camino::Utf8Path;

use super::failure::Failure;
use super::given_state::GivenPlace;
use super::interrupt::SystemClock;
use super::terminal::Terminal;
use crate::diagnostics::{quoted, visible};
use crate::model::{Settings, StatePlace};
use crate::state::store::local::LocalStore;
use crate::state::store::{RetryingStore, StateStore};

/// A store, whatever it is.
pub(super) type Store = RetryingStore<'static, Box<dyn StateStore>>;

/// The store of a workspace with these settings, and a note of what overrides them.
pub(super) fn store_of(
    workspace: &Utf8Path,
    settings: &Settings,
    terminal: &mut Terminal<'_>,
) -> Result<Store, Failure> {
    let Some(GivenPlace { place, by }) = &terminal.state else { return open(&settings.state, workspace) };
    let store = open(place, Utf8Path::new(""))?;
    let note = format!("note: {by} says where the state is: {}", visible(&place.to_string()));
    terminal.say(&note)?;
    Ok(store)
}

/// The store at a place. A relative folder begins at the workspace.
pub(super) fn open(place: &StatePlace, workspace: &Utf8Path) -> Result<Store, Failure> {
    let store: Box<dyn StateStore> = match place {
        StatePlace::Folder(folder) => Box::new(LocalStore::new(workspace.join(&**folder))),
        StatePlace::S3(_) | StatePlace::Gcs { .. } | StatePlace::Azure { .. } | StatePlace::Git { .. } => {
            return Err(Failure::Refused {
                problem: format!("this keyplan cannot keep a state at {}", quoted(&place.to_string())),
                help: "name a folder".into(),
            });
        }
    };
    Ok(RetryingStore::new(store, &SystemClock))
}
