//! The remedies that findings carry, as actions of the editor.

use camino::Utf8Path;
use gen_lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, WorkspaceEdit};

use super::editor::Editor;
use super::findings::{by_file, text_of};
use super::position::Lines;
use super::workspace::OpenWorkspace;
use crate::check::Validated;
use crate::diagnostics::{Applicability, Diagnostic, LocatedFix, visible};

/// The remedies of what was found in a range of a file.
pub(super) fn fixes(
    workspace: &mut OpenWorkspace,
    (path, range): (&Utf8Path, Range),
    editor: &Editor<'_>,
) -> Vec<CodeAction> {
    let root = workspace.root.clone();
    let Some(validated) = workspace.validated(editor) else { return Vec::new() };
    let uri = |path: &Utf8Path| editor.uri(&root, path);
    let mut told = by_file(validated, &editor.files(&root), &uri, editor.encoding);
    let told = told.remove(path).unwrap_or_default();
    let is_here = |one: &&Diagnostic| validated.sources.file(one.place().file).path() == path;
    let found = validated.diagnostics.iter().filter(is_here).zip(told);
    let is_asked = |place: Range| place.start <= range.end && range.start <= place.end;
    let action = |(one, told): (&Diagnostic, gen_lsp_types::Diagnostic)| {
        let fix = one.fix.as_ref().filter(|_| is_asked(told.range))?;
        Some(CodeAction {
            title: title(one),
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![told]),
            is_preferred: Some(fix.applicability == Applicability::Safe),
            edit: Some(edit(fix, validated, &root, editor)),
            ..Default::default()
        })
    };
    found.filter_map(action).collect()
}

/// What a remedy does, as its finding says it.
fn title(one: &Diagnostic) -> String {
    let help = one.help.as_deref().unwrap_or(&one.summary);
    visible(help.lines().next().unwrap_or_default())
}

fn edit(fix: &LocatedFix, validated: &Validated, root: &Utf8Path, editor: &Editor<'_>) -> WorkspaceEdit {
    let file = validated.sources.file(fix.file);
    let text = text_of(file, &editor.files(root));
    let lines = Lines::new(&text, editor.encoding);
    let edits = fix.edits.iter();
    let edits = edits.map(|edit| TextEdit { range: lines.range(edit.span), new_text: edit.content.clone() });
    let changes = [(editor.uri(root, file.path()), edits.collect())].into();
    WorkspaceEdit { changes: Some(changes), ..Default::default() }
}
