//! `keyplan lsp`

use std::io::{self, BufReader};

use camino::Utf8PathBuf;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::workspace::{proofs, today};
use crate::lsp::{End, Host, serve};

pub(super) fn run(workspace: Option<Utf8PathBuf>) -> Result<ExitCode, Failure> {
    let absolute = |folder: Utf8PathBuf| {
        folder.canonicalize_utf8().map_err(Failure::io(format!("cannot read the workspace `{folder}`")))
    };
    let workspace = workspace.map(absolute).transpose()?;
    let host = Host { workspace, today: &today, proofs: &|root| proofs(root) };
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
