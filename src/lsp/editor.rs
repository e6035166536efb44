//! The editor that is served, and the world around it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
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
    /// The roots of workspaces, by their paths without links, as the client would write them.
    pub(super) written_roots: BTreeMap<Utf8PathBuf, Utf8PathBuf>,
}

impl Editor<'_> {
    /// The files below a folder, as the editor has them.
    pub(super) fn files<'f>(&'f self, root: &'f Utf8Path) -> Overlay<'f> {
        let open = self.documents.iter().filter_map(|(path, document)| {
            Some((path.strip_prefix(root).ok()?.to_owned(), document.text.as_str()))
        });
        Overlay { folder: Folder(root), texts: open.collect::<BTreeMap<_, _>>() }
    }

    /// The URI of a file of a workspace, as the client writes it where it has the file open.
    pub(super) fn uri(&self, root: &Utf8Path, path: &Utf8Path) -> Uri {
        let below = |root: &Utf8Path| if path == "." { root.to_owned() } else { root.join(path) };
        let written_root = || self.written_roots.get(root).map_or(root, Utf8PathBuf::as_path);
        let document = self.documents.get(&below(root));
        document.map_or_else(|| uri_of(&below(written_root())), |document| document.uri.clone())
    }
}
