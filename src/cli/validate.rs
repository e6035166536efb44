//! `keyplan validate`

use camino::Utf8Path;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::repository::repository_paths;
use super::terminal::Terminal;
use super::workspace::check;
use crate::check::{Counts, Validated};
use crate::diagnostics::Severity;
use crate::report::findings::{FindingsFormat, findings, tally};
use crate::report::paths::Shown;
use crate::report::view::plural;

pub(super) fn run(
    workspace: &Utf8Path,
    format: FindingsFormat,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let validated = check(workspace, terminal)?;
    let (shown, paths) = (Shown::below(workspace), repository_paths(workspace));
    let view = terminal.view;
    let out = if format == FindingsFormat::Github { terminal.runner_commands()? } else { &mut *terminal.out };
    findings(out, &validated, (&shown, &paths), format, view)?;
    if format == FindingsFormat::Human {
        writeln!(terminal.out, "{}", verdict(&validated))?;
        if validated.counts.files == 0 {
            terminal.say(&format!("note: there is no *.yaml or *.yml file below `{workspace}`"))?;
        }
    }
    let has_errors = validated.count(Severity::Error) > 0;
    // The process ends here: to take hundreds of thousands of resources apart first would be lost time.
    std::mem::forget(validated);
    Ok(if has_errors { ExitCode::Findings } else { ExitCode::Done })
}

fn verdict(validated: &Validated) -> String {
    let Counts { files, projects, teams, keys, clusters, tests } = validated.counts;
    if validated.count(Severity::Error) > 0 {
        let tally = tally(&validated.diagnostics).unwrap_or_default();
        return format!("not valid: {tally}");
    }
    let warnings = tally(&validated.diagnostics).map(|tally| format!(", with {tally}")).unwrap_or_default();
    let tests = if tests == 0 { String::new() } else { format!("; {}", plural(tests, "access test")) };
    format!(
        "valid{warnings}: {}, {}, {} and {} in {}{tests}",
        plural(projects, "project"),
        plural(teams, "team"),
        plural(keys, "key"),
        plural(clusters, "cluster"),
        plural(files, "file"),
    )
}
