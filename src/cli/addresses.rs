//! The addresses that complete a word of the command line.

use camino::{Utf8Path, Utf8PathBuf};
use clap::{CommandFactory, FromArgMatches};

use super::args::{Args, Command, DriftArgs, StateCommand};
use super::environment::variable;
use super::failure::Failure;
use super::given_state::given;
use super::paths::in_directory;
use super::store::Store;
use super::terminal::Terminal;
use super::workspace::{nearest, proofs, settled_folder, today};
use crate::access::FormerHolders;
use crate::access::query::known_users;
use crate::check::validate;
use crate::model::{Address, Recorded, StatePlace, TEAM};
use crate::source::walk::{Folder, has_settings};
use crate::state::State;

/// Stands for the word at the cursor while the words before it are read: no word of a command line holds a NUL.
const CURSOR: &str = "\0";
/// Stands for a word behind the cursor that is not there yet.
const BEHIND: &str = "\0\0";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    All,
    Selectors,
    Clusters,
    /// Users, teams and keys.
    Holders,
    Users,
}

impl Taken {
    const fn has_users(self) -> bool {
        match self {
            Self::Holders | Self::Users => true,
            Self::All | Self::Selectors | Self::Clusters => false,
        }
    }
}

/// The workspace, and where its state is if the words say so.
type Place = (Utf8PathBuf, Option<StatePlace>);

/// All known addresses that can be in place of the last of these words: what is recorded, where the state is in a folder.
/// Of a state elsewhere nothing is read, since that may take long: what is declared stands in for it.
pub(super) fn at_the_end(words: &[String], terminal: &mut Terminal<'_>) -> Result<Vec<String>, Failure> {
    let Some((last, before)) = words.split_last() else { return Ok(Vec::new()) };
    let (option, begun) = match last.split_once('=') {
        Some((option, begun)) if option.starts_with("--") => (format!("{option}="), begun),
        _ => (String::new(), last.as_str()),
    };
    let Some((taken, place)) = taken_by(before, &option) else { return Ok(Vec::new()) };
    if begun.starts_with('-') {
        return Ok(Vec::new());
    }
    let (folder, state) = place;
    let state = given(state.as_ref(), None)?;
    let workspace = if state.is_some() { folder } else { nearest(folder, terminal)? };
    let (recorded, former) = match settled_folder(&workspace, state.as_ref())? {
        Some(store) => recorded_in(&store, taken)?,
        None => (declared(&nearest(workspace, terminal)?)?, FormerHolders::default()),
    };
    let mut all = if taken.has_users() { users(&recorded, &former) } else { Vec::new() };
    let written = |address: &Address| format!("{option}{}", written(address, taken, begun));
    all.extend(addresses(&recorded, taken).iter().map(written));
    Ok(all)
}

fn recorded_in(store: &Store, taken: Taken) -> Result<(Recorded, FormerHolders), Failure> {
    let state = State::newest(store)?;
    let former = if taken.has_users() { state.former_holders()? } else { FormerHolders::default() };
    Ok((state.recorded()?, former))
}

/// What is declared, as if it were recorded; nothing where that is not valid, or where no settings say that this is a
/// workspace at all.
fn declared(workspace: &Utf8Path) -> Result<Recorded, Failure> {
    if !has_settings(workspace) {
        return Ok(Recorded::default());
    }
    let validated = validate(&Folder(workspace), today(), &proofs(workspace))
        .map_err(Failure::io(format!("cannot read the workspace `{workspace}`")))?;
    Ok(validated.desired.as_ref().map(Recorded::from).unwrap_or_default())
}

/// Which addresses a word takes that comes after these, and where they are recorded. `option` is what the word begins
/// with when it is an option with its value.
fn taken_by(before: &[String], option: &str) -> Option<(Taken, Place)> {
    let words = before.iter().cloned().chain([format!("{option}{CURSOR}")]);
    // Perhaps the command takes one word more.
    let args = read(words.clone()).or_else(|| read(words.chain([BEHIND.into()])))?;
    let directory = args.directory.as_deref().map(at_home);
    let at = |path: &Utf8Path| in_directory(directory.as_deref(), &at_home(path));
    let workspace = |folder: Option<&Utf8Path>| {
        let named = args.workspace.as_deref().or(folder);
        let state = args.state.clone().map(|state| match state {
            StatePlace::Folder(folder) => StatePlace::Folder(at(Utf8Path::new(&*folder)).as_str().into()),
            state => state,
        });
        (at(named.unwrap_or(Utf8Path::new("."))), state)
    };
    let is_last = |words: &[String]| words.last().is_some_and(|word| word == CURSOR);
    match &args.command {
        Command::State {
            command: StateCommand::Show { address } | StateCommand::Log { address: Some(address), since: _ },
            ..
        } if address == CURSOR => Some((Taken::All, workspace(None))),
        Command::Drift(DriftArgs { selectors, .. })
        | Command::Verify { selectors, .. }
        | Command::Who { selectors, .. }
            if is_last(selectors) =>
        {
            Some((Taken::Selectors, workspace(None)))
        }
        Command::Reach { whom, .. } if is_last(whom) => Some((Taken::Holders, workspace(None))),
        Command::Why { user, .. } if user == CURSOR => Some((Taken::Users, workspace(None))),
        Command::Why { cluster, .. } if cluster == CURSOR => Some((Taken::Clusters, workspace(None))),
        Command::Render { cluster, folder, .. } if cluster == CURSOR => {
            Some((Taken::Clusters, workspace(folder.as_deref())))
        }
        Command::AuthorizedKeys { asked, .. } => {
            let (_, folder) = asked.names().ok().filter(|(cluster, _)| *cluster == CURSOR)?;
            Some((Taken::Clusters, workspace(folder)))
        }
        Command::Validate { .. }
        | Command::Plan { .. }
        | Command::Apply { .. }
        | Command::Drift { .. }
        | Command::Who { .. }
        | Command::Reach { .. }
        | Command::Report { .. }
        | Command::Why { .. }
        | Command::Show { .. }
        | Command::State { .. }
        | Command::Verify { .. }
        | Command::Render { .. }
        | Command::Explain { .. }
        | Command::Schema { .. }
        | Command::Import { .. }
        | Command::Init { .. }
        | Command::Lsp
        | Command::Completions { .. }
        | Command::Man { .. } => None,
    }
}

fn users(recorded: &Recorded, former: &FormerHolders) -> Vec<String> {
    known_users(recorded, former).into_iter().map(ToString::to_string).collect()
}

fn read(words: impl Iterator<Item = String>) -> Option<Args> {
    let matches = Args::command().ignore_errors(true).try_get_matches_from(words).ok()?;
    Args::from_arg_matches(&matches).ok()
}

/// A path with `~` in front as a shell would pass it on; here it comes as it was typed.
fn at_home(path: &Utf8Path) -> Utf8PathBuf {
    let home = path.strip_prefix("~").ok().zip(variable("HOME"));
    home.map_or_else(|| path.to_owned(), |(below, home)| Utf8PathBuf::from(home).join(below))
}

fn addresses(recorded: &Recorded, taken: Taken) -> Vec<Address> {
    let homes = || recorded.projects.values();
    let projects = homes().map(|home| Address::Project(home.project.name.clone()));
    let clusters = homes().flat_map(|home| home.clusters.values()).map(|cluster| cluster.address());
    match taken {
        Taken::All => {
            let teams = recorded.teams.keys().cloned().map(Address::Team);
            let keys = homes().flat_map(|home| home.keys.values()).map(|key| key.address());
            teams.chain(projects).chain(keys).chain(clusters).collect()
        }
        Taken::Holders => {
            let teams = recorded.teams.keys().cloned().map(Address::Team);
            teams.chain(homes().flat_map(|home| home.keys.values()).map(|key| key.address())).collect()
        }
        Taken::Users => Vec::new(),
        Taken::Selectors => projects.chain(clusters).collect(),
        Taken::Clusters => clusters.collect(),
    }
}

/// An address as people write it here: a cluster without its kind, unless that would be read as something else or
/// the kind is there already.
fn written(address: &Address, taken: Taken, begun: &str) -> String {
    let whole = address.to_string();
    if let (Taken::Holders, Address::Team(name)) = (taken, address) {
        return format!("{TEAM}{name}");
    }
    if taken == Taken::All || begun.starts_with("cluster/") {
        return whole;
    }
    match whole.strip_prefix("cluster/") {
        Some(short) if Address::parse(short).is_none() => short.to_owned(),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Taken, taken_by, written};
    use crate::model::{Address, StatePlace};

    fn taken(line: &str) -> Option<(Taken, Place)> {
        let words: Vec<_> = line.split(' ').map(ToOwned::to_owned).collect();
        let (last, before) = words.split_last().unwrap();
        taken_by(before, last)
    }

    #[test]
    fn the_place_of_an_address_is_known_and_where_its_state_is() {
        let workspace = |folder: &str| (folder.into(), None);
        let state = |folder: &str| (".".into(), Some(StatePlace::Folder(folder.into())));
        for (line, expected) in [
            ("keyplan state show ", (Taken::All, workspace("."))),
            ("keyplan state show --format json ", (Taken::All, workspace("."))),
            ("keyplan state log --since 7d ", (Taken::All, workspace("."))),
            ("keyplan state --workspace acme show ", (Taken::All, workspace("acme"))),
            ("keyplan state show --workspace=acme ", (Taken::All, workspace("acme"))),
            ("keyplan -w acme render cloud-init ", (Taken::Clusters, workspace("acme"))),
            ("keyplan -C up drift --workspace acme ", (Taken::Selectors, workspace("up/acme"))),
            ("keyplan drift --repair shop/a shop/b ", (Taken::Selectors, workspace("."))),
            ("keyplan verify --timeout 3 ", (Taken::Selectors, workspace("."))),
            ("keyplan who env=prod ", (Taken::Selectors, workspace("."))),
            ("keyplan reach --declared ana@example.com ", (Taken::Holders, workspace("."))),
            ("keyplan -w acme why ", (Taken::Users, workspace("acme"))),
            ("keyplan why ana@example.com ", (Taken::Clusters, workspace("."))),
            ("keyplan render --recorded cloud-init ", (Taken::Clusters, workspace("."))),
            ("keyplan authorized-keys ", (Taken::Clusters, workspace("."))),
            ("keyplan authorized-keys -w acme ", (Taken::Clusters, workspace("acme"))),
            ("keyplan authorized-keys --state s ", (Taken::Clusters, state("s"))),
            ("keyplan authorized-keys --cluster ", (Taken::Clusters, workspace("."))),
            ("keyplan authorized-keys --cluster=", (Taken::Clusters, workspace("."))),
            ("keyplan authorized-keys acme --cluster ", (Taken::Clusters, workspace("acme"))),
            ("keyplan authorized-keys --state s --cluster ", (Taken::Clusters, state("s"))),
        ] {
            assert_eq!(taken(line), Some(expected), "{line}");
        }
        for line in [
            "",
            "keyplan ",
            "keyplan nonsense ",
            "keyplan state ",
            "keyplan state log --since ",
            "keyplan state show key/shop/ops ",
            "keyplan state show --workspace ",
            "keyplan state show --workspace=",
            "keyplan drift --format ",
            "keyplan render ",
            "keyplan render cloud-init shop/prod ",
            "keyplan authorized-keys shop/prod ",
            "keyplan authorized-keys --cluster shop/prod ",
            "keyplan plan ",
        ] {
            assert_eq!(taken(line), None, "{line}");
        }
    }

    #[test]
    fn a_cluster_is_written_short_where_that_is_read_as_the_same() {
        for (address, taken, begun, expected) in [
            ("cluster/shop/prod", Taken::All, "", "cluster/shop/prod"),
            ("cluster/shop/prod", Taken::Clusters, "", "shop/prod"),
            ("cluster/shop/prod", Taken::Selectors, "cluster/s", "cluster/shop/prod"),
            ("cluster/project/prod", Taken::Selectors, "", "cluster/project/prod"),
            ("project/shop", Taken::Selectors, "", "project/shop"),
        ] {
            assert_eq!(written(&Address::parse(address).unwrap(), taken, begun), expected);
        }
    }
}
