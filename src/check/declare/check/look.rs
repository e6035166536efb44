//! What is seen of a document, where it is, and what it is called for people.

use std::borrow::Cow;

use super::{Part, ShapeCheck};
use crate::check::declare::kind::Kind;
use crate::diagnostics::Location;
use crate::source::yaml::{Kind as NodeKind, NodeId};
use crate::source::{SourceSpan, Span};

impl<'a> ShapeCheck<'a> {
    pub(super) fn key_of(&self, mapping: NodeId, name: &str) -> Option<NodeId> {
        Some(self.source.yaml().field(self.source.text(), mapping, name)?.0)
    }

    pub(super) fn value_of(&self, mapping: NodeId, name: &str) -> Option<NodeId> {
        Some(self.source.yaml().field(self.source.text(), mapping, name)?.1)
    }

    /// The one value of a mapping of one field.
    pub(super) fn only_value(&self, mapping: NodeId) -> Option<&'a str> {
        let mut entries = self.source.yaml().entries(mapping);
        let (_, only) = entries.next()?;
        entries.next().is_none().then(|| self.scalar_text(only)).flatten()
    }

    /// The text of a node as it is written in the file.
    pub(super) fn written(&self, node: NodeId) -> &'a str {
        self.source.text().get(self.source.yaml().span(node).range()).unwrap_or_default()
    }

    /// Where the tag before a value is, as far as it can be seen.
    pub(super) fn at_tag(&self, node: NodeId) -> Location {
        let span = self.source.yaml().span(node);
        let before = self.source.text().get(..span.start as usize).unwrap_or_default();
        let before = before.trim_end();
        let word = before.rsplit([' ', '\n', '\t', '[', '{', ',']).next().unwrap_or_default();
        let Some(end) = u32::try_from(before.len()).ok() else { return self.at(node) };
        let length = u32::try_from(word.len()).unwrap_or(0);
        if !word.starts_with('!') {
            return self.at(node);
        }
        Location::Bytes(SourceSpan { file: self.file, span: Span::new(end - length, end) })
    }

    /// The text of the one item of a list of one.
    pub(super) fn only_item(&self, list: NodeId) -> Option<&'a str> {
        let mut items = self.source.yaml().children(list);
        let only = items.next()?;
        items.next().is_none().then(|| self.scalar_text(only)).flatten()
    }

    pub(super) fn is_ssh_keys(&self) -> bool {
        self.kind == Kind::Cluster && self.is_at(["spec", "sshKeys"])
    }

    /// The field that is being looked at, with the number of the item if it is one.
    pub(super) fn field(&self) -> Cow<'a, str> {
        match self.path.last() {
            None => "".into(),
            Some(Part { field, item: None }) => (*field).into(),
            Some(item) => item.to_string().into(),
        }
    }

    /// Whether a field that these lead to is being looked at.
    pub(super) fn is_at<const N: usize>(&self, fields: [&str; N]) -> bool {
        self.path.iter().map(|part| (part.field, part.item)).eq(fields.map(|field| (field, None)))
    }

    /// Whether an item of `members` is being looked at.
    pub(super) fn is_member(&self) -> bool {
        matches!(self.path.last(), Some(Part { field: "members", item: Some(_) }))
    }

    /// The fields on the way to what is being looked at, for people.
    pub(super) fn path(&self) -> String {
        self.path.iter().map(Part::to_string).collect::<Vec<_>>().join(".")
    }

    pub(super) fn at(&self, node: NodeId) -> Location {
        Location::Bytes(SourceSpan { file: self.file, span: self.source.yaml().span(node) })
    }

    pub(super) fn text(&self, node: NodeId) -> &'a str {
        self.scalar_text(node).unwrap_or_default()
    }

    pub(super) fn scalar_text(&self, node: NodeId) -> Option<&'a str> {
        self.source.yaml().text(self.source.text(), node)
    }

    pub(super) fn found(&self, node: NodeId) -> &'static str {
        match self.source.yaml().node(node).kind {
            NodeKind::Mapping => "a mapping",
            NodeKind::Sequence => "a list",
            NodeKind::Scalar(_) | NodeKind::Alias | NodeKind::Unresolved => "text",
        }
    }

    /// The value that is being looked at, for people: its path, or the document.
    pub(super) fn what(&self) -> String {
        if self.path.is_empty() { "the document".into() } else { format!("`{}`", self.path()) }
    }

    /// The mapping that is being looked at, for people.
    pub(super) fn whole(&self) -> String {
        let kind = self.kind.in_words();
        if self.path.is_empty() { kind.into() } else { format!("`{}` of {kind}", self.path()) }
    }

    /// The mapping of the field that is being looked at, for people.
    pub(super) fn mapping_name(&mut self) -> String {
        let field = self.path.pop();
        let name = self.whole();
        self.path.extend(field);
        name
    }

    /// The resource that the document declares, for people, as far as its name can be made out.
    pub(super) fn resource(&self) -> String {
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
