//! `keyplan explain`

use super::Failure;
use super::exit_code::ExitCode;
use super::terminal::Terminal;
use crate::diagnostics::{nearest, quoted};
use crate::plan::GuardRule;
use crate::render::explain;
use crate::rules;

pub(super) fn run(rule: Option<&str>, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let Some(name) = rule else {
        explain::list(terminal.out)?;
        return Ok(ExitCode::Done);
    };
    if let Some(rule) = rules::ALL.iter().find(|rule| rule.name == name) {
        explain::rule(terminal.out, rule)?;
    } else if let Some(guard) = GuardRule::parse(name) {
        explain::guard(terminal.out, guard)?;
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
