//! The end of the front half: findings get their severities and places, and what has no error passes.

use std::collections::BTreeMap;

use crate::diagnostics::{Diagnostic, Finding, Severity};
use crate::model::{Declared, Desired, DesiredProject, Resources, SshKey};
use crate::resolve::workspace::WorkspaceSettings;
use crate::rules::private_key;
use crate::source::SourceSet;

/// Applies the workspace's severities, finds the bytes, and sorts. What stands where a private key
/// stood is not worth saying beside that.
pub(super) fn settle(
    findings: Vec<Finding>,
    workspace: &WorkspaceSettings,
    sources: &SourceSet,
) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<_> = findings
        .into_iter()
        .map(|finding| (workspace.severity(&finding), finding))
        .filter(|(severity, _)| *severity != Severity::Off)
        .map(|(severity, finding)| Diagnostic::locate(finding, severity, sources))
        .filter(|diagnostic| {
            let place = diagnostic.place();
            let secrets = sources.file(place.file).secrets();
            *diagnostic.rule == private_key::RULE || !secrets.iter().any(|secret| secret.overlaps(place.span))
        })
        .collect();
    diagnostics.sort_by(|one, other| {
        let key = |diagnostic: &Diagnostic| (diagnostic.place().span, diagnostic.rule.name);
        let path = |diagnostic: &Diagnostic| sources.file(diagnostic.place().file).path().to_owned();
        path(one)
            .cmp(&path(other))
            .then_with(|| key(one).cmp(&key(other)))
            .then_with(|| one.summary.cmp(&other.summary))
    });
    diagnostics.dedup_by(|one, other| {
        one.rule == other.rule && one.summary == other.summary && one.labels == other.labels
    });
    diagnostics
}

/// The gate: only what has no error becomes desired.
pub(super) fn desired(resources: Resources) -> Option<Desired> {
    let Resources { teams, projects, keys, clusters, unclear: _, formats: _, today: _ } = resources;
    let mut desired = Desired {
        teams: teams.into_iter().map(|team| (team.value.name.clone(), team)).collect(),
        projects: BTreeMap::new(),
    };
    for project in projects {
        let name = project.value.name.clone();
        desired
            .projects
            .insert(name, DesiredProject { project, keys: BTreeMap::new(), clusters: BTreeMap::new() });
    }
    for Declared { origin, previous_name, value } in keys {
        let SshKey { project, name, metadata, public_key, owner, expires } = value;
        let home = desired.projects.get_mut(&project)?;
        let value = SshKey { project, name: name.clone(), metadata, public_key: public_key?, owner, expires };
        home.keys.insert(name, Declared { origin, previous_name, value });
    }
    for cluster in clusters {
        let home = desired.projects.get_mut(&cluster.value.project)?;
        home.clusters.insert(cluster.value.name.clone(), cluster);
    }
    Some(desired)
}
