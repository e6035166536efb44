//! Fixes: the remedy of a finding as edits of its file, all of them or none.

use std::ops::Range;

use super::location::Location;
use crate::model::{DocumentId, Suggestion, is_plain, is_same_word};
use crate::source::yaml::{Kind, NodeId};
use crate::source::{Edit, FileId, Route, SourceSet, SourceSpan};
use crate::words::words;

words! {
    /// Whether a fix may be applied where nobody has looked at it.
    pub enum Applicability {
        /// What the file says stays the same: only how it is written changes.
        Safe = "safe",
        /// It guesses what was meant, or names a person, a team, a key, a project or a role: who gets in may be
        /// another.
        Unsafe = "unsafe",
    }
}

/// One change of a fix. Like labels they are told by routes; the bytes are found when the finding is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The text here, of a value, of a field's name or of a part of these, becomes another.
    Text(Location, String),
    /// The scalar here becomes this YAML.
    Yaml(Location, String),
    /// The list here becomes its only item.
    OnlyItem(Location),
    /// Beside the field at a route stands another, as it is written on one line.
    Field(DocumentId, Route, String),
}

/// A remedy that is known to the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub applicability: Applicability,
    /// All in one file.
    pub changes: Vec<Change>,
}

/// A fix whose places are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedFix {
    pub applicability: Applicability,
    pub file: FileId,
    /// In the order of the file; they do not overlap. There is always one.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that changes only how something is written.
    #[must_use]
    pub const fn safe(changes: Vec<Change>) -> Self {
        Self { applicability: Applicability::Safe, changes }
    }

    /// Writes a word of keyplan's own in place of one that means nothing: a safe fix where the two differ in case,
    /// hyphens, underscores and blanks alone. Nothing where another word is just as near.
    #[must_use]
    pub fn word(at: Location, written: &str, meant: Suggestion<'_>) -> Option<Self> {
        let applicability =
            if is_same_word(written, meant.word) { Applicability::Safe } else { Applicability::Unsafe };
        let changes = vec![Change::Text(at, meant.word.to_owned())];
        meant.is_only.then_some(Self { applicability, changes })
    }

    /// Writes a name that is declared in place of one that is not. Nothing where another name is just as near.
    #[must_use]
    pub fn name(at: Location, meant: Suggestion<'_>) -> Option<Self> {
        let changes = vec![Change::Text(at, meant.word.to_owned())];
        meant.is_only.then_some(Self { applicability: Applicability::Unsafe, changes })
    }

    /// Finds the bytes. Nothing where they cannot be told for certain, or stand for something else as well.
    pub(super) fn locate(&self, sources: &SourceSet) -> Option<LocatedFix> {
        let parts: Vec<_> = self.changes.iter().map(|it| it.locate(sources)).collect::<Option<_>>()?;
        let file = parts.first()?.0;
        let is_in_one = parts.iter().all(|(other, _)| *other == file);
        let mut edits: Vec<_> = parts.into_iter().flat_map(|(_, edits)| edits).collect();
        edits.sort_unstable();
        let are_apart = edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start);
        (is_in_one && are_apart).then_some(LocatedFix { applicability: self.applicability, file, edits })
    }
}

impl Change {
    fn locate(&self, sources: &SourceSet) -> Option<(FileId, Vec<Edit>)> {
        match self {
            Self::Text(at, text) => with_text(at, text, sources).map(|(file, edit)| (file, vec![edit])),
            Self::Yaml(at, yaml) => {
                let (file, node) = scalar(at, sources)?;
                Some((file, vec![sources.file(file).rewritten_as(node, yaml)?]))
            }
            Self::OnlyItem(at) => {
                let (file, list) = node(at, sources, |kind| kind == Kind::Sequence)?;
                Some((file, sources.file(file).only_item(list)?))
            }
            Self::Field(document, beside, field) => {
                let file = FileId(document.file);
                let mapping = beside.parent()?;
                let (_, mapping) = sources.find_exactly(file, document.document, &mapping)?;
                let (key, value) = sources.find_exactly(file, document.document, beside)?;
                let (source, name) = (sources.file(file), field.split(':').next()?);
                if source.yaml().field(source.text(), mapping, name).is_some() {
                    return None;
                }
                Some((file, vec![source.with_field(mapping, (key?, value), field)?]))
            }
        }
    }
}

/// The edit by which a place has another text.
fn with_text(at: &Location, text: &str, sources: &SourceSet) -> Option<(FileId, Edit)> {
    if !text.trim_end_matches(['\r', '\n']).chars().all(is_plain) {
        return None;
    }
    if let Location::Bytes(SourceSpan { file, span }) = at
        && sources.file(*file).yaml().documents().is_empty()
    {
        return Some((*file, Edit::new(*span, text)));
    }
    let (file, node) = scalar(at, sources)?;
    let source = sources.file(file);
    let Location::Within(_, _, range) = at else { return Some((file, source.respelled(node, text)?)) };
    let whole = source.yaml().text(source.text(), node)?;
    let Range { start, end } = *range;
    let whole = format!("{}{text}{}", whole.get(..start)?, whole.get(end..)?);
    Some((file, source.respelled(node, &whole)?))
}

fn scalar(at: &Location, sources: &SourceSet) -> Option<(FileId, NodeId)> {
    node(at, sources, |kind| matches!(kind, Kind::Scalar(_)))
}

/// The node at a place: at exactly this route, or with exactly these bytes.
fn node(at: &Location, sources: &SourceSet, is_meant: impl Fn(Kind) -> bool) -> Option<(FileId, NodeId)> {
    let find = |origin: &DocumentId, route| {
        let file = FileId(origin.file);
        Some((file, sources.find_exactly(file, origin.document, route)?))
    };
    match at {
        Location::Bytes(SourceSpan { file, span }) => {
            Some((*file, sources.file(*file).node_at(*span, is_meant)?))
        }
        Location::Value(origin, route) | Location::Within(origin, route, _) => {
            find(origin, route).map(|(file, (_, value))| (file, value))
        }
        Location::Key(origin, route) => find(origin, route).and_then(|(file, (key, _))| Some((file, key?))),
        Location::Member(..) | Location::Node(..) | Location::File(_) => None,
    }
}
