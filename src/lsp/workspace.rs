//! One workspace: when it is checked, and what is told of it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};

use super::editor::Editor;
use super::findings::by_file;
use super::host::Host;
use super::index::Index;
use crate::check::proofs::Proofs;
use crate::check::{Validated, validate};
use crate::model::Desired;

/// A workspace that is open in the editor.
#[derive(Debug)]
pub(super) struct OpenWorkspace {
    pub(super) root: Utf8PathBuf,
    proofs: Proofs,
    /// What the last check came to; nothing once something has changed.
    checked: Option<io::Result<Validated>>,
    /// What was declared when it was valid, before something changed.
    last_valid: Option<Desired>,
    /// What is named where; nothing once something has changed.
    index: Option<Arc<Index>>,
    /// Whether the client knows what the last check came to.
    is_told: bool,
    /// What the client was told, and of which URI, by the path of the file below the workspace.
    told: BTreeMap<Utf8PathBuf, (Uri, Vec<Diagnostic>)>,
}

impl OpenWorkspace {
    pub(super) fn new(root: &Utf8Path, host: &Host<'_>) -> Self {
        let proofs = (host.proofs)(root);
        Self {
            root: root.to_owned(),
            proofs,
            checked: None,
            last_valid: None,
            index: None,
            is_told: false,
            told: BTreeMap::new(),
        }
    }

    /// Says that something in it may have changed.
    pub(super) fn touch(&mut self) {
        if let Some(Ok(Validated { desired: Some(desired), .. })) = self.checked.take() {
            self.last_valid = Some(desired);
        }
        self.index = None;
        self.is_told = false;
    }

    /// The keys that need no costly proof.
    pub(super) const fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    /// What is named where; nothing where the folder cannot be read.
    pub(super) fn index(&mut self, editor: &Editor<'_>) -> Option<Arc<Index>> {
        if self.index.is_none() {
            self.index = Index::of(&editor.files(&self.root)).ok().map(Arc::new);
        }
        self.index.clone()
    }

    /// What is declared, or was when it was last valid.
    pub(super) fn last_valid(&mut self, editor: &Editor<'_>) -> Option<&Desired> {
        self.validated(editor);
        let now = self.checked.as_ref().and_then(|checked| checked.as_ref().ok()?.desired.as_ref());
        now.or(self.last_valid.as_ref())
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
        // Where the folder cannot be read, what was found stays: to take it back would say that all is well.
        let Some(validated) = self.validated(editor) else { return Vec::new() };
        let found = by_file(validated, &files, &uri, editor.encoding).into_iter();
        let found = found.map(|(path, diagnostics)| {
            let uri = uri(&path);
            (path, (uri, diagnostics))
        });
        let mut before = std::mem::replace(&mut self.told, found.collect());
        let mut news = Vec::new();
        for (path, told) in &self.told {
            let is_old = before.get(path) == Some(told);
            // A file that is written otherwise by now is another one for the client.
            if before.get(path).is_some_and(|(uri, _)| *uri == told.0) {
                before.remove(path);
            }
            let version = editor.documents.get(&root.join(path)).map(|document| document.version);
            // The marks of an open document may have moved with its text.
            if version.is_some() || !is_old {
                let (uri, diagnostics) = told.clone();
                news.push(PublishDiagnosticsParams { uri, version, diagnostics });
            }
        }
        news.extend(before.into_values().map(|(uri, _)| nothing(uri)));
        news
    }

    /// What the client is to be told when the workspace is closed.
    pub(super) fn farewell(self) -> impl Iterator<Item = PublishDiagnosticsParams> {
        self.told.into_values().map(|(uri, _)| nothing(uri))
    }
}

const fn nothing(uri: Uri) -> PublishDiagnosticsParams {
    PublishDiagnosticsParams { uri, version: None, diagnostics: Vec::new() }
}
