//! `keyplan apply`: of a workspace, after consent; or of a saved plan, without a question.

use std::io::{BufRead, IsTerminal};

use camino::Utf8Path;

use super::Failure;
use super::args::Format;
use super::exit_code::ExitCode;
use super::interrupt::{Signals, SystemClock};
use super::plan::{self, Made, Options};
use super::terminal::Terminal;
use super::workspace::{check, moment, store};
use crate::apply::apply;
use crate::plan::{Guard, Plan};
use crate::render::applied::applied;
use crate::render::json_v1::{self, Applied};
use crate::render::plan::summary;
use crate::state::store::StateStore;
use crate::target::record::Record;

/// Plans a workspace, shows the plan, asks, and applies.
pub(super) fn workspace(
    options: &Options<'_>,
    auto_approve: bool,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let can_ask = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !auto_approve && !can_ask {
        return Err(Failure::Declined {
            problem: "nobody can be asked here: there is no terminal".into(),
            help: "pass `--auto-approve`, or save a plan with `plan --out FILE` and apply that".into(),
        });
    }
    let Some(made) = plan::make(options, terminal)? else { return Ok(ExitCode::Findings) };
    if options.format == Format::Human || made.plan.is_empty() {
        plan::print(&made, options, terminal)?;
    }
    if made.plan.is_empty() {
        return Ok(ExitCode::Done);
    }
    let Made { plan, validated } = made;
    refuse_guarded(&plan.guards)?;
    if !auto_approve {
        terminal.out.flush()?;
        ask(terminal)?;
    }
    confirmed(plan, &store(options.workspace, &validated), options.format, terminal)
}

/// Applies a saved plan.
pub(super) fn saved(
    path: &Utf8Path,
    workspace: &Utf8Path,
    format: Format,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let saved = plan::read(path)?;
    let plan = saved.plan().map_err(|fault| Failure::Refused {
        problem: format!("`{path}` cannot be applied: {fault}"),
        help: "make a new plan with `keyplan plan --out FILE`".into(),
    })?;
    refuse_guarded(&plan.guards)?;
    if plan.is_empty() {
        writeln!(terminal.out, "{}", summary(&plan))?;
        return Ok(ExitCode::Done);
    }
    let validated = check(workspace)?;
    confirmed(plan, &store(workspace, &validated), format, terminal)
}

fn refuse_guarded(guards: &[Guard]) -> Result<(), Failure> {
    if guards.is_empty() { Ok(()) } else { Err(guarded(guards)) }
}

/// The refusal: every guard by its name, and what to do about the first.
fn guarded(guards: &[Guard]) -> Failure {
    let rules: Vec<_> = guards.iter().map(|guard| guard.rule.name()).collect();
    let first = guards.first();
    let (summary, help) =
        first.map(|guard| (guard.summary.as_str(), guard.help.as_str())).unwrap_or_default();
    Failure::Guarded {
        problem: format!("refused by {}: {summary}", rules.join(", ")),
        help: format!("{help}; `keyplan explain {}` tells more", rules.first().copied().unwrap_or_default()),
    }
}

/// Asks for a literal `yes`.
fn ask(terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    write!(terminal.err, "\nApply this? Only `yes` is taken: ")?;
    terminal.err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim_end_matches(['\r', '\n']) == "yes" {
        return Ok(());
    }
    Err(Failure::Declined {
        problem: "declined; nothing was changed".into(),
        help: "answer `yes` to apply".into(),
    })
}

fn confirmed(
    plan: Plan,
    store: &dyn StateStore,
    format: Format,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let confirmed = plan.confirm().map_err(|plan| guarded(&plan.guards))?;
    let signals = Signals::listen()?;
    let report = apply(store, &Record, &confirmed, &moment()?, &SystemClock, &signals)?;
    match format {
        Format::Json => json_v1::write(terminal.out, &Applied::new(confirmed.plan(), &report))?,
        Format::Human => applied(terminal.out, confirmed.plan(), &report)?,
    }
    Ok(if report.is_complete() { ExitCode::Done } else { ExitCode::Partial })
}
