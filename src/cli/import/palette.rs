//! `keyplan import palette`

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::destination::Destination;
use super::told;
use crate::cli::args::ImportPalette;
use crate::cli::context::moment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::interrupt::{Signals, SystemClock};
use crate::cli::palette::palette;
use crate::cli::store::store_of;
use crate::cli::terminal::Terminal;
use crate::cli::workspace::settings_of;
use crate::diagnostics::quoted;
use crate::import::palette::{Found, Known, import, recorded};
use crate::model::{Address, Name, Recorded, ResourceKind, Settings, TargetKind};
use crate::report::view::plural;
use crate::state::store::StateStore;
use crate::state::{State, adopt};
use crate::targets::palette::observed::Tenant;
use crate::targets::palette::read::{Subjects, Wanted};

pub(super) fn run(
    args: &ImportPalette,
    workspace: &Utf8Path,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let Some(mut destination) = Destination::open(workspace, terminal)? else {
        return Ok(ExitCode::Findings);
    };
    is_for_palette(&destination.settings)?;
    let settings = settings_of(workspace)?;
    let store = store_of(workspace, &settings, terminal)?;
    let recorded_before = of_state(&store, &settings)?;
    are_not_recorded(args, &recorded_before)?;
    let signals = Signals::listen()?;
    let palette = palette(workspace, &settings.palette)?;
    let tenant = palette.look(&wanted(args), &|| Ok(())).map_err(|error| Failure::target(&error))?;
    are_there(args, &tenant)?;
    tell_recorded(&tenant, &recorded_before, terminal)?;
    let before = destination.desired.clone();
    let known = Known {
        desired: &before,
        recorded: &recorded_before,
        teams: settings.palette.teams,
        all_teams: args.project.is_empty(),
    };
    let found = acceptable(&tenant, known, &mut destination, terminal)?;
    told::left_out(&found.left_out, terminal)?;
    told::unread(&found.unread, terminal)?;
    if found.declarations.is_empty() {
        terminal.say("nothing was written or recorded: there is nothing to import")?;
        return Ok(if found.unread.is_empty() { ExitCode::Done } else { ExitCode::Error });
    }
    let new = found.undeclared(&before);
    let Some(prepared) = destination.prepare(&new, terminal)? else { return Ok(ExitCode::Findings) };
    let to_record = recorded(&found, &before, &prepared.desired);
    signals.work_begins();
    // A project that is declared and not recorded is imported by the next run; one that is recorded and not declared would
    // be deleted by the next apply.
    destination.create_all(&prepared, terminal)?;
    record(&to_record, &store, &settings, terminal)?;
    terminal.say(&format!("next: `keyplan plan {workspace}`, and `keyplan drift {workspace}`"))?;
    Ok(if found.unread.is_empty() { ExitCode::Done } else { ExitCode::Partial })
}

/// Refuses a workspace whose changes do not land in Palette: what is recorded would be taken for what is there.
fn is_for_palette(settings: &Settings) -> Result<(), Failure> {
    if settings.target == TargetKind::Palette {
        return Ok(());
    }
    Err(Failure::Refused {
        problem: format!("the target of this workspace is `{}`, not `palette`", settings.target),
        help: "write into keyplan.yaml, below `spec`: `target: palette` and `palette: {tenant: NAME}`, with the name of your \
               organisation in Palette"
            .into(),
    })
}

/// The projects and teams that are recorded.
fn of_state(store: &dyn StateStore, settings: &Settings) -> Result<BTreeSet<Address>, Failure> {
    let state = State::open(store)?;
    state.is_of(settings.name.as_ref().map(Name::as_str))?;
    let projects = state.projects();
    let projects = projects.keys().filter_map(|name| Name::parse(name).ok()).map(Address::Project);
    let teams = state.teams()?;
    Ok(projects.chain(teams.into_keys().map(Address::Team)).collect())
}

/// Refuses projects that are recorded: what is there of them may differ, and to record that would hide it.
fn are_not_recorded(args: &ImportPalette, recorded: &BTreeSet<Address>) -> Result<(), Failure> {
    let mut addresses = args.project.iter().map(|name| Address::Project(name.clone()));
    match addresses.find(|address| recorded.contains(address)) {
        None => Ok(()),
        Some(address) => Err(Failure::Refused {
            problem: format!("`{address}` is recorded already"),
            help: format!(
                "import is for what is not; `keyplan drift {address}` compares it with what Palette has"
            ),
        }),
    }
}

fn wanted(args: &ImportPalette) -> Wanted {
    let projects: BTreeSet<_> = args.project.iter().map(ToString::to_string).collect();
    Wanted {
        projects: Some(projects).filter(|projects| !projects.is_empty()),
        // Palette may not name all who have a role.
        subjects: Subjects::Everybody,
        kinds: ResourceKind::ALL.iter().copied().collect(),
    }
}

/// Refuses projects that Palette does not have.
fn are_there(args: &ImportPalette, tenant: &Tenant) -> Result<(), Failure> {
    let is_there = |name: &&Name| tenant.projects.iter().any(|project| project.name == name.as_str());
    match args.project.iter().find(|name| !is_there(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::Refused {
            problem: format!(
                "the tenant has no project {}, or it is not shown to this API key",
                quoted(name.as_str())
            ),
            help: "nothing was written; see its name in Palette, which is compared exactly".into(),
        }),
    }
}

/// Says which projects are passed over.
fn tell_recorded(
    tenant: &Tenant,
    recorded: &BTreeSet<Address>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let names = tenant.projects.iter().filter_map(|project| Name::parse(&project.name).ok());
    for address in names.map(Address::Project).filter(|address| recorded.contains(address)) {
        terminal.say(&format!("recorded already, and passed over: `{address}`"))?;
    }
    Ok(())
}

/// What is found, without what the rules of the workspace refuse.
fn acceptable(
    tenant: &Tenant,
    known: Known<'_>,
    destination: &mut Destination<'_>,
    terminal: &Terminal<'_>,
) -> Result<Found, Failure> {
    let mut refused = BTreeMap::new();
    loop {
        let found = import(tenant, known, &refused);
        // Nothing that is refused is found again, so that this ends.
        let more = destination.refusals(&found.undeclared(known.desired), terminal)?;
        if more.is_empty() {
            return Ok(found);
        }
        refused.extend(more);
    }
}

fn record(
    found: &Recorded,
    store: &dyn StateStore,
    settings: &Settings,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let message = format!("import of tenant {}", settings.palette.tenant);
    let context = moment(Some(&message))?;
    let revision = match adopt(store, found, settings.name.as_ref(), &context, &SystemClock) {
        Ok(revision) => revision,
        Err(error) => {
            terminal.say(
                "what is declared is not recorded yet, and must not be applied before: run the same command again, which \
                 goes on",
            )?;
            return Err(error.into());
        }
    };
    let counts = found.counts();
    let counts = ResourceKind::ALL.iter().filter_map(|kind| {
        let count = counts.get(kind).copied().filter(|count| *count > 0)?;
        Some(plural(count, kind.word()))
    });
    terminal.say(&format!("recorded as revision {revision}: {}", counts.collect::<Vec<_>>().join(", ")))?;
    Ok(())
}
