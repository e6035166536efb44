//! `keyplan apply`: of a workspace, after consent; or of a saved plan, without a question.

use camino::Utf8Path;

use super::args::Planning;
use super::consent::{ask, can_ask};
use super::context::moment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::{Signals, SystemClock};
use super::planning::{self, Made, PlanOptions, guarded};
use super::target::{TargetOptions, target};
use super::terminal::Terminal;
use super::workspace::{check, store};
use crate::apply::{Report, apply, recover};
use crate::model::Settings;
use crate::plan::{Guard, Plan};
use crate::report::applied::applied;
use crate::report::json_v1::{self, Applied};
use crate::report::plan::{PlanFormat, summary};
use crate::report::view::View;
use crate::state::is_for;
use crate::state::store::StateStore;
use crate::targets::Target;

/// Plans a workspace, shows the plan, asks, and applies.
pub(super) fn workspace(
    options: &PlanOptions<'_>,
    (auto_approve, message): (bool, Option<&str>),
    target_options: TargetOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    if !options.workspace.exists() {
        return Err(Failure::Refused {
            problem: format!("there is no `{}`", options.workspace),
            help: "name a workspace, or a file that `keyplan plan --out FILE` wrote".into(),
        });
    }
    let signals = Signals::listen()?;
    if !auto_approve {
        can_ask("pass `--auto-approve`, or save a plan with `plan --out FILE` and apply that")?;
    }
    let validated = check(options.workspace, terminal)?;
    if validated.desired.is_some() {
        let target = target(options.workspace, &validated.settings, target_options)?;
        let store = store(options.workspace, &validated)?;
        end_interrupted(&store, (target.as_deref(), &validated.settings), terminal)?;
    }
    let Some(made) = planning::of(validated, options, terminal)? else { return Ok(ExitCode::Findings) };
    if made.plan.is_empty() {
        return nothing(&made.plan, options.format, terminal);
    }
    match options.format {
        PlanFormat::Human => planning::print(&made, options, terminal)?,
        // Only data is printed; but whoever is asked must see what they are asked about.
        PlanFormat::Json if !auto_approve => {
            let view = View { color: false, ..terminal.view };
            planning::write(&made, options.workspace, PlanFormat::Human, terminal.err, view)?;
        }
        PlanFormat::Json => {}
    }
    let Made { plan, validated } = made;
    let target = target(options.workspace, &validated.settings, target_options)?;
    refuse_guarded(&plan.guards)?;
    // What is done is shown before it is done.
    terminal.out.flush()?;
    if !auto_approve {
        ask("Apply this?", "apply", terminal)?;
    }
    let store = store(options.workspace, &validated)?;
    confirmed(plan, (&store, target.as_deref()), (&signals, message), options.format, terminal)
}

pub(super) fn saved(
    path: &Utf8Path,
    workspace: &Utf8Path,
    (planning, message): (&Planning, Option<&str>),
    target_options: TargetOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let signals = Signals::listen()?;
    let saved = planning::read(path)?;
    let mut plan = saved.plan().map_err(|fault| Failure::Refused {
        problem: format!("`{path}` cannot be applied: {fault}"),
        help: "make a new plan with `keyplan plan --out FILE`".into(),
    })?;
    plan.allow(planning.allowed());
    refuse_guarded(&plan.guards)?;
    if plan.is_empty() {
        return nothing(&plan, planning.format, terminal);
    }
    let validated = check(workspace, terminal)?;
    let (store, target) =
        (store(workspace, &validated)?, target(workspace, &validated.settings, target_options)?);
    is_for(&plan, &validated.settings)?;
    planning::forget(&mut plan, &planning.forget_node, &validated.settings)?;
    end_interrupted(&store, (target.as_deref(), &validated.settings), terminal)?;
    confirmed(plan, (&store, target.as_deref()), (&signals, message), planning.format, terminal)
}

/// Ends every apply that was interrupted with what the target says is there, and says so.
fn end_interrupted(
    store: &dyn StateStore,
    (target, settings): (Option<&dyn Target>, &Settings),
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    for apply in recover(store, (target, &settings.target_id()), &moment(None)?, &SystemClock)? {
        let (holder, begin) = (apply.holder, apply.begin);
        terminal.say(&format!(
            "note: the apply of {holder} that began with revision {begin} never ended; what it did is now recorded"
        ))?;
    }
    Ok(())
}

/// Says that nothing is to be done.
fn nothing(plan: &Plan, format: PlanFormat, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let report = Report { revision: plan.base.revision, outcomes: Vec::new(), notes: Vec::new() };
    match format {
        PlanFormat::Json => json_v1::write(terminal.out, &Applied::new(plan, &report))?,
        PlanFormat::Human => writeln!(terminal.out, "{}", summary(plan))?,
    }
    Ok(ExitCode::Done)
}

fn refuse_guarded(guards: &[Guard]) -> Result<(), Failure> {
    if guards.is_empty() { Ok(()) } else { Err(guarded(guards)) }
}

fn confirmed(
    plan: Plan,
    (store, target): (&dyn StateStore, Option<&dyn Target>),
    (signals, message): (&Signals, Option<&str>),
    format: PlanFormat,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let confirmed = plan.confirm().map_err(|plan| guarded(&plan.guards))?;
    signals.work_begins();
    let report = apply(store, target, &confirmed, &moment(message)?, &SystemClock, signals)?;
    match format {
        PlanFormat::Json => json_v1::write(terminal.out, &Applied::new(confirmed.plan(), &report))?,
        PlanFormat::Human => applied(terminal.out, confirmed.plan(), &report)?,
    }
    // As after a plan: the process ends here.
    std::mem::forget(confirmed);
    Ok(if report.is_complete() { ExitCode::Done } else { ExitCode::Partial })
}
