//! What the client asks.

use camino::Utf8Path;
use gen_lsp_types::{CodeActionKind, Position, Range, TextDocumentIdentifier};
use lsp_server::ErrorCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::actions::fixes;
use super::completion::complete;
use super::editor::Editor;
use super::hover::hover;
use super::links::real_file;
use super::navigation::{definition, outline, references};
use super::params::{Answer, error, read, write};
use super::rename::{prepare, rename};
use super::session::Session;
use super::uri::path_of;
use super::workspace::OpenWorkspace;
use crate::diagnostics::quoted;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentParams {
    text_document: TextDocumentIdentifier,
}

#[derive(Debug, Deserialize)]
struct PlaceParams {
    position: Position,
}

#[derive(Debug, Deserialize)]
struct ReferenceParams {
    position: Position,
    context: ReferenceContext,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReferenceContext {
    include_declaration: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RenameParams {
    position: Position,
    new_name: String,
}

#[derive(Debug, Deserialize)]
struct ActionParams {
    range: Range,
    context: ActionContext,
}

#[derive(Debug, Deserialize)]
struct ActionContext {
    only: Option<Vec<CodeActionKind>>,
}

/// Answers a question about a file of a workspace.
type Handler = fn(&mut OpenWorkspace, &Utf8Path, Value, &Editor<'_>) -> Answer;

/// Answers a request. Of a file that is in no workspace nothing is known.
pub(super) fn request(session: &mut Session<'_>, method: &str, params: Value) -> Answer {
    let handler = handler(method).ok_or_else(|| {
        error(ErrorCode::MethodNotFound, format!("{} is not answered here", quoted(method)))
    })?;
    let DocumentParams { text_document } = read(params.clone())?;
    let place = path_of(&text_document.uri).and_then(|path| session.workspace_of(&real_file(&path)));
    let Some((workspace, path, editor)) = place else { return Ok(Value::Null) };
    handler(workspace, &path, params, editor)
}

fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "textDocument/hover" => |workspace, path, params, editor| {
            let PlaceParams { position } = read(params)?;
            write(hover(workspace, path, position, editor))
        },
        "textDocument/definition" => |workspace, path, params, editor| {
            let PlaceParams { position } = read(params)?;
            write(definition(workspace, path, position, editor))
        },
        "textDocument/references" => |workspace, path, params, editor| {
            let ReferenceParams { position, context } = read(params)?;
            write(references(workspace, (path, position), context.include_declaration, editor))
        },
        "textDocument/documentSymbol" => |workspace, path, _, editor| write(outline(workspace, path, editor)),
        "textDocument/completion" => |workspace, path, params, editor| {
            let PlaceParams { position } = read(params)?;
            write(complete(workspace, path, position, editor))
        },
        "textDocument/prepareRename" => |workspace, path, params, editor| {
            let PlaceParams { position } = read(params)?;
            let place = prepare(workspace, path, position, editor);
            write(place.map(|(range, name)| json!({"range": range, "placeholder": name})))
        },
        "textDocument/rename" => |workspace, path, params, editor| {
            let RenameParams { position, new_name } = read(params)?;
            let edit = rename(workspace, (path, position), &new_name, editor);
            write(edit.map_err(|refusal| error(ErrorCode::RequestFailed, refusal.to_string()))?)
        },
        "textDocument/codeAction" => |workspace, path, params, editor| {
            let ActionParams { range, context } = read(params)?;
            let is_asked = context.only.is_none_or(|kinds| kinds.contains(&CodeActionKind::QuickFix));
            write(if is_asked { fixes(workspace, (path, range), editor) } else { Vec::new() })
        },
        _ => return None,
    })
}
