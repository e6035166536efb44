//! `keyplan explain`

use std::io::{self, IsTerminal};

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::diagnostics::{did_you_mean, quoted};
use crate::report::explain;
use crate::report::view::View;
use crate::rules;

pub(super) fn run(rule: Option<&str>, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let Some(name) = rule else {
        // Elsewhere a rule is a line, which can be searched.
        let width = if io::stdout().is_terminal() { terminal.view.width } else { usize::MAX };
        explain::list(terminal.out, View { width, ..terminal.view })?;
        return Ok(ExitCode::Done);
    };
    let Some(rule) = rules::ALL.iter().find(|rule| rule.name == name) else {
        return Err(Failure::Usage {
            problem: format!("there is no rule {}", quoted(name)),
            help: did_you_mean(name, rules::ALL.iter().map(|rule| rule.name))
                .unwrap_or_else(|| "`keyplan explain` lists all rules".into()),
        });
    };
    explain::rule(terminal.out, rule, terminal.view)?;
    Ok(ExitCode::Done)
}
