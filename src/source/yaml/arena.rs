//! The arena: the nodes of a file in pre-order, each with its span and its next sibling.

use super::SyntaxError;
use crate::source::{Route, Segment, Span};

/// The number of a node in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: its type follows from its text.
    Plain,
    /// In single or double quotes: text.
    Quoted,
    /// After `|` or `>`: text.
    Block,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Scalar(Style),
    /// A mapping: keys and values in turn.
    Mapping,
    Sequence,
    /// Another name for an earlier node.
    Alias,
    /// An alias of nothing: a fault of the document.
    Unresolved,
}

/// Where the decoded text of a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// As it is written in the file.
    Slice(Span),
    /// Decoded, in the arena's own list.
    Owned(u32),
    /// None: no scalar. An alias keeps its target here.
    Target(NodeId),
    /// No scalar and no alias.
    None,
}

/// One node: 20 bytes, for there are millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    /// Whether it carries an explicit tag (`!!str`), which no declaration needs.
    pub tagged: bool,
    /// What `text` counts.
    form: Form,
    text: u32,
    /// Its bytes: of a scalar with its quotes, of a collection up to the end of its last child.
    pub span: Span,
    /// The node after this one and all that is below it.
    pub(super) next: u32,
}

/// A [`Text`] without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// So many bytes from the start of the span.
    Slice,
    /// So many bytes after the first one of the span, a quote.
    SliceInQuotes,
    Owned,
    Target,
    None,
}

const _: () = assert!(size_of::<Node>() == 20);

impl Node {
    /// A node with nothing below it yet. A slice begins where the span does, or one byte behind that.
    pub(super) const fn new(id: NodeId, kind: Kind, tagged: bool, span: Span, text: Text) -> Self {
        let (form, text) = match text {
            Text::Slice(slice) if slice.start == span.start => (Form::Slice, slice.end - slice.start),
            Text::Slice(slice) => (Form::SliceInQuotes, slice.end - slice.start),
            Text::Owned(index) => (Form::Owned, index),
            Text::Target(target) => (Form::Target, target.0),
            Text::None => (Form::None, 0),
        };
        Self { kind, tagged, form, text, span, next: id.0 + 1 }
    }

    const fn text(&self) -> Text {
        let start = self.span.start;
        match self.form {
            Form::Slice => Text::Slice(Span::new(start, start + self.text)),
            Form::SliceInQuotes => Text::Slice(Span::new(start + 1, start + 1 + self.text)),
            Form::Owned => Text::Owned(self.text),
            Form::Target => Text::Target(NodeId(self.text)),
            Form::None => Text::None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its top node; none when the document is empty or broke off before it.
    pub root: Option<NodeId>,
    /// Whether a syntax error cut it short: what comes before the error is here all the same.
    pub broken: bool,
}

#[derive(Clone, Debug)]
pub struct Children<'a> {
    nodes: &'a [Node],
    next: u32,
    end: u32,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let child = self.next;
        if child >= self.end {
            return None;
        }
        self.next = self.nodes[child as usize].next;
        Some(NodeId(child))
    }
}

/// The keys of a mapping with their values.
#[derive(Clone, Debug)]
pub struct Entries<'a>(Children<'a>);

impl Iterator for Entries<'_> {
    type Item = (NodeId, NodeId);

    fn next(&mut self) -> Option<(NodeId, NodeId)> {
        Some((self.0.next()?, self.0.next()?))
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Yaml {
    pub(super) nodes: Vec<Node>,
    pub(super) owned: Vec<Box<str>>,
    pub(super) documents: Vec<Document>,
    pub(super) faults: Vec<SyntaxError>,
    /// What aliases stand for.
    pub(super) aliased: Vec<NodeId>,
}

impl Yaml {
    /// The documents, in the order of the file.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// What is wrong with the text as YAML.
    #[must_use]
    pub fn faults(&self) -> &[SyntaxError] {
        &self.faults
    }

    /// A node, aliases followed to what they stand for.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        let node = &self.nodes[id.index()];
        match node.text() {
            Text::Target(target) => self.node(target),
            Text::Slice(_) | Text::Owned(_) | Text::None => node,
        }
    }

    /// The bytes of a node: those of an alias, not of what it stands for.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Span {
        self.nodes[id.index()].span
    }

    /// What a node is; nothing where it is an alias of another, has a tag, or is reached by an alias too: then its
    /// bytes are not its own.
    #[must_use]
    pub fn own_kind(&self, id: NodeId) -> Option<Kind> {
        let node = &self.nodes[id.index()];
        let is_below = |target: &NodeId| target.0 <= id.0 && id.0 < self.nodes[target.index()].next;
        let is_own = node.kind != Kind::Alias && !node.tagged && !self.aliased.iter().any(is_below);
        is_own.then_some(node.kind)
    }

    /// The bytes of a node of this kind, where they are its own.
    #[must_use]
    pub fn own(&self, id: NodeId, kind: Kind) -> Option<Span> {
        (self.own_kind(id)? == kind).then(|| self.span(id))
    }

    /// The nodes that begin at an offset, from the outermost to the innermost.
    pub fn nodes_from(&self, start: u32) -> impl Iterator<Item = NodeId> + use<> {
        let first = self.nodes.partition_point(|node| node.span.start < start);
        let end = self.nodes.partition_point(|node| node.span.start <= start);
        (first..end).map(|index| NodeId(u32::try_from(index).unwrap_or(u32::MAX)))
    }

    /// The decoded text of a scalar; nothing for a collection.
    #[must_use]
    pub fn text<'a>(&'a self, source: &'a str, id: NodeId) -> Option<&'a str> {
        match self.node(id).text() {
            Text::Slice(span) => Some(&source[span.range()]),
            Text::Owned(index) => Some(&self.owned[index as usize]),
            Text::Target(_) | Text::None => None,
        }
    }

    /// The bytes of a scalar's text when it is in the file letter for letter.
    #[must_use]
    pub fn text_span(&self, id: NodeId) -> Option<Span> {
        match self.node(id).text() {
            Text::Slice(span) => Some(span),
            Text::Owned(_) | Text::Target(_) | Text::None => None,
        }
    }

    /// The scalars whose decoded text is not what is written in the file, with their spans.
    pub fn rewritten_texts(&self) -> impl Iterator<Item = (Span, &str)> {
        self.nodes.iter().filter_map(|node| match node.text() {
            Text::Owned(index) => Some((node.span, &*self.owned[index as usize])),
            Text::Slice(_) | Text::Target(_) | Text::None => None,
        })
    }

    /// The children of a collection in order (of a mapping: key, value, key, value ...).
    #[must_use]
    pub fn children(&self, id: NodeId) -> Children<'_> {
        let id = self.resolved(id);
        let node = &self.nodes[id.index()];
        let next = match node.kind {
            Kind::Mapping | Kind::Sequence => id.0 + 1,
            Kind::Scalar(_) | Kind::Alias | Kind::Unresolved => node.next,
        };
        Children { nodes: &self.nodes, next, end: node.next }
    }

    /// The keys of a mapping with their values, in order. A key cut off by a syntax error has none.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> Entries<'_> {
        Entries(self.children(id))
    }

    /// The value of a field of a mapping, with its key. Of two, the first.
    #[must_use]
    pub fn field(&self, source: &str, mapping: NodeId, name: &str) -> Option<(NodeId, NodeId)> {
        if self.node(mapping).kind != Kind::Mapping {
            return None;
        }
        self.entries(mapping).find(|&(key, _)| self.text(source, key) == Some(name))
    }

    /// The node at a route, or the nearest one above it that exists, with its key.
    #[must_use]
    pub fn find(&self, source: &str, root: NodeId, route: &Route) -> (Option<NodeId>, NodeId) {
        let mut at = (None, root);
        for step in route.steps() {
            match self.step(source, at.1, step) {
                Some(found) => at = found,
                None => break,
            }
        }
        at
    }

    /// The node at exactly this route, with its key.
    #[must_use]
    pub fn find_exactly(
        &self,
        source: &str,
        root: NodeId,
        route: &Route,
    ) -> Option<(Option<NodeId>, NodeId)> {
        route.steps().iter().try_fold((None, root), |(_, at), step| self.step(source, at, step))
    }

    fn step(&self, source: &str, at: NodeId, step: &Segment) -> Option<(Option<NodeId>, NodeId)> {
        match step {
            Segment::Field(name) => self.field(source, at, name).map(|(key, value)| (Some(key), value)),
            Segment::Item(index) => self.children(at).nth(*index).map(|item| (None, item)),
        }
    }

    fn resolved(&self, id: NodeId) -> NodeId {
        match self.nodes[id.index()].text() {
            Text::Target(target) => self.resolved(target),
            Text::Slice(_) | Text::Owned(_) | Text::None => id,
        }
    }
}
