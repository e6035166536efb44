//! Clusters that are given more than one key.

use std::collections::BTreeSet;

use super::ShapeCheck;
use crate::diagnostics::{Change, Finding, Fix};
use crate::rules::second_key;
use crate::source::yaml::{Kind as NodeKind, NodeId};

impl ShapeCheck<'_> {
    /// All keys that the fields of a cluster's `spec` give it, in whatever form: two are one too many,
    /// and worth more than the rules of fields.
    pub(super) fn second_key(&mut self, spec: NodeId) {
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

    /// The finding for `sshKeys` in a cluster with one key.
    pub(super) fn plural(&self, spec: NodeId, key: NodeId, value: NodeId) -> Finding {
        let first = |value| self.keys_in(value).into_iter().next();
        let only = first(value).map(|(name, _)| name);
        let is_list = self.source.yaml().node(value).kind == NodeKind::Sequence;
        let name = Change::Text(self.at(key), "sshKey".to_owned());
        let list = is_list.then(|| Change::OnlyItem(self.at(value)));
        let fix = only.as_ref().map(|_| Fix::safe([Some(name), list].into_iter().flatten().collect()));
        match self.value_of(spec, "sshKey").and_then(first) {
            Some(beside) => second_key::needless(&self.resource(), self.at(key), beside),
            None => second_key::plural(&self.resource(), self.at(key), only.as_deref(), fix),
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
}
