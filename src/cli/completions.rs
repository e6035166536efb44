//! `keyplan completions`

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::Failure;
use super::args::Args;
use super::exit_code::ExitCode;
use super::terminal::Terminal;
use crate::report::explain;

pub(super) fn run(shell: Shell, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "keyplan", &mut script);
    terminal.out.write_all(&script)?;
    if shell == Shell::Fish {
        // clap leaves the values of words out there.
        let rules = rules().join(" ");
        writeln!(
            terminal.out,
            "complete -c keyplan -n \"__fish_keyplan_using_subcommand explain\" -f -a \"{rules}\""
        )?;
    }
    Ok(ExitCode::Done)
}

/// The command line with the words that a shell may complete. The parser itself takes any word for these, to say
/// what is near.
fn command() -> Command {
    Args::command().mut_subcommand("explain", |explain| {
        explain.mut_arg("rule", |rule| rule.value_parser(PossibleValuesParser::new(rules())))
    })
}

/// The names of rules and guards.
fn rules() -> Vec<&'static str> {
    let mut rules: Vec<_> = explain::names().collect();
    rules.sort_unstable();
    rules
}
