//! Parser events into the arena. The depth of nesting and the weight of aliases are decided here.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle};

use super::arena::{Document, Kind, Node, NodeId, Style, Text, Yaml};
use super::limits::{MAX_NODES, is_dense, most_aliases};
use super::offsets::{character_at, clamp};
use super::syntax_error::{MAX_DEPTH, SyntaxError};
use crate::source::Span;

pub(super) fn parser(text: &str) -> Parser<'_, StrInput<'_>> {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    Parser::new_from_str_with_options(text, options)
}

/// A collection that is not closed yet.
struct Open {
    node: usize,
    style: StructureStyle,
    anchor: usize,
    /// Nodes plus bytes of text below it, aliases counted as what they stand for.
    weight: u64,
}

/// Fills the arena with what the parser says.
pub(super) struct EventReader<'a> {
    text: &'a str,
    /// Where the part of the text begins that the parser sees.
    base: u32,
    pub(super) yaml: Yaml,
    open: Vec<Open>,
    /// What an anchor stands for, by its number, and its weight; none while its node is open.
    anchors: Vec<Option<(NodeId, u64)>>,
    alias_weight: u64,
    /// Whether an alias of the document stands for more than may be added.
    has_heavy_alias: bool,
    /// How many nodes there were before the document.
    nodes_before: usize,
    /// Where the last node ended.
    last_end: u32,
}

impl<'a> EventReader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            base: 0,
            yaml: Yaml::default(),
            open: Vec::new(),
            anchors: Vec::new(),
            alias_weight: 0,
            has_heavy_alias: false,
            nodes_before: 0,
            last_end: 0,
        }
    }

    /// Reads the document at a range of the text. None when anything is wrong with it: how the parser
    /// goes on from there depends on what follows.
    pub(super) fn part(&mut self, range: Range<usize>) -> Option<()> {
        self.base = clamp(range.start);
        self.anchors.clear();
        // A document may end otherwise before a `---` than at the end of the text: that is seen too.
        let end_of_marker = (range.end + "---".len()).min(self.text.len());
        let mut parser = parser(&self.text[range.start..end_of_marker]);
        while let Some(next) = parser.next_event() {
            let (event, span) = next.ok()?;
            let span = self.span(&span);
            if matches!(event, Event::DocumentStart(true, _)) && span.start as usize == range.end {
                break;
            }
            self.event(event, span);
            if self.is_full() || self.is_dense() || !self.yaml.faults.is_empty() {
                return None;
            }
        }
        Some(())
    }

    /// Whether there are more values than a file of this size has.
    pub(super) fn is_dense(&self) -> bool {
        is_dense(&self.yaml, self.text.len())
    }

    pub(super) fn is_full(&self) -> bool {
        self.yaml.nodes.len() - self.nodes_before > MAX_NODES
    }

    pub(super) fn span(&self, span: &granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        let at = |offset| clamp(offset).saturating_add(self.base).min(clamp(self.text.len()));
        Span::new(at(range.start), at(range.end))
    }

    pub(super) fn event(&mut self, event: Event<'a>, span: Span) {
        match event {
            Event::DocumentStart(..) => {
                self.open.clear();
                self.has_heavy_alias = false;
                self.nodes_before = self.yaml.nodes.len();
                self.yaml.documents.push(Document { root: None, broken: false });
            }
            Event::Scalar(value, style, anchor, tag) => {
                let (style, text) = self.scalar(value, style, span);
                let span = if style == Style::Block { self.without_line_ends(span) } else { span };
                let weight = 1 + self.length(text);
                let id = self.push(Kind::Scalar(style), tag.is_some(), span, text, weight);
                if style == Style::Quoted {
                    self.check_lines(span);
                }
                self.define(anchor, id, weight);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.start(Kind::Sequence, style, anchor, tag.is_some(), span);
            }
            Event::MappingStart(style, anchor, tag) => {
                self.start(Kind::Mapping, style, anchor, tag.is_some(), span);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let closed = self.open.last().filter(|open| open.style == StructureStyle::Flow);
                let closed = closed.map(|open| open.node);
                self.end(span);
                if let Some(node) = closed {
                    self.check_lines(self.yaml.nodes[node].span);
                }
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                let label = format!("no `&{name}` comes before it in this document");
                self.syntax_error(SyntaxError {
                    span,
                    summary: format!("the alias `*{name}` stands for nothing"),
                    label,
                    help: "quote the value if the `*` belongs to it; else define the anchor first".into(),
                });
                self.push(Kind::Unresolved, false, span, Text::None, 1);
            }
            // Events that say nothing of the documents; the enum may grow.
            _ => {}
        }
    }

    fn scalar(&mut self, value: Cow<'a, str>, style: ScalarStyle, span: Span) -> (Style, Text) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        (style, self.slice(&value, span).map_or_else(|| self.own(value), Text::Slice))
    }

    /// Where a text is in the file letter for letter: at the start of its span, or after one quote.
    fn slice(&self, value: &str, span: Span) -> Option<Span> {
        let start = span.start as usize;
        [start, start + 1]
            .into_iter()
            .find(|&from| self.text.as_bytes().get(from..from + value.len()) == Some(value.as_bytes()))
            .filter(|&from| from + value.len() <= span.end as usize)
            .map(|from| Span::new(clamp(from), clamp(from + value.len())))
    }

    /// The line ends after a block scalar, and the indentation of the next line, belong to its text,
    /// but nobody means them.
    fn without_line_ends(&self, span: Span) -> Span {
        let mut raw = &self.text[span.range()];
        while let Some((before, last)) = raw.rsplit_once('\n')
            && last.trim_end_matches('\r').trim_end_matches(' ').is_empty()
        {
            raw = before;
        }
        Span::new(span.start, span.start + clamp(raw.trim_end_matches('\r').len()))
    }

    fn own(&mut self, value: Cow<'a, str>) -> Text {
        self.yaml.owned.push(value.into());
        Text::Owned(clamp(self.yaml.owned.len() - 1))
    }

    fn length(&self, text: Text) -> u64 {
        match text {
            Text::Slice(span) => u64::from(span.end - span.start),
            Text::Owned(index) => self.yaml.owned[index as usize].len() as u64,
            Text::Target(_) | Text::None => 0,
        }
    }

    fn start(&mut self, kind: Kind, style: StructureStyle, anchor: usize, tagged: bool, span: Span) {
        let id = self.push(kind, tagged, span, Text::None, 0);
        self.define_open(anchor);
        self.open.push(Open { node: id.index(), style, anchor, weight: 1 });
    }

    /// Closes the innermost collection. Without brackets it ends where its last child ends: the
    /// parser's own end may lie lines below.
    fn end(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let next = clamp(self.yaml.nodes.len());
        // A mapping of one field in a list, as in `[a: b]`, has no bracket of its own to end at.
        let has_bracket = open.style == StructureStyle::Flow && span.start < span.end;
        let end = if has_bracket { span.end } else { self.last_end };
        let node = &mut self.yaml.nodes[open.node];
        node.next = next;
        node.span.end = end.max(node.span.start);
        self.last_end = node.span.end;
        self.define(open.anchor, NodeId(clamp(open.node)), open.weight);
        if let Some(parent) = self.open.last_mut() {
            parent.weight = parent.weight.saturating_add(open.weight);
        }
    }

    /// What is in quotes or brackets goes on in lines that are indented by a space, unless it is all of the
    /// document. A bracket that closes may stand at the start of its line, as it does in most files.
    fn check_lines(&mut self, span: Span) {
        if self.open.last().is_none_or(|open| open.style != StructureStyle::Block) {
            return;
        }
        let whole = &self.text[span.range()];
        let is_flow = whole.starts_with(['[', '{']);
        let is_bad = |&(at, _): &(usize, &str)| {
            let line = whole[at + 1..].split('\n').next().unwrap_or_default();
            let is_closing = is_flow && line.starts_with([']', '}', '#']);
            !line.trim().is_empty() && !line.starts_with(' ') && !is_closing
        };
        if let Some((at, _)) = whole.match_indices('\n').find(is_bad) {
            let start = span.start + clamp(at) + 1;
            self.syntax_error(SyntaxError::new(
                character_at(self.text, start as usize),
                "a line that goes on with the one above it is not indented",
                "this line belongs to what was opened above it",
                "begin the line with spaces, two more than the field above it has",
            ));
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let Some((target, weight)) = self.anchors.get(anchor).copied().flatten() else {
            self.syntax_error(SyntaxError::new(
                span,
                "an alias stands inside of what it stands for",
                "this would never end",
                "take the alias out",
            ));
            self.push(Kind::Unresolved, false, span, Text::None, 1);
            return;
        };
        let added = self.alias_weight.saturating_add(weight);
        if added <= most_aliases(self.text.len()) {
            self.alias_weight = added;
            self.yaml.aliased.push(target);
            self.push(Kind::Alias, false, span, Text::Target(target), weight);
            return;
        }
        if !std::mem::replace(&mut self.has_heavy_alias, true) {
            self.syntax_error(SyntaxError::new(
                span,
                "the aliases of this file stand for too much",
                "with this alias they stand for more than all that is written",
                "write the value out in place of the alias",
            ));
        }
        self.push(Kind::Unresolved, false, span, Text::None, 1);
    }

    fn define_open(&mut self, anchor: usize) {
        if anchor > 0 && self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
    }

    fn define(&mut self, anchor: usize, id: NodeId, weight: u64) {
        self.define_open(anchor);
        if anchor > 0 {
            self.anchors[anchor] = Some((id, weight));
        }
    }

    fn push(&mut self, kind: Kind, tagged: bool, span: Span, text: Text, weight: u64) -> NodeId {
        let id = NodeId(clamp(self.yaml.nodes.len()));
        self.yaml.nodes.push(Node::new(id, kind, tagged, span, text));
        self.last_end = span.end;
        if let Some(parent) = self.open.last_mut() {
            parent.weight = parent.weight.saturating_add(weight);
        } else if let Some(document) = self.yaml.documents.last_mut()
            && document.root.is_none()
        {
            document.root = Some(id);
        }
        id
    }

    fn syntax_error(&mut self, syntax_error: SyntaxError) {
        if let Some(document) = self.yaml.documents.last_mut() {
            document.broken = true;
        }
        self.yaml.faults.push(syntax_error);
    }

    /// Adds faults that were found beside the parser, to the documents that they are in.
    pub(super) fn refuse(&mut self, faults: Vec<SyntaxError>) {
        for syntax_error in faults {
            let starts = |document: &Document| {
                document
                    .root
                    .is_some_and(|root| self.yaml.nodes[root.index()].span.start <= syntax_error.span.start)
            };
            let number = self.yaml.documents.iter().rposition(starts).unwrap_or(0);
            if let Some(document) = self.yaml.documents.get_mut(number) {
                document.broken = true;
            }
            self.yaml.faults.push(syntax_error);
        }
    }

    /// Ends a document at a syntax error and keeps what is before it.
    pub(super) fn break_off(&mut self, syntax_error: SyntaxError) {
        let end = syntax_error.span;
        self.syntax_error(syntax_error);
        while !self.open.is_empty() {
            self.end(end);
        }
    }
}
#[cfg(test)]
mod tests {
    use super::super::whole_file::read_with_parser as read;
    use crate::source::yaml::{Kind, Yaml};

    fn texts(source: &str, yaml: &Yaml) -> Vec<String> {
        yaml.documents()
            .iter()
            .filter_map(|document| document.root)
            .map(|root| match yaml.node(root).kind {
                Kind::Scalar(_) => yaml.text(source, root).unwrap().to_owned(),
                _ => yaml
                    .children(root)
                    .map(|child| yaml.text(source, child).unwrap_or("(collection)").to_owned())
                    .collect::<Vec<_>>()
                    .join(" "),
            })
            .collect()
    }

    #[test]
    fn documents_keep_their_order_and_spans() {
        let source = "a: 1\nb: [x, 'y z']\n---\n- \"p\\tq\"\n- |\n  two\n  lines\n";
        let yaml = read(source);
        assert_eq!(texts(source, &yaml), ["a 1 b (collection)", "p\tq two\nlines\n"]);
        let root = yaml.documents()[0].root.unwrap();
        let (_, list) = yaml.field(source, root, "b").unwrap();
        assert_eq!(&source[yaml.span(list).range()], "[x, 'y z']");
        let second = yaml.children(list).nth(1).unwrap();
        assert_eq!(&source[yaml.span(second).range()], "'y z'");
        assert_eq!(&source[yaml.text_span(second).unwrap().range()], "y z");
    }

    #[test]
    fn a_collection_ends_where_its_last_child_ends() {
        let source = "a:\n- {b: c}\n- d  # x\n\ne:\n  - f: {g: [h]}\ni: [j: k , l]\n";
        let yaml = read(source);
        let root = yaml.documents()[0].root.unwrap();
        let at = |name| &source[yaml.span(yaml.field(source, root, name).unwrap().1).range()];
        assert_eq!(at("a"), "{b: c}\n- d");
        assert_eq!(at("e"), "- f: {g: [h]}");
        assert_eq!(at("i"), "[j: k , l]");
        let pair = yaml.children(yaml.field(source, root, "i").unwrap().1).next().unwrap();
        assert_eq!(&source[yaml.span(pair).range()], "j: k");
        assert_eq!(yaml.span(root).end as usize, source.trim_end().len());
    }

    #[test]
    fn a_block_scalar_ends_with_its_last_line() {
        let source = "a:\n  b: |\n    one\n    two \n  \n\n  c: d\n";
        let yaml = read(source);
        let (_, a) = yaml.field(source, yaml.documents()[0].root.unwrap(), "a").unwrap();
        let (_, b) = yaml.field(source, a, "b").unwrap();
        assert_eq!(&source[yaml.span(b).range()], "one\n    two ");
        assert_eq!(yaml.text(source, b), Some("one\ntwo \n"));
    }

    #[test]
    fn marks_and_line_ends_of_other_systems_are_read() {
        let source = "\u{feff}a: 1\r\nb: two words\r\n";
        let yaml = read(source);
        assert!(yaml.faults().is_empty(), "{:?}", yaml.faults());
        assert_eq!(texts(source, &yaml), ["a 1 b two words"]);
    }
}
