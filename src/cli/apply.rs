//! `keyplan apply`: of a workspace, after consent; or of a saved plan, without a question.

use std::io::Write;

use camino::Utf8Path;

use super::consent::{ask, can_ask};
use super::context::moment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::{Signals, SystemClock};
use super::places::saved_place;
use super::plan_output::PlanOutput;
use super::planning::{self, Made, PlanOptions, guarded};
use super::repository::repository_paths;
use super::target::{TargetOptions, target};
use super::terminal::Terminal;
use super::workspace::{check, store};
use crate::apply::{Report, apply, recover};
use crate::model::Settings;
use crate::plan::Plan;
use crate::report::applied::applied;
use crate::report::json_v1::{self, Applied};
use crate::report::plan::{Places, PlanFormat, markdown, plan as draw, summary};
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
    let Some(valid) = planning::valid(options, terminal)? else { return Ok(ExitCode::Findings) };
    let settings = &valid.validated.settings;
    let before = target(options.workspace, settings, target_options)?;
    // One for all: it signs in once, and keeps its connections and what it has learned.
    let store = store(options.workspace, &valid.validated, terminal)?;
    end_interrupted(&store, (before.as_deref(), settings), terminal)?;
    planning::note_warnings(&valid.validated, options, terminal)?;
    let made = planning::of(valid, &store, options, terminal)?;
    if made.plan.is_empty() {
        return nothing(&made.plan, &options.output, terminal);
    }
    match options.output.format {
        PlanFormat::Human => planning::write(&made, options, PlanFormat::Human, terminal.out, terminal.view)?,
        // Only data is printed; but whoever is asked must see what they are asked about.
        PlanFormat::Json | PlanFormat::Markdown if !auto_approve => {
            let view = View { color: false, ..terminal.view };
            planning::write(&made, options, PlanFormat::Human, terminal.err, view)?;
        }
        PlanFormat::Json | PlanFormat::Markdown => {}
    }
    let Made { plan, validated } = made;
    let target = target(options.workspace, &validated.settings, target_options)?;
    let places = planning::places(options.workspace, &validated, PlanFormat::Markdown);
    let telling = Telling { output: &options.output, places: &|change| places.of(change) };
    telling.refuse_guarded(&plan, terminal)?;
    // What is done is shown before it is done.
    terminal.out.flush()?;
    if !auto_approve {
        ask("Apply this?", "apply", terminal)?;
    }
    confirmed(plan, (&store, target.as_deref()), (&signals, message), &telling, terminal)
}

pub(super) fn saved(
    path: &Utf8Path,
    options: &PlanOptions<'_>,
    message: Option<&str>,
    target_options: TargetOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let signals = Signals::listen()?;
    let workspace = options.workspace;
    let saved = planning::read(path)?;
    let mut plan = saved.plan().map_err(|fault| Failure::Refused {
        problem: format!("`{path}` cannot be applied: {fault}"),
        help: "make a new plan with `keyplan plan --out FILE`".into(),
    })?;
    plan.allow(options.allowed);
    let shown = repository_paths(workspace).shown();
    let telling = Telling { output: &options.output, places: &|change| saved_place(&shown, change) };
    telling.refuse_guarded(&plan, terminal)?;
    if plan.is_empty() {
        return nothing(&plan, &options.output, terminal);
    }
    let validated = check(workspace, terminal)?;
    let (store, target) =
        (store(workspace, &validated, terminal)?, target(workspace, &validated.settings, target_options)?);
    is_for(&plan, &validated.settings)?;
    planning::forget(&mut plan, options.forget, &validated.settings)?;
    end_interrupted(&store, (target.as_deref(), &validated.settings), terminal)?;
    confirmed(plan, (&store, target.as_deref()), (&signals, message), &telling, terminal)
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
fn nothing(plan: &Plan, output: &PlanOutput, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let report = Report { revision: plan.base.revision, outcomes: Vec::new(), notes: Vec::new() };
    output.tell(terminal, |format, out, _| match format {
        PlanFormat::Json => json_v1::write(out, &Applied::new(plan, &report)),
        PlanFormat::Human => writeln!(out, "{}", summary(plan)),
        PlanFormat::Markdown => markdown(out, plan, &|_| None, None, output.max_bytes),
    })?;
    Ok(ExitCode::Done)
}

/// How a plan is told that is applied.
struct Telling<'a> {
    output: &'a PlanOutput,
    /// Where changes are asked for, from the top of the repository.
    places: Places<'a>,
}

impl Telling<'_> {
    /// Ends with what is to be told of a plan that guards refuse.
    fn refuse_guarded(&self, plan: &Plan, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
        if plan.guards.is_empty() {
            return Ok(());
        }
        let tell = |format, out: &mut dyn Write, view| match format {
            PlanFormat::Markdown => markdown(out, plan, self.places, None, self.output.max_bytes),
            PlanFormat::Human | PlanFormat::Json => draw(out, plan, self.places, format, view),
        };
        if self.output.format == PlanFormat::Markdown {
            tell(PlanFormat::Markdown, terminal.out, terminal.view)?;
            terminal.out.flush()?;
        }
        self.output.report(terminal.view, tell)?;
        Err(guarded(&plan.guards))
    }

    /// Tells what was done.
    fn applied(&self, plan: &Plan, report: &Report, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
        self.output.tell(terminal, |format, out, _| match format {
            PlanFormat::Json => json_v1::write(out, &Applied::new(plan, report)),
            PlanFormat::Human => applied(out, plan, report),
            PlanFormat::Markdown => {
                let mut outcome = Vec::new();
                applied(&mut outcome, plan, report)?;
                let outcome = String::from_utf8_lossy(&outcome);
                markdown(out, plan, self.places, Some(&outcome), self.output.max_bytes)
            }
        })
    }
}

fn confirmed(
    plan: Plan,
    (store, target): (&dyn StateStore, Option<&dyn Target>),
    (signals, message): (&Signals, Option<&str>),
    telling: &Telling<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let confirmed = plan.confirm().map_err(|plan| guarded(&plan.guards))?;
    signals.work_begins();
    let report = apply(store, target, &confirmed, &moment(message)?, &SystemClock, signals)?;
    telling.applied(confirmed.plan(), &report, terminal)?;
    // As after a plan: the process ends here.
    std::mem::forget(confirmed);
    Ok(if report.is_complete() { ExitCode::Done } else { ExitCode::Partial })
}
