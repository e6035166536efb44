//! `keyplan explain`

use std::io::{self, IsTerminal};

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::diagnostics::{nearest, quoted};
use crate::plan::GuardRule;
use crate::report::diagnostics::View;
use crate::report::explain;
use crate::rules;

pub(super) fn run(rule: Option<&str>, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let Some(name) = rule else {
        // Elsewhere a rule is a line, which can be searched.
        let width = if io::stdout().is_terminal() { terminal.view.width } else { usize::MAX };
        explain::list(terminal.out, View { width, ..terminal.view })?;
        return Ok(ExitCode::Done);
    };
    if let Some(rule) = rules::ALL.iter().find(|rule| rule.name == name) {
        explain::rule(terminal.out, rule, terminal.view)?;
    } else if let Some(guard) = GuardRule::parse(name) {
        explain::guard(terminal.out, guard, terminal.view)?;
    } else {
        return Err(Failure::Usage {
            problem: format!("there is no rule {}", quoted(name)),
            help: match nearest(name, explain::names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`keyplan explain` lists all rules".into(),
            },
        });
    }
    Ok(ExitCode::Done)
}
