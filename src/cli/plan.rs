//! `keyplan plan`

use camino::Utf8Path;

use super::args::PlanArgs;
use super::base::{self, Reviewed};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::planning::{PlanOptions, guarded, make, print, save};
use super::terminal::Terminal;
use crate::plan::{Guard, GuardRule};

pub(super) fn run(
    args: &PlanArgs,
    options: &PlanOptions<'_>,
    out: Option<&Utf8Path>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let made = match &args.base {
        Some(revision) => {
            let reviewed = Reviewed { author: args.author.as_deref(), approved_by: &args.approved_by };
            base::make(&base::revision(revision, options, (out, reviewed))?, reviewed, options, terminal)?
        }
        None => make(options, terminal)?,
    };
    let Some(made) = made else { return Ok(ExitCode::Findings) };
    print(&made, options, terminal)?;
    // These are asked for by options of `plan` alone, so that nothing else refuses by them.
    let is_asked_for = |guard: &&Guard| matches!(guard.rule, GuardRule::NewAccess | GuardRule::NeedsApproval);
    let refused: Vec<_> = made.plan.guards.iter().filter(is_asked_for).cloned().collect();
    if !refused.is_empty() {
        terminal.out.flush()?;
        return Err(guarded(&refused));
    }
    if let Some(path) = out {
        save(&made, options, path, terminal.view)?;
        terminal.out.flush()?;
        terminal
            .say(&format!("saved; to apply exactly this: `keyplan apply {path} {}`", options.workspace))?;
    }
    let has_changes = !made.plan.is_empty();
    // The process ends here: to take hundreds of thousands of changes apart first would be lost time.
    std::mem::forget(made);
    Ok(if args.detailed_exitcode && has_changes { ExitCode::Pending } else { ExitCode::Done })
}
