//! One workspace: when it is checked, and what is told of it.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};

use super::editor::Editor;
use super::findings::by_file;
use super::host::Host;
use crate::check::proofs::Proofs;
use crate::check::{Validated, validate};

/// A workspace that is open in the editor.
#[derive(Debug)]
pub(super) struct OpenWorkspace {
    pub(super) root: Utf8PathBuf,
    proofs: Proofs,
    /// What the last check came to; nothing once something has changed.
    checked: Option<io::Result<Validated>>,
    /// Whether the client knows what the last check came to.
    is_told: bool,
    /// What the client was told, by the path of the file below the workspace.
    told: BTreeMap<Utf8PathBuf, Vec<Diagnostic>>,
}

impl OpenWorkspace {
    pub(super) fn new(root: &Utf8Path, host: &Host<'_>) -> Self {
        let proofs = (host.proofs)(root);
        Self { root: root.to_owned(), proofs, checked: None, is_told: false, told: BTreeMap::new() }
    }

    /// Says that something in it may have changed.
    pub(super) fn touch(&mut self) {
        self.checked = None;
        self.is_told = false;
    }

    /// What a check comes to now; nothing where the folder cannot be read.
    pub(super) fn validated(&mut self, editor: &Editor<'_>) -> Option<&Validated> {
        if self.checked.is_none() {
            let checked = validate(&editor.files(&self.root), (editor.host.today)(), &self.proofs);
            if let Ok(Validated { proven, .. }) = &checked
                && !proven.is_empty()
            {
                self.proofs.add(proven.iter().copied());
                // Where nothing can be kept, the next run proves the keys again.
                let _ = self.proofs.save();
            }
            self.checked = Some(checked);
        }
        self.checked.as_ref()?.as_ref().ok()
    }

    /// What the client is to be told: what was found in each file, and of each file in which nothing is found any more
    /// that it is so.
    pub(super) fn news(&mut self, editor: &Editor<'_>) -> Vec<PublishDiagnosticsParams> {
        if self.is_told {
            return Vec::new();
        }
        self.is_told = true;
        let root = self.root.clone();
        let uri = |path: &Utf8Path| editor.uri(&root, path);
        let files = editor.files(&root);
        let found = self.validated(editor).map(|validated| by_file(validated, &files, &uri, editor.encoding));
        let mut before = std::mem::replace(&mut self.told, found.unwrap_or_default());
        let mut news = Vec::new();
        for (path, diagnostics) in &self.told {
            let is_old = before.remove(path).is_some_and(|before| before == *diagnostics);
            let version = editor.documents.get(&root.join(path)).map(|document| document.version);
            // The marks of an open document may have moved with its text.
            if version.is_some() || !is_old {
                news.push(PublishDiagnosticsParams {
                    uri: uri(path),
                    version,
                    diagnostics: diagnostics.clone(),
                });
            }
        }
        news.extend(before.into_keys().map(|path| nothing(uri(&path))));
        news
    }

    /// What the client is to be told when the workspace is closed.
    pub(super) fn farewell(self, editor: &Editor<'_>) -> Vec<PublishDiagnosticsParams> {
        self.told.keys().map(|path| nothing(editor.uri(&self.root, path))).collect()
    }
}

const fn nothing(uri: Uri) -> PublishDiagnosticsParams {
    PublishDiagnosticsParams { uri, version: None, diagnostics: Vec::new() }
}
