//! The fast lane: reads a document line by line into the arena when it is written plainly, several
//! times faster than the parser. It accepts what the parser reads without a fault, as the very same
//! nodes, and refuses everything that is odd, doubtful or wrong: it never reports a fault. The tests
//! compare the two on all that they can think of.

mod class;
mod value;

use super::arena::{Document, Kind, Node, NodeId, Style, Text, Yaml};
use super::limits::MAX_NODES;
use crate::source::Span;

/// Deepest nesting of collections in a plain document.
const MAX_DEPTH: usize = 16;

/// A document is not plain.
pub(super) struct NotPlain;

type Result<T> = std::result::Result<T, NotPlain>;

/// Reads the document that begins at an offset of a text, with its `---` if it has one, and says where
/// the next one begins.
pub(super) fn read(text: &str, start: usize, yaml: &mut Yaml) -> Result<usize> {
    let nodes_before = yaml.nodes.len();
    let mut fast_path = FastPath {
        text: text.as_bytes(),
        at: start,
        nodes_before,
        nodes: &mut yaml.nodes,
        open: Vec::with_capacity(MAX_DEPTH),
        is_value_due: false,
        last_end: 0,
    };
    match fast_path.document() {
        Ok(end) => {
            if yaml.nodes.len() > nodes_before {
                yaml.documents.push(Document { root: Some(NodeId(offset(nodes_before))), broken: false });
            }
            Ok(end)
        }
        Err(odd) => {
            yaml.nodes.truncate(nodes_before);
            Err(odd)
        }
    }
}

/// An offset as the arena keeps it; `read` of a file sees to its size.
fn offset(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A block collection that is not closed yet.
struct Open {
    node: usize,
    column: usize,
    kind: Kind,
}

struct FastPath<'a> {
    text: &'a [u8],
    at: usize,
    nodes_before: usize,
    nodes: &'a mut Vec<Node>,
    open: Vec<Open>,
    /// Whether the last line was a field whose value is to come below it.
    is_value_due: bool,
    /// Where the last node ended.
    last_end: u32,
}

impl FastPath<'_> {
    fn document(&mut self) -> Result<usize> {
        let has_marker = self.text[self.at..].starts_with(b"---");
        if has_marker {
            self.at += 3;
            self.end_of_line()?;
        }
        while let Some(column) = self.next_line()? {
            self.line(column)?;
        }
        if self.is_value_due || (has_marker && self.open.is_empty()) {
            return Err(NotPlain);
        }
        while self.close() {}
        Ok(self.at)
    }

    /// Goes to the next line with content, and says in which column that begins; none at the end of
    /// the document.
    fn next_line(&mut self) -> Result<Option<usize>> {
        loop {
            let start = self.at;
            self.spaces();
            match self.byte() {
                None => return Ok(None),
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.comment()?,
                Some(b'-') if self.at == start && self.text[start..].starts_with(b"---") => {
                    let is_marker = matches!(self.text.get(start + 3), Some(b' ' | b'\n') | None);
                    return if is_marker { Ok(None) } else { Err(NotPlain) };
                }
                Some(_) => return Ok(Some(self.at - start)),
            }
        }
    }

    fn line(&mut self, column: usize) -> Result<()> {
        let is_item = self.is_item();
        let is_value_due = std::mem::take(&mut self.is_value_due);
        if is_value_due {
            let parent = self.open.last().map_or(0, |open| open.column);
            if column < parent || (column == parent && !is_item) {
                return Err(NotPlain);
            }
        } else if !self.open.is_empty() {
            self.close_to(column, if is_item { Kind::Sequence } else { Kind::Mapping })?;
        }
        let column = self.items(column)?;
        match self.key_end() {
            Some(end) => self.field(column, end),
            None if is_item || is_value_due => self.value(),
            None => Err(NotPlain),
        }
    }

    /// Closes collections up to the one that goes on in a column.
    fn close_to(&mut self, column: usize, kind: Kind) -> Result<()> {
        while let Some(open) = self.open.last() {
            if open.column < column {
                return Err(NotPlain);
            }
            if open.column == column && open.kind == kind {
                return Ok(());
            }
            self.close();
        }
        Err(NotPlain)
    }

    /// Items that begin on this line, one inside of the other, up to what the innermost holds.
    fn items(&mut self, mut column: usize) -> Result<usize> {
        while self.is_item() {
            let dash = self.at;
            self.at += 1;
            self.spaces();
            // The parser lets a list without indentation begin at what its first item holds.
            let is_indented = self.open.last().is_none_or(|open| open.column < column);
            self.open(Kind::Sequence, column, if is_indented { dash } else { self.at })?;
            column += self.at - dash;
        }
        Ok(column)
    }

    /// Opens a collection, unless it is the innermost one that goes on.
    fn open(&mut self, kind: Kind, column: usize, start: usize) -> Result<()> {
        if self.open.last().is_some_and(|open| open.column == column && open.kind == kind) {
            return Ok(());
        }
        if self.open.len() == MAX_DEPTH {
            return Err(NotPlain);
        }
        let node = self.push(kind, start, start, Text::None)?;
        self.open.push(Open { node, column, kind });
        Ok(())
    }

    /// Closes the innermost collection, if there is one.
    fn close(&mut self) -> bool {
        let Some(open) = self.open.pop() else { return false };
        self.nodes[open.node].next = offset(self.nodes.len());
        self.nodes[open.node].span.end = self.last_end;
        true
    }

    fn field(&mut self, column: usize, end: usize) -> Result<()> {
        self.open(Kind::Mapping, column, self.at)?;
        self.key(end)?;
        match self.byte() {
            None | Some(b'\n' | b'#') => {
                self.is_value_due = true;
                self.end_of_line()
            }
            Some(_) => self.value(),
        }
    }

    fn scalar(&mut self, style: Style, (start, end): (usize, usize), text: (usize, usize)) -> Result<()> {
        let text = Text::Slice(Span::new(offset(text.0), offset(text.1)));
        self.push(Kind::Scalar(style), start, end, text)?;
        Ok(())
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, text: Text) -> Result<usize> {
        let node = self.nodes.len();
        if node - self.nodes_before == MAX_NODES {
            return Err(NotPlain);
        }
        let span = Span::new(offset(start), offset(end));
        self.nodes.push(Node::new(NodeId(offset(node)), kind, false, span, text));
        self.last_end = span.end;
        Ok(node)
    }
}
