//! The editor that is served, and the world around it.

use std::collections::BTreeMap;

use camino::Utf8Path;
use gen_lsp_types::Uri;

use super::documents::Documents;
use super::host::Host;
use super::position::Encoding;
use super::uri::uri_of;
use crate::source::walk::{Folder, Overlay};

/// The editor: what it has open, and how it counts.
#[derive(Debug)]
pub(super) struct Editor<'a> {
    pub(super) host: &'a Host<'a>,
    pub(super) encoding: Encoding,
    pub(super) documents: Documents,
}

impl Editor<'_> {
    /// The files below a folder, as the editor has them.
    pub(super) fn files<'f>(&'f self, root: &'f Utf8Path) -> Overlay<'f> {
        let open = self.documents.iter().filter_map(|(path, document)| {
            Some((path.strip_prefix(root).ok()?.to_owned(), document.text.as_str()))
        });
        Overlay { folder: Folder(root), texts: open.collect::<BTreeMap<_, _>>() }
    }

    /// The URI of a file below a folder, as the client writes it where it has the file open.
    pub(super) fn uri(&self, root: &Utf8Path, path: &Utf8Path) -> Uri {
        let path = if path == "." { root.to_owned() } else { root.join(path) };
        self.documents.get(&path).map_or_else(|| uri_of(&path), |document| document.uri.clone())
    }
}
