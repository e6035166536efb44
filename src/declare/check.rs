//! Checks a document's tree against its shape. Every field that is wrong gives a finding of its own,
//! and is left out of what is decoded.

use std::collections::BTreeSet;

use super::Kind;
use super::shape::{Record, Shape};
use crate::diagnostics::{Finding, Where};
use crate::rules::{
    duplicate_field, invalid_value, missing_field, second_key, unknown_field, unknown_role, wrong_type,
};
use crate::source::yaml::{Kind as NodeKind, NodeId, Plain, Style};
use crate::source::{FileId, Place, SourceFile};

/// Walks one document.
pub(super) struct Check<'a> {
    file: FileId,
    source: &'a SourceFile,
    kind: Kind,
    root: NodeId,
    findings: &'a mut Vec<Finding>,
    /// Fields (by their keys) and items that are wrong.
    pub(super) left_out: BTreeSet<NodeId>,
    /// The names of the fields and the numbers of the items above, for people.
    path: Vec<String>,
}

impl<'a> Check<'a> {
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
            return self.refuse(wrong_type::tagged(self.at(node), &self.what()));
        }
        match (shape, yaml.node(node).kind) {
            (_, NodeKind::Unresolved | NodeKind::Alias) => false,
            (Shape::Record(record), NodeKind::Mapping) => {
                self.record(node, record);
                true
            }
            (Shape::Map(values), NodeKind::Mapping) => {
                self.mapping(node, |check, _, _, value| check.node(value, values));
                true
            }
            (Shape::List(items), NodeKind::Sequence) => {
                self.list(node, items);
                true
            }
            (_, NodeKind::Scalar(style)) => self.scalar(node, style, shape),
            (_, NodeKind::Mapping | NodeKind::Sequence) => {
                let found = self.found(node);
                self.refuse(wrong_type::finding(self.at(node), &self.what(), &shape.expected(), found))
            }
        }
    }

    fn record(&mut self, mapping: NodeId, record: &Record) {
        let known = || record.fields.iter().map(|(name, _)| name.as_str());
        self.mapping(mapping, |check, key, name, value| {
            match record.fields.iter().find(|(field, _)| field == name) {
                Some((_, shape)) if check.is_ssh_key() => check.ssh_key(value, shape),
                Some((_, shape)) => check.node(value, shape),
                None if check.is_ssh_keys() => check.ssh_keys(key, value),
                None => {
                    let known: Vec<_> = known().collect();
                    let mapping = check.mapping_name();
                    check.refuse(unknown_field::finding(check.at(key), name, &mapping, &known))
                }
            }
        });
        let yaml = self.source.yaml();
        let has = |name: &str| yaml.field(self.source.text(), mapping, name);
        let missing: Vec<_> = record.required.iter().filter(|name| has(name).is_none()).collect();
        let place = self.at(yaml.entries(mapping).next().map_or(mapping, |(key, _)| key));
        for name in missing {
            self.findings.push(missing_field::finding(place.clone(), &self.whole(), &[name]));
        }
        let mut given: Vec<_> =
            record.one_of.iter().filter_map(|name| Some((has(name)?.0, name.as_str()))).collect();
        given.sort_unstable();
        match given.as_slice() {
            [] if record.one_of.is_empty() => {}
            [] => {
                let names: Vec<_> = record.one_of.iter().map(String::as_str).collect();
                self.findings.push(missing_field::finding(place, &self.whole(), &names));
            }
            [_] => {}
            [first, .., second] => {
                let (first, second) = ((self.at(first.0), first.1), (self.at(second.0), second.1));
                self.findings.push(duplicate_field::both(first, second, &self.whole()));
            }
        }
    }

    /// Looks at each field of a mapping once; `value` says whether its value is of the right type.
    fn mapping(&mut self, mapping: NodeId, mut check: impl FnMut(&mut Self, NodeId, &str, NodeId) -> bool) {
        let source = self.source;
        let yaml = source.yaml();
        let mut seen: Vec<(&str, NodeId, NodeId)> = Vec::new();
        for (key, value) in yaml.entries(mapping) {
            let Some(name) = yaml.text(source.text(), key) else {
                self.refuse(wrong_type::field_name(self.at(key)));
                self.left_out.insert(key);
                continue;
            };
            self.path.push(name.to_owned());
            let is_right = match seen.iter().find(|(earlier, ..)| *earlier == name) {
                Some(&(_, first, first_value)) => self.twice((first, first_value), (key, value), name),
                None => check(self, key, name, value),
            };
            if !is_right {
                self.left_out.insert(key);
            }
            self.path.pop();
            seen.push((name, key, value));
        }
    }

    fn list(&mut self, list: NodeId, items: &Shape) {
        for (number, item) in self.source.yaml().children(list).enumerate() {
            let field = self.path.last().map(|field| format!("{field}[{number}]")).unwrap_or_default();
            let outer = self.path.pop();
            self.path.push(field);
            if !self.node(item, items) {
                self.left_out.insert(item);
            }
            self.path.pop();
            self.path.extend(outer);
        }
    }

    fn scalar(&mut self, node: NodeId, style: Style, shape: &Shape) -> bool {
        let text = self.text(node);
        let plain = if style == Style::Plain { Plain::of(text) } else { Plain::Text };
        match (shape, plain) {
            (_, Plain::Null) => self.refuse(wrong_type::nothing(self.at(node), &self.what())),
            (Shape::Text(words), _) if !words.is_empty() => {
                words.iter().any(|word| word == text) || self.refuse_word(node, text, words)
            }
            (Shape::Text(_), Plain::Text) | (Shape::Flag, Plain::Bool(_)) => true,
            (Shape::Text(_), Plain::Bool(_) | Plain::Int | Plain::Float | Plain::Ambiguous) => {
                let found = match plain {
                    Plain::Bool(_) => "a boolean",
                    Plain::Int | Plain::Float => "a number",
                    Plain::Ambiguous if text.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                        "a boolean in YAML 1.1"
                    }
                    Plain::Ambiguous | Plain::Text | Plain::Null => "a number in YAML 1.1",
                };
                self.refuse(wrong_type::unquoted(self.at(node), &self.what(), text, found))
            }
            (Shape::Whole(least, most), Plain::Int)
                if Plain::int(text).is_some_and(|number| (*least..=*most).contains(&number)) =>
            {
                true
            }
            _ => {
                let found = match plain {
                    Plain::Bool(_) => "a boolean",
                    Plain::Int | Plain::Float => "another number",
                    Plain::Ambiguous | Plain::Text | Plain::Null => "text",
                };
                self.refuse(wrong_type::finding(self.at(node), &self.what(), &shape.expected(), found))
            }
        }
    }

    fn refuse_word(&mut self, node: NodeId, text: &str, words: &[String]) -> bool {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let field = self.path.last().cloned().unwrap_or_default();
        self.refuse(match field.as_str() {
            "role" => unknown_role::finding(self.at(node), text, &words),
            _ => invalid_value::not_one_of(self.at(node), &field, text, &words),
        })
    }

    /// A field that comes a second time. A second key for a cluster is worth more than the rule of
    /// fields.
    fn twice(&mut self, first: (NodeId, NodeId), second: (NodeId, NodeId), name: &str) -> bool {
        let given = (self.scalar_text(first.1), self.scalar_text(second.1));
        if let (true, (Some(one), Some(other))) = (self.is_ssh_key(), given)
            && one != other
        {
            let keys = vec![(one.to_owned(), self.at(first.1)), (other.to_owned(), self.at(second.1))];
            return self.refuse(second_key::several(&self.resource(), keys));
        }
        self.refuse(duplicate_field::finding(self.at(second.0), self.at(first.0), name))
    }

    fn ssh_key(&mut self, value: NodeId, shape: &Shape) -> bool {
        let given = self.keys_in(value);
        if given.len() > 1 {
            return self.refuse(second_key::several(&self.resource(), given));
        }
        self.node(value, shape)
    }

    fn ssh_keys(&mut self, key: NodeId, value: NodeId) -> bool {
        let given = self.keys_in(value);
        let finding = if given.len() > 1 {
            second_key::several(&self.resource(), given)
        } else {
            let only = given.first().map(|(name, _)| name.as_str()).or_else(|| self.scalar_text(value));
            second_key::plural(&self.resource(), self.at(key), only)
        };
        self.refuse(finding)
    }

    fn keys_in(&self, list: NodeId) -> Vec<second_key::Given> {
        if self.source.yaml().node(list).kind != NodeKind::Sequence {
            return Vec::new();
        }
        let items = self.source.yaml().children(list);
        items.filter_map(|item| Some((self.scalar_text(item)?.to_owned(), self.at(item)))).collect()
    }

    fn is_ssh_key(&self) -> bool {
        self.kind == Kind::Cluster && self.path == ["spec", "sshKey"]
    }

    fn is_ssh_keys(&self) -> bool {
        self.kind == Kind::Cluster && matches!(self.path.join(".").as_str(), "spec.sshKeys" | "spec.sshkeys")
    }

    fn refuse(&mut self, finding: Finding) -> bool {
        self.findings.push(finding);
        false
    }

    fn at(&self, node: NodeId) -> Where {
        Where::Bytes(Place { file: self.file, span: self.source.yaml().span(node) })
    }

    fn text(&self, node: NodeId) -> &'a str {
        self.scalar_text(node).unwrap_or_default()
    }

    fn scalar_text(&self, node: NodeId) -> Option<&'a str> {
        self.source.yaml().text(self.source.text(), node)
    }

    fn found(&self, node: NodeId) -> &'static str {
        match self.source.yaml().node(node).kind {
            NodeKind::Mapping => "a mapping",
            NodeKind::Sequence => "a list",
            NodeKind::Scalar(_) | NodeKind::Alias | NodeKind::Unresolved => "text",
        }
    }

    /// The value that is being looked at, for people: its path, or the document.
    fn what(&self) -> String {
        if self.path.is_empty() { "the document".into() } else { format!("`{}`", self.path.join(".")) }
    }

    /// The mapping that is being looked at, for people.
    fn whole(&self) -> String {
        let kind = self.kind.in_words();
        if self.path.is_empty() { kind.into() } else { format!("`{}` of {kind}", self.path.join(".")) }
    }

    /// The mapping that the field being looked at stands in, for people.
    fn mapping_name(&mut self) -> String {
        let field = self.path.pop();
        let name = self.whole();
        self.path.extend(field);
        name
    }

    /// The resource that the document declares, for people, as far as its name can be made out.
    fn resource(&self) -> String {
        let (yaml, text) = (self.source.yaml(), self.source.text());
        let name_of = |field: &str| {
            let (_, metadata) = yaml.field(text, self.root, "metadata")?;
            let (_, value) = yaml.field(text, metadata, field)?;
            yaml.text(text, value)
        };
        match (name_of("project"), name_of("name")) {
            (Some(project), Some(name)) => {
                format!("cluster {}", crate::diagnostics::quoted(&format!("{project}/{name}")))
            }
            _ => "this cluster".into(),
        }
    }
}
