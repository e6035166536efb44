//! Edits: what stands in the place of some bytes of a file, while every other byte stays as it is.
//!
//! An edit is made only of a value whose bytes are known: a plain or quoted scalar of the document itself, of which
//! no alias is another name.

use super::yaml::{self, Kind, NodeId, Plain, Style};
use super::{SourceFile, Span};

/// Bytes of a file, and what is to stand in their place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    pub span: Span,
    pub content: String,
}

impl Edit {
    /// These bytes become `content`.
    #[must_use]
    pub fn new(span: Span, content: impl Into<String>) -> Self {
        Self { span, content: content.into() }
    }

    /// Whether both change the same bytes, or bytes side by side, so that their order would matter.
    #[must_use]
    pub const fn touches(&self, other: &Self) -> bool {
        self.span.start <= other.span.end && other.span.start <= self.span.end
    }
}

/// The text after edits that are in order and do not overlap.
#[must_use]
pub fn edited<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for Edit { span, content } in edits {
        edited.push_str(&text[done..span.start as usize]);
        edited.push_str(content);
        done = span.end as usize;
    }
    edited + &text[done..]
}

impl SourceFile {
    /// The edit by which a scalar says another text, in the quotes that it has.
    #[must_use]
    pub fn respelled(&self, node: NodeId, text: &str) -> Option<Edit> {
        let span = self.own_scalar(node)?;
        let written = match self.text().as_bytes().get(span.start as usize) {
            _ if text.chars().any(char::is_control) => return None,
            Some(b'\'') => format!("'{}'", text.replace('\'', "''")),
            Some(b'"') => in_double_quotes(text),
            _ if is_plain_text(text) => text.to_owned(),
            _ => in_double_quotes(text),
        };
        Some(Edit::new(span, written))
    }

    /// The edit by which a scalar becomes other YAML, such as `true`.
    #[must_use]
    pub fn rewritten_as(&self, node: NodeId, yaml: &str) -> Option<Edit> {
        Some(Edit::new(self.own_scalar(node)?, yaml))
    }

    /// The edits by which a list becomes its only item.
    #[must_use]
    pub fn only_item(&self, list: NodeId) -> Option<Vec<Edit>> {
        let (yaml, text) = (self.yaml(), self.text());
        let mut items = yaml.children(list);
        let (Some(item), None) = (items.next(), items.next()) else { return None };
        let (outer, inner) = (yaml.own(list, Kind::Sequence)?, self.own_scalar(item)?);
        let written = &text[inner.range()];
        let is_plain = yaml.node(item).kind == Kind::Scalar(Style::Plain);
        if written.contains('\n') || (is_plain && !is_plain_text(written)) {
            return None;
        }
        if text[outer.range()].starts_with('[') {
            let before = &text[outer.start as usize + 1..inner.start as usize];
            let after = &text[inner.end as usize..outer.end as usize - 1];
            let is_bare = before.trim().is_empty() && matches!(after.trim(), "" | ",");
            let is_apart = text[..outer.start as usize].ends_with([' ', '\n']);
            return (is_bare && is_apart).then(|| {
                vec![
                    Edit::new(Span::new(outer.start, inner.start), ""),
                    Edit::new(Span::new(inner.end, outer.end), ""),
                ]
            });
        }
        let above = text[..inner.start as usize].trim_end_matches(' ').strip_suffix('-')?;
        let name = above.trim_end_matches([' ', '\n', '\r']);
        let last_line = name.rsplit('\n').next().unwrap_or_default();
        Some(vec![if name.ends_with(':') && !last_line.contains('#') {
            Edit::new(Span::new(clamp(name.len()), inner.start), " ")
        } else {
            // A comment is between: the item stays on its own line.
            Edit::new(Span::new(clamp(above.len()), clamp(above.len() + 1)), " ")
        }])
    }

    /// The edit by which a mapping has another field beside one that it has, as `field` writes it on one line.
    #[must_use]
    pub fn with_field(&self, mapping: NodeId, (key, value): (NodeId, NodeId), field: &str) -> Option<Edit> {
        let (yaml, text) = (self.yaml(), self.text());
        let outer = yaml.own(mapping, Kind::Mapping)?;
        let (key, value) = (self.own_scalar(key)?, self.own_scalar(value)?);
        if text[outer.range()].starts_with('{') {
            return Some(Edit::new(Span::new(key.start, key.start), format!("{field}, ")));
        }
        let line = text[..key.start as usize].rfind('\n').map_or(0, |end| end + 1);
        let indent = &text[line..key.start as usize];
        let rest = text[value.end as usize..].split('\n').next().unwrap_or_default();
        let has_return = rest.ends_with('\r') || (text.contains("\r\n") && !text.ends_with('\n'));
        let rest = rest.trim_end_matches('\r');
        let is_end_of_line = rest.trim_start().is_empty() || rest.trim_start().starts_with('#');
        let is_first = indent.bytes().all(|byte| byte == b' ');
        let at = value.end + clamp(rest.len());
        let line_end = if has_return { "\r\n" } else { "\n" };
        (is_end_of_line && is_first)
            .then(|| Edit::new(Span::new(at, at), format!("{line_end}{indent}{field}")))
    }

    /// The node of this kind with exactly these bytes.
    #[must_use]
    pub fn node_at(&self, span: Span, is_meant: impl Fn(Kind) -> bool) -> Option<NodeId> {
        self.yaml()
            .nodes_from(span.start)
            .find(|&node| self.yaml().span(node) == span && self.yaml().own_kind(node).is_some_and(&is_meant))
    }

    /// The bytes of a scalar that stands in the document itself, once, and not behind `|` or `>`.
    fn own_scalar(&self, node: NodeId) -> Option<Span> {
        let yaml = self.yaml();
        yaml.own(node, Kind::Scalar(Style::Plain)).or_else(|| yaml.own(node, Kind::Scalar(Style::Quoted)))
    }
}

/// Whether a text without quotes is that text to every reader of YAML, wherever a scalar may stand.
fn is_plain_text(text: &str) -> bool {
    let is_plain_in = |list: String| {
        let yaml = yaml::read(&list);
        let root = yaml.documents().first().and_then(|document| document.root);
        let mut items = root.into_iter().flat_map(|root| yaml.children(root));
        let (Some(item), None) = (items.next(), items.next()) else { return false };
        yaml.faults().is_empty()
            && yaml.node(item).kind == Kind::Scalar(Style::Plain)
            && yaml.text(&list, item) == Some(text)
    };
    // A `?` alone is text before a bracket, and begins a key before a blank.
    !text.contains('\n')
        && Plain::of(text) == Plain::Text
        && [format!("[{text}]\n"), format!("[{text} ]\n"), format!("- {text} # c\n")]
            .into_iter()
            .all(is_plain_in)
}

fn in_double_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Edit, edited};
    use crate::source::yaml::{self, Kind, NodeId};
    use crate::source::{Route, SourceFile, Span};

    fn file(text: &str) -> SourceFile {
        SourceFile::of_yaml("a.yaml".into(), text.into(), Vec::new())
    }

    fn value(file: &SourceFile, name: &'static str) -> NodeId {
        let root = file.yaml().documents()[0].root.unwrap();
        file.yaml().find_exactly(file.text(), root, &Route::fields([name])).unwrap().1
    }

    fn respelled(text: &str, other: &str) -> Option<String> {
        let file = file(text);
        let edit = file.respelled(value(&file, "a"), other)?;
        Some(edited(file.text(), [&edit]))
    }

    #[test]
    fn a_text_keeps_its_quotes_or_gets_some() {
        for (text, other, expected) in [
            ("a: b # c\n", "d e", "a: d e # c\n"),
            ("a: b\n", "1.10", "a: \"1.10\"\n"),
            ("a: b\n", "no", "a: \"no\"\n"),
            ("a: b # c\n", "?", "a: \"?\" # c\n"),
            ("a: b # c\n", "-", "a: \"-\" # c\n"),
            ("a: b\n", "x: y", "a: \"x: y\"\n"),
            ("a: b\n", "", "a: \"\"\n"),
            ("a: 'b'\n", "it's", "a: 'it''s'\n"),
            ("a: \"b\"\n", "\\\"", "a: \"\\\\\\\"\"\n"),
            ("{a: b}\n", "c, d", "{a: \"c, d\"}\n"),
        ] {
            assert_eq!(respelled(text, other).as_deref(), Some(expected));
        }
        for (text, other) in [
            ("a: |\n  b\n", "c"),
            ("a: &x b\nc: *x\n", "d"),
            ("x: &x b\na: *x\n", "d"),
            ("a: !t b\n", "c"),
            ("a: b\n", "c\nd"),
        ] {
            assert_eq!(respelled(text, other), None, "{text}");
        }
    }

    #[test]
    fn a_node_is_known_by_its_bytes() {
        let file = file("a: {b: [c]}\n");
        let at = |start, end| file.node_at(Span::new(start, end), |kind| kind == Kind::Sequence);
        assert!(at(7, 10).is_some() && at(8, 9).is_none() && at(7, 9).is_none());
    }

    #[test]
    fn edits_side_by_side_touch() {
        let edit = |start, end| Edit::new(Span::new(start, end), "");
        assert!(edit(0, 2).touches(&edit(2, 3)) && edit(2, 2).touches(&edit(2, 2)));
        assert!(!edit(0, 2).touches(&edit(3, 4)));
    }

    proptest! {
        /// A scalar says what it was given, in every style and place, and nothing else of the file says anything else.
        #[test]
        fn a_text_reads_back(other in "[ -~]{0,12}", style in 0..4_usize) {
            let text = ["a: x # c\nz: y\n", "a: 'x'\nz: y\n", "a: \"x\"\nz: y\n", "{a: x, z: y}\n"][style];
            let Some(after) = respelled(text, &other) else { return Ok(()) };
            let yaml = yaml::read(&after);
            prop_assert!(yaml.faults().is_empty(), "{}", after);
            let root = yaml.documents()[0].root.unwrap();
            let of = |name| yaml.field(&after, root, name).and_then(|(_, value)| yaml.text(&after, value));
            prop_assert_eq!((of("a"), of("z")), (Some(&*other), Some("y")));
        }
    }
}
