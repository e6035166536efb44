//! `keyplan validate`

use camino::Utf8Path;

use super::args::Fixing;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::fix;
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
    fixing: Fixing,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let shown = Shown::below(workspace);
    if fixing.fix || fixing.diff {
        let fixed = fix::fixed(workspace, fixing, terminal)?;
        if fixing.diff {
            fix::show(&fixed, &shown, terminal)?;
            return Ok(exit_code(&fixed.before));
        }
        fix::write(workspace, &fixed, &shown, terminal)?;
        return tell(fixed.left(), workspace, format, terminal);
    }
    if fixing.unsafe_fixes {
        return Err(Failure::Usage {
            problem: "`--unsafe-fixes` alone fixes nothing".into(),
            help: "write `--fix --unsafe-fixes`, or `--diff --unsafe-fixes` to look at them first".into(),
        });
    }
    let validated = check(workspace, terminal)?;
    let code = tell(&validated, workspace, format, terminal)?;
    // The process ends here: to take hundreds of thousands of resources apart first would be lost time.
    std::mem::forget(validated);
    Ok(code)
}

/// Prints what was found, and the verdict.
fn tell(
    validated: &Validated,
    workspace: &Utf8Path,
    format: FindingsFormat,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let (shown, paths) = (Shown::below(workspace), repository_paths(workspace));
    let view = terminal.view;
    let out = if format == FindingsFormat::Github { terminal.runner_commands()? } else { &mut *terminal.out };
    findings(out, validated, (&shown, &paths), format, view)?;
    if format == FindingsFormat::Human {
        writeln!(terminal.out, "{}", verdict(validated))?;
        if validated.counts.files == 0 {
            terminal.say(&format!("note: there is no *.yaml or *.yml file below `{workspace}`"))?;
        }
        fix::tell_of_fixes(validated, terminal)?;
    }
    Ok(exit_code(validated))
}

fn exit_code(validated: &Validated) -> ExitCode {
    if validated.count(Severity::Error) > 0 { ExitCode::Findings } else { ExitCode::Done }
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
