//! The end of the front half: findings get their severities and places, and what has no error passes.

use std::sync::Arc;

use rayon::prelude::*;

use crate::check::resolve::workspace::WorkspaceSettings;
use crate::diagnostics::{Diagnostic, Finding, Location, Severity};
use crate::model::{Cluster, Declared, DeclaredKey, Desired, DesiredProject, Project, Resources, SshKey};
use crate::rules::{private_key, yaml_syntax};
use crate::source::SourceSet;

/// Applies the workspace's severities, finds the bytes, and sorts. Other
/// findings at the place of a private key are dropped.
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
    cut(diagnostics, sources)
}

/// Of each file as many problems as a file of its size may have: what is no YAML, what has the wrong shape, and
/// as many more of any other kind. Of too many, the errors before the warnings.
fn cut(diagnostics: Vec<Diagnostic>, sources: &SourceSet) -> Vec<Diagnostic> {
    let file = |diagnostic: &Diagnostic| diagnostic.place().file;
    let most = |of: &Diagnostic| 3 * yaml_syntax::most_problems(sources.file(file(of)).text().len());
    let groups = diagnostics.chunk_by(|one, other| file(one) == file(other));
    if groups.clone().all(|group| group.len() <= most(&group[0])) {
        return diagnostics;
    }
    let mut kept = Vec::new();
    for group in groups {
        let (most, mut group) = (most(&group[0]), group.to_vec());
        if group.len() > most {
            group.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
            let rest = group.split_off(most);
            let at = Location::File(file(&rest[0]));
            let more = yaml_syntax::more(at, "file", rest.len());
            group.sort_by_key(|diagnostic| (diagnostic.place().span, diagnostic.rule.name));
            kept.extend(group);
            kept.push(Diagnostic::locate(more, rest[0].severity, sources));
        } else {
            kept.extend(group);
        }
    }
    kept
}

/// The gate: only what has no error becomes desired.
pub(super) fn desired(resources: Resources) -> Option<Desired> {
    let Resources {
        teams,
        projects,
        keys,
        clusters,
        tests: _,
        unclear: _,
        faulty: _,
        formats: _,
        target: _,
        today: _,
    } = resources;
    // Each list is sorted, so that what belongs to a project is together.
    let mut keys = keys.into_iter().peekable();
    let mut clusters = clusters.into_iter().peekable();
    let with_parts = |project: Declared<Project>| {
        let name = &project.value.name;
        let keys: Vec<_> = std::iter::from_fn(|| keys.next_if(|key| key.value.project == *name)).collect();
        let clusters: Vec<_> =
            std::iter::from_fn(|| clusters.next_if(|cluster| cluster.value.project == *name)).collect();
        (project, keys, clusters)
    };
    let projects: Vec<_> = projects.into_iter().map(with_parts).collect();
    // What is left belongs to no project, and that is an error.
    if keys.next().is_some() || clusters.next().is_some() {
        return None;
    }
    // Maps of whole lists are smaller than maps that grow.
    let in_maps = |(project, keys, clusters): (Declared<Project>, Vec<_>, Vec<Declared<Arc<Cluster>>>)| {
        let key = |key| accepted(key).map(|key| (key.value.name.clone(), key));
        let keys = keys.into_iter().map(key).collect::<Option<_>>()?;
        let clusters = clusters.into_iter().map(|cluster| (cluster.value.name.clone(), cluster)).collect();
        Some((project.value.name.clone(), DesiredProject { project, keys, clusters }))
    };
    let projects = projects.into_par_iter().map(in_maps).collect::<Option<_>>()?;
    let teams = teams.into_iter().map(|team| (team.value.name.clone(), team)).collect();
    Some(Desired { teams, projects })
}

/// A key whose public key is accepted.
fn accepted(declared: DeclaredKey) -> Option<Declared<Arc<SshKey>>> {
    let Declared { origin, previous_name, value } = declared;
    Some(Declared { origin, previous_name, value: Arc::unwrap_or_clone(value).accepted()?.into() })
}
