//! Mappings with fields of ours: which are unknown, which are missing, which exclude each other.

use super::ShapeCheck;
use crate::check::declare::kind::Kind;
use crate::check::declare::shape::{RecordShape, Shape};
use crate::check::declare::shapes::shape_of;
use crate::diagnostics::{Finding, Location};
use crate::model::{Role, is_same_word};
use crate::rules::{duplicate_field, missing_field, unknown_field};
use crate::source::yaml::NodeId;

impl ShapeCheck<'_> {
    pub(super) fn record(&mut self, mapping: NodeId, record: &RecordShape) {
        if self.kind == Kind::Cluster && self.is_at(["spec"]) {
            self.second_key(mapping);
        }
        if self.member_in_short(mapping, record) {
            return;
        }
        // Fields that must be there, and are, under another name.
        let mut misspelt: Vec<(&str, usize)> = Vec::new();
        self.mapping(mapping, |check, key, name, value| {
            match record.fields.iter().find(|(field, _)| field == name) {
                Some((_, shape)) => check.node(value, shape),
                None if check.is_ssh_keys() => check.refuse(check.plural(mapping, key, value)),
                None => {
                    let (finding, meant) = check.unknown(mapping, key, name, record);
                    misspelt.extend(meant.map(|meant| (meant, check.findings.len())));
                    check.refuse(finding)
                }
            }
        });
        // Of two that mean the same nobody can tell which to keep.
        for (meant, number) in &misspelt {
            let times = misspelt.iter().filter(|(other, _)| other == meant).count();
            if let Some(finding) = self.findings.get_mut(*number).filter(|_| times > 1) {
                finding.fix = None;
            }
        }
        let is_missing = |check: &Self, name: &str| {
            check.key_of(mapping, name).is_none()
                && misspelt.iter().all(|(meant, _)| *meant != name)
                && !check.is_in_another_part(name)
        };
        let missing: Vec<_> = record.required.iter().filter(|name| is_missing(self, name)).collect();
        for name in missing {
            self.findings.push(missing_field::finding(self.at_first(mapping), &self.whole(), &[name]));
        }
        let mut given: Vec<_> = record
            .one_of
            .iter()
            .filter_map(|name| Some((self.key_of(mapping, name)?, name.as_str())))
            .collect();
        given.sort_unstable();
        match given.as_slice() {
            [] if record.one_of.is_empty() => {}
            [] if record.one_of.iter().all(|name| is_missing(self, name)) => {
                self.none_of(mapping, &record.one_of);
            }
            [] | [_] => {}
            [first, .., second] => {
                let (first, second) = ((self.at(first.0), first.1), (self.at(second.0), second.1));
                self.findings.push(duplicate_field::both(first, second, &self.whole()));
            }
        }
    }

    /// The finding for a field that is none of ours, and the field that is meant.
    fn unknown<'r>(
        &mut self,
        mapping: NodeId,
        key: NodeId,
        name: &str,
        record: &'r RecordShape,
    ) -> (Finding, Option<&'r str>) {
        let known: Vec<_> = record.fields.iter().map(|(name, _)| name.as_str()).collect();
        if let Some((field, rest)) = name.split_once(':')
            && let Some(meant) = known.iter().find(|known| **known == field)
        {
            return (unknown_field::unspaced(self.at(key), field, rest), Some(*meant));
        }
        let whole = self.mapping_name();
        if let Some(finding) = self.option(key, name, &whole) {
            let meant = known.iter().copied().find(|known| is_same_word(known, name));
            let is_given = meant.is_some_and(|meant| self.key_of(mapping, meant).is_some());
            return (if is_given { finding.fix(None) } else { finding }, meant);
        }
        let meant = unknown_field::meant(name, &known).map(|near| near.word);
        let beside = meant.and_then(|meant| Some((meant, self.key_of(mapping, meant)?)));
        let part = shape_of(self.kind).part_of(name);
        let finding = match beside {
            Some((meant, place)) => {
                unknown_field::beside(self.at(key), name, &whole, (meant, self.at(place)))
            }
            None => unknown_field::finding(self.at(key), name, &whole, &known, part),
        };
        (finding, meant)
    }

    /// Tells that a mapping has none of the fields of which it needs one.
    fn none_of(&mut self, mapping: NodeId, names: &[String]) {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let finding = missing_field::finding(self.at_first(mapping), &self.whole(), &names);
        let is_torn_off = self.path.last().and_then(|part| part.item).is_some_and(|number| number > 0);
        self.findings.push(match (is_torn_off, self.source.yaml().entries(mapping).count()) {
            (true, 1) => finding.help(
                "add `user: NAME` or `team: NAME`; if this belongs to the member above, delete the `- `",
            ),
            _ => finding,
        });
    }

    fn at_first(&self, mapping: NodeId) -> Location {
        self.at(self.source.yaml().entries(mapping).next().map_or(mapping, |(key, _)| key))
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
    fn is_in_another_part(&self, name: &str) -> bool {
        if self.path.is_empty() {
            let metadata = self.value_of(self.root, "metadata");
            return metadata.is_some_and(|metadata| self.key_of(metadata, name).is_some());
        }
        let [part] = self.path.as_slice() else { return false };
        let Shape::Record(document) = shape_of(self.kind) else { return false };
        let elsewhere = document.fields.iter().filter(|(other, _)| other != part.field);
        let mut parts = elsewhere.filter_map(|(other, shape)| match shape {
            Shape::Record(record) if record.fields.iter().all(|(field, _)| field != name) => {
                self.value_of(self.root, other)
            }
            _ => None,
        });
        self.key_of(self.root, name).is_some() || parts.any(|part| self.key_of(part, name).is_some())
    }
}
