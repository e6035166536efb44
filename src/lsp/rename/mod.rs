//! Another name for a project, a team, a key or a cluster, wherever it is named. What is recorded goes on under it: the
//! rename says so by `previousName`, and is refused unless nothing but the name changes.

mod edits;
mod previous_name;
mod proof;
mod refusal;

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::{Position, Range, TextEdit, Uri, WorkspaceEdit};

use self::edits::{EditsOfFiles, written};
use self::refusal::Refusal;
use super::editor::Editor;
use super::index::{Form, Index, Symbol};
use super::position::Lines;
use super::workspace::OpenWorkspace;
use crate::model::{Address, Name};
use crate::source::Edit;

/// The name at a place that can be changed, and where it is.
pub(in crate::lsp) fn prepare(
    workspace: &mut OpenWorkspace,
    path: &Utf8Path,
    position: Position,
    editor: &Editor<'_>,
) -> Option<(Range, String)> {
    let index = workspace.index(editor)?;
    let file = index.file(path)?;
    let lines = Lines::new(&file.text, editor.encoding);
    let (_, occurrence) = file.at(lines.offset(position))?;
    let Symbol::Resource(address) = &occurrence.symbol else { return None };
    Some((lines.range(occurrence.span), address.name().to_string()))
}

/// The edits that give what is named at a place another name.
pub(in crate::lsp) fn rename(
    workspace: &mut OpenWorkspace,
    (path, position): (&Utf8Path, Position),
    new: &str,
    editor: &Editor<'_>,
) -> Result<WorkspaceEdit, Refusal> {
    let index = workspace.index(editor).ok_or(Refusal::Nothing)?;
    let file = index.file(path).ok_or(Refusal::Nothing)?;
    let offset = Lines::new(&file.text, editor.encoding).offset(position);
    let Some((_, occurrence)) = file.at(offset) else { return Err(Refusal::Nothing) };
    let Symbol::Resource(address) = &occurrence.symbol else { return Err(Refusal::Nothing) };
    let new = Name::parse(new).map_err(Refusal::Name)?;
    if new == *address.name() {
        return Ok(WorkspaceEdit::default());
    }
    let mut edits = of_names(&index, address, &new)?;
    let recorded = |address: &Address| (editor.host.is_recorded)(&workspace.root, address);
    if let Some((path, edit)) = previous_name::edit(&index, address, &new, &recorded)? {
        edits.entry(path).or_default().push(edit);
    }
    for edits in edits.values_mut() {
        edits.sort_by_key(|edit| edit.span);
    }
    proof::changes_only_the_name(workspace, (address, &new), &edits, editor)?;
    Ok(workspace_edit(&index, workspace, &edits, editor))
}

/// The new name wherever the old one is.
fn of_names(index: &Index, address: &Address, new: &Name) -> Result<EditsOfFiles, Refusal> {
    if let Some(broken) = index.files.iter().find(|file| file.source.is_broken()) {
        return Err(Refusal::Broken(broken.path.clone()));
    }
    let symbol = Symbol::Resource(address.clone());
    let declared = index.occurrences(&symbol).filter(|(_, one)| one.is_declaration).count();
    if declared != 1 {
        return Err(Refusal::Declared { address: address.clone(), times: declared });
    }
    let taken = Symbol::Resource(address.with_name(new.clone()));
    if let Some((file, _)) = index.occurrences(&taken).find(|(_, one)| one.is_declaration) {
        return Err(Refusal::Taken { address: address.with_name(new.clone()), path: file.path.clone() });
    }
    let mut edits = EditsOfFiles::new();
    for (file, occurrence) in index.occurrences(&symbol) {
        let text = match occurrence.form {
            Form::Plain => written(new),
            Form::Enclosed => new.to_string(),
            Form::Other => return Err(Refusal::Form(file.path.clone())),
        };
        edits.entry(file.path.clone()).or_default().push(Edit::new(occurrence.span, text));
    }
    edits.values_mut().for_each(Vec::dedup);
    Ok(edits)
}

fn workspace_edit(
    index: &Index,
    workspace: &OpenWorkspace,
    edits: &EditsOfFiles,
    editor: &Editor<'_>,
) -> WorkspaceEdit {
    let of_file = |(path, edits): (&Utf8PathBuf, &Vec<Edit>)| -> Option<(Uri, Vec<TextEdit>)> {
        let lines = Lines::new(&index.file(path)?.text, editor.encoding);
        let edits = edits
            .iter()
            .map(|edit| TextEdit { range: lines.range(edit.span), new_text: edit.content.clone() });
        Some((editor.uri(&workspace.root, path), edits.collect()))
    };
    WorkspaceEdit { changes: Some(edits.iter().filter_map(of_file).collect()), ..Default::default() }
}
