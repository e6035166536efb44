//! Which clusters a command is about.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::failure::Failure;
use crate::diagnostics::{quoted, visible};
use crate::model::{Address, Cluster, Recorded};

/// The projects and clusters that these words name.
pub(super) fn selectors(words: &[String]) -> Result<Vec<Address>, Failure> {
    words.iter().map(|word| parse(word)).collect()
}

/// The recorded clusters that these selectors select; all when there are none.
pub(super) fn select(recorded: &Recorded, selectors: &[Address]) -> Result<BTreeSet<Address>, Failure> {
    let clusters = recorded.projects.values().flat_map(|home| home.clusters.values());
    let clusters: Vec<&Cluster> = clusters.map(|cluster| &**cluster).collect();
    if selectors.is_empty() {
        return Ok(clusters.into_iter().map(Cluster::address).collect());
    }
    let mut selected = BTreeSet::new();
    for address in selectors {
        let of_it = |cluster: &&&Cluster| {
            [cluster.address(), Address::Project(cluster.project.clone())].contains(address)
        };
        let before = selected.len();
        selected.extend(clusters.iter().filter(of_it).map(|cluster| cluster.address()));
        let is_empty_project =
            matches!(address, Address::Project(name) if recorded.projects.contains_key(name));
        let is_known = selected.contains(address) || selected.len() > before || is_empty_project;
        if !is_known {
            return Err(Failure::Refused {
                problem: format!("`{address}` is not recorded"),
                help: "`keyplan state list` prints what is".into(),
            });
        }
    }
    Ok(selected)
}

/// Reads the address of a project or a cluster, or the short form of the latter.
fn parse(text: &str) -> Result<Address, Failure> {
    let short = || Address::parse(&format!("cluster/{text}"));
    match Address::parse(text).or_else(short) {
        Some(address @ (Address::Project(_) | Address::Cluster(..))) => Ok(address),
        Some(Address::Team(_) | Address::Key(..)) | None => Err(Failure::Usage {
            problem: format!("{} is neither a project nor a cluster", quoted(text)),
            help: if Utf8Path::new(text).is_dir() {
                format!("to name the workspace, write `-w {}`", visible(text))
            } else {
                "write `project/payments`, `cluster/payments/prod-eu` or `payments/prod-eu`".into()
            },
        }),
    }
}
