//! What is named where in the files of a workspace: every declaration, and every reference to one.

mod document;
mod occurrence;

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

pub(super) use document::{IndexedDocument, documents};
pub(super) use occurrence::{Form, Occurrence, Symbol};

use crate::check::declare::load::load_yaml;
use crate::check::list;
use crate::source::walk::Files;
use crate::source::{FileId, SourceFile};

/// The files of a workspace, in path order.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) files: Vec<IndexedFile>,
}

/// A file, and what is named in it.
#[derive(Debug)]
pub(super) struct IndexedFile {
    /// Below the workspace.
    pub(super) path: Utf8PathBuf,
    /// As the editor has it.
    pub(super) text: String,
    /// The same, free of secrets and of the same length in bytes, with its nodes.
    pub(super) source: SourceFile,
    pub(super) documents: Vec<IndexedDocument>,
}

impl Index {
    /// Reads all files.
    ///
    /// # Errors
    /// When the workspace is no folder that can be read.
    pub(super) fn of(files: &dyn Files) -> io::Result<Self> {
        let paths = list(files)?.files;
        let files = paths.into_par_iter().filter_map(|path| IndexedFile::read(files, path)).collect();
        Ok(Self { files })
    }

    pub(super) fn file(&self, path: &Utf8Path) -> Option<&IndexedFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Where something is named, in the order of files and of places in them.
    pub(super) fn occurrences<'a>(
        &'a self,
        symbol: &'a Symbol,
    ) -> impl Iterator<Item = (&'a IndexedFile, &'a Occurrence)> {
        let all = self.files.iter().flat_map(|file| file.occurrences().map(move |one| (file, one)));
        all.filter(move |(_, one)| one.symbol == *symbol)
    }
}

impl IndexedFile {
    /// Nothing where a file is not text.
    fn read(files: &dyn Files, path: Utf8PathBuf) -> Option<Self> {
        let bytes = files.read(&path).ok()?;
        let text = String::from_utf8(bytes.clone()).ok()?;
        let source = load_yaml(FileId(0), path.clone(), bytes, &mut Vec::new());
        let documents = documents(&source);
        Some(Self { path, text, source, documents })
    }

    pub(super) fn occurrences(&self) -> impl Iterator<Item = &Occurrence> {
        self.documents.iter().flat_map(|document| &document.occurrences)
    }

    /// What is named at an offset, its end included, with the document that it is in.
    pub(super) fn at(&self, offset: usize) -> Option<(&IndexedDocument, &Occurrence)> {
        let all = self
            .documents
            .iter()
            .flat_map(|document| document.occurrences.iter().map(move |occurrence| (document, occurrence)));
        let is_at = |(_, one): &(&IndexedDocument, &Occurrence)| {
            one.span.start as usize <= offset && offset <= one.span.end as usize
        };
        // Of two that touch, the one that begins here.
        all.filter(is_at).max_by_key(|(_, one)| one.span.start)
    }
}
