//! `keyplan plan`

use camino::Utf8Path;

use super::base;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::planning::{PlanOptions, guarded, make, print, save};
use super::terminal::Terminal;
use crate::plan::GuardRule;

/// What `plan` alone is told.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    /// The git revision to compare with, in place of the state.
    pub(super) base: Option<&'a str>,
    pub(super) out: Option<&'a Utf8Path>,
    pub(super) detailed: bool,
}

pub(super) fn run(
    options: &PlanOptions<'_>,
    run: Run<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let made = match run.base {
        Some(revision) => base::make(&base::revision(revision, options, run.out)?, options, terminal)?,
        None => make(options, terminal)?,
    };
    let Some(made) = made else { return Ok(ExitCode::Findings) };
    print(&made, options, terminal)?;
    let new_access: Vec<_> =
        made.plan.guards.iter().filter(|guard| guard.rule == GuardRule::NewAccess).cloned().collect();
    if !new_access.is_empty() {
        terminal.out.flush()?;
        return Err(guarded(&new_access));
    }
    if let Some(path) = run.out {
        save(&made, options.workspace, path, terminal.view)?;
        terminal.out.flush()?;
        terminal
            .say(&format!("saved; to apply exactly this: `keyplan apply {path} {}`", options.workspace))?;
    }
    let has_changes = !made.plan.is_empty();
    // The process ends here: to take hundreds of thousands of changes apart first would be lost time.
    std::mem::forget(made);
    Ok(if run.detailed && has_changes { ExitCode::Pending } else { ExitCode::Done })
}
