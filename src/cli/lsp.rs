//! `keyplan lsp`

use std::io::{self, BufReader};

use camino::{Utf8Path, Utf8PathBuf};

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::given_state::GivenPlace;
use super::workspace::{proofs, settled_folder, today};
use crate::lsp::{End, Host, serve};
use crate::model::{Address, Name};
use crate::state::State;

pub(super) fn run(workspace: Option<Utf8PathBuf>, state: Option<&GivenPlace>) -> Result<ExitCode, Failure> {
    let absolute = |folder: Utf8PathBuf| {
        folder.canonicalize_utf8().map_err(Failure::io(format!("cannot read the workspace `{folder}`")))
    };
    let workspace = workspace.map(absolute).transpose()?;
    let host = Host {
        workspace,
        today: &today,
        proofs: &|root| proofs(root),
        is_recorded: &|root, address| is_recorded(root, state, address),
    };
    // Nothing else is ever written there, and no byte of a message may differ.
    let end = serve(BufReader::new(io::stdin()), &mut io::stdout(), &host);
    match end {
        Ok(End::Orderly) => Ok(ExitCode::Done),
        Ok(End::Abrupt) => Ok(ExitCode::Error),
        Err(error) => Err(Failure::Refused {
            problem: error.to_string(),
            help: "an editor starts `keyplan lsp` and speaks with it; by hand it is of no use".into(),
        }),
    }
}

/// Whether something is recorded; nothing where there is no state, or none that can be read at once.
fn is_recorded(root: &Utf8Path, state: Option<&GivenPlace>, address: &Address) -> Option<bool> {
    let store = settled_folder(root, state).ok()??;
    let state = State::open(&store).ok().filter(|state| state.revision() > 0)?;
    let home = |project| state.project(Name::as_str(project)).ok();
    match address {
        Address::Team(name) => Some(state.teams().ok()?.contains_key(name)),
        Address::Project(name) => Some(home(name)?.is_some()),
        Address::Key(project, name) => Some(home(project)?.is_some_and(|home| home.keys.contains_key(name))),
        Address::Cluster(project, name) => {
            Some(home(project)?.is_some_and(|home| home.clusters.contains_key(name)))
        }
    }
}
