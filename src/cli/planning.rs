//! Making, drawing, saving and reading plans: what `plan`, `show`, `apply` and `render` share.
#![expect(clippy::disallowed_methods, reason = "a saved plan is read from a file")]

use std::fs::{self, File};
use std::io::{self, BufReader, Write};

use camino::Utf8Path;

use super::annotations::annotate;
use super::args::{Annotations, Format};
use super::failure::Failure;
use super::places::Places;
use super::plan_output::{PlanOutput, plan_file};
use super::progress::watched;
use super::repository::repository_paths;
use super::terminal::Terminal;
use super::workspace::{check, store};
use crate::check::Validated;
use crate::diagnostics::{Severity, quoted};
use crate::model::{Desired, Settings, TargetKind};
use crate::plan::{Allowed, CannotForget, Change, Guard, Plan};
use crate::planner;
use crate::report::findings::{draw, markdown as markdown_findings, tally};
use crate::report::json_v1::{self, Validation};
use crate::report::paths::Shown;
use crate::report::plan::{self, PlanFormat};
use crate::report::view::View;
use crate::state::State;
use crate::state::plan_v1::PlanFile;
use crate::state::store::StateStore;

/// How much of a saved plan is read at a time, in bytes.
const AT_A_TIME: usize = 1 << 16;

/// What `plan` and `apply` are told.
pub(super) struct PlanOptions<'a> {
    pub(super) workspace: &'a Utf8Path,
    pub(super) output: PlanOutput,
    pub(super) annotations: Annotations,
    pub(super) allowed: Allowed,
    pub(super) forget: &'a [String],
}

/// A plan with what it was made from.
pub(super) struct Made {
    pub(super) plan: Plan,
    pub(super) validated: Validated,
}

/// The plan of a workspace; nothing when its declarations have errors, which are then shown.
pub(super) fn make(options: &PlanOptions<'_>, terminal: &mut Terminal<'_>) -> Result<Option<Made>, Failure> {
    let Some(valid) = valid(options, terminal)? else { return Ok(None) };
    note_warnings(&valid.validated, options, terminal)?;
    let store = store(options.workspace, &valid.validated, terminal)?;
    of(valid, &store, options, terminal).map(Some)
}

/// A workspace without errors, and what it declares.
pub(super) struct Valid {
    pub(super) validated: Validated,
    desired: Desired,
}

/// Checks a workspace; nothing when its declarations have errors, which are then shown.
pub(super) fn valid(
    options: &PlanOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Valid>, Failure> {
    let mut validated = check(options.workspace, terminal)?;
    let Some(desired) = validated.desired.take() else {
        stopped(&validated, options, terminal)?;
        return Ok(None);
    };
    Ok(Some(Valid { validated, desired }))
}

/// The plan of a workspace against the state in a store.
pub(super) fn of(
    Valid { validated, desired }: Valid,
    store: &dyn StateStore,
    options: &PlanOptions<'_>,
    terminal: &Terminal<'_>,
) -> Result<Made, Failure> {
    let settings = &validated.settings;
    let mut plan = watched(
        terminal.tells_progress,
        || "comparing with the state".into(),
        || planner::plan(&State::open(store)?, desired, settings, options.allowed),
    )?;
    forget(&mut plan, options.forget, settings)?;
    debug_assert_eq!(validated.count(Severity::Error), 0, "what is desired has no error");
    Ok(Made { plan, validated })
}

/// Says how many findings stop nothing.
pub(super) fn note_warnings(
    validated: &Validated,
    options: &PlanOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    if let (PlanFormat::Human, Some(tally)) = (options.output.format, tally(&validated.diagnostics)) {
        terminal.say(&format!("note: {tally}; `keyplan validate {}` shows them", options.workspace))?;
    }
    Ok(())
}

/// Gives up nodes that a plan takes a block away from.
pub(super) fn forget(plan: &mut Plan, nodes: &[String], settings: &Settings) -> Result<(), Failure> {
    if !nodes.is_empty() && settings.target != TargetKind::Ssh {
        return Err(Failure::Usage {
            problem: "`--forget-node` means nothing here: only the target `ssh` visits nodes".into(),
            help: "leave it out".into(),
        });
    }
    plan.forget(nodes).map_err(|CannotForget { node, nearest, is_any }| Failure::Usage {
        problem: format!("{} cannot be given up: no cluster leaves it in this plan", quoted(&node)),
        help: match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None if is_any => "name a node as it is recorded, with its port if it has one".into(),
            None => "take it from `nodes`, or delete its cluster, in the same change".into(),
        },
    })
}

/// Shows why declarations are not valid, and says what was not done because of that.
pub(super) fn not_valid(
    validated: &Validated,
    shown: &Shown,
    format: Format,
    undone: &str,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    match format {
        Format::Json => json_v1::write(terminal.out, &Validation::new(validated, shown))?,
        Format::Human => {
            draw(terminal.err, validated, shown, terminal.view)?;
            let tally = tally(&validated.diagnostics).unwrap_or_default();
            terminal.say(&format!("not valid: {tally}; nothing was {undone}"))?;
        }
    }
    Ok(())
}

/// Shows why a workspace has no plan.
pub(super) fn stopped(
    validated: &Validated,
    options: &PlanOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let paths = repository_paths(options.workspace);
    no_plan(validated, (&Shown::below(options.workspace), &paths.shown()), &options.output, terminal)?;
    annotate(validated, &paths, (options.annotations, options.output.is_format_asked), terminal)
}

/// Shows why there is no plan, with places for the caller, and those of the repository for a review.
pub(super) fn no_plan(
    validated: &Validated,
    (shown, of_repository): (&Shown, &Shown),
    output: &PlanOutput,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let tell = |format, out: &mut dyn Write, view| match format {
        PlanFormat::Json => json_v1::write(out, &Validation::new(validated, shown)),
        PlanFormat::Human => draw(out, validated, shown, view),
        PlanFormat::Markdown => markdown_findings(out, validated, of_repository, output.max_bytes),
    };
    match output.format {
        PlanFormat::Human => not_valid(validated, shown, Format::Human, "planned", terminal)?,
        PlanFormat::Json | PlanFormat::Markdown => tell(output.format, terminal.out, terminal.view)?,
    }
    output.report(terminal.view, tell)
}

/// The refusal: every guard by its name, and what to do about the first.
pub(super) fn guarded(guards: &[Guard]) -> Failure {
    let rules: Vec<_> = guards.iter().map(|guard| guard.rule.word()).collect();
    let first = guards.first();
    let (summary, help) =
        first.map(|guard| (guard.summary.as_str(), guard.help.as_str())).unwrap_or_default();
    Failure::Guarded {
        problem: format!("refused by {}: {summary}", rules.join(", ")),
        help: format!("{help}; `keyplan explain {}` tells more", rules.first().copied().unwrap_or_default()),
    }
}

/// Tells a plan in the formats that were asked for.
pub(super) fn print(
    made: &Made,
    options: &PlanOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    options.output.tell(terminal, |format, out, view| write(made, options, format, out, view))
}

/// Writes a plan.
pub(super) fn write(
    made: &Made,
    options: &PlanOptions<'_>,
    format: PlanFormat,
    out: &mut dyn Write,
    view: View,
) -> io::Result<()> {
    let places = places(options.workspace, &made.validated, format);
    let places = |change: &Change| places.of(change);
    match format {
        PlanFormat::Markdown => plan::markdown(out, &made.plan, &places, None, options.output.max_bytes),
        PlanFormat::Human | PlanFormat::Json => plan::plan(out, &made.plan, &places, format, view),
    }
}

/// Where changes are asked for. In JSON, which is kept, places are below the workspace: the same on any machine, from any
/// directory; in Markdown they are those of the repository.
pub(super) fn places<'a>(
    workspace: &'a Utf8Path,
    validated: &'a Validated,
    format: PlanFormat,
) -> Places<'a> {
    let shown = match format {
        PlanFormat::Human => Shown::below(workspace),
        PlanFormat::Json => Shown::below(Utf8Path::new("")),
        PlanFormat::Markdown => repository_paths(workspace).shown(),
    };
    Places { workspace, validated, shown }
}

pub(super) fn save(
    made: &Made,
    options: &PlanOptions<'_>,
    path: &Utf8Path,
    view: View,
) -> Result<(), Failure> {
    plan_file(path).replace(|out| write(made, options, PlanFormat::Json, out, view))
}

/// Reads a plan that `--out` saved.
pub(super) fn read(path: &Utf8Path) -> Result<PlanFile, Failure> {
    let failed = || Failure::io(format!("cannot read the plan `{path}`"));
    if !fs::metadata(path).map_err(failed())?.is_file() {
        return Err(Failure::Refused {
            problem: format!("`{path}` is no plan of keyplan"),
            help: "name a file that `keyplan plan --out FILE` wrote".into(),
        });
    }
    let file = File::open(path).map_err(failed())?;
    PlanFile::read(BufReader::with_capacity(AT_A_TIME, file)).map_err(|fault| Failure::Refused {
        problem: format!("`{path}` cannot be applied: {fault}"),
        help: "make a new plan with `keyplan plan --out FILE`".into(),
    })
}
