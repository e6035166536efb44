//! The texts that are open in the editor.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::{Range, Uri};
use serde::Deserialize;

use super::links::real_file;
use super::position::{Encoding, Lines};
use super::uri::path_of;

/// An open document.
#[derive(Debug)]
pub(super) struct OpenDocument {
    /// As the client writes it, which may be otherwise than others would.
    pub(super) uri: Uri,
    /// Its path without links.
    path: Utf8PathBuf,
    pub(super) version: i32,
    pub(super) text: String,
}

/// Open documents by their absolute paths, as the client writes them.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<Utf8PathBuf, OpenDocument>);

/// A change of a text: of a range of it, or of the whole.
#[derive(Debug, Deserialize)]
pub(super) struct TextChange {
    range: Option<Range>,
    text: String,
}

impl Documents {
    /// Opens a document, and tells its path without links; nothing where it is no file.
    pub(super) fn open(&mut self, (uri, version): (Uri, i32), text: String) -> Option<Utf8PathBuf> {
        let written = path_of(&uri)?;
        let path = real_file(&written);
        self.0.insert(written, OpenDocument { uri, path: path.clone(), version, text });
        Some(path)
    }

    /// Changes a document, and tells its path without links; nothing where it is not open.
    pub(super) fn change(
        &mut self,
        (uri, version): (&Uri, i32),
        changes: Vec<TextChange>,
        encoding: Encoding,
    ) -> Option<Utf8PathBuf> {
        let document = self.0.get_mut(&path_of(uri)?)?;
        document.version = version;
        for TextChange { range, text } in changes {
            let Some(Range { start, end }) = range else {
                document.text = text;
                continue;
            };
            let lines = Lines::new(&document.text, encoding);
            let (start, end) = (lines.offset(start), lines.offset(end));
            document.text.replace_range(start..end.max(start), &text);
        }
        Some(document.path.clone())
    }

    /// Closes a document, and tells its path without links; nothing where it is not open.
    pub(super) fn close(&mut self, uri: &Uri) -> Option<Utf8PathBuf> {
        self.0.remove(&path_of(uri)?).map(|document| document.path)
    }

    /// The document of a path without links.
    pub(super) fn get(&self, path: &Utf8Path) -> Option<&OpenDocument> {
        self.0.values().find(|document| document.path == path)
    }

    /// By their paths without links.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Utf8Path, &OpenDocument)> {
        self.0.values().map(|document| (document.path.as_path(), document))
    }

    /// The paths of documents as the client writes them, and those without links.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&Utf8Path, &Utf8Path)> {
        self.0.iter().map(|(written, document)| (written.as_path(), document.path.as_path()))
    }
}
