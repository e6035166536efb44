//! The whole front half, in one function that every command calls: files to declarations, to
//! resources, past the rules, through the gate.

pub mod declare;
mod excluded;
pub mod fixes;
mod gate;
mod listed;
mod others;
pub mod progress;
pub mod proofs;
mod read;
pub mod resolve;
mod unread;

pub use excluded::list;

use std::collections::BTreeSet;
use std::io;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::check::declare::{Body, Declaration};
use crate::check::proofs::Proofs;
use crate::check::resolve::budget::prove_costly;
use crate::check::resolve::{Collected, Names, Resolved, Resolver};
use crate::check::resolve::{unknown, workspace};
use crate::diagnostics::{Diagnostic, Finding, Location, Rule, Severity, place_of};
use crate::model::{AccessTest, Declared, Desired, Name, Resources, Settings, Unclear};
use crate::openssh::Fingerprint;
use crate::rules::{self, access_test_failed, private_key, unknown_key_type};
use crate::source::SourceSet;
use crate::source::walk::Files;

use gate::{desired, settle};
use progress::{CheckProgress, Counter};
use read::{Read, read_key_files, read_workspace};

/// What is known of a workspace after it was checked.
#[derive(Debug)]
pub struct Validated {
    pub sources: SourceSet,
    /// Everything that was found and that the workspace does not turn off, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// What is declared; nothing when there is an error.
    pub desired: Option<Desired>,
    /// The access tests that are declared, by name.
    pub tests: Vec<Declared<AccessTest>>,
    /// Whether they were run: they are once nothing else is an error, unless their rule is off.
    pub tests_ran: bool,
    /// What `keyplan.yaml` says.
    pub settings: Settings,
    pub counts: Counts,
    /// Keys that passed every costly proof now and were not known to.
    pub proven: Vec<Fingerprint>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub files: usize,
    pub projects: usize,
    pub teams: usize,
    pub keys: usize,
    pub clusters: usize,
    /// Access tests.
    pub tests: usize,
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
    validate_with(files, today, proofs, &CheckProgress::default())
}

/// Does the same, and counts in `progress` how far it has come.
///
/// # Errors
/// When the workspace is no folder that can be read. Everything else is a finding.
pub fn validate_with(
    files: &dyn Files,
    today: Date,
    proofs: &Proofs,
    progress: &CheckProgress,
) -> io::Result<Validated> {
    // On one of the threads that do the work: what they let go is used again by them alone.
    rayon::scope(|_| validate_here(files, today, proofs, progress))
}

fn validate_here(
    files: &dyn Files,
    today: Date,
    proofs: &Proofs,
    progress: &CheckProgress,
) -> io::Result<Validated> {
    let mut findings = Vec::new();
    let Read { mut sources, declarations, file_count, others } =
        read_workspace(files, &progress.files, &mut findings)?;
    let each = || declarations.iter().flatten();
    progress.keys.expect(each().filter(|declaration| is_key(declaration)).count());
    let key_files = read_key_files(files, &mut sources, each(), &mut findings);
    others::check(files, &others, &key_files, &mut sources, &mut findings);
    let workspace = workspace::settings(&sources, each(), &mut findings);
    let names = Names::of(each());
    let unclear = unclear(each());
    let allowed_key_types = workspace.allowed_key_types.as_deref();
    let resolver =
        Resolver { sources: &sources, names: &names, key_files: &key_files, allowed_key_types, proofs };
    let (mut resources, mut notes) = resolve_all(&resolver, declarations, &progress.keys);
    notes.proven.extend(prove_costly(notes.costly, &mut notes.findings));
    findings.extend(notes.findings);
    resources.faulty = notes.faulty.into_iter().collect();
    unknown::tell(notes.unknown, &names, &sources, &mut findings);
    resources.unclear = unclear;
    resources.formats.clone_from(&workspace.settings.files.formats);
    resources.target = workspace.settings.target;
    resources.today = today;
    let is_on = |rule: &Rule| workspace.asks(rule);
    rules::check(&resources, is_on, &mut findings);
    if let Some(blocklist) = &workspace.blocklist {
        listed::check(files, &sources, &resources, blocklist, &mut findings);
    }
    let counts = Counts {
        files: file_count,
        projects: resources.projects.len(),
        teams: resources.teams.len(),
        keys: resources.keys.len(),
        clusters: resources.clusters.len(),
        tests: resources.tests.len(),
    };
    let is_valid =
        |findings: &[Finding]| findings.iter().all(|finding| workspace.severity(finding) < Severity::Error);
    let tests = std::mem::take(&mut resources.tests);
    let desired = if is_valid(&findings) { desired(resources) } else { None };
    if let Some(desired) = &desired {
        rules::check_desired(desired, &tests, today, is_on, &mut findings);
    }
    let tests_ran = desired.is_some() && !workspace.is_off(&access_test_failed::RULE);
    let desired = desired.filter(|_| is_valid(&findings));
    let mut diagnostics = settle(findings, &workspace, &sources);
    for hidden in &notes.hidden {
        conceal(&mut sources, hidden);
    }
    // Of a text in which something is masked, nothing is to be written.
    for diagnostic in &mut diagnostics {
        diagnostic.fix = diagnostic.fix.take().filter(|fix| sources.file(fix.file).is_verbatim());
    }
    let labels = diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels);
    let mut shown: BTreeSet<_> = labels.map(|(place, _)| place.file).collect();
    shown.extend(diagnostics.iter().filter_map(|diagnostic| Some(diagnostic.fix.as_ref()?.file)));
    sources.release_texts(|file| shown.contains(&file));
    Ok(Validated {
        sources,
        diagnostics,
        desired,
        tests,
        tests_ran,
        settings: workspace.settings,
        counts,
        proven: notes.proven,
    })
}

/// Makes a value unreadable but for the names in it, wherever the file is shown from now on.
fn conceal(sources: &mut SourceSet, value: &Location) {
    let place = place_of(value, sources);
    sources.edit_text(place.file, |text| {
        let (value, mut ranges) = (place.span.range(), Vec::new());
        let mut start = value.start;
        for word in text[value].split_inclusive(|letter: char| letter.is_ascii_whitespace()) {
            if !unknown_key_type::is_name(word.trim_end()) {
                ranges.push(start..start + word.trim_end().len());
            }
            start += word.len();
        }
        private_key::mask(text, &ranges);
    });
}

/// What resolving some of the declarations comes to.
#[derive(Default)]
struct ResolvedPart {
    resources: Resources,
    notes: Collected,
}

impl ResolvedPart {
    fn with(mut self, resolver: &Resolver<'_>, declaration: &Declaration) -> Self {
        match resolver.resolve(declaration, &mut self.notes) {
            Some(Resolved::Project(project)) => self.resources.projects.push(project),
            Some(Resolved::Team(team)) => self.resources.teams.push(team),
            Some(Resolved::Key(key)) => self.resources.keys.push(key),
            Some(Resolved::Cluster(cluster)) => self.resources.clusters.push(cluster),
            Some(Resolved::Test(test)) => self.resources.tests.push(test),
            None => {}
        }
        self
    }

    fn join(parts: Vec<Self>) -> (Resources, Collected) {
        let (resources, notes): (Vec<_>, Vec<_>) =
            parts.into_iter().map(|Self { resources, notes }| (resources, notes)).unzip();
        let mut joined = Collected::default();
        for Collected { findings, unknown, proven, costly, faulty, hidden } in notes {
            joined.findings.extend(findings);
            joined.unknown.extend(unknown);
            joined.proven.extend(proven);
            joined.costly.extend(costly);
            joined.faulty.extend(faulty);
            joined.hidden.extend(hidden);
        }
        (Resources::join(resources), joined)
    }
}

/// Resolves every declaration, on every core: reading and proving keys is most of the work. Each is let go
/// as soon as it is resolved.
fn resolve_all(
    resolver: &Resolver<'_>,
    declarations: Vec<Box<[Declaration]>>,
    keys: &Counter,
) -> (Resources, Collected) {
    let parts: Vec<ResolvedPart> = in_pieces(declarations)
        .into_par_iter()
        .flat_map_iter(Vec::into_iter)
        .filter(|declaration| !declaration.truncated)
        .fold(ResolvedPart::default, |part, declaration| {
            let part = part.with(resolver, &declaration);
            if is_key(&declaration) {
                keys.count();
            }
            part
        })
        .collect();
    let (mut resources, notes) = ResolvedPart::join(parts);
    resources.sort();
    (resources, notes)
}

/// How many declarations a core takes at a time, at most: to prove an RSA key takes some hundredths of a second.
const PIECE: usize = 64;

/// The declarations of the files, a small one in a piece, a large one in several: it is for all cores.
fn in_pieces(files: Vec<Box<[Declaration]>>) -> Vec<Vec<Declaration>> {
    let mut pieces = Vec::with_capacity(files.len());
    for file in files {
        if file.len() <= PIECE {
            pieces.push(file.into_vec());
            continue;
        }
        let mut rest = file.into_vec().into_iter();
        while rest.len() > 0 {
            pieces.push(rest.by_ref().take(PIECE).collect());
        }
    }
    pieces
}

/// Whether a whole document declares an SSH key.
fn is_key(declaration: &Declaration) -> bool {
    matches!(declaration.body, Body::SshKey(_)) && !declaration.truncated
}

/// Clusters that could not be made out whole, so that their keys are not known.
fn unclear<'a>(declarations: impl Iterator<Item = &'a Declaration>) -> Unclear {
    let mut unclear = Unclear::default();
    for declaration in declarations {
        let Body::Cluster(cluster) = &declaration.body else { continue };
        let metadata = cluster.metadata.as_ref();
        let project = metadata.and_then(|metadata| metadata.project.as_ref());
        let has_name = metadata.is_some_and(|metadata| metadata.name.is_some());
        match project {
            None => unclear.anywhere = true,
            Some(project) if declaration.truncated || declaration.incomplete || !has_name => {
                unclear.projects.insert(Name::declared(project.clone()).0);
            }
            Some(_) => {}
        }
    }
    unclear
}
