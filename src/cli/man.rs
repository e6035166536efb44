//! `keyplan man`

use clap::CommandFactory;
use clap_mangen::Man;

use super::Failure;
use super::args::Args;
use super::exit_code::ExitCode;
use super::terminal::Terminal;
use crate::diagnostics::{nearest, quoted};

pub(super) fn run(command: Option<&str>, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let mut keyplan = Args::command();
    keyplan.build();
    let page = match command {
        Some(name) => keyplan.find_subcommand(name).ok_or_else(|| unknown(name, &keyplan))?,
        None => &keyplan,
    };
    Man::new(page.clone()).render(&mut terminal.out)?;
    Ok(ExitCode::Done)
}

fn unknown(name: &str, keyplan: &clap::Command) -> Failure {
    let names = keyplan.get_subcommands().map(clap::Command::get_name);
    Failure::Usage {
        problem: format!("there is no command {}", quoted(name)),
        help: match nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`keyplan --help` lists all commands".into(),
        },
    }
}
