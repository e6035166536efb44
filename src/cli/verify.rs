//! `keyplan verify`: whether nodes conform, by asking their sshd.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8Path;

use super::args::Format;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::{Signals, show_progress};
use super::selector::{select, selectors};
use super::store::store_of;
use super::terminal::Terminal;
use super::workspace::{founded, settings_of, today};
use crate::apply::{ApplyMonitor, Cancellation};
use crate::model::{Cluster, NodeAddress, Recorded, RecordedProject, ResourceKind};
use crate::openssh::Fingerprint;
use crate::openssh::client::{Client, UnknownHosts};
use crate::report::json_v1;
use crate::report::verify::{Tally, verified};
use crate::state::{History, PastKey, State};
use crate::verify::{KnownKey, Probe, ProbeError, Prober, Progress, What, ask_all, canary};

/// What `verify` is told.
pub(super) struct VerifyOptions<'a> {
    pub(super) workspace: &'a Utf8Path,
    pub(super) selectors: &'a [String],
    pub(super) config: Option<&'a Utf8Path>,
    pub(super) accept_new_host_keys: bool,
    pub(super) parallel: Option<u16>,
    pub(super) timeout: Option<u16>,
    pub(super) format: Format,
}

pub(super) fn run(options: &VerifyOptions<'_>, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let selectors = selectors(options.selectors, &[ResourceKind::Cluster])?;
    let settings = settings_of(options.workspace)?;
    let store = store_of(options.workspace, &settings, terminal)?;
    let state = founded(State::open(&store)?)?;
    let recorded = state.recorded()?;
    let selected = select(&recorded, &selectors, &[ResourceKind::Cluster])?;
    let clusters = recorded.projects.values().flat_map(|home| home.clusters.values());
    let clusters = clusters.map(|cluster| &**cluster);
    let clusters: Vec<_> = clusters.filter(|cluster| selected.contains(&cluster.address())).collect();
    let probes = probes(&recorded, &clusters, &History::read(&state)?);
    if probes.is_empty() {
        return Err(Failure::Refused {
            problem: "there is no node to ask: none is recorded of these clusters".into(),
            help: "declare their `nodes`, and apply".into(),
        });
    }
    let stray = canary().map_err(Failure::io("cannot make a random key"))?;
    let timeout = Duration::from_secs(options.timeout.map_or(settings.ssh.timeout, u32::from).into());
    let parallel = options.parallel.map_or(settings.ssh.parallel, u32::from) as usize;
    let hosts = if options.accept_new_host_keys { UnknownHosts::Remember } else { UnknownHosts::Refuse };
    let client = Client::new(options.config.map(Utf8Path::to_owned), hosts, timeout)?;
    let asks = Prober::new(client, timeout, stray)?;
    let signals = Signals::listen()?;
    signals.work_begins();
    let verdicts = ask_all(&asks, &probes, parallel, &Interruptible(&signals));
    match options.format {
        Format::Json => {
            json_v1::write(terminal.out, &json_v1::NodesVerified::new(&probes, &verdicts))?;
        }
        Format::Human => verified(terminal.out, &probes, &verdicts)?,
    }
    let is_interrupted = verdicts.iter().any(|one| one.what == What::Unknown(ProbeError::Interrupted));
    Ok(match Tally::of(&verdicts) {
        _ if is_interrupted => ExitCode::Declined,
        Tally { conform: _, deviate: 1.., unknown: _ } => ExitCode::Drift,
        Tally { conform: _, deviate: 0, unknown: 1.. } => ExitCode::Error,
        Tally { conform: _, deviate: 0, unknown: 0 } => ExitCode::Done,
    })
}

/// Ctrl-C ends the asking; what is known by then is told.
struct Interruptible<'a>(&'a Signals);

impl Progress for Interruptible<'_> {
    fn goes_on(&self) -> bool {
        self.0.cancellation() == Cancellation::Continue
    }

    fn progress(&self, done: usize, of: usize) {
        show_progress("asking nodes", done, of);
    }
}

type Login<'a> = (&'a NodeAddress, &'a str);

/// What to ask of each node. A key that any cluster may have there today is no earlier one.
fn probes(recorded: &Recorded, clusters: &[&Cluster], history: &History) -> Vec<Probe> {
    let mut rightful: BTreeMap<Login<'_>, BTreeSet<Fingerprint>> = BTreeMap::new();
    for project in recorded.projects.values() {
        for cluster in project.clusters.values() {
            let key = declared(project, cluster);
            for node in &cluster.nodes {
                let of_door = rightful.entry((node, &cluster.login_user)).or_default();
                of_door.extend(key.as_ref().map(|key| *key.key.fingerprint()));
            }
        }
    }
    let mut probes = Vec::new();
    for cluster in clusters {
        let declared = recorded.projects.get(&cluster.project).and_then(|project| declared(project, cluster));
        for node in &cluster.nodes {
            let rightful = rightful.get(&(node, &*cluster.login_user));
            let is_past =
                |past: &PastKey| rightful.is_none_or(|rightful| !rightful.contains(past.key.fingerprint()));
            probes.push(Probe {
                cluster: cluster.address(),
                node: node.clone(),
                user: cluster.login_user.clone(),
                declared: declared.clone(),
                earlier: history.of(cluster, node).into_iter().filter(is_past).map(known).collect(),
            });
        }
    }
    probes
}

/// The key that opens a cluster today: none once its last day is over.
fn declared(project: &RecordedProject, cluster: &Cluster) -> Option<KnownKey> {
    let key = project.keys.get(cluster.ssh_key.as_ref()?)?;
    let is_valid = key.expires.is_none_or(|last| today() <= last);
    is_valid.then(|| KnownKey { address: key.address(), key: key.public_key.clone() })
}

fn known(past: PastKey) -> KnownKey {
    let PastKey { address, key, revision: _ } = past;
    KnownKey { address, key }
}
