//! `keyplan validate`

use std::io::Write;

use camino::Utf8Path;

use super::annotations::annotate;
use super::args::ValidateArgs;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::fix;
use super::report_files::{Reports, format};
use super::repository::repository_paths;
use super::terminal::Terminal;
use super::workspace::check;
use crate::check::{Counts, Validated};
use crate::diagnostics::Severity;
use crate::report::findings::{FindingsFormat, findings, tally};
use crate::report::paths::Shown;
use crate::report::view::{View, plural};

pub(super) fn run(
    args: &ValidateArgs,
    workspace: &Utf8Path,
    reports: &Reports<FindingsFormat>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let fixing = args.fixing;
    let shown = Shown::below(workspace);
    if fixing.fix || fixing.diff {
        let fixed = fix::fixed(workspace, fixing, terminal)?;
        if fixing.diff {
            fix::show(&fixed, &shown, terminal)?;
            return ended(&fixed.before, args, workspace);
        }
        fix::write(workspace, &fixed, &shown, terminal)?;
        return tell(fixed.left(), (args, workspace), reports, terminal);
    }
    if fixing.unsafe_fixes {
        return Err(Failure::Usage {
            problem: "`--unsafe-fixes` alone fixes nothing".into(),
            help: "write `--fix --unsafe-fixes`, or `--diff --unsafe-fixes` to look at them first".into(),
        });
    }
    let validated = check(workspace, terminal)?;
    let ended = tell(&validated, (args, workspace), reports, terminal);
    // The process ends here: to take hundreds of thousands of resources apart first would be lost time.
    std::mem::forget(validated);
    ended
}

/// Tells what was found, and ends by it.
fn tell(
    validated: &Validated,
    (args, workspace): (&ValidateArgs, &Utf8Path),
    reports: &Reports<FindingsFormat>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let asked = format(args.format)?;
    let (shown, paths) = (Shown::below(workspace), repository_paths(workspace));
    let tell = |format, out: &mut dyn Write, view| {
        findings(out, validated, (&shown, &paths), format, view)?;
        if format == FindingsFormat::Human { writeln!(out, "{}", verdict(validated)) } else { Ok(()) }
    };
    let (printed, view) = (asked.unwrap_or(FindingsFormat::Human), terminal.view);
    tell(printed, if is_for_runner(printed) { terminal.runner_commands()? } else { terminal.out }, view)?;
    annotate(validated, &paths, (args.annotations, asked.is_some()), terminal)?;
    let plain = View { color: false, ..view };
    reports.write(is_for_runner, |format, out| tell(format, out, plain))?;
    if printed == FindingsFormat::Human {
        if validated.counts.files == 0 {
            terminal.say(&format!("note: there is no *.yaml or *.yml file below `{workspace}`"))?;
        }
        fix::tell_of_fixes(validated, terminal)?;
    }
    ended(validated, args, workspace)
}

fn ended(validated: &Validated, args: &ValidateArgs, workspace: &Utf8Path) -> Result<ExitCode, Failure> {
    let has = |severity| validated.count(severity) > 0;
    let files = validated.counts.files;
    match args.min_files {
        _ if has(Severity::Error) || (args.deny_warnings && has(Severity::Warning)) => Ok(ExitCode::Findings),
        Some(least) if files < least => Err(Failure::Refused {
            problem: format!(
                "{} below `{workspace}`, and at least {least} were expected",
                plural(files, "file")
            ),
            help: "name the folder that holds the declarations, or another number".into(),
        }),
        _ => Ok(ExitCode::Done),
    }
}

/// Whether a runner is to obey what is written in a format.
const fn is_for_runner(format: FindingsFormat) -> bool {
    matches!(format, FindingsFormat::Github)
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
