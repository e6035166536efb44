//! `keyplan plan`

use camino::Utf8Path;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::planning::{PlanOptions, make, print, save};
use super::terminal::Terminal;

pub(super) fn run(
    options: &PlanOptions<'_>,
    out: Option<&Utf8Path>,
    detailed: bool,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let Some(made) = make(options, terminal)? else { return Ok(ExitCode::Findings) };
    print(&made, options, terminal)?;
    if let Some(path) = out {
        save(&made, options.workspace, path, terminal.view)?;
        terminal.out.flush()?;
        terminal
            .say(&format!("saved; to apply exactly this: `keyplan apply {path} {}`", options.workspace))?;
    }
    let has_changes = !made.plan.is_empty();
    // The process ends here: to take hundreds of thousands of changes apart first would be lost time.
    std::mem::forget(made);
    Ok(if detailed && has_changes { ExitCode::Pending } else { ExitCode::Done })
}
