//! Checks a document's tree against its shape. Every field that is wrong gives a finding of its own,
//! and is left out of what is decoded.

mod look;
mod record;
mod remedy;
mod scalar;
mod second_key;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::kind::Kind;
use super::shape::Shape;
use crate::diagnostics::{Finding, visible};
use crate::rules::{duplicate_field, wrong_type};
use crate::source::yaml::{Kind as NodeKind, NodeId};
use crate::source::{FileId, SourceFile};

pub(super) struct ShapeCheck<'a> {
    file: FileId,
    source: &'a SourceFile,
    kind: Kind,
    root: NodeId,
    findings: &'a mut Vec<Finding>,
    /// Fields (by their keys) and items that are wrong.
    pub(super) left_out: BTreeSet<NodeId>,
    /// The fields on the way to what is being looked at.
    path: Vec<Part<'a>>,
}

/// A field, or an item of its list.
#[derive(Clone, Copy)]
struct Part<'a> {
    field: &'a str,
    item: Option<usize>,
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field)?;
        self.item.map_or(Ok(()), |number| write!(f, "[{number}]"))
    }
}

impl<'a> ShapeCheck<'a> {
    pub(super) fn new(
        file: FileId,
        source: &'a SourceFile,
        kind: Kind,
        root: NodeId,
        findings: &'a mut Vec<Finding>,
    ) -> Self {
        Self { file, source, kind, root, findings, left_out: BTreeSet::new(), path: Vec::new() }
    }

    /// Checks a tree; whether its top is of the right type.
    pub(super) fn node(&mut self, node: NodeId, shape: &Shape) -> bool {
        let yaml = self.source.yaml();
        if yaml.node(node).tagged {
            return self.refuse(wrong_type::tagged(self.at_tag(node), &self.what()));
        }
        match (shape, yaml.node(node).kind) {
            (_, NodeKind::Unresolved | NodeKind::Alias) => false,
            (Shape::Record(record), NodeKind::Mapping) => {
                self.record(node, record);
                true
            }
            (Shape::Map(values), NodeKind::Mapping) => {
                self.mapping(node, |check, key, _, value| {
                    let is_text = check.map_key(key);
                    check.node(value, values) && is_text
                });
                true
            }
            (Shape::List(items), NodeKind::Sequence) => {
                self.list(node, items);
                true
            }
            (_, NodeKind::Scalar(style)) => self.scalar(node, style, shape),
            (_, NodeKind::Mapping) if self.written(node).starts_with("{{") => {
                self.refuse(wrong_type::template(self.at(node), &self.what()))
            }
            (_, NodeKind::Mapping | NodeKind::Sequence) => {
                let found = self.found(node);
                let finding = wrong_type::finding(self.at(node), &self.what(), &shape.expected(), found);
                self.refuse(finding.maybe_help(self.remedy(node, shape)).fix(self.only_text(node, shape)))
            }
        }
    }

    /// Looks at each field of a mapping once; `value` says whether its value is of the right type.
    fn mapping(&mut self, mapping: NodeId, mut check: impl FnMut(&mut Self, NodeId, &str, NodeId) -> bool) {
        let source = self.source;
        let yaml = source.yaml();
        let mut seen: BTreeMap<&str, NodeId> = BTreeMap::new();
        let mut again: BTreeMap<&str, Vec<NodeId>> = BTreeMap::new();
        // The field that a second document begins with, where `---` is missing before it.
        let beginning = if mapping == self.root { self.beginning_again() } else { None };
        let mut has_begun_again = false;
        for (key, value) in yaml.entries(mapping) {
            if self.left_out.contains(&key) {
                continue;
            }
            let Some(name) = yaml.text(source.text(), key) else {
                self.refuse(wrong_type::field_name(self.at(key)));
                self.left_out.insert(key);
                continue;
            };
            if yaml.node(key).tagged {
                self.refuse(wrong_type::tagged(self.at_tag(key), &format!("`{}`", visible(name))));
                self.left_out.insert(key);
                continue;
            }
            let is_beginning = beginning == Some(name);
            has_begun_again |= is_beginning && !seen.is_empty();
            if has_begun_again && !is_beginning {
                self.left_out.insert(key);
                continue;
            }
            self.path.push(Part { field: name, item: None });
            let is_right = match seen.get(name) {
                Some(&first) if is_beginning => {
                    self.refuse(duplicate_field::document(self.at(key), self.at(first), name))
                }
                Some(_) => {
                    again.entry(name).or_default().push(key);
                    false
                }
                None => check(self, key, name, value),
            };
            if !is_right {
                self.left_out.insert(key);
            }
            self.path.pop();
            seen.entry(name).or_insert(key);
        }
        for (name, keys) in again {
            let places = keys.iter().map(|&key| self.at(key));
            let finding = duplicate_field::finding(places, self.at(seen[name]), name);
            self.refuse(finding);
        }
    }

    fn list(&mut self, list: NodeId, items: &Shape) {
        for (number, item) in self.source.yaml().children(list).enumerate() {
            self.number(Some(number));
            if !self.node(item, items) {
                self.left_out.insert(item);
            }
        }
        self.number(None);
    }

    /// Goes to an item of the list in the field that is being looked at, or back to all of the list.
    fn number(&mut self, item: Option<usize>) {
        if let Some(part) = self.path.last_mut() {
            part.item = item;
        }
    }

    /// The first field of the document, if it and `kind` come more than once: then `---` is missing.
    fn beginning_again(&self) -> Option<&'a str> {
        let yaml = self.source.yaml();
        let names = || yaml.entries(self.root).filter_map(|(key, _)| self.scalar_text(key));
        let first = names().next()?;
        let times = |name: &str| names().filter(|other| *other == name).count();
        let is_again = times(first) > 1 && times("kind") > 1 && times("apiVersion") > 1;
        is_again.then_some(first)
    }

    fn refuse(&mut self, finding: Finding) -> bool {
        self.findings.push(finding);
        false
    }
}
