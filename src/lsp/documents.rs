//! The texts that are open in the editor.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::{Range, Uri};
use serde::Deserialize;

use super::position::{Encoding, Lines};
use super::uri::path_of;

/// An open document.
#[derive(Debug)]
pub(super) struct OpenDocument {
    /// As the client writes it, which may be otherwise than others would.
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) text: String,
}

/// Open documents by their absolute paths.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<Utf8PathBuf, OpenDocument>);

/// A change of a text: of a range of it, or of the whole.
#[derive(Debug, Deserialize)]
pub(super) struct TextChange {
    range: Option<Range>,
    text: String,
}

impl Documents {
    /// Opens a document, and tells its path; nothing where it is no file.
    pub(super) fn open(&mut self, document: OpenDocument) -> Option<Utf8PathBuf> {
        let path = path_of(&document.uri)?;
        self.0.insert(path.clone(), document);
        Some(path)
    }

    /// Changes a document; nothing where it is not open.
    pub(super) fn change(
        &mut self,
        (uri, version): (&Uri, i32),
        changes: Vec<TextChange>,
        encoding: Encoding,
    ) -> Option<Utf8PathBuf> {
        let path = path_of(uri)?;
        let document = self.0.get_mut(&path)?;
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
        Some(path)
    }

    pub(super) fn close(&mut self, uri: &Uri) -> Option<Utf8PathBuf> {
        let path = path_of(uri)?;
        self.0.remove(&path).map(|_| path)
    }

    pub(super) fn get(&self, path: &Utf8Path) -> Option<&OpenDocument> {
        self.0.get(path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Utf8Path, &OpenDocument)> {
        self.0.iter().map(|(path, document)| (path.as_path(), document))
    }
}
