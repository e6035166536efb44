//! The whole front half, in one function that every command calls: files to declarations, to
//! resources, past the rules, through the gate.

mod gate;
mod read;

use std::io;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::declare::{self, Body, Declaration};
use crate::diagnostics::{Diagnostic, Finding, Severity};
use crate::model::{Desired, Fingerprint, Name, Resources, Settings, Unclear};
use crate::proofs::Proofs;
use crate::resolve::workspace;
use crate::resolve::{Names, Notes, Resolved, Resolver};
use crate::rules;
use crate::source::SourceSet;
use crate::source::walk::Files;

use gate::{desired, settle};
use read::{read_key_files, read_sources};

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

/// Checks a workspace: every rule on every file. `today` is the day in UTC, and `proofs`
/// knows keys that need no costly proof.
///
/// # Errors
/// When the workspace is no folder that can be read. Everything else is a finding.
pub fn validate(files: &dyn Files, today: Date, proofs: &Proofs) -> io::Result<Validated> {
    let mut findings = Vec::new();
    let (mut sources, file_count) = read_sources(files, &mut findings)?;
    let declarations = declare_all(&sources, &mut findings);
    let key_files = read_key_files(files, &mut sources, &declarations, &mut findings);
    let workspace = workspace::settings(&sources, &declarations, &mut findings);
    let names = Names::of(&declarations);
    let allowed_key_types = workspace.allowed_key_types.as_deref();
    let resolver =
        Resolver { sources: &sources, names: &names, key_files: &key_files, allowed_key_types, proofs };
    let (mut resources, notes) = resolve_all(&resolver, &declarations);
    findings.extend(notes.findings);
    resources.formats.clone_from(&workspace.settings.files.formats);
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

/// Resolves every declaration, on every core: reading and proving keys is most of the work.
fn resolve_all(resolver: &Resolver<'_>, declarations: &[Declaration]) -> (Resources, Notes) {
    let each: Vec<_> = declarations
        .par_iter()
        .filter(|declaration| !declaration.truncated)
        .map(|declaration| {
            let mut notes = Notes::default();
            (resolver.resolve(declaration, &mut notes), notes)
        })
        .collect();
    let mut resources = Resources { unclear: unclear(declarations), ..Resources::default() };
    let mut all = Notes::default();
    for (one, notes) in each {
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

/// Clusters that could not be made out whole, so that nobody knows which keys they have.
fn unclear(declarations: &[Declaration]) -> Unclear {
    let mut unclear = Unclear::default();
    for declaration in declarations {
        let Body::Cluster(cluster) = &declaration.body else { continue };
        let metadata = cluster.metadata.as_ref();
        let project = metadata.and_then(|metadata| metadata.project.as_deref());
        let has_name = metadata.is_some_and(|metadata| metadata.name.is_some());
        match project {
            None => unclear.anywhere = true,
            Some(project) if declaration.truncated || declaration.incomplete || !has_name => {
                unclear.projects.insert(Name::declared(project).0);
            }
            Some(_) => {}
        }
    }
    unclear
}
