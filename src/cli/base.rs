//! `plan --base`: the workspace at a git revision takes the place of the state.

use camino::Utf8Path;

use super::failure::Failure;
use super::planning::{Made, PlanOptions, not_valid, note_warnings};
use super::progress::watched;
use super::terminal::Terminal;
use super::workspace::{check_files, proofs};
use crate::check::proofs::Proofs;
use crate::diagnostics::{quoted, visible};
use crate::model::{Desired, Settings};
use crate::plan::GitBase;
use crate::planner;
use crate::report::paths::Shown;
use crate::report::plan::PlanFormat;
use crate::source::git::{Commit, Repository, Revision, Snapshot};
use crate::source::walk::Folder;

/// The revision that is asked for, where what else is asked for goes with it.
pub(super) fn revision(
    text: &str,
    options: &PlanOptions<'_>,
    out: Option<&Utf8Path>,
) -> Result<Revision, Failure> {
    if out.is_some() {
        return Err(Failure::Usage {
            problem:
                "a plan with `--base` cannot be saved: it compares with git and not with the state, so that \
                      it cannot be applied"
                    .into(),
            help: "leave `--base` out to plan what is to be applied; `--format json` prints this plan".into(),
        });
    }
    if !options.forget.is_empty() {
        return Err(Failure::Usage {
            problem: "`--forget-node` means nothing with `--base`: no node is visited".into(),
            help: "leave it out".into(),
        });
    }
    Revision::parse(text).map_err(|why| Failure::Usage {
        problem: format!("{} is no git revision: {why}", quoted(text)),
        help: "name a branch, a tag or a commit, as in `--base origin/main`".into(),
    })
}

/// The plan that leads from a revision to the workspace; nothing when the declarations of either have errors, which
/// are then shown.
pub(super) fn make(
    revision: &Revision,
    options: &PlanOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Made>, Failure> {
    let workspace = options.workspace;
    let repository = Repository::of(workspace)?;
    let commit = repository.commit(revision)?;
    let snapshot = Snapshot::of(&repository, &commit)?;
    let mut proofs = proofs(workspace);
    let mut validated = check_files(&Folder(workspace), workspace, &mut proofs, terminal)?;
    let Some(desired) = validated.desired.take() else {
        not_valid(&validated, &Shown::below(workspace), options.format, "planned", terminal)?;
        return Ok(None);
    };
    note_warnings(&validated, options, terminal)?;
    let Some(declared) = declared(snapshot, (&repository, &commit), &mut proofs, options, terminal)? else {
        return Ok(None);
    };
    if options.format == PlanFormat::Human {
        let revision = visible(commit.revision.as_str());
        writeln!(terminal.out, "Against {revision} ({}), not the state.\n", commit.short())?;
    }
    let git = GitBase { revision: commit.revision.as_str().into(), commit: commit.id.to_string() };
    let plan = watched(
        terminal.tells_progress,
        || "comparing with git".into(),
        || planner::compare((declared.0, &declared.1), desired, options.allowed, git),
    );
    Ok(Some(Made { plan, validated }))
}

/// What the workspace declares at a commit, with its settings; nothing when that has errors, which are then shown.
fn declared(
    snapshot: Option<Snapshot>,
    (repository, commit): (&Repository, &Commit),
    proofs: &mut Proofs,
    options: &PlanOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<Option<(Desired, Settings)>, Failure> {
    let revision = commit.revision.as_str();
    let Some(snapshot) = snapshot else {
        terminal.say(&format!(
            "note: there is no {} at {}, so that all that is declared is new",
            quoted(repository.prefix()),
            quoted(revision)
        ))?;
        return Ok(Some((Desired::default(), Settings::default())));
    };
    let mut validated = check_files(&snapshot, options.workspace, proofs, terminal)?;
    let Some(desired) = validated.desired.take() else {
        let shown = Shown::at_revision(revision, repository.prefix());
        not_valid(&validated, &shown, options.format, "planned", terminal)?;
        terminal.say(&format!(
            "note: these are findings at {}; name a revision at which the declarations are valid",
            quoted(revision)
        ))?;
        return Ok(None);
    };
    Ok(Some((desired, validated.settings)))
}
