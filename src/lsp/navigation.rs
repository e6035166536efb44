//! From a name to where it is declared, and to wherever it is named.

use camino::Utf8Path;
use gen_lsp_types::{DocumentSymbol, Location, Position, SymbolKind};

use super::editor::Editor;
use super::index::{Index, IndexedDocument, IndexedFile, Occurrence, Symbol};
use super::position::Lines;
use super::workspace::OpenWorkspace;
use crate::check::declare::Kind;
use crate::diagnostics::visible;

/// Where what is named at a place is declared. A role, a user and a rule are declared nowhere.
pub(super) fn definition(
    workspace: &mut OpenWorkspace,
    path: &Utf8Path,
    position: Position,
    editor: &Editor<'_>,
) -> Vec<Location> {
    locations(workspace, (path, position), editor, |occurrence| occurrence.is_declaration)
}

/// Everywhere that what is named at a place is named.
pub(super) fn references(
    workspace: &mut OpenWorkspace,
    (path, position): (&Utf8Path, Position),
    has_declaration: bool,
    editor: &Editor<'_>,
) -> Vec<Location> {
    let is_wanted = |occurrence: &Occurrence| has_declaration || !occurrence.is_declaration;
    locations(workspace, (path, position), editor, is_wanted)
}

fn locations(
    workspace: &mut OpenWorkspace,
    (path, position): (&Utf8Path, Position),
    editor: &Editor<'_>,
    is_wanted: impl Fn(&Occurrence) -> bool,
) -> Vec<Location> {
    let Some(index) = workspace.index(editor) else { return Vec::new() };
    let Some(symbol) = symbol_at(&index, path, position, editor) else { return Vec::new() };
    let wanted = |file: &IndexedFile| {
        let all = file.occurrences().filter(|one| one.symbol == *symbol && is_wanted(one));
        let mut spans: Vec<_> = all.map(|one| one.span).collect();
        spans.dedup();
        spans
    };
    let mut found = Vec::new();
    for file in &index.files {
        let spans = wanted(file);
        if spans.is_empty() {
            continue;
        }
        let lines = Lines::new(&file.text, editor.encoding);
        let uri = editor.uri(&workspace.root, &file.path);
        found.extend(spans.into_iter().map(|span| Location { uri: uri.clone(), range: lines.range(span) }));
    }
    found
}

fn symbol_at<'a>(
    index: &'a Index,
    path: &Utf8Path,
    position: Position,
    editor: &Editor<'_>,
) -> Option<&'a Symbol> {
    let file = index.file(path)?;
    let offset = Lines::new(&file.text, editor.encoding).offset(position);
    file.at(offset).map(|(_, occurrence)| &occurrence.symbol)
}

/// The documents of a file, in their order.
pub(super) fn outline(
    workspace: &mut OpenWorkspace,
    path: &Utf8Path,
    editor: &Editor<'_>,
) -> Vec<DocumentSymbol> {
    let Some(index) = workspace.index(editor) else { return Vec::new() };
    let Some(file) = index.file(path) else { return Vec::new() };
    let lines = Lines::new(&file.text, editor.encoding);
    file.documents.iter().map(|document| symbol(file, document, &lines)).collect()
}

fn symbol(file: &IndexedFile, document: &IndexedDocument, lines: &Lines<'_>) -> DocumentSymbol {
    let whole = file.source.yaml().span(document.root);
    let named = document.name.as_ref().filter(|(name, _)| !name.is_empty());
    let (name, place) = named
        .map_or_else(|| (document.kind.word().to_owned(), whole), |(name, place)| (name.clone(), *place));
    let detail = match &document.project {
        Some(project) => format!("{} of {project}", document.kind),
        None => document.kind.word().to_owned(),
    };
    let kind = match document.kind {
        Kind::Project => SymbolKind::Namespace,
        Kind::Team => SymbolKind::Array,
        Kind::SshKey => SymbolKind::Key,
        Kind::Cluster => SymbolKind::Object,
        Kind::AccessTest => SymbolKind::Event,
        Kind::Workspace => SymbolKind::Module,
    };
    let (range, selection) = (lines.range(whole), lines.range(place));
    DocumentSymbol::new(visible(&name), Some(detail), kind, None, None, range, selection, None)
}
