//! The whole front half, in one function that every command calls: files to declarations, to
//! resources, past the rules, through the gate.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::civil::Date;
use rayon::prelude::*;

use crate::declare::load::{load_key, load_yaml};
use crate::declare::{self, Body, Declaration};
use crate::diagnostics::{Diagnostic, Finding, Severity, Where};
use crate::model::{Declared, Desired, DesiredProject, Fingerprint, Name, Resources, Settings, SshKey};
use crate::proofs::Proofs;
use crate::resolve::workspace::{self, WorkspaceSettings};
use crate::resolve::{KeyFiles, Names, Notes, Resolved, Resolver, key_file};
use crate::rules::{self, path_outside_workspace, private_key, unreadable_file};
use crate::source::walk::{self, Unreadable};
use crate::source::{FileId, SourceFile, SourceSet};

/// What is known of a workspace after it was checked.
#[derive(Debug)]
pub struct Validated {
    /// The files.
    pub sources: SourceSet,
    /// Everything that was found and that the workspace does not turn off, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// What is declared; nothing when there is an error.
    pub desired: Option<Desired>,
    /// What `keyplan.yaml` says.
    pub settings: Settings,
    /// How much was declared.
    pub counts: Counts,
    /// Keys that passed every costly proof now and were not known to.
    pub proven: Vec<Fingerprint>,
}

/// How much was declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files of declarations.
    pub files: usize,
    /// Projects.
    pub projects: usize,
    /// Teams.
    pub teams: usize,
    /// SSH keys.
    pub keys: usize,
    /// Clusters.
    pub clusters: usize,
}

impl Validated {
    /// How many diagnostics have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Checks a workspace: every rule on every file below `root`. `today` is the day in UTC, and `proofs`
/// knows keys that need no costly proof.
///
/// # Errors
/// When `root` is no folder that can be read. Everything else is a finding.
pub fn validate(root: &Utf8Path, today: Date, proofs: &Proofs) -> io::Result<Validated> {
    let mut findings = Vec::new();
    let (mut sources, file_count) = read_sources(root, &mut findings)?;
    let declarations = declare_all(&sources, &mut findings);
    let key_files = read_key_files(root, &mut sources, &declarations, &mut findings);
    let workspace = workspace::settings(&sources, &declarations, &mut findings);
    let names = Names::of(&declarations);
    let allowed_key_types = workspace.allowed_key_types.as_deref();
    let resolver =
        Resolver { sources: &sources, names: &names, key_files: &key_files, allowed_key_types, proofs };
    let (mut resources, notes) = resolve_all(&resolver, &declarations);
    findings.extend(notes.findings);
    resources.today = today;
    rules::check(&resources, &mut findings);
    let counts = Counts {
        files: file_count,
        projects: resources.projects.len(),
        teams: resources.teams.len(),
        keys: resources.keys.len(),
        clusters: resources.clusters.len(),
    };
    let diagnostics = settle(findings, &workspace, &sources);
    let has_errors = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    let desired = if has_errors { None } else { desired(resources) };
    Ok(Validated {
        sources,
        diagnostics,
        desired,
        settings: workspace.settings,
        counts,
        proven: notes.proven,
    })
}

/// Walks, reads and parses, file by file on every core.
fn read_sources(root: &Utf8Path, findings: &mut Vec<Finding>) -> io::Result<(SourceSet, usize)> {
    let walked = walk::walk(root)?;
    let count = walked.files.len();
    let mut entries: Vec<(Utf8PathBuf, Option<Unreadable>)> =
        walked.files.into_iter().map(|path| (path, None)).collect();
    entries.extend(walked.problems.into_iter().map(|(path, why)| (path, Some(why))));
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    let read: Vec<_> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX))
        .into_par_iter()
        .zip(entries)
        .map(|(number, (path, problem))| read_one(root, FileId(number), path, problem))
        .collect();
    let mut files = Vec::with_capacity(read.len());
    for (file, found) in read {
        files.push(file);
        findings.extend(found);
    }
    Ok((SourceSet::new(files), count))
}

fn read_one(
    root: &Utf8Path,
    id: FileId,
    path: Utf8PathBuf,
    problem: Option<Unreadable>,
) -> (SourceFile, Vec<Finding>) {
    let mut findings = Vec::new();
    let read = match problem {
        None => walk::read(root, &path),
        Some(problem) => Err(problem),
    };
    let file = match read {
        Ok(bytes) => load_yaml(id, path, bytes, &mut findings),
        Err(why) => {
            let at = Where::File(id);
            findings.push(match why {
                Unreadable::LeadsOutside => path_outside_workspace::finding(at, path.as_str()),
                why => unreadable_file::finding(at, path.as_str(), &why),
            });
            SourceFile::of_text(path, String::new(), Vec::new())
        }
    };
    (file, findings)
}

fn declare_all(sources: &SourceSet, findings: &mut Vec<Finding>) -> Vec<Declaration> {
    let files: Vec<_> = sources.files().collect();
    let declared: Vec<_> = files
        .into_par_iter()
        .map(|(id, file)| {
            let mut findings = Vec::new();
            (declare::declarations(id, file, &mut findings), findings)
        })
        .collect();
    let mut declarations = Vec::new();
    for (of_file, found) in declared {
        declarations.extend(of_file);
        findings.extend(found);
    }
    declarations
}

/// Reads the files that `publicKeyFile` names, each once, and adds them to the sources.
fn read_key_files(
    root: &Utf8Path,
    sources: &mut SourceSet,
    declarations: &[Declaration],
    findings: &mut Vec<Finding>,
) -> KeyFiles {
    let mut paths: Vec<_> =
        declarations.iter().filter_map(|declaration| key_file(sources, declaration)).collect();
    paths.sort_unstable();
    paths.dedup();
    let read: Vec<_> = paths.into_par_iter().map(|path| (walk::read_key_file(root, &path), path)).collect();
    let mut files = KeyFiles::with_capacity(read.len());
    for (read, path) in read {
        let id = sources.next_id();
        let file = read.map(|bytes| sources.add(load_key(id, path.clone(), bytes, findings)));
        files.insert(path, file);
    }
    files
}

/// Resolves every declaration, on every core: reading and proving keys is most of the work.
fn resolve_all(resolver: &Resolver<'_>, declarations: &[Declaration]) -> (Resources, Notes) {
    let resolved: Vec<_> = declarations
        .par_iter()
        .filter(|declaration| !declaration.truncated)
        .map(|declaration| {
            let mut notes = Notes::default();
            (resolver.resolve(declaration, &mut notes), notes)
        })
        .collect();
    let mut resources = Resources { unclear: unclear(declarations), ..Resources::default() };
    let mut all = Notes::default();
    for (one, notes) in resolved {
        all.findings.extend(notes.findings);
        all.proven.extend(notes.proven);
        match one {
            Some(Resolved::Project(project)) => resources.projects.push(project),
            Some(Resolved::Team(team)) => resources.teams.push(team),
            Some(Resolved::Key(key)) => resources.keys.push(key),
            Some(Resolved::Cluster(cluster)) => resources.clusters.push(cluster),
            None => {}
        }
    }
    resources.sort();
    (resources, all)
}

/// Projects with a cluster that could not be made out whole.
fn unclear(declarations: &[Declaration]) -> std::collections::BTreeSet<Name> {
    let unclear = declarations.iter().filter(|declaration| declaration.truncated || declaration.incomplete);
    unclear
        .filter_map(|declaration| match &declaration.body {
            Body::Cluster(cluster) => Some(Name::declared(cluster.metadata.as_ref()?.project.as_deref()?).0),
            Body::Project(_) | Body::Team(_) | Body::SshKey(_) | Body::Workspace(_) => None,
        })
        .collect()
}

/// Applies the workspace's severities, finds the bytes, and sorts. What stands where a private key
/// stood is not worth saying beside that.
fn settle(findings: Vec<Finding>, workspace: &WorkspaceSettings, sources: &SourceSet) -> Vec<Diagnostic> {
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
fn desired(resources: Resources) -> Option<Desired> {
    let Resources { teams, projects, keys, clusters, unclear: _, today: _ } = resources;
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
    for Declared { origin, value } in keys {
        let SshKey { project, name, metadata, public_key, owner, expires } = value;
        let home = desired.projects.get_mut(&project)?;
        let value = SshKey { project, name: name.clone(), metadata, public_key: public_key?, owner, expires };
        home.keys.insert(name, Declared { origin, value });
    }
    for cluster in clusters {
        let home = desired.projects.get_mut(&cluster.value.project)?;
        home.clusters.insert(cluster.value.name.clone(), cluster);
    }
    Some(desired)
}
