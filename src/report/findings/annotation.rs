//! A finding as forges and CI servers take it: what all of their formats say, each in its own way.

use std::collections::HashMap;

use data_encoding::HEXLOWER;

use crate::check::Validated;
use crate::diagnostics::{Applicability, Diagnostic, LocatedFix, Rule, Severity, visible, visible_lines};
use crate::report::paths::RepositoryPaths;
use crate::source::{Edit, Position, SourceSet, SourceSpan};

/// A finding, free of characters that a reader could not see, but for its paths.
#[derive(Debug)]
pub(super) struct Annotation {
    pub(super) severity: Severity,
    pub(super) rule: &'static Rule,
    pub(super) region: Region,
    pub(super) summary: String,
    pub(super) detail: Option<String>,
    /// What is to be said of the region; often empty.
    pub(super) label: String,
    pub(super) related: Vec<(Region, String)>,
    /// What to do; it may have several lines.
    pub(super) help: Option<String>,
    pub(super) fix: Option<AnnotatedFix>,
    /// The same for the same finding in every run, wherever it moves in its file, and of no other in this run.
    pub(super) fingerprint: String,
}

/// The remedy of a finding.
#[derive(Debug)]
pub(super) struct AnnotatedFix {
    pub(super) applicability: Applicability,
    /// Parts of one file, and what is to stand in their place, letter for letter.
    pub(super) edits: Vec<(Region, String)>,
}

/// A part of a file.
#[derive(Debug)]
pub(super) struct Region {
    /// From the top of the repository, with `/`, as it is.
    pub(super) path: String,
    pub(super) start: Position,
    /// Behind the last character.
    pub(super) end: Position,
}

impl Annotation {
    /// The findings of a workspace: the errors, then the others, each in the order of the files.
    pub(super) fn all(validated: &Validated, paths: &RepositoryPaths) -> Vec<Self> {
        let mut fingerprints = Fingerprints::default();
        let of = |one| Self::new(one, &validated.sources, paths, &mut fingerprints);
        let mut all: Vec<_> = validated.diagnostics.iter().map(of).collect();
        all.sort_by_key(|annotation| !annotation.is_error());
        all
    }

    fn new(
        diagnostic: &Diagnostic,
        sources: &SourceSet,
        paths: &RepositoryPaths,
        fingerprints: &mut Fingerprints,
    ) -> Self {
        let Diagnostic { rule, severity, summary, detail, help, labels, fix } = diagnostic;
        let region = Region::new(diagnostic.place(), sources, paths);
        let others = labels.iter().skip(1);
        Self {
            severity: *severity,
            rule,
            fingerprint: fingerprints.of(rule, &region.path, summary),
            region,
            summary: visible(summary),
            detail: detail.as_deref().map(visible),
            label: labels.first().map(|(_, text)| visible(text)).unwrap_or_default(),
            related: others
                .map(|(place, text)| (Region::new(*place, sources, paths), visible(text)))
                .collect(),
            help: help.as_deref().map(visible_lines),
            fix: fix.as_ref().map(|fix| AnnotatedFix::new(fix, sources, paths)),
        }
    }

    pub(super) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// All that is told of it, the summary first: a line each, and more where the help has several.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.summary.clone()];
        lines.extend(self.detail.clone());
        lines.extend((!self.label.is_empty()).then(|| format!("here: {}", self.label)));
        lines.extend(
            self.related
                .iter()
                .map(|(region, text)| format!("{}:{}: {text}", visible(&region.path), region.start.line)),
        );
        lines.extend(self.help.as_ref().map(|help| format!("help: {help}")));
        lines
    }
}

impl AnnotatedFix {
    fn new(fix: &LocatedFix, sources: &SourceSet, paths: &RepositoryPaths) -> Self {
        let LocatedFix { applicability, file, edits } = fix;
        let edit = |Edit { span, content }: &Edit| {
            (Region::new(SourceSpan { file: *file, span: *span }, sources, paths), content.clone())
        };
        Self { applicability: *applicability, edits: edits.iter().map(edit).collect() }
    }
}

impl Region {
    fn new(place: SourceSpan, sources: &SourceSet, paths: &RepositoryPaths) -> Self {
        let file = sources.file(place.file);
        Self {
            path: paths.path(file.path()),
            start: file.position(place.span.start),
            end: file.position(place.span.end),
        }
    }
}

/// How many findings of a run have been the same but for their place.
#[derive(Default)]
struct Fingerprints(HashMap<blake3::Hash, u64>);

impl Fingerprints {
    fn of(&mut self, rule: &Rule, path: &str, summary: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        for text in [rule.name, path, summary] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        let number = self.0.entry(hasher.finalize()).or_default();
        hasher.update(&number.to_le_bytes());
        *number += 1;
        HEXLOWER.encode(&hasher.finalize().as_bytes()[..16])
    }
}
