//! What `who`, `reach` and `why` share: of what they answer, opened no further than the question needs.

use std::collections::BTreeSet;

use camino::Utf8Path;
use jiff::civil::Date;

use super::args::{AccessOptions, AnsweredOf, Format};
use super::base::git_revision;
use super::failure::Failure;
use super::field_lines::{Declarations, FieldLines};
use super::planning::not_valid;
use super::progress::watched;
use super::terminal::Terminal;
use super::workspace::{check, check_files, proofs, store, today};
use crate::access::FormerHolders;
use crate::access::query::Facts;
use crate::check::Validated;
use crate::diagnostics::quoted;
use crate::model::{AccessTest, Cluster, Declared, DocumentId, Name, Recorded};
use crate::report::access::csv::{Counts, count};
use crate::report::access::{AccessFormat, AccessOf, DeclaredPlaces, LineOf, LinkField};
use crate::report::paths::Shown;
use crate::source::git::{Repository, Snapshot};
use crate::state::store::objects::both;
use crate::state::{State, StateError};

/// What a question is answered of.
pub(super) struct Answerable {
    pub(super) of: AccessOf,
    pub(super) recorded: Recorded,
    pub(super) former: FormerHolders,
    validated: Validated,
    shown: Shown,
    lines: FieldLines,
}

/// The projects that a question is about, and whether what was opened of them is enough to answer it.
pub(super) struct Needed<'a> {
    pub(super) projects: BTreeSet<Name>,
    pub(super) is_enough: &'a dyn Fn(&Recorded, &FormerHolders) -> bool,
}

impl Answerable {
    pub(super) const fn facts(&self) -> Facts<'_, Recorded> {
        Facts { view: &self.recorded, former: &self.former, day: self.of.day }
    }

    /// The access tests that the workspace declares.
    pub(super) fn tests(&self) -> &[Declared<AccessTest>] {
        &self.validated.tests
    }

    /// Where the workspace declares it; nothing while that is not valid.
    pub(super) fn places<'a>(&'a self, line: &'a LineOf<'a>) -> Option<DeclaredPlaces<'a>> {
        let desired = self.validated.desired.as_ref()?;
        Some(DeclaredPlaces { desired, sources: &self.validated.sources, shown: self.shown.clone(), line })
    }

    /// The lines of fields in the declarations.
    pub(super) fn lines(&self) -> impl Fn(DocumentId, LinkField) -> Option<usize> + Sync {
        |document, field| self.lines.line(&self.validated.sources, document, field)
    }

    /// The last day of the keys that are asked about.
    pub(super) fn until(&self, options: &AccessOptions) -> Result<Option<Date>, Failure> {
        let Some(days) = options.expires_within else { return Ok(None) };
        let until = self.of.day.checked_add(jiff::Span::new().days(i64::from(days)));
        until.map(Some).map_err(|_| Failure::Usage {
            problem: format!("{days} days are more than a calendar holds"),
            help: "write fewer, as in `--expires-within 90d`".into(),
        })
    }
}

/// Opens what a question is to be answered of; nothing when that is what is declared and has errors, which are then
/// shown.
pub(super) fn open(
    workspace: &Utf8Path,
    (asked, format): (&AnsweredOf, AccessFormat),
    needed: Option<&Needed<'_>>,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Answerable>, Failure> {
    if let Some(base) = &asked.base {
        return at_base(workspace, base, format, terminal);
    }
    let validated = check(workspace, terminal)?;
    let shown = Shown::below(workspace);
    let lines = FieldLines::of(Declarations::Folder(workspace.to_owned()));
    let now = AccessOf { revision: None, day: today(), base: None, is_unrecorded: false };
    if asked.declared {
        return declared((validated, shown, lines), now, format, terminal);
    }
    let store = store(workspace, &validated, terminal)?;
    let state = State::open(&store)?;
    if state.revision() == 0 && asked.at.is_none() {
        return declared(
            (validated, shown, lines),
            AccessOf { is_unrecorded: true, ..now },
            format,
            terminal,
        );
    }
    let (state, day) = at(state, asked.at.as_deref())?;
    let (recorded, former) =
        watched(terminal.tells_progress, || "reading the state".into(), || read(&state, needed))?;
    if validated.desired.is_none() {
        terminal.say(&format!(
            "note: the declarations are not valid, so that nothing tells where they say so; \
             `keyplan validate {workspace}` shows why"
        ))?;
    }
    let of = AccessOf { revision: Some(state.revision()), day, ..now };
    Ok(Some(Answerable { of, recorded, former, validated, shown, lines }))
}

/// What is declared at a git revision; nothing when that has errors, which are then shown.
fn at_base(
    workspace: &Utf8Path,
    base: &str,
    format: AccessFormat,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Answerable>, Failure> {
    let repository = Repository::of(workspace)?;
    let commit = repository.commit(&git_revision(base)?)?;
    let revision = commit.revision.as_str();
    let snapshot = Snapshot::of(&repository, &commit)?.ok_or_else(|| Failure::Refused {
        problem: format!("there is no {} at {}", quoted(repository.prefix()), quoted(revision)),
        help: "name a revision at which the workspace is there".into(),
    })?;
    let validated = check_files(&snapshot, workspace, &mut proofs(workspace), terminal)?;
    let shown = Shown::at_revision(revision, repository.prefix());
    let base = Some((revision.to_owned(), commit.id.to_string()));
    let of = AccessOf { revision: None, day: today(), base, is_unrecorded: false };
    let lines = FieldLines::of(Declarations::Git(Box::new(snapshot)));
    declared((validated, shown, lines), of, format, terminal)
}

/// What is declared. Who held keys before is not.
fn declared(
    (validated, shown, lines): (Validated, Shown, FieldLines),
    of: AccessOf,
    format: AccessFormat,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Answerable>, Failure> {
    let Some(desired) = &validated.desired else {
        let format = match format {
            AccessFormat::Json => Format::Json,
            AccessFormat::Human | AccessFormat::Csv => Format::Human,
        };
        not_valid(&validated, &shown, format, "answered", terminal)?;
        return Ok(None);
    };
    let recorded = Recorded::from(desired);
    Ok(Some(Answerable { of, recorded, former: FormerHolders::default(), validated, shown, lines }))
}

/// As much of a state as a question needs: all of it where what it needs does not answer it.
fn read(state: &State<'_>, needed: Option<&Needed<'_>>) -> Result<(Recorded, FormerHolders), StateError> {
    let projects = needed.map(|needed| &needed.projects);
    let recorded = || projects.map_or_else(|| state.recorded(), |projects| state.recorded_of(projects));
    let (former, recorded) = both(state.store(), || state.former_holders(), recorded);
    let (former, recorded) = (former?, recorded?);
    let is_enough = needed.is_none_or(|needed| (needed.is_enough)(&recorded, &former));
    Ok((if is_enough { recorded } else { state.recorded()? }, former))
}

/// The revision that is asked about, and the day by which its keys have expired or not.
fn at<'a>(state: State<'a>, asked: Option<&str>) -> Result<(State<'a>, Date), Failure> {
    let Some(asked) = asked else { return Ok((state, today())) };
    if state.revision() == 0 {
        return Err(Failure::Refused {
            problem: format!(
                "nothing was recorded yet in `{}`, and so not at {}",
                state.store().place(),
                quoted(asked)
            ),
            help: "leave `--at` out to ask of what is declared; `keyplan apply` records it".into(),
        });
    }
    if let Ok(number) = asked.parse::<u64>() {
        return at_revision(&state, number);
    }
    let date = asked.parse::<Date>().map_err(|_| Failure::Usage {
        problem: format!("{} is neither a revision nor a day", quoted(asked)),
        help: "write a number, as `keyplan state log` lists them, or a day as in `2026-06-30`".into(),
    })?;
    if date > today() {
        return Err(Failure::Usage {
            problem: format!("{date} has not come yet: what will be recorded then is not known"),
            help: "`--expires-within 90d` tells what expires by then".into(),
        });
    }
    at_the_end_of(&state, date)
}

fn at_revision<'a>(state: &State<'a>, number: u64) -> Result<(State<'a>, Date), Failure> {
    if number == 0 || number > state.revision() {
        return Err(Failure::Usage {
            problem: format!("there is no revision {number}"),
            help: format!("the newest one is {}; `keyplan state log` lists them", state.revision()),
        });
    }
    let then = state.at(number)?;
    let day = written(&then).unwrap_or_else(today);
    Ok((then, day))
}

/// The newest revision at the end of a day, in UTC.
fn at_the_end_of<'a>(state: &State<'a>, date: Date) -> Result<(State<'a>, Date), Failure> {
    if let Some(then) = state.newest_where(|then| written(then).is_some_and(|day| day <= date))? {
        return Ok((then, date));
    }
    let first = written(&state.at(1)?).map(|day| format!("the first revision is of {day}; "));
    Err(Failure::Refused {
        problem: format!("nothing was recorded yet at the end of {date}"),
        help: format!("{}`keyplan state log` lists them all", first.unwrap_or_default()),
    })
}

/// The day on which the newest revision of a state was written.
fn written(state: &State<'_>) -> Option<Date> {
    state.head.as_ref()?.entry.time.get(..10)?.parse().ok()
}

/// Says on standard error how many rows were printed.
pub(super) fn say_count(counts: &Counts, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    terminal.out.flush()?;
    Ok(terminal.say(&count(counts))?)
}

/// An error that a name is not there, with what may be meant.
pub(super) fn unknown(kind: &str, name: &str, of: &AccessOf, near: Option<String>, else_: &str) -> Failure {
    Failure::Refused {
        problem: format!("there is no {kind} {}, {of}", quoted(name)),
        help: near.unwrap_or_else(|| else_.into()),
    }
}

/// What to do where a name is not there and none is like it.
pub(super) const fn ask_elsewhere(of: &AccessOf) -> &'static str {
    match of.revision {
        Some(_) => "`--at REVISION|DATE` asks of an earlier revision",
        None => "`keyplan who` tells of everyone who opens a cluster",
    }
}

pub(super) fn clusters(recorded: &Recorded) -> impl Iterator<Item = &Cluster> {
    recorded.projects.values().flat_map(|home| home.clusters.values()).map(|cluster| &**cluster)
}

/// All clusters, as in `payments/prod-eu`.
pub(super) fn cluster_names(recorded: &Recorded) -> BTreeSet<String> {
    clusters(recorded).map(|cluster| format!("{}/{}", cluster.project, cluster.name)).collect()
}
