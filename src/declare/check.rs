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
                let finding = wrong_type::finding(self.at(node), &self.what(), &shape.expected(), found);
                self.refuse(match self.only_item(node) {
                    Some(item) if matches!(shape, Shape::Text(_)) => {
                        finding.help(wrong_type::write(self.field(), item))
                    }
                    _ => finding,
                })
            }
        }
    }

    fn record(&mut self, mapping: NodeId, record: &Record) {
        if self.kind == Kind::Cluster && self.path == ["spec"] {
            self.second_key(mapping);
        }
        self.mapping(mapping, |check, key, name, value| {
            match record.fields.iter().find(|(field, _)| field == name) {
                Some((_, shape)) => check.node(value, shape),
                None if check.is_ssh_keys() => {
                    let only = check.keys_in(value).into_iter().next().map(|(name, _)| name);
                    check.refuse(second_key::plural(&check.resource(), check.at(key), only.as_deref()))
                }
                None => {
                    let known: Vec<_> = record.fields.iter().map(|(name, _)| name.as_str()).collect();
                    let mapping = check.mapping_name();
                    let home = check.kind.shape().home_of(name);
                    check.refuse(unknown_field::finding(check.at(key), name, &mapping, &known, home))
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
        let mut seen: Vec<(&str, NodeId)> = Vec::new();
        for (key, value) in yaml.entries(mapping) {
            if self.left_out.contains(&key) {
                continue;
            }
            let Some(name) = yaml.text(source.text(), key) else {
                self.refuse(wrong_type::field_name(self.at(key)));
                self.left_out.insert(key);
                continue;
            };
            self.path.push(name.to_owned());
            let is_right = match seen.iter().find(|(earlier, _)| *earlier == name) {
                Some(&(_, first)) => {
                    self.refuse(duplicate_field::finding(self.at(key), self.at(first), name))
                }
                None => check(self, key, name, value),
            };
            if !is_right {
                self.left_out.insert(key);
            }
            self.path.pop();
            seen.push((name, key));
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
                let found = match (plain, shape) {
                    (Plain::Bool(_), _) => "a boolean",
                    (Plain::Int | Plain::Float, Shape::Whole(..)) => "another number",
                    (Plain::Int | Plain::Float, _) => "a number",
                    (Plain::Ambiguous | Plain::Text | Plain::Null, _) => "text",
                };
                let finding = wrong_type::finding(self.at(node), &self.what(), &shape.expected(), found);
                let is_quoted = style == Style::Quoted;
                self.refuse(match shape {
                    Shape::List(_) => finding.help(wrong_type::write(self.field(), &format!("[{text}]"))),
                    Shape::Flag | Shape::Whole(..) if is_quoted => {
                        finding.help(wrong_type::write(self.field(), text))
                    }
                    _ => finding,
                })
            }
        }
    }

    fn refuse_word(&mut self, node: NodeId, text: &str, words: &[String]) -> bool {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let field = self.field();
        self.refuse(match field {
            "role" => unknown_role::finding(self.at(node), text, &words),
            _ => invalid_value::not_one_of(self.at(node), &format!("`{field}` cannot be"), text, &words),
        })
    }

    /// All keys that the fields of a cluster's `spec` give it, in whatever form: two are one too many,
    /// and worth more than the rules of fields.
    fn second_key(&mut self, spec: NodeId) {
        let yaml = self.source.yaml();
        let fields = yaml
            .entries(spec)
            .filter(|(key, _)| matches!(self.scalar_text(*key), Some("sshKey" | "sshKeys")));
        let fields: Vec<_> = fields.collect();
        let mut given: Vec<second_key::Given> = Vec::new();
        for (name, at) in fields.iter().flat_map(|&(_, value)| self.keys_in(value)) {
            if given.iter().all(|(earlier, _)| *earlier != name) {
                given.push((name, at));
            }
        }
        if given.len() > 1 {
            self.left_out.extend(fields.iter().map(|(key, _)| *key));
            self.refuse(second_key::several(&self.resource(), given));
        }
    }

    /// The names of keys in a value: of a list, each.
    fn keys_in(&self, value: NodeId) -> Vec<second_key::Given> {
        let yaml = self.source.yaml();
        let name = |node| Some((self.scalar_text(node)?.to_owned(), self.at(node)));
        match yaml.node(value).kind {
            NodeKind::Sequence => yaml.children(value).filter_map(name).collect(),
            NodeKind::Scalar(_) => name(value).into_iter().collect(),
            NodeKind::Mapping | NodeKind::Alias | NodeKind::Unresolved => Vec::new(),
        }
    }

    /// The text of the one item of a list of one.
    fn only_item(&self, list: NodeId) -> Option<&'a str> {
        let mut items = self.source.yaml().children(list);
        let only = items.next()?;
        items.next().is_none().then(|| self.scalar_text(only)).flatten()
    }

    fn is_ssh_keys(&self) -> bool {
        self.kind == Kind::Cluster
            && matches!(self.path.as_slice(), [spec, field] if spec == "spec" && field == "sshKeys")
    }

    fn refuse(&mut self, finding: Finding) -> bool {
        self.findings.push(finding);
        false
    }

    /// The name of the field that is being looked at.
    fn field(&self) -> &str {
        self.path.last().map(String::as_str).unwrap_or_default()
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
