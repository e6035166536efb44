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
        None => keyplan,
        Some(name) => match keyplan.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let names = keyplan.get_subcommands().map(clap::Command::get_name);
                let near = nearest(name, names);
                return Err(Failure::Usage {
                    problem: format!("there is no command {}", quoted(name)),
                    help: match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "`keyplan --help` lists all commands".into(),
                    },
                });
            }
        },
    };
    Man::new(page).render(&mut terminal.out)?;
    Ok(ExitCode::Done)
}
