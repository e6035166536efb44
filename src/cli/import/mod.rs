//! `keyplan import`: what is there already, into declarations.

mod authorized_keys;
mod destination;
mod input;
mod keys;
mod nodes;
mod palette;
mod terraform;
mod told;

use camino::Utf8Path;

use super::args::ImportCommand;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;

/// Imports into a workspace; `directory` is where the paths of the command line begin.
pub(super) fn run(
    command: &ImportCommand,
    workspace: &Utf8Path,
    directory: Option<&Utf8Path>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    match command {
        ImportCommand::AuthorizedKeys(args) => authorized_keys::run(args, workspace, directory, terminal),
        ImportCommand::Nodes(args) => nodes::run(args, workspace, directory, terminal),
        ImportCommand::Palette(args) => palette::run(args, workspace, terminal),
        ImportCommand::Terraform(args) => terraform::run(args, workspace, directory, terminal),
    }
}
