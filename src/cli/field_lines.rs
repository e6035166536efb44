//! The lines of fields in declarations. Texts are let go after a check, so that a file is read again, once, when a line
//! in it is first asked for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::DocumentId;
use crate::report::access::LinkField;
use crate::source::git::Snapshot;
use crate::source::walk::{Files, Folder};
use crate::source::{FileId, SourceFile, SourceSet};

/// Where declarations are read again.
pub(super) enum Declarations {
    Folder(Utf8PathBuf),
    Git(Box<Snapshot>),
}

/// The lines of the fields that access is made of, file by file.
pub(super) struct FieldLines {
    from: Declarations,
    files: Mutex<HashMap<u32, Lines>>,
}

/// By document, the line of each [`LinkField`]; 0 where it has none.
type Lines = Vec<[u32; LinkField::ALL.len()]>;

impl FieldLines {
    pub(super) fn of(from: Declarations) -> Self {
        Self { from, files: Mutex::default() }
    }

    /// The line of a field; nothing where the document has no such field, or is another one by now.
    pub(super) fn line(&self, sources: &SourceSet, document: DocumentId, field: LinkField) -> Option<usize> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let lines =
            files.entry(document.file).or_insert_with(|| self.read(sources, document).unwrap_or_default());
        let line = lines.get(document.document as usize)?[field as usize];
        (line > 0).then_some(line as usize)
    }

    fn read(&self, sources: &SourceSet, document: DocumentId) -> Option<Lines> {
        let known = sources.file(FileId(document.file));
        let text = String::from_utf8(self.from.read(known.path())?).ok()?;
        let file = SourceFile::of_yaml(known.path().to_owned(), text, Vec::new());
        let count = file.yaml().documents().len();
        let is_same = |number| file.line_of_document(number) == known.line_of_document(number);
        let numbers = 0..u32::try_from(count).ok()?;
        if !numbers.clone().all(is_same) {
            return None;
        }
        Some(numbers.map(|number| lines(&file, number)).collect())
    }
}

fn lines(file: &SourceFile, document: u32) -> [u32; LinkField::ALL.len()] {
    let (yaml, text) = (file.yaml(), file.text());
    let root = yaml.documents()[document as usize].root;
    let spec = root.and_then(|root| yaml.field(text, root, "spec"));
    let mut lines = [0; LinkField::ALL.len()];
    for (line, field) in lines.iter_mut().zip(LinkField::ALL) {
        let key = spec.and_then(|(_, spec)| yaml.field(text, spec, field.word()));
        let found = key.map(|(key, _)| file.position(yaml.span(key).start).line);
        *line = found.and_then(|line| u32::try_from(line).ok()).unwrap_or_default();
    }
    lines
}

impl Declarations {
    fn read(&self, path: &Utf8Path) -> Option<Vec<u8>> {
        match self {
            Self::Folder(root) => Folder(root).read(path).ok(),
            Self::Git(snapshot) => snapshot.read(path).ok(),
        }
    }
}
