//! What can stand at a place: fields and words of the schema, and names that are declared.

mod candidate;
mod cursor;
mod names;
mod schema;

use camino::Utf8Path;
use gen_lsp_types::{
    CompletionItem, CompletionItemKind, MarkupContent, MarkupKind, Position, Range, TextEdit,
};

use self::candidate::Candidate;
use self::cursor::{Cursor, Part};
use super::editor::Editor;
use super::position::Lines;
use super::workspace::OpenWorkspace;
use crate::source::yaml::Plain;

/// What can stand at a place in a file.
pub(super) fn complete(
    workspace: &mut OpenWorkspace,
    path: &Utf8Path,
    position: Position,
    editor: &Editor<'_>,
) -> Vec<CompletionItem> {
    let Some(document) = editor.documents.get(&workspace.root.join(path)) else { return Vec::new() };
    let text = document.text.as_str();
    let lines = Lines::new(text, editor.encoding);
    let Some(cursor) = Cursor::at(text, lines.offset(position)) else { return Vec::new() };
    if text[cursor.span.range()].contains(['\n', '\r']) {
        return Vec::new();
    }
    // A file that the workspace passes over is not in the index.
    let Some(index) = workspace.index(editor).filter(|index| index.file(path).is_some()) else {
        return Vec::new();
    };
    let mut candidates = schema::candidates(&cursor);
    if cursor.part == Part::Value {
        candidates.extend(names::candidates(&cursor, &index));
    }
    let range = lines.range(cursor.span);
    candidates.into_iter().map(|candidate| item(candidate, &cursor, range)).collect()
}

fn item(candidate: Candidate, cursor: &Cursor, range: Range) -> CompletionItem {
    let Candidate { text, kind, about } = candidate;
    let is_text = || cursor.is_quoted || Plain::of(&text) == Plain::Text;
    let new_text = match kind {
        CompletionItemKind::Property if !cursor.has_colon => format!("{text}: "),
        CompletionItemKind::Reference if !is_text() => format!("\"{text}\""),
        _ => text.clone(),
    };
    let about = about.map(|about| MarkupContent { kind: MarkupKind::Markdown, value: about });
    CompletionItem {
        label: text,
        kind: Some(kind),
        documentation: about.map(Into::into),
        text_edit: Some(TextEdit { range, new_text }.into()),
        ..Default::default()
    }
}
