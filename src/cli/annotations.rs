//! Annotations of GitHub Actions, behind what people read.

use super::args::Annotations;
use super::environment::variable;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::check::Validated;
use crate::report::findings::github_annotations;
use crate::report::paths::RepositoryPaths;

/// Annotates what was found, unless a format is asked for.
pub(super) fn annotate(
    validated: &Validated,
    paths: &RepositoryPaths,
    (when, is_format_asked): (Annotations, bool),
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    if when == Annotations::Auto && !is_format_asked && is_on_github() {
        github_annotations(terminal.runner_commands()?, validated, paths)?;
    }
    Ok(())
}

fn is_on_github() -> bool {
    variable("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}
