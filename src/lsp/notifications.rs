//! What the client tells: texts that open, change and close, files and folders that come and go.

use gen_lsp_types::{
    DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, VersionedTextDocumentIdentifier,
};
use lsp_server::ResponseError;
use serde::Deserialize;
use serde_json::Value;

use super::documents::{OpenDocument, TextChange};
use super::initialize::FolderParams;
use super::params::read;
use super::session::Session;
use super::uri::path_of;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangeParams {
    text_document: VersionedTextDocumentIdentifier,
    content_changes: Vec<TextChange>,
}

#[derive(Debug, Deserialize)]
struct FolderChangeParams {
    event: FolderChange,
}

#[derive(Debug, Deserialize)]
struct FolderChange {
    added: Vec<FolderParams>,
    removed: Vec<FolderParams>,
}

/// Takes what the client tells. What is not known is passed over, as the protocol wants it.
pub(super) fn note(session: &mut Session<'_>, method: &str, params: Value) -> Result<(), ResponseError> {
    let touched = match method {
        "textDocument/didOpen" => {
            let document = read::<DidOpenTextDocumentParams>(params)?.text_document;
            let (uri, version, text) = (document.uri, document.version, document.text);
            session.editor.documents.open(OpenDocument { uri, version, text })
        }
        "textDocument/didChange" => {
            let ChangeParams { text_document, content_changes } = read(params)?;
            let document = (&text_document.text_document_identifier.uri, text_document.version);
            session.editor.documents.change(document, content_changes, session.editor.encoding)
        }
        "textDocument/didClose" => {
            session.editor.documents.close(&read::<DidCloseTextDocumentParams>(params)?.text_document.uri)
        }
        "textDocument/didSave" => path_of(&read::<DidSaveTextDocumentParams>(params)?.text_document.uri),
        "workspace/didChangeWatchedFiles" => {
            let changes = read::<DidChangeWatchedFilesParams>(params)?.changes;
            changes.iter().filter_map(|change| path_of(&change.uri)).for_each(|path| session.touch(&path));
            None
        }
        "workspace/didChangeWorkspaceFolders" => {
            let FolderChange { added, removed } = read::<FolderChangeParams>(params)?.event;
            let gone: Vec<_> = removed.iter().filter_map(|folder| path_of(&folder.uri)).collect();
            session.folders.retain(|folder| !gone.contains(folder));
            session.folders.extend(added.iter().filter_map(|folder| path_of(&folder.uri)));
            None
        }
        _ => None,
    };
    if let Some(path) = touched {
        session.touch(&path);
    }
    Ok(())
}
