//! `keyplan state`: what was applied, and how it came about.

use camino::Utf8Path;

use super::args::{Format, StateCommand};
use super::consent::{ask, can_ask};
use super::context::moment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::{Signals, SystemClock};
use super::recorded::{address, resources};
use super::state_log::{self, LogQuestion};
use super::terminal::Terminal;
use super::workspace::{check, store};
use crate::access::access_changes;
use crate::diagnostics::quoted;
use crate::model::{Address, Desired, Name, Recorded};
use crate::plan::{Plan, Resource, diff_of_history, renames};
use crate::report::json_v1::{self, ResourceList, StateExport, StateReleased, StateVerified};
use crate::report::plan::{PlanFormat, plan as draw};
use crate::report::state as view;
use crate::state::{State, name_as_at, releasable, release, verify};

pub(super) fn run(
    workspace: &Utf8Path,
    command: &StateCommand,
    format: Format,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let validated = check(workspace, terminal)?;
    let store = store(workspace, &validated, terminal)?;
    if let StateCommand::Verify = command {
        let verified = verify(&store);
        match format {
            Format::Json => json_v1::write(terminal.out, &StateVerified::new(&verified))?,
            Format::Human => view::verified(terminal.out, &verified)?,
        }
        return Ok(if verified.problems.is_empty() { ExitCode::Done } else { ExitCode::Error });
    }
    // What was applied is told also where nothing more is.
    let state = State::open_as_kept(&store)?;
    match command {
        StateCommand::List => {
            let resources = resources(&state.recorded()?);
            match format {
                Format::Json => json_v1::write(terminal.out, &ResourceList::new(&resources))?,
                Format::Human => view::list(terminal.out, &resources)?,
            }
        }
        StateCommand::Show { address } => {
            let resource = find(&state, address)?;
            let clusters = clusters_of(&state, &resource)?;
            let clusters = clusters.as_deref();
            match format {
                Format::Json => json_v1::write(terminal.out, &ResourceList::of_one(&resource, clusters))?,
                Format::Human => view::resource(terminal.out, &resource, clusters)?,
            }
        }
        StateCommand::Log { address, since } => {
            let question = LogQuestion { address: address.as_deref(), since: since.as_deref() };
            state_log::run(&state, &question, format, terminal)?;
        }
        StateCommand::Diff { from, to } => {
            let plan = between(&state, *from, to.unwrap_or_else(|| state.revision()))?;
            match format {
                Format::Json => draw(terminal.out, &plan, &|_| None, PlanFormat::Json, terminal.view)?,
                Format::Human => draw(terminal.out, &plan, &|_| None, PlanFormat::Human, terminal.view)?,
            }
        }
        StateCommand::Export => json_v1::write(terminal.out, &StateExport::new(&state, &state.recorded()?))?,
        StateCommand::Release { lease, auto_approve, message } => {
            state.is_of(validated.settings.name.as_ref().map(Name::as_str))?;
            give_up(&state, lease, (*auto_approve, message.as_deref()), format, terminal)?;
        }
        // Done before, or without a workspace.
        StateCommand::Verify | StateCommand::Copy { .. } => {}
    }
    Ok(ExitCode::Done)
}

/// Gives up an apply that never ended, after consent.
fn give_up(
    state: &State<'_>,
    lease: &str,
    (auto_approve, message): (bool, Option<&str>),
    format: Format,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let signals = Signals::listen()?;
    if !auto_approve {
        can_ask("pass `--auto-approve`")?;
    }
    let found = releasable(state, lease, &SystemClock)?.ok_or_else(|| Failure::Refused {
        problem: format!("no apply that has not ended holds the lease {}", quoted(lease)),
        help: "`keyplan state verify` tells which there are".into(),
    })?;
    if format == Format::Human || !auto_approve {
        view::releasable(terminal.err, &found)?;
    }
    if !auto_approve {
        ask("Give it up?", "give it up", terminal)?;
    }
    signals.work_begins();
    let revision = release(state.store(), &found, &moment(message)?, &SystemClock)?;
    match format {
        Format::Json => json_v1::write(terminal.out, &StateReleased::new(&found, revision))?,
        Format::Human => view::released(terminal.out, &found, revision)?,
    }
    Ok(())
}

/// What was recorded at a revision; nothing at revision 0.
fn at(state: &State<'_>, number: u64) -> Result<Recorded, Failure> {
    if number == 0 {
        return Ok(Recorded::default());
    }
    if number > state.revision() {
        return Err(Failure::Usage {
            problem: format!("there is no revision {number}"),
            help: format!("the newest one is {}; `keyplan state log` lists them", state.revision()),
        });
    }
    Ok(state.at(number)?.recorded()?)
}

/// What leads from one revision to another.
fn between(state: &State<'_>, from: u64, to: u64) -> Result<Plan, Failure> {
    let (before, after) = (at(state, from)?, at(state, to)?);
    let mut wanted = Desired::from(&after);
    name_as_at(state, &mut wanted, to, from)?;
    let changes = diff_of_history(&before, &wanted);
    let access = access_changes(&before, &after, &renames(&changes));
    Ok(Plan { changes, access, ..Plan::default() })
}

/// The clusters that have a key; nothing where it is none.
fn clusters_of(state: &State<'_>, resource: &Resource) -> Result<Option<Vec<Address>>, Failure> {
    let Resource::Key(key) = resource else { return Ok(None) };
    let project = state.project(key.project.as_str())?;
    let clusters = project.into_iter().flat_map(|project| project.clusters.into_values());
    let have_it = clusters.filter(|cluster| cluster.ssh_key.as_ref() == Some(&key.name));
    Ok(Some(have_it.map(|cluster| cluster.address()).collect()))
}

fn find(state: &State<'_>, text: &str) -> Result<Resource, Failure> {
    let address = address(text)?;
    let project = |name: &Name| state.project(name.as_str());
    let found = match &address {
        Address::Team(name) => state.teams()?.remove(name).map(Resource::from),
        Address::Project(name) => project(name)?.map(|home| home.project.into()),
        Address::Key(home, name) => {
            project(home)?.and_then(|mut home| home.keys.remove(name)).map(Resource::Key)
        }
        Address::Cluster(home, name) => {
            project(home)?.and_then(|mut home| home.clusters.remove(name)).map(Resource::Cluster)
        }
    };
    found.ok_or_else(|| Failure::Refused {
        problem: format!("`{address}` is not recorded"),
        help: "`keyplan state list` prints what is".into(),
    })
}
