//! `keyplan show`: a saved plan, and whether it still applies.

use std::io::Write;

use camino::Utf8Path;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::places::saved_place;
use super::plan_output::PlanOutput;
use super::planning;
use super::repository::repository_paths;
use super::terminal::Terminal;
use super::workspace::{check, store};
use crate::report::json_v1;
use crate::report::paths::Shown;
use crate::report::plan::{PlanFormat, markdown, plan as draw};
use crate::state::{State, is_current, is_for};

pub(super) fn run(
    path: &Utf8Path,
    workspace: &Utf8Path,
    output: &PlanOutput,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let saved = planning::read(path)?;
    if output.format == PlanFormat::Json {
        json_v1::write(terminal.out, &saved)?;
    }
    let made = saved.plan().map_err(|fault| Failure::Refused {
        problem: format!("`{path}` cannot be shown: {fault}"),
        help: "make a new plan with `keyplan plan --out FILE`".into(),
    })?;
    let (shown, of_repository) = (Shown::below(workspace), repository_paths(workspace).shown());
    let saved = Shown::below(Utf8Path::new(""));
    let tell = |format, out: &mut dyn Write, view| match format {
        PlanFormat::Json => draw(out, &made, &|change| saved_place(&saved, change), format, view),
        PlanFormat::Human => draw(out, &made, &|change| saved_place(&shown, change), format, view),
        PlanFormat::Markdown => {
            markdown(out, &made, &|change| saved_place(&of_repository, change), None, output.max_bytes)
        }
    };
    if output.format != PlanFormat::Json {
        tell(output.format, terminal.out, terminal.view)?;
    }
    output.report(terminal.view, tell)?;
    terminal.out.flush()?;
    let validated = check(workspace, terminal)?;
    let store = store(workspace, &validated, terminal)?;
    let state = State::open(&store)?;
    is_for(&made, &validated.settings)?;
    is_current(&made, &state)?;
    terminal.say(&format!("this plan still applies: `keyplan apply {path} {workspace}`"))?;
    Ok(ExitCode::Done)
}
