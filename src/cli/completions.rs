//! `keyplan completions`

use clap::CommandFactory;

use super::Failure;
use super::args::Args;
use super::exit_code::ExitCode;
use super::terminal::Terminal;

pub(super) fn run(shell: clap_complete::Shell, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "keyplan", &mut script);
    terminal.out.write_all(&script)?;
    Ok(ExitCode::Done)
}
