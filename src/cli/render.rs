//! `keyplan render`: a cluster and its key as a file that a node is born from.

use camino::Utf8Path;

use super::args::Format;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::planning;
use super::selector;
use super::terminal::Terminal;
use super::workspace::{check, store, today};
use crate::access::shared_logins;
use crate::diagnostics::nearest;
use crate::model::{Cluster, Name, NodeFormat, Recorded, SshKey};
use crate::node_files::{FormatError, is_exclusive, render};
use crate::report::paths::Shown;
use crate::state::State;

/// What to render, and from where.
pub(super) struct RenderOptions<'a> {
    pub(super) format: NodeFormat,
    pub(super) cluster: &'a str,
    pub(super) workspace: &'a Utf8Path,
    /// From what was applied, and not from what is declared.
    pub(super) recorded: bool,
}

pub(super) fn run(options: &RenderOptions<'_>, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let (project, name) = selector::cluster(options.cluster)?;
    let validated = check(options.workspace, terminal)?;
    let known = if options.recorded {
        let store = store(options.workspace, &validated, terminal)?;
        let state = State::open(&store)?;
        if is_exclusive(options.format) {
            state.recorded()?
        } else {
            let project = state.project(project.as_str())?;
            let projects = project.map(|found| (found.project.name.clone(), found)).into_iter().collect();
            Recorded { projects, ..Recorded::default() }
        }
    } else if let Some(desired) = &validated.desired {
        Recorded::from(desired)
    } else {
        planning::not_valid(
            &validated,
            &Shown::below(options.workspace),
            Format::Human,
            "rendered",
            terminal,
        )?;
        return Ok(ExitCode::Findings);
    };
    let found = known.projects.get(&project).and_then(|home| Some((home, home.clusters.get(&name)?)));
    let Some((home, cluster)) = found else { return Err(unknown(options, &known, &project, &name)) };
    let named = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key)).map(|key| &**key);
    let key = named.filter(|key| key.expires.is_none_or(|last| today() <= last));
    if let (Some(expired), None) = (named, key) {
        terminal.say(&format!("note: {} has expired, and is left out", expired.address()))?;
    }
    let refused = |refusal: FormatError| Failure::Refused {
        problem: format!("{} cannot be rendered as {}: {refusal}", cluster.address(), options.format),
        help: refusal.help().into(),
    };
    if is_exclusive(options.format)
        && let Some(why) = takes_away(&known, cluster, key)
    {
        return Err(Failure::Refused {
            problem: format!("{} cannot be rendered as {}: {why}", cluster.address(), options.format),
            help: "give one of the two another `loginUser`, take the node from one of them, or use another format"
                .into(),
        });
    }
    let text = render(options.format, cluster, key).map_err(refused)?;
    terminal.exact(&text)?;
    Ok(ExitCode::Done)
}

/// Which other cluster's key a file that holds every key of its user takes away.
fn takes_away(known: &Recorded, cluster: &Cluster, key: Option<&SshKey>) -> Option<String> {
    let fingerprint = |key: &SshKey| *key.public_key.fingerprint();
    let with_keys = known.projects.values().flat_map(|home| {
        let of =
            move |cluster: &Cluster| home.keys.get(cluster.ssh_key.as_ref()?).map(|key| fingerprint(key));
        home.clusters.values().map(move |cluster| (&**cluster, (&**cluster, of(cluster))))
    });
    let ours = key.map(fingerprint);
    shared_logins(&with_keys).into_iter().find_map(|login| {
        let is_ours = |one: &Cluster| one.address() == cluster.address();
        if !login.clusters.iter().any(|(one, _)| is_ours(one)) {
            return None;
        }
        let loses = |(one, key): &&(&Cluster, Option<_>)| !is_ours(one) && key.is_some() && *key != ours;
        let (other, _) = login.clusters.iter().find(loses)?;
        let (user, node) = (login.user, login.node);
        Some(format!("{} has `{user}` on `{node}` too: this file takes its key away", other.address()))
    })
}

fn unknown(options: &RenderOptions<'_>, known: &Recorded, project: &Name, name: &Name) -> Failure {
    let clusters = known.projects.values().flat_map(|home| home.clusters.values());
    let names: Vec<_> = clusters.map(|one| format!("{}/{}", one.project, one.name)).collect();
    let help = match nearest(&format!("{project}/{name}"), names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if options.recorded => "`keyplan state list` prints what is".into(),
        None => format!("`keyplan plan {}` shows what is new", options.workspace),
    };
    let how = if options.recorded { "recorded" } else { "declared" };
    Failure::Refused { problem: format!("cluster `{project}/{name}` is not {how}"), help }
}
