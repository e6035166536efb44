//! The end of the front half: findings get their severities and places, and what has no error passes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostics::{Diagnostic, Finding, Severity};
use crate::model::{Declared, Desired, DesiredProject, Resources};
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
        let [path, other_path] = [one, other].map(|it| sources.file(it.place().file).path());
        path.cmp(other_path)
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
    // Each list is sorted, so that what belongs to a project stands together: maps of whole lists are
    // smaller than maps that grow.
    let mut keys = keys.into_iter().peekable();
    let mut clusters = clusters.into_iter().peekable();
    for project in projects {
        let name = project.value.name.clone();
        let of_project = std::iter::from_fn(|| keys.next_if(|key| key.value.project == name));
        let of_project = of_project.map(|Declared { origin, previous_name, value }| {
            let value = Arc::new(Arc::unwrap_or_clone(value).accepted()?);
            Some((value.name.clone(), Declared { origin, previous_name, value }))
        });
        let keys = of_project.collect::<Option<_>>()?;
        let of_project = std::iter::from_fn(|| clusters.next_if(|cluster| cluster.value.project == name));
        let clusters = of_project.map(|cluster| (cluster.value.name.clone(), cluster)).collect();
        desired.projects.insert(name, DesiredProject { project, keys, clusters });
    }
    // What is left belongs to no project, and that is an error.
    (keys.next().is_none() && clusters.next().is_none()).then_some(desired)
}
