//! Checks a document's tree against its shape. Every field that is wrong gives a finding of its own,
//! and is left out of what is decoded.

mod look;
mod remedy;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::kind::Kind;
use super::shape::{RecordShape, Shape};
use super::shapes::shape_of;
use crate::diagnostics::{Finding, visible};
use crate::model::Role;
use crate::rules::{
    duplicate_field, invalid_value, missing_field, second_key, unknown_field, unknown_role, wrong_type,
};
use crate::source::yaml::{Kind as NodeKind, NodeId, Plain, Style};
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
            (Shape::RecordShape(record), NodeKind::Mapping) => {
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
                self.refuse(finding.maybe_help(self.remedy(node, shape)))
            }
        }
    }

    fn record(&mut self, mapping: NodeId, record: &RecordShape) {
        if self.kind == Kind::Cluster && self.is_at(["spec"]) {
            self.second_key(mapping);
        }
        if self.member_in_short(mapping, record) {
            return;
        }
        // Fields that must be there, and are, under another name.
        let mut misspelt: Vec<&str> = Vec::new();
        self.mapping(mapping, |check, key, name, value| {
            match record.fields.iter().find(|(field, _)| field == name) {
                Some((_, shape)) => check.node(value, shape),
                None if check.is_ssh_keys() => {
                    let at = check.at(key);
                    let beside = check.value_of(mapping, "sshKey");
                    let beside = beside.and_then(|value| check.keys_in(value).into_iter().next());
                    let only = check.keys_in(value).into_iter().next().map(|(name, _)| name);
                    check.refuse(match beside {
                        Some(beside) => second_key::needless(&check.resource(), at, beside),
                        None => second_key::plural(&check.resource(), at, only.as_deref()),
                    })
                }
                None => {
                    let known: Vec<_> = record.fields.iter().map(|(name, _)| name.as_str()).collect();
                    if let Some((field, rest)) = name.split_once(':')
                        && known.contains(&field)
                    {
                        misspelt.extend(known.iter().find(|known| **known == field));
                        return check.refuse(unknown_field::unspaced(check.at(key), field, rest));
                    }
                    let whole = check.mapping_name();
                    if let Some(finding) = check.option(key, name, &whole) {
                        return check.refuse(finding);
                    }
                    let home = shape_of(check.kind).home_of(name);
                    let right = unknown_field::meant(name, &known);
                    misspelt.extend(right);
                    let beside = right.and_then(|right| Some((right, check.key_of(mapping, right)?)));
                    check.refuse(match beside {
                        Some((right, place)) => {
                            unknown_field::beside(check.at(key), name, &whole, (right, check.at(place)))
                        }
                        None => unknown_field::finding(check.at(key), name, &whole, &known, home),
                    })
                }
            }
        });
        let yaml = self.source.yaml();
        let has = |name: &str| yaml.field(self.source.text(), mapping, name);
        let is_given_otherwise =
            |check: &Self, name: &str| misspelt.contains(&name) || check.stands_elsewhere(name);
        let is_missing = |name: &&String| has(name).is_none() && !is_given_otherwise(self, name);
        let missing: Vec<_> = record.required.iter().filter(is_missing).collect();
        let place = self.at(yaml.entries(mapping).next().map_or(mapping, |(key, _)| key));
        for name in missing {
            self.findings.push(missing_field::finding(place.clone(), &self.whole(), &[name]));
        }
        let mut given: Vec<_> =
            record.one_of.iter().filter_map(|name| Some((has(name)?.0, name.as_str()))).collect();
        given.sort_unstable();
        match given.as_slice() {
            [] if record.one_of.is_empty() => {}
            [] if record.one_of.iter().any(|name| is_given_otherwise(self, name)) => {}
            [] => {
                let names: Vec<_> = record.one_of.iter().map(String::as_str).collect();
                let finding = missing_field::finding(place, &self.whole(), &names);
                let is_torn_off =
                    self.path.last().and_then(|part| part.item).is_some_and(|number| number > 0);
                self.findings.push(match (is_torn_off, yaml.entries(mapping).count()) {
                    (true, 1) => finding.help(
                        "add `user: NAME` or `team: NAME`; if this belongs to the member above, delete the `- `",
                    ),
                    _ => finding,
                });
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

    /// Whether a name of the user's own is text to every reader of YAML.
    fn map_key(&mut self, key: NodeId) -> bool {
        let text = self.text(key);
        if self.source.yaml().node(key).kind != NodeKind::Scalar(Style::Plain) {
            return true;
        }
        match Plain::of(text) {
            Plain::Text => true,
            plain => self.refuse(wrong_type::unquoted(self.at(key), "a name", text, of_type(plain, text))),
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

    fn scalar(&mut self, node: NodeId, style: Style, shape: &Shape) -> bool {
        let text = self.text(node);
        let plain = if style == Style::Plain { Plain::of(text) } else { Plain::Text };
        match (shape, plain) {
            (_, Plain::Null) => self.refuse(wrong_type::nothing(self.at(node), &self.what())),
            (Shape::Text(words), _) if !words.is_empty() => {
                words.iter().any(|word| word == text) || self.refuse_word(node, text, words)
            }
            (Shape::Text(_), Plain::Text) | (Shape::Flag, Plain::Bool(_)) => true,
            (Shape::Text(_), Plain::Int) if self.day_for(text).is_some() => {
                let help = self.day_for(text);
                let finding = wrong_type::finding(self.at(node), &self.what(), "a day", "a number");
                self.refuse(finding.maybe_help(help))
            }
            (Shape::Text(_), Plain::Bool(_) | Plain::Int | Plain::Float | Plain::Ambiguous) => {
                self.refuse(wrong_type::unquoted(self.at(node), &self.what(), text, of_type(plain, text)))
            }
            (Shape::Whole(least, most), Plain::Int)
                if Plain::int(text).is_some_and(|number| (*least..=*most).contains(&number)) =>
            {
                true
            }
            _ => {
                let found = match (plain, shape) {
                    (Plain::Bool(_), _) => "a boolean",
                    (Plain::Int, Shape::Whole(..)) => "a number outside of that",
                    (Plain::Float, Shape::Whole(..)) => "a number with a fraction",
                    (Plain::Int | Plain::Float, _) => "a number",
                    (Plain::Ambiguous | Plain::Text | Plain::Null, _) => "text",
                };
                let expected = match shape {
                    Shape::Whole(0, most) if *most >= i64::from(u32::MAX) => {
                        "a whole number from 0 up".into()
                    }
                    _ => shape.expected(),
                };
                let finding = wrong_type::finding(self.at(node), &self.what(), &expected, found);
                self.refuse(finding.maybe_help(self.remedy(node, shape)))
            }
        }
    }

    fn refuse_word(&mut self, node: NodeId, text: &str, words: &[String]) -> bool {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let field = self.field();
        self.refuse(match &*field {
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
        if let [(_, value)] = fields.as_slice()
            && matches!(yaml.node(*value).kind, NodeKind::Scalar(_))
        {
            return;
        }
        if fields.iter().any(|(_, value)| yaml.node(*value).tagged) {
            return;
        }
        let mut seen = BTreeSet::new();
        let mut given: Vec<_> = fields.iter().flat_map(|&(_, value)| self.keys_in(value)).collect();
        given.retain(|(name, _)| seen.insert(name.clone()));
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

    /// A member of a project in short: `- ana@example.com: Project Admin`. One finding for all of it.
    fn member_in_short(&mut self, mapping: NodeId, record: &RecordShape) -> bool {
        let yaml = self.source.yaml();
        let mut entries = yaml.entries(mapping);
        let (Some((key, value)), None) = (entries.next(), entries.next()) else { return false };
        let (Some(name), Some(role)) = (self.scalar_text(key), self.scalar_text(value)) else { return false };
        let is_member = self.kind == Kind::Project && self.is_member();
        if !is_member || record.fields.iter().any(|(field, _)| field == name) || Role::parse(role).is_none() {
            return false;
        }
        self.left_out.insert(key);
        let finding = unknown_field::member(self.at(key), name, &self.whole(), role);
        self.refuse(finding);
        true
    }

    /// The finding for an option of a key in the words of `authorized_keys`, or beside `options`.
    fn option(&self, key: NodeId, name: &str, mapping: &str) -> Option<Finding> {
        let is_inside = match self.path.as_slice() {
            [spec, _] if spec.field == "spec" => false,
            [spec, options, _] if spec.field == "spec" && options.field == "options" => true,
            _ => return None,
        };
        let known = shape_of(self.kind).fields_of(&["spec", "options"])?;
        unknown_field::option(self.at(key), name, mapping, &known, is_inside)
    }

    /// Whether a field of this part of the document is written in another part, where it is reported.
    fn stands_elsewhere(&self, name: &str) -> bool {
        if self.path.is_empty() {
            let metadata = self.value_of(self.root, "metadata");
            return metadata.is_some_and(|metadata| self.key_of(metadata, name).is_some());
        }
        let [part] = self.path.as_slice() else { return false };
        let Shape::RecordShape(document) = shape_of(self.kind) else { return false };
        let elsewhere = document.fields.iter().filter(|(other, _)| other != part.field);
        let mut parts = elsewhere.filter_map(|(other, shape)| match shape {
            Shape::RecordShape(record) if record.fields.iter().all(|(field, _)| field != name) => {
                self.value_of(self.root, other)
            }
            _ => None,
        });
        self.key_of(self.root, name).is_some() || parts.any(|part| self.key_of(part, name).is_some())
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

/// What a plain scalar is that should be text.
fn of_type(plain: Plain, text: &str) -> &'static str {
    match plain {
        Plain::Null => "nothing",
        Plain::Bool(_) => "a boolean",
        Plain::Int | Plain::Float => "a number",
        Plain::Ambiguous if text.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            "a boolean in YAML 1.1"
        }
        Plain::Ambiguous | Plain::Text => "a number in YAML 1.1",
    }
}
