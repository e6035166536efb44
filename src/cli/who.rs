//! `keyplan who`: who opens clusters, and who may change their keys.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::access_of::{Answerable, Needed, cluster_names, clusters, open, say_count, unknown};
use super::args::AccessOptions;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::selector::{ClusterSelector, cluster_selectors};
use super::terminal::Terminal;
use crate::access::FormerHolders;
use crate::access::query::who;
use crate::diagnostics::did_you_mean;
use crate::model::{Address, Cluster, Name, Recorded};
use crate::report::access::csv::csv;
use crate::report::access::{AccessFormat, who as draw, who_paths};
use crate::report::json_v1::{self, WhoOpens};

pub(super) fn run(
    workspace: &Utf8Path,
    words: &[String],
    options: &AccessOptions,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let selectors = cluster_selectors(words)?;
    let is_enough = |recorded: &Recorded, _: &FormerHolders| nowhere(recorded, &selectors).is_none();
    let needed = projects(&selectors).map(|projects| Needed { projects, is_enough: &is_enough });
    let Some(asked) = open(workspace, (&options.of, options.format), needed.as_ref(), terminal)? else {
        return Ok(ExitCode::Findings);
    };
    if let Some(selector) = nowhere(&asked.recorded, &selectors) {
        return Err(not_there(selector, &asked));
    }
    let until = asked.until(options)?;
    let is_selected = |cluster: &Cluster| {
        selectors.is_empty() || selectors.iter().any(|selector| selector.selects(cluster))
    };
    let facts = asked.facts();
    let answer = who(facts, is_selected, until);
    let lines = asked.lines();
    let places = asked.places(&lines);
    match options.format {
        AccessFormat::Human => {
            draw(terminal.out, (facts, &asked.of), &answer, places.as_ref(), terminal.view)?;
        }
        AccessFormat::Json => {
            json_v1::write(terminal.out, &WhoOpens::new(&asked.of, &answer, places.as_ref()))?;
        }
        AccessFormat::Csv => {
            let counts = csv(terminal.out, &asked.of, who_paths(facts, &answer, places.as_ref()))?;
            say_count(&counts, terminal)?;
        }
    }
    Ok(ExitCode::Done)
}

/// The projects that selectors name; nothing where they may be about any.
fn projects(selectors: &[ClusterSelector]) -> Option<BTreeSet<Name>> {
    let project = |selector: &ClusterSelector| selector.project().cloned();
    let projects: Option<BTreeSet<_>> = selectors.iter().map(project).collect();
    projects.filter(|projects| !projects.is_empty())
}

/// The first selector that selects nothing that is there.
fn nowhere<'s>(recorded: &Recorded, selectors: &'s [ClusterSelector]) -> Option<&'s ClusterSelector> {
    selectors.iter().find(|selector| !is_there(recorded, selector))
}

fn is_there(recorded: &Recorded, selector: &ClusterSelector) -> bool {
    match selector {
        ClusterSelector::Project(project) => recorded.projects.contains_key(project),
        ClusterSelector::Cluster(project, name) => {
            recorded.projects.get(project).is_some_and(|home| home.clusters.contains_key(name))
        }
        ClusterSelector::Label(..) => clusters(recorded).any(|cluster| selector.selects(cluster)),
    }
}

/// That nothing is there by this selector, and what may be meant.
fn not_there(selector: &ClusterSelector, asked: &Answerable) -> Failure {
    let recorded = &asked.recorded;
    let (kind, word, names): (_, _, BTreeSet<String>) = match selector {
        ClusterSelector::Project(name) => {
            let all = recorded.projects.keys().map(|name| Address::Project(name.clone()).to_string());
            ("project", format!("project/{name}"), all.collect())
        }
        ClusterSelector::Cluster(project, name) => {
            ("cluster", format!("{project}/{name}"), cluster_names(recorded))
        }
        ClusterSelector::Label(name, value) => {
            let labels = clusters(recorded).flat_map(|cluster| &cluster.metadata.labels);
            let labels = labels.map(|(name, value)| format!("{name}={value}")).collect();
            ("cluster with the label", format!("{name}={value}"), labels)
        }
    };
    let near = did_you_mean(&word, names.iter().map(String::as_str));
    unknown(kind, &word, &asked.of, near, "`keyplan who` without a selector tells of all clusters")
}
