//! `plan --base`: the workspace at a git revision takes the place of the state.

use camino::Utf8Path;

use super::failure::Failure;
use super::planning::{Made, PlanOptions, no_plan, note_warnings, stopped};
use super::progress::watched;
use super::terminal::Terminal;
use super::workspace::{check_files, proofs};
use crate::check::proofs::Proofs;
use crate::diagnostics::{quoted, visible};
use crate::model::{AccessTest, Desired, Settings, UserName};
use crate::plan::{GitBase, Review};
use crate::planner;
use crate::report::paths::Shown;
use crate::report::plan::PlanFormat;
use crate::source::git::{Commit, Repository, Revision, Snapshot};
use crate::source::walk::{Files, Folder};

/// The revision that is asked for, where what else is asked for goes with it.
pub(super) fn revision(
    text: &str,
    options: &PlanOptions<'_>,
    (out, reviewed): (Option<&Utf8Path>, Reviewed<'_>),
) -> Result<Revision, Failure> {
    if reviewed.author.is_some() && text.ends_with("...") {
        return Err(Failure::Usage {
            problem: "who has to approve is not read where a branch began: its author chose that".into(),
            help: format!(
                "name the branch that the change is for: `--base {}`",
                visible(text.trim_end_matches('.'))
            ),
        });
    }
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
    git_revision(text)
}

/// A revision of git that `--base` names.
pub(super) fn git_revision(text: &str) -> Result<Revision, Failure> {
    Revision::parse(text).map_err(|why| Failure::Usage {
        problem: format!("{} is no git revision: {why}", quoted(text)),
        help: "name a branch, a tag or a commit, as in `--base origin/main`".into(),
    })
}

/// Who wrote a change and who has approved it, by their logins at the forge.
#[derive(Clone, Copy)]
pub(super) struct Reviewed<'a> {
    pub(super) author: Option<&'a str>,
    pub(super) approved_by: &'a [String],
}

impl Reviewed<'_> {
    /// The review, by what the settings at the base say. `also` is what else the owners answer for.
    fn by(self, settings: &Settings, also: Vec<&'static str>) -> Result<Option<Review>, Failure> {
        let Some(author) = self.author else { return Ok(None) };
        let user = |login: &str| match settings.people.get(login) {
            Some(user) => Ok(user.clone()),
            None => UserName::parse(login).map_err(|why| Failure::Usage {
                problem: format!("{} is neither a login nor a user: {why}", quoted(login)),
                help: "name the logins of the forge, with `spec.people` in `keyplan.yaml`, or users".into(),
            }),
        };
        // Where logins are told apart from users, a login that happens to be the name of a user is not that user.
        let counts =
            |login: &&String| settings.people.is_empty() || settings.people.contains_key(login.as_str());
        let approved_by = self.approved_by.iter().filter(counts).map(|login| user(login));
        Ok(Some(Review {
            author: user(author)?,
            approved_by: approved_by.collect::<Result<_, _>>()?,
            owners: settings.owners.clone(),
            also,
        }))
    }
}

/// Whether the settings of the workspace are written otherwise than at the base.
fn settings_differ(base: Option<&Snapshot>, workspace: &Utf8Path) -> bool {
    let texts = |files: &dyn Files| ["keyplan.yaml", "keyplan.yml"].map(|path| files.read(path.into()).ok());
    base.map_or([None, None], |base| texts(base)) != texts(&Folder(workspace))
}

/// The plan that leads from a revision to the workspace; nothing when the declarations of either have errors, which
/// are then shown.
pub(super) fn make(
    revision: &Revision,
    reviewed: Reviewed<'_>,
    options: &PlanOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Made>, Failure> {
    let workspace = options.workspace;
    let repository = Repository::of(workspace)?;
    let commit = repository.commit(revision)?;
    let snapshot = Snapshot::of(&repository, &commit)?;
    let settings_differ = settings_differ(snapshot.as_ref(), workspace);
    let mut proofs = proofs(workspace);
    let mut validated = check_files(&Folder(workspace), workspace, &mut proofs, terminal)?;
    let Some(desired) = validated.desired.take() else {
        stopped(&validated, options, terminal)?;
        return Ok(None);
    };
    note_warnings(&validated, options, terminal)?;
    let Some(declared) = declared(snapshot, (&repository, &commit), &mut proofs, options, terminal)? else {
        return Ok(None);
    };
    let Declared { desired: declared, settings, tests } = declared;
    let tests_differ = !tests.iter().eq(validated.tests.iter().map(|test| &test.value));
    let owned = [(settings_differ, "keyplan.yaml"), (tests_differ, "access tests")];
    let also = owned.into_iter().filter_map(|(differs, what)| differs.then_some(what)).collect();
    let review = reviewed.by(&settings, also)?;
    if options.output.format == PlanFormat::Human {
        let revision = visible(commit.revision.as_str());
        writeln!(terminal.out, "Against {revision} ({}), not the state.\n", commit.short())?;
    }
    let git = GitBase { revision: commit.revision.as_str().into(), commit: commit.id.to_string() };
    let plan = watched(
        terminal.tells_progress,
        || "comparing with git".into(),
        || planner::compare((declared, &settings), desired, options.allowed, (git, review.as_ref())),
    );
    Ok(Some(Made { plan, validated }))
}

/// What the workspace declares at a commit.
#[derive(Default)]
struct Declared {
    desired: Desired,
    settings: Settings,
    /// By name.
    tests: Vec<AccessTest>,
}

/// What the workspace declares at a commit; nothing when that has errors, which are then shown.
fn declared(
    snapshot: Option<Snapshot>,
    (repository, commit): (&Repository, &Commit),
    proofs: &mut Proofs,
    options: &PlanOptions<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Declared>, Failure> {
    let revision = commit.revision.as_str();
    let Some(snapshot) = snapshot else {
        terminal.say(&format!(
            "note: there is no {} at {}, so that all that is declared is new",
            quoted(repository.prefix()),
            quoted(revision)
        ))?;
        return Ok(Some(Declared::default()));
    };
    let mut validated = check_files(&snapshot, options.workspace, proofs, terminal)?;
    let Some(desired) = validated.desired.take() else {
        let shown = Shown::at_revision(revision, repository.prefix());
        no_plan(&validated, (&shown, &shown), &options.output, terminal)?;
        terminal.say(&format!(
            "note: these are findings at {}; name a revision at which the declarations are valid",
            quoted(revision)
        ))?;
        return Ok(None);
    };
    let tests = validated.tests.into_iter().map(|test| test.value).collect();
    Ok(Some(Declared { desired, settings: validated.settings, tests }))
}
