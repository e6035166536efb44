//! Declarations exactly as they are written: one file per kind, each a type that serde decodes. A
//! document is checked against the shape of its type first, so that every field that is wrong is
//! reported; what remains is decoded. Never resolves a name and never reads a file.

pub mod access_test;
mod check;
pub mod cluster;
pub mod document;
pub mod key_options;
mod kind;
pub mod load;
pub mod project;
pub mod schema;
mod shape;
mod shapes;
pub mod ssh_key;
pub mod team;
pub mod workspace;

use std::collections::BTreeSet;

pub use kind::{API_VERSION, Kind};

use access_test::AccessTestSpec;
use check::ShapeCheck;
use cluster::ClusterSpec;
use document::Document;
use project::ProjectSpec;
use shapes::shape_of;
use ssh_key::SshKeySpec;
use team::TeamSpec;
use workspace::WorkspaceSpec;

use crate::diagnostics::{Finding, Location, nearest};
use crate::model::DocumentId;
use crate::rules::{
    missing_field, unknown_api_version, unknown_field, unknown_kind, wrong_type, yaml_syntax,
};
use crate::source::yaml::{self, Kind as NodeKind, NodeId, Plain, Style};
use crate::source::{FileId, SourceFile, SourceSpan};

/// One document, decoded. What was wrong in it has been reported and is not here.
#[derive(Debug)]
pub struct Declaration {
    pub origin: DocumentId,
    /// How long it is, in bytes.
    pub size: u32,
    /// Whether a syntax error cut it short: then only its names are worth anything.
    pub truncated: bool,
    /// Whether something in it was wrong and is not here.
    pub incomplete: bool,
    /// Whether an error was found in it.
    pub has_error: bool,
    pub body: Body,
}

#[derive(Debug)]
pub enum Body {
    /// `kind: Project`
    Project(Document<ProjectSpec>),
    /// `kind: Team`
    Team(Document<TeamSpec>),
    /// `kind: SSHKey`
    SshKey(Document<SshKeySpec>),
    /// `kind: Cluster`
    Cluster(Document<ClusterSpec>),
    /// `kind: AccessTest`
    AccessTest(Document<AccessTestSpec>),
    /// `kind: Workspace`
    Workspace(Document<WorkspaceSpec>),
}

/// Decodes all documents of a file. Problems go to `findings`.
#[must_use]
pub fn declarations(file: FileId, source: &SourceFile, findings: &mut Vec<Finding>) -> Vec<Declaration> {
    let mut declarations = Vec::new();
    let (most, mut more) = (findings.len() + yaml_syntax::most_problems(source.text().len()), 0);
    for (number, document) in (0..).zip(source.yaml().documents()) {
        let Some(root) = document.root else { continue };
        let reader = DocumentReader { file, source, root, is_broken: document.broken };
        let origin = DocumentId { file: file.0, document: number };
        let size = source.yaml().span(root).range().len();
        let mut discarded = Vec::new();
        let found = if document.broken { &mut discarded } else { &mut *findings };
        let before = found.len();
        let read = reader.read(found);
        let has_error = found[before..].iter().any(|finding| !finding.is_warning());
        yaml_syntax::cut(found, before, size, (|| reader.at(root), "document"));
        if findings.len() > most {
            more += findings.len() - most;
            findings.truncate(most);
        }
        if let Some((body, incomplete)) = read {
            let size = u32::try_from(size).unwrap_or(u32::MAX);
            let truncated = document.broken;
            declarations.push(Declaration { origin, size, truncated, incomplete, has_error, body });
        }
    }
    if more > 0 {
        findings.push(yaml_syntax::more(Location::File(file), "file", more));
    }
    declarations
}

struct DocumentReader<'a> {
    file: FileId,
    source: &'a SourceFile,
    root: NodeId,
    is_broken: bool,
}

impl DocumentReader<'_> {
    /// The body of a document, and whether something of it is left out.
    fn read(&self, findings: &mut Vec<Finding>) -> Option<(Body, bool)> {
        let yaml = self.source.yaml();
        match yaml.node(self.root).kind {
            NodeKind::Mapping => {}
            NodeKind::Scalar(Style::Plain) if Plain::of(self.text(self.root)) == Plain::Null => return None,
            NodeKind::Sequence | NodeKind::Scalar(_) | NodeKind::Alias | NodeKind::Unresolved => {
                findings.push(wrong_type::finding(
                    self.at(self.root),
                    "a document",
                    "a mapping that begins with `apiVersion` and `kind`",
                    "something else",
                ));
                return None;
            }
        }
        if self.is_foreign() {
            let version = self.field("apiVersion").map(|(_, value)| self.text(value));
            findings.push(unknown_kind::foreign(self.at_first(), version, self.source.path().as_str()));
            return None;
        }
        self.check_version(findings);
        let kind = self.kind(findings)?;
        let mut check = ShapeCheck::new(self.file, self.source, kind, self.root, findings);
        check.node(self.root, shape_of(kind));
        let mut left_out = check.left_out;
        left_out.extend(self.torn());
        Some((self.decode(kind, &left_out, findings)?, !left_out.is_empty()))
    }

    /// Whether the document is another tool's: none of our fields is in it, or its version is of something else.
    fn is_foreign(&self) -> bool {
        let yaml = self.source.yaml();
        if self.is_broken {
            return false;
        }
        let Some((_, version)) = self.field("apiVersion") else {
            let is_ours = |key| nearest(self.text(key), ["apiVersion", "kind", "metadata", "spec"]).is_some();
            return !yaml.entries(self.root).any(|(key, _)| is_ours(key));
        };
        let version = self.text(version);
        let group = version.split_once('/').map(|(group, _)| group);
        group.is_some_and(|group| group != "keyplan" && nearest(group, ["keyplan"]).is_none())
    }

    /// Where the first field of the document has its name.
    fn at_first(&self) -> Location {
        let first = self.source.yaml().entries(self.root).next();
        self.at(first.map_or(self.root, |(key, _)| key))
    }

    /// In a document that a syntax error cut short, fields whose text runs on over several lines: most
    /// likely they are part of the error.
    fn torn(&self) -> Vec<NodeId> {
        let yaml = self.source.yaml();
        let torn = |mapping| {
            let runs_on = move |&(_, value): &(NodeId, NodeId)| {
                self.is_broken && self.source.text()[yaml.span(value).range()].contains('\n')
            };
            yaml.entries(mapping).filter(runs_on)
        };
        let metadata = self.field("metadata").map(|(_, metadata)| metadata);
        metadata.into_iter().flat_map(torn).map(|(key, _)| key).collect()
    }

    fn check_version(&self, findings: &mut Vec<Finding>) {
        let Some((_, value)) = self.field("apiVersion") else { return };
        let version = self.text(value);
        if version != API_VERSION && !version.is_empty() {
            findings.push(unknown_api_version::finding(self.at(value), version, API_VERSION));
        }
    }

    fn kind(&self, findings: &mut Vec<Finding>) -> Option<Kind> {
        let Some((_, value)) = self.field("kind") else {
            self.miss(findings);
            return None;
        };
        match self.source.yaml().node(value).kind {
            NodeKind::Scalar(_) if !matches!(self.text(value), "" | "~" | "null") => {}
            NodeKind::Scalar(_) => {
                findings.push(wrong_type::nothing(self.at(value), "`kind`"));
                return None;
            }
            NodeKind::Mapping | NodeKind::Sequence | NodeKind::Alias | NodeKind::Unresolved => {
                findings.push(wrong_type::finding(self.at(value), "`kind`", "one word", "something else"));
                return None;
            }
        }
        let word = self.text(value);
        let kind = Kind::parse(word);
        if kind.is_none() {
            findings.push(unknown_kind::finding(self.at(value), word, Kind::WORDS));
        }
        kind
    }

    /// A document without a kind: perhaps its fields are only misspelt.
    fn miss(&self, findings: &mut Vec<Finding>) {
        let yaml = self.source.yaml();
        let first = yaml.entries(self.root).next().map_or(self.root, |(key, _)| key);
        for field in ["apiVersion", "kind"] {
            if self.field(field).is_some() {
                continue;
            }
            let misspelt =
                yaml.entries(self.root).find(|(key, _)| self.text(*key).eq_ignore_ascii_case(field));
            findings.push(match misspelt {
                Some((key, _)) => {
                    unknown_field::finding(self.at(key), self.text(key), "a document", &[field], None)
                }
                None => missing_field::finding(self.at(first), "a document", &[field]),
            });
        }
    }

    fn decode(&self, kind: Kind, left_out: &BTreeSet<NodeId>, findings: &mut Vec<Finding>) -> Option<Body> {
        fn body<T: serde::de::DeserializeOwned>(
            reader: &DocumentReader<'_>,
            left_out: &BTreeSet<NodeId>,
        ) -> Result<T, yaml::DecodeError> {
            yaml::decode_without(reader.source.yaml(), reader.source.text(), reader.root, left_out)
        }
        let decoded = match kind {
            Kind::Project => body(self, left_out).map(Body::Project),
            Kind::Team => body(self, left_out).map(Body::Team),
            Kind::SshKey => body(self, left_out).map(Body::SshKey),
            Kind::Cluster => body(self, left_out).map(Body::Cluster),
            Kind::AccessTest => body(self, left_out).map(Body::AccessTest),
            Kind::Workspace => body(self, left_out).map(Body::Workspace),
        };
        decoded
            .map_err(|error| {
                let at = self.at(error.node.unwrap_or(self.root));
                findings.push(wrong_type::finding(at, "this value", &error.message, "something else"));
            })
            .ok()
    }

    fn field(&self, name: &str) -> Option<(NodeId, NodeId)> {
        self.source.yaml().field(self.source.text(), self.root, name)
    }

    fn text(&self, node: NodeId) -> &str {
        self.source.yaml().text(self.source.text(), node).unwrap_or_default()
    }

    fn at(&self, node: NodeId) -> Location {
        Location::Bytes(SourceSpan { file: self.file, span: self.source.yaml().span(node) })
    }
}
