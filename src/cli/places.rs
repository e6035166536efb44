//! Where a change is asked for, as `PATH:LINE`: the field that differs, in the file that holds it; else the beginning of
//! the document.

use camino::{Utf8Path, Utf8PathBuf};

use crate::check::Validated;
use crate::model::DocumentId;
use crate::plan::{Change, DeclaredAt, Reason};
use crate::report::paths::Shown;
use crate::source::walk::{Files, Folder, resolve};
use crate::source::{FileId, Route, SourceFile, SourceSet};

/// The places of a workspace that has been checked.
pub(super) struct Places<'a> {
    pub(super) workspace: &'a Utf8Path,
    pub(super) validated: &'a Validated,
    pub(super) shown: Shown,
}

impl Places<'_> {
    pub(super) fn of(&self, change: &Change) -> Option<String> {
        let document = match change.origin.as_ref()? {
            DeclaredAt::Document(document) => *document,
            DeclaredAt::Saved(_) => return saved_place(&self.shown, change),
        };
        let (path, line) = self.field(change, document).or_else(|| {
            let file = self.validated.sources.file(FileId(document.file));
            Some((file.path().to_owned(), file.line_of_document(document.document)?))
        })?;
        Some(format!("{}:{line}", self.shown.path(&path)))
    }

    /// The field that differs. Texts are let go after a check, so the document is read again.
    fn field(&self, change: &Change, document: DocumentId) -> Option<(Utf8PathBuf, usize)> {
        let route = route_of(change)?;
        let file = self.validated.sources.file(FileId(document.file));
        let (path, first) = (file.path(), file.line_of_document(document.document)?);
        let text = String::from_utf8(Folder(self.workspace).read(path).ok()?).ok()?;
        let next = file.line_of_document(document.document + 1).unwrap_or(usize::MAX);
        let lines: String = text.split_inclusive('\n').take(next - 1).skip(first - 1).collect();
        let mut one = SourceSet::default();
        let id = one.add(SourceFile::of_yaml(path.to_owned(), lines, Vec::new()));
        let source = one.file(id);
        if let Some(key_file) = key_file(source).filter(|_| change.reason() == Reason::Replaced) {
            return Some((resolve(path, Utf8Path::new(key_file))?, 1));
        }
        let line = source.position(one.key(id, 0, &route).span.start).line;
        Some((path.to_owned(), first - 1 + line))
    }
}

/// The place of a change of a plan that was saved.
pub(super) fn saved_place(shown: &Shown, change: &Change) -> Option<String> {
    match change.origin.as_ref()? {
        DeclaredAt::Document(_) => None,
        DeclaredAt::Saved(place) => Some(shown.path(Utf8Path::new(&**place))),
    }
}

/// What `publicKeyFile` of the one document of a file says.
fn key_file(source: &SourceFile) -> Option<&str> {
    let (yaml, text) = (source.yaml(), source.text());
    let (_, spec) = yaml.field(text, yaml.documents().first()?.root?, "spec")?;
    let (_, value) = yaml.field(text, spec, "publicKeyFile")?;
    yaml.text(text, value)
}

/// The way to the first field in which what is declared differs from what is recorded.
fn route_of(change: &Change) -> Option<Route> {
    // What is new asks for its change as a whole.
    change.before()?;
    let field = match change.reason() {
        Reason::Declared | Reason::NotDeclared => return None,
        Reason::Renamed => "name".into(),
        Reason::Rekey => "sshKey".into(),
        Reason::Replaced => "publicKey".into(),
        Reason::Changed => change.fields().into_iter().next()?.field,
    };
    Some(match &*field {
        "name" | "description" | "protected" => Route::fields(["metadata"]).field(field.into_owned()),
        labelled => match labelled.strip_prefix("labels.") {
            Some(label) => Route::fields(["metadata", "labels"]).field(label.to_owned()),
            None => Route::fields(["spec"]).field(field.into_owned()),
        },
    })
}
