//! What the client says first, and what the server answers.

use camino::Utf8PathBuf;
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CompletionOptions, InitializeResult, PositionEncodingKind,
    RenameOptions, Save, SaveOptions, ServerCapabilities, ServerInfo, TextDocumentSyncKind,
    TextDocumentSyncOptions, Uri, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use serde::Deserialize;

use super::position::Encoding;
use super::uri::path_of;

/// What `initialize` says that matters here. All of it is optional, and what else a client may say is not looked at, so
/// that no client is refused for what it says beside.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ClientParams {
    root_uri: Option<Uri>,
    workspace_folders: Option<Vec<FolderParams>>,
    capabilities: ClientCapabilities,
}

#[derive(Debug, Deserialize)]
pub(super) struct FolderParams {
    pub(super) uri: Uri,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClientCapabilities {
    general: GeneralCapabilities,
    workspace: WorkspaceCapabilities,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GeneralCapabilities {
    position_encodings: Vec<PositionEncodingKind>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WorkspaceCapabilities {
    did_change_watched_files: DynamicRegistration,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DynamicRegistration {
    dynamic_registration: bool,
}

impl ClientParams {
    pub(super) fn encoding(&self) -> Encoding {
        Encoding::of(&self.capabilities.general.position_encodings)
    }

    /// The folders that are open in the editor.
    pub(super) fn folders(&self) -> Vec<Utf8PathBuf> {
        let folders = self.workspace_folders.iter().flatten().map(|folder| &folder.uri);
        let root = self.root_uri.iter().filter(|_| self.workspace_folders.is_none());
        folders.chain(root).filter_map(path_of).collect()
    }

    /// Whether the client tells of changed files when it is asked to.
    pub(super) const fn watches_files(&self) -> bool {
        self.capabilities.workspace.did_change_watched_files.dynamic_registration
    }
}

/// What the server can do.
pub(super) fn capabilities(encoding: Encoding) -> InitializeResult {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(Save::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..Default::default()
    };
    let folders =
        WorkspaceFoldersServerCapabilities { supported: Some(true), change_notifications: Some(true.into()) };
    let capabilities = ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(sync.into()),
        hover_provider: Some(true.into()),
        definition_provider: Some(true.into()),
        references_provider: Some(true.into()),
        document_symbol_provider: Some(true.into()),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![" ".into(), "\"".into()]),
            ..Default::default()
        }),
        code_action_provider: Some(
            CodeActionOptions {
                code_action_kinds: Some(vec![CodeActionKind::QuickFix]),
                ..Default::default()
            }
            .into(),
        ),
        rename_provider: Some(RenameOptions { prepare_provider: Some(true), ..Default::default() }.into()),
        workspace: Some(WorkspaceOptions { workspace_folders: Some(folders), ..Default::default() }),
        ..Default::default()
    };
    let info = ServerInfo { name: "keyplan".into(), version: Some(env!("CARGO_PKG_VERSION").into()) };
    InitializeResult { capabilities, server_info: Some(info) }
}
