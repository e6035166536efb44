//! `keyplan drift`: what is there, against what is recorded.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::args::{DriftArgs, Format};
use super::context::moment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::interrupt::{Signals, SystemClock};
use super::looking::Looking;
use super::selector::{select, selectors};
use super::target::{TargetOptions, target};
use super::terminal::Terminal;
use super::workspace::{check, store};
use crate::apply::{ApplyMonitor, Cancellation};
use crate::model::{Address, Differences, Name, Observed, Place, Recorded};
use crate::plan::{Resource, partially_applied};
use crate::report::drift::{DriftView, KeyAddresses, Tally, Words, drift};
use crate::report::json_v1::{self, Drift};
use crate::state::{State, mark};

/// `ssh_config` is the path that the options name, from the working directory.
pub(super) fn run(
    options: &DriftArgs,
    workspace: &Utf8Path,
    ssh_config: Option<&Utf8Path>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let validated = check(workspace, terminal)?;
    let kinds = validated.settings.target.kinds();
    let selectors = selectors(&options.selectors, kinds)?;
    let store = store(workspace, &validated, terminal)?;
    let target_options = TargetOptions { ssh_config, ..TargetOptions::default() };
    let Some(target) = target(workspace, &validated.settings, target_options)? else {
        let target = validated.settings.target;
        return Err(Failure::Refused {
            problem: format!("the target `{target}` puts keys nowhere, so that nothing can differ"),
            help: "set `target` in keyplan.yaml: `ssh` delivers keys to nodes".into(),
        });
    };
    let state = State::open(&store)?;
    state.is_of(validated.settings.name.as_ref().map(Name::as_str))?;
    let recorded = state.recorded()?;
    let selected = select(&recorded, &selectors, kinds)?;
    let signals = Signals::listen()?;
    signals.work_begins();
    let looking = Looking::at(nodes(&recorded, &selected), &signals);
    let places = target.drift(&recorded, &selected, &looking).map_err(|error| {
        if signals.cancellation() == Cancellation::Continue {
            return Failure::target(&error);
        }
        Failure::Declined {
            problem: "interrupted; nothing is known of what is there".into(),
            help: "run it again when you are ready".into(),
        }
    })?;
    let words = Words::of(validated.settings.target);
    let keys = declared_keys(&validated.desired.map_or_else(|| recorded.clone(), Recorded::from));
    match options.format {
        Format::Json => json_v1::write(terminal.out, &Drift::new(&places, &keys))?,
        Format::Human => {
            drift(terminal.out, &places, &DriftView { words, keys: &keys, lists_all: options.all })?;
        }
    }
    let is_interrupted = signals.cancellation() == Cancellation::Finish;
    if is_interrupted {
        terminal.say("interrupted: what was not looked at by then counts as unreachable")?;
    } else if options.repair {
        terminal.out.flush()?;
        let differing = differing(&recorded, &selected, &places);
        if differing.is_empty() {
            terminal.say("there is nothing to repair")?;
        } else {
            mark(&store, &differing, &moment(options.message.as_deref())?, &SystemClock)?;
            terminal.say(&format!(
                "marked as partially applied: {}; `keyplan apply {}` writes their {}s anew",
                differing
                    .iter()
                    .map(|resource| resource.address().to_string())
                    .collect::<Vec<_>>()
                    .join(", "),
                workspace,
                words.part
            ))?;
        }
    }
    Ok(match Tally::of(&places) {
        _ if is_interrupted => ExitCode::Declined,
        Tally { drifted: 1.., .. } => ExitCode::Drift,
        Tally { unknown_lines: 1.., .. } if options.strict => ExitCode::Drift,
        Tally { drifted: 0, unknown: 1.., .. } => ExitCode::Error,
        Tally { drifted: 0, unknown: 0, .. } => ExitCode::Done,
    })
}

/// The addresses of each key, by its fingerprint: what is valid is declared, and else what is recorded counts.
fn declared_keys(resources: &Recorded) -> KeyAddresses {
    let mut addresses = KeyAddresses::new();
    for key in resources.projects.values().flat_map(|home| home.keys.values()) {
        addresses.entry(*key.public_key.fingerprint()).or_default().push(key.address());
    }
    addresses
}

/// How many files these clusters have.
fn nodes(recorded: &Recorded, selected: &BTreeSet<Address>) -> usize {
    let clusters = recorded.projects.values().flat_map(|home| home.clusters.values());
    let clusters = clusters.filter(|cluster| selected.contains(&cluster.address()));
    let nodes = clusters.flat_map(|cluster| cluster.nodes.iter().map(|node| (node, &cluster.login_user)));
    nodes.collect::<BTreeSet<_>>().len()
}

/// What is not in each of its places as it is recorded, marked as partially applied.
fn differing(recorded: &Recorded, selected: &BTreeSet<Address>, places: &[Place]) -> Vec<Resource> {
    let mut named = BTreeSet::new();
    for place in places {
        match &place.observed {
            Observed::Known(Differences {
                missing,
                extra,
                edited,
                foreign_lines: _,
                unknown_lines: _,
                foreign: _,
            }) => {
                let edited = edited.iter().map(|edited| &edited.address);
                named.extend(missing.iter().chain(extra).chain(edited));
            }
            Observed::Broken(_) | Observed::Unknown(_) | Observed::Unrecorded => {}
        }
    }
    let differing = selected.iter().filter(|address| named.contains(address));
    differing.filter_map(|address| Resource::recorded(recorded, address)).map(partially_applied).collect()
}
