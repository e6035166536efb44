//! What the client tells: texts that open, change and close, files and folders that come and go.

use gen_lsp_types::{
    DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, VersionedTextDocumentIdentifier,
};
use lsp_server::ResponseError;
use serde::Deserialize;
use serde_json::Value;

use super::documents::TextChange;
use super::initialize::FolderParams;
use super::links::real_file;
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
            session.editor.documents.open((document.uri, document.version), document.text)
        }
        "textDocument/didChange" => {
            let ChangeParams { text_document, content_changes } = read(params)?;
            let document = (&text_document.text_document_identifier.uri, text_document.version);
            session.editor.documents.change(document, content_changes, session.editor.encoding)
        }
        "textDocument/didClose" => {
            session.editor.documents.close(&read::<DidCloseTextDocumentParams>(params)?.text_document.uri)
        }
        "textDocument/didSave" => {
            let saved = read::<DidSaveTextDocumentParams>(params)?.text_document.uri;
            path_of(&saved).map(|path| real_file(&path))
        }
        "workspace/didChangeWatchedFiles" => {
            let changes = read::<DidChangeWatchedFilesParams>(params)?.changes;
            let paths = changes.iter().filter_map(|change| path_of(&change.uri));
            paths.for_each(|path| session.touch(&real_file(&path)));
            None
        }
        "workspace/didChangeWorkspaceFolders" => {
            let FolderChange { added, removed } = read::<FolderChangeParams>(params)?.event;
            let gone: Vec<_> = removed.iter().filter_map(|folder| path_of(&folder.uri)).collect();
            session.folders.retain(|folder, _| !gone.contains(folder));
            session.open_folders(added.iter().filter_map(|folder| path_of(&folder.uri)));
            None
        }
        _ => None,
    };
    if let Some(path) = touched {
        session.touch(&path);
    }
    Ok(())
}
