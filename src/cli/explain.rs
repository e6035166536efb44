//! `keyplan explain`

use std::io::{self, IsTerminal};

use super::args::Format;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::diagnostics::{Rule, did_you_mean, quoted};
use crate::report::explain;
use crate::report::json_v1::{self, RuleList};
use crate::report::view::View;
use crate::rules;

pub(super) fn run(
    rule: Option<&str>,
    format: Format,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    match (format, rule.map(named).transpose()?) {
        (Format::Json, Some(rule)) => json_v1::write(terminal.out, &RuleList::new([rule]))?,
        (Format::Json, None) => json_v1::write(terminal.out, &RuleList::new(rules::ALL.iter().copied()))?,
        (Format::Human, Some(rule)) => explain::rule(terminal.out, rule, terminal.view)?,
        (Format::Human, None) => {
            // Elsewhere a rule is a line, which can be searched.
            let width = if io::stdout().is_terminal() { terminal.view.width } else { usize::MAX };
            explain::list(terminal.out, View { width, ..terminal.view })?;
        }
    }
    Ok(ExitCode::Done)
}

fn named(name: &str) -> Result<&'static Rule, Failure> {
    let rule = rules::ALL.iter().copied().find(|rule| rule.name == name);
    rule.ok_or_else(|| Failure::Usage {
        problem: format!("there is no rule {}", quoted(name)),
        help: did_you_mean(name, rules::ALL.iter().map(|rule| rule.name))
            .unwrap_or_else(|| "`keyplan explain` lists all rules".into()),
    })
}
