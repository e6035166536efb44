//! `keyplan validate`

use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Failure;
use super::args::Format;
use super::exit_code::ExitCode;
use super::terminal::Terminal;
use crate::diagnostics::Severity;
use crate::proofs::Proofs;
use crate::render::diagnostics::{diagnostics, plural, tally};
use crate::render::json_v1::{self, Validation};
use crate::render::paths::Shown;
use crate::source::walk::Folder;
use crate::validate::{Counts, Validated, validate};

pub(super) fn run(
    workspace: &Utf8Path,
    format: Format,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let validated = check(workspace)?;
    let shown = Shown::below(workspace);
    match format {
        Format::Json => json_v1::write(terminal.out, &Validation::new(&validated, &shown))?,
        Format::Human => {
            diagnostics(terminal.out, &validated.diagnostics, &validated.sources, &shown, terminal.view)?;
            writeln!(terminal.out, "{}", verdict(&validated))?;
            if validated.counts.files == 0 {
                writeln!(terminal.err, "note: there is no *.yaml or *.yml file below `{workspace}`")?;
            }
        }
    }
    Ok(if validated.count(Severity::Error) > 0 { ExitCode::Findings } else { ExitCode::Done })
}

/// Checks a workspace, with the proofs that are kept in it.
fn check(workspace: &Utf8Path) -> Result<Validated, Failure> {
    // Of an absolute path it is seen whether the seal lies within the workspace, where it would be worthless.
    let cache = workspace.canonicalize_utf8().ok().map(|workspace| workspace.join(".keyplan/cache"));
    let mut proofs = Proofs::open(cache.as_deref(), seal().as_deref());
    let validated = validate(&Folder(workspace), today(), &proofs)
        .map_err(Failure::io(format!("cannot read the workspace `{workspace}`")))?;
    if !validated.proven.is_empty() {
        proofs.add(validated.proven.iter().copied());
        // Where nothing can be kept, the next run proves the keys again.
        let _ = proofs.save();
    }
    Ok(validated)
}

fn verdict(validated: &Validated) -> String {
    let Counts { files, projects, teams, keys, clusters } = validated.counts;
    if validated.count(Severity::Error) > 0 {
        let tally = tally(&validated.diagnostics).unwrap_or_default();
        return format!("not valid: {tally}");
    }
    let warnings = tally(&validated.diagnostics).map(|tally| format!(", with {tally}")).unwrap_or_default();
    format!(
        "valid{warnings}: {}, {}, {} and {} in {}",
        plural(projects, "project"),
        plural(teams, "team"),
        plural(keys, "key"),
        plural(clusters, "cluster"),
        plural(files, "file"),
    )
}

/// The day in UTC.
#[expect(clippy::disallowed_methods, reason = "the clock is read by `cli`")]
fn today() -> Date {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC).date()
}

/// The user's own secret that seals the proof cache: outside of the workspace, so that nobody who can
/// change the workspace can forge it.
#[expect(clippy::disallowed_methods, reason = "the environment is read by `cli`")]
fn seal() -> Option<Utf8PathBuf> {
    let absolute =
        |name: &str| std::env::var(name).ok().map(Utf8PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    caches.map(|caches| caches.join("keyplan/seal"))
}
