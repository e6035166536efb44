//! Where in a document the cursor is, also in one that is being written.

use crate::check::declare::Kind;
use crate::model::Name;
use crate::source::yaml::{self, Kind as NodeKind, NodeId, Style, Yaml};
use crate::source::{Segment, Span};

/// What is put where the cursor is, so that a value that is not there yet is one.
const MARK: &str = "zzcursorzz";

/// Whether a name or a value is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Key,
    Value,
}

/// A cursor in a document.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    /// The kind of the document, where it is known.
    pub(super) kind: Option<Kind>,
    /// The project that it says to belong to.
    pub(super) project: Option<Name>,
    /// The way to the value; of a key, to the mapping that it is in.
    pub(super) route: Vec<Segment>,
    pub(super) part: Part,
    /// What is written there by now, without quotes.
    pub(super) span: Span,
    pub(super) is_quoted: bool,
    /// Whether there is a colon behind a key by now.
    pub(super) has_colon: bool,
    /// Whether nothing but dashes is before it on its line.
    pub(super) is_first: bool,
    /// The fields that the mapping of a key has by now.
    pub(super) fields: Vec<String>,
}

impl Cursor {
    /// The cursor at an offset of a text.
    pub(super) fn at(text: &str, offset: usize) -> Option<Self> {
        let (before, after) = text.split_at(offset);
        // A word on a line of its own is a value or, among fields, a key without its colon.
        let rest = after.find(['\n', '\r']).unwrap_or(after.len());
        let as_value = format!("{before}{MARK}{after}");
        let as_key = format!("{before}{MARK}{}:{}", &after[..rest], &after[rest..]);
        Marked { text: &as_value, offset, has_colon: true }
            .find()
            .or_else(|| Marked { text: &as_key, offset, has_colon: false }.find())
    }
}

/// A text with the mark in it.
struct Marked<'a> {
    text: &'a str,
    /// Where the mark is.
    offset: usize,
    /// Whether keys have only colons that were there before.
    has_colon: bool,
}

impl Marked<'_> {
    fn find(&self) -> Option<Cursor> {
        let yaml = yaml::read(self.text);
        let roots: Vec<_> = yaml.documents().iter().filter_map(|document| document.root).collect();
        // What follows a fault of the document is not read; what is before it is.
        let root = roots.into_iter().find(|root| self.is_within(&yaml, *root))?;
        let mut route = Vec::new();
        let (part, node, mapping) = self.descend(&yaml, root, &mut route)?;
        let fields = mapping.into_iter().flat_map(|mapping| yaml.entries(mapping));
        let fields = fields.filter_map(|(key, _)| yaml.text(self.text, key)).map(str::to_owned).collect();
        let is_quoted = yaml.node(node).kind == NodeKind::Scalar(Style::Quoted);
        let written = yaml.text_span(node)?;
        let length = u32::try_from(MARK.len()).unwrap_or(u32::MAX);
        let field = |path: [&str; 2]| {
            let step = |node, name: &&str| Some(yaml.field(self.text, node, name)?.1);
            yaml.text(self.text, path.iter().try_fold(root, step)?)
        };
        let (before, behind) = (&self.text[..written.start as usize], &self.text[written.end as usize..]);
        let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
        let kind = yaml.field(self.text, root, "kind").and_then(|(_, kind)| yaml.text(self.text, kind));
        Some(Cursor {
            kind: kind.and_then(Kind::parse),
            project: field(["metadata", "project"]).and_then(|project| Name::parse(project).ok()),
            route,
            part,
            span: Span::new(written.start, written.end.checked_sub(length)?),
            is_quoted,
            has_colon: self.has_colon && behind.trim_start_matches(['"', '\'', ' ']).starts_with(':'),
            is_first: line.chars().all(|letter| letter == ' ' || letter == '-'),
            fields,
        })
    }

    /// The scalar that holds the mark, and of a key the mapping that it is in.
    fn descend(
        &self,
        yaml: &Yaml,
        node: NodeId,
        route: &mut Vec<Segment>,
    ) -> Option<(Part, NodeId, Option<NodeId>)> {
        match yaml.node(node).kind {
            NodeKind::Mapping => {
                for (key, value) in yaml.entries(node) {
                    if self.is_within(yaml, key) {
                        return Some((Part::Key, key, Some(node)));
                    }
                    if self.is_within(yaml, value) {
                        route.push(Segment::Field(yaml.text(self.text, key)?.to_owned().into()));
                        return self.descend(yaml, value, route);
                    }
                }
                None
            }
            NodeKind::Sequence => {
                let (number, item) =
                    yaml.children(node).enumerate().find(|(_, item)| self.is_within(yaml, *item))?;
                route.push(Segment::Item(number));
                self.descend(yaml, item, route)
            }
            NodeKind::Scalar(_) => Some((Part::Value, node, None)),
            NodeKind::Alias | NodeKind::Unresolved => None,
        }
    }

    fn is_within(&self, yaml: &Yaml, node: NodeId) -> bool {
        let span = yaml.span(node).range();
        span.start <= self.offset && self.offset + MARK.len() <= span.end
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Part};
    use crate::check::declare::Kind;
    use crate::model::Name;
    use crate::source::Segment;

    /// The cursor is where `|` is.
    fn cursor(text: &str) -> Option<Cursor> {
        let offset = text.find('|').unwrap();
        Cursor::at(&text.replacen('|', "", 1), offset)
    }

    fn route(cursor: &Cursor) -> String {
        let step = |step: &Segment| match step {
            Segment::Field(name) => name.to_string(),
            Segment::Item(number) => number.to_string(),
        };
        cursor.route.iter().map(step).collect::<Vec<_>>().join(".")
    }

    #[test]
    fn finds_what_is_being_written() {
        let cluster = "kind: Cluster\nmetadata: {name: c, project: p}\n";
        for (text, at, part, written) in [
            ("spec:\n  sshKey: |\n  cloud: aws\n", "spec.sshKey", Part::Value, ""),
            ("spec:\n  sshKey: o|p\n", "spec.sshKey", Part::Value, "op"),
            ("spec:\n  sshKey: \"o|p\"\n", "spec.sshKey", Part::Value, "op"),
            ("spec: {sshKey: |}\n", "spec.sshKey", Part::Value, ""),
            ("spec: {ss|}\n", "spec", Part::Key, "ss"),
            ("spec:\n  |\n", "spec", Part::Value, ""),
            ("spec:\n  cloud: aws\n  ss|\n", "spec", Part::Key, "ss"),
            ("spec:\n  ss|\n  cloud: aws\n", "spec", Part::Key, "ss"),
            ("spec:\n  ss|hKey: ops\n", "spec", Part::Key, "sshKey"),
            ("spec:\n  nodes:\n    - |\n", "spec.nodes.0", Part::Value, ""),
            ("sp|\n", "", Part::Key, "sp"),
        ] {
            let all = format!("kind: Team\n---\n{cluster}{text}---\nkind: Project\n");
            let found = cursor(&all).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((route(&found).as_str(), found.part), (at, part), "{text}");
            assert_eq!(found.kind, Some(Kind::Cluster), "{text}");
            assert_eq!(found.project.as_ref().map(Name::as_str), Some("p"), "{text}");
            let all = all.replacen('|', "", 1);
            assert_eq!(&all[found.span.range()], written, "{text}");
        }
    }

    #[test]
    fn a_key_has_its_colon_or_has_not() {
        for (text, has_colon) in
            [("a|b: 1\n", true), ("x: 1\na|b\n", false), ("{a|, b: 1}\n", false), ("{\"a|\" : 1}", true)]
        {
            assert_eq!(cursor(text).unwrap().has_colon, has_colon, "{text}");
        }
    }
}
