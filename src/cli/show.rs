//! `keyplan show`: a saved plan, and whether it still applies.

use camino::Utf8Path;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::places::saved_place;
use super::planning;
use super::terminal::Terminal;
use super::workspace::{check, store};
use crate::report::json_v1;
use crate::report::paths::Shown;
use crate::report::plan::{PlanFormat, plan as draw};
use crate::state::{State, is_current, is_for};

pub(super) fn run(
    path: &Utf8Path,
    workspace: &Utf8Path,
    format: PlanFormat,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let saved = planning::read(path)?;
    if format == PlanFormat::Json {
        json_v1::write(terminal.out, &saved)?;
    }
    let made = saved.plan().map_err(|fault| Failure::Refused {
        problem: format!("`{path}` cannot be shown: {fault}"),
        help: "make a new plan with `keyplan plan --out FILE`".into(),
    })?;
    if format == PlanFormat::Human {
        let shown = Shown::below(workspace);
        draw(terminal.out, &made, &|change| saved_place(&shown, change), format, terminal.view)?;
    }
    terminal.out.flush()?;
    let validated = check(workspace, terminal)?;
    let store = store(workspace, &validated)?;
    let state = State::open(&store)?;
    is_for(&made, &validated.settings)?;
    is_current(&made, &state)?;
    terminal.say(&format!("this plan still applies: `keyplan apply {path} {workspace}`"))?;
    Ok(ExitCode::Done)
}
