//! Which clusters a command is about.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::failure::Failure;
use crate::diagnostics::{quoted, visible};
use crate::model::{Address, Cluster, Name, Recorded, ResourceKind};
use crate::plan::Resource;

/// The projects, and the resources of these kinds, that these words name.
pub(super) fn selectors(words: &[String], kinds: &[ResourceKind]) -> Result<Vec<Address>, Failure> {
    words.iter().map(|word| parse(word, kinds)).collect()
}

/// The recorded resources of these kinds that these selectors select, a project with what belongs to it; all when there
/// are no selectors.
pub(super) fn select(
    recorded: &Recorded,
    selectors: &[Address],
    kinds: &[ResourceKind],
) -> Result<BTreeSet<Address>, Failure> {
    let all = Resource::all(recorded).filter(|resource| kinds.contains(&resource.address().kind()));
    if selectors.is_empty() {
        return Ok(all.map(|resource| resource.address()).collect());
    }
    let all: Vec<_> = all.collect();
    let mut selected = BTreeSet::new();
    for address in selectors {
        let of_it = |resource: &&Resource| {
            let home = resource.home().cloned().map(Address::Project);
            resource.address() == *address || home.as_ref() == Some(address)
        };
        let before = selected.len();
        selected.extend(all.iter().filter(of_it).map(Resource::address));
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

/// Clusters, by what they are called, by their project or by a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClusterSelector {
    Project(Name),
    Cluster(Name, Name),
    Label(String, String),
}

/// Reads projects, clusters, and labels as in `env=prod`.
pub(super) fn cluster_selectors(words: &[String]) -> Result<Vec<ClusterSelector>, Failure> {
    words.iter().map(|word| cluster_selector(word)).collect()
}

fn cluster_selector(word: &str) -> Result<ClusterSelector, Failure> {
    match (address(word), word.split_once('=')) {
        (Some(Address::Project(name)), _) => Ok(ClusterSelector::Project(name)),
        (Some(Address::Cluster(project, name)), _) => Ok(ClusterSelector::Cluster(project, name)),
        (None, Some((name, value))) if !name.is_empty() => {
            Ok(ClusterSelector::Label(name.into(), value.into()))
        }
        (Some(Address::Team(_) | Address::Key(..)), _) => Err(Failure::Usage {
            problem: format!("{} has no clusters of its own", quoted(word)),
            help: format!("`keyplan reach {}` tells which it opens", visible(word)),
        }),
        (None, Some(_) | None) => Err(refused(
            word,
            "no project, no cluster and no label",
            "write `project/payments`, `payments/prod-eu` or `env=prod`",
        )),
    }
}

impl ClusterSelector {
    /// The one project that it is about.
    pub(super) const fn project(&self) -> Option<&Name> {
        match self {
            Self::Project(project) | Self::Cluster(project, _) => Some(project),
            Self::Label(..) => None,
        }
    }

    pub(super) fn selects(&self, cluster: &Cluster) -> bool {
        match self {
            Self::Project(project) => cluster.project == *project,
            Self::Cluster(project, name) => (&cluster.project, &cluster.name) == (project, name),
            Self::Label(name, value) => {
                cluster.metadata.labels.iter().any(|(of, is)| **of == **name && **is == **value)
            }
        }
    }
}

/// The project and the name of the one cluster that a word names.
pub(super) fn cluster(text: &str) -> Result<(Name, Name), Failure> {
    match address(text) {
        Some(Address::Cluster(project, name)) => Ok((project, name)),
        Some(Address::Team(_) | Address::Project(_) | Address::Key(..)) | None => {
            Err(refused(text, "no cluster", "write its project and its name, as in `payments/prod-eu`"))
        }
    }
}

fn parse(text: &str, kinds: &[ResourceKind]) -> Result<Address, Failure> {
    let found = address(text).filter(|address| {
        let kind = address.kind();
        kind == ResourceKind::Project || kinds.contains(&kind)
    });
    found.ok_or_else(|| {
        let (what, help) = if kinds == [ResourceKind::Cluster] {
            (
                "neither a project nor a cluster",
                "write `project/payments`, `cluster/payments/prod-eu` or `payments/prod-eu`",
            )
        } else {
            ("no address", "write it as `keyplan state list` does, as in `key/payments/ops`")
        };
        refused(text, what, help)
    })
}

/// Reads an address, or the short form of that of a cluster.
fn address(text: &str) -> Option<Address> {
    Address::parse(text).or_else(|| Address::parse(&format!("cluster/{text}")))
}

fn refused(text: &str, what: &str, help: &str) -> Failure {
    Failure::Usage {
        problem: format!("{} is {what}", quoted(text)),
        help: if Utf8Path::new(text).is_dir() {
            format!("to name the workspace, write `-w {}`", visible(text))
        } else {
            help.into()
        },
    }
}
