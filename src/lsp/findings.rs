//! What was found in a workspace, as the protocol tells it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::{
    Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Range, Uri,
};

use super::position::{Encoding, Lines};
use crate::check::Validated;
use crate::diagnostics::{self, Severity, visible, visible_lines};
use crate::source::walk::Files;
use crate::source::{FileId, SourceFile, SourceSpan};

/// What was found, by the paths of files below the workspace. `uri` gives the URI of such a path.
pub(super) fn by_file(
    validated: &Validated,
    files: &dyn Files,
    uri: &dyn Fn(&Utf8Path) -> Uri,
    encoding: Encoding,
) -> BTreeMap<Utf8PathBuf, Vec<Diagnostic>> {
    let labels = validated.diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels);
    let shown: BTreeMap<FileId, String> = labels
        .map(|(place, _)| place.file)
        .map(|file| (file, text_of(validated.sources.file(file), files)))
        .collect();
    let lines = shown.iter().map(|(file, text)| (*file, Lines::new(text, encoding))).collect();
    let places = Places { validated, uri, lines };
    let mut by_file = BTreeMap::<_, Vec<_>>::new();
    for diagnostic in &validated.diagnostics {
        let path = validated.sources.file(diagnostic.place().file).path();
        by_file.entry(path.to_owned()).or_default().push(places.diagnostic(diagnostic));
    }
    by_file
}

/// The text of a file as the editor has it. What is checked may be masked: of the same length in bytes, but not in
/// characters.
pub(super) fn text_of(file: &SourceFile, files: &dyn Files) -> String {
    let text = files.read(file.path()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.filter(|text| text.len() == file.text().len()).unwrap_or_else(|| file.text().to_owned())
}

struct Places<'a> {
    validated: &'a Validated,
    uri: &'a dyn Fn(&Utf8Path) -> Uri,
    lines: BTreeMap<FileId, Lines<'a>>,
}

impl Places<'_> {
    fn diagnostic(&self, one: &diagnostics::Diagnostic) -> Diagnostic {
        let diagnostics::Diagnostic { rule, severity, summary: _, detail: _, help: _, labels, fix: _ } = one;
        let others = labels.iter().skip(1).map(|(place, text)| DiagnosticRelatedInformation {
            location: Location { uri: self.uri_of(*place), range: self.range(*place) },
            message: visible(text),
        });
        let others: Vec<_> = others.collect();
        Diagnostic {
            range: self.range(one.place()),
            severity: Some(match severity {
                Severity::Error => DiagnosticSeverity::Error,
                Severity::Warning | Severity::Off => DiagnosticSeverity::Warning,
            }),
            code: Some(Code::String(rule.name.into())),
            source: Some("keyplan".into()),
            message: message(one).into(),
            related_information: (!others.is_empty()).then_some(others),
            ..Default::default()
        }
    }

    fn range(&self, place: SourceSpan) -> Range {
        self.lines.get(&place.file).map(|lines| lines.range(place.span)).unwrap_or_default()
    }

    fn uri_of(&self, place: SourceSpan) -> Uri {
        (self.uri)(self.validated.sources.file(place.file).path())
    }
}

/// What is wrong, what is to be said of the place, why, and what to do: a line each.
fn message(one: &diagnostics::Diagnostic) -> String {
    let label = one.labels.first().map(|(_, text)| visible(text)).filter(|text| !text.is_empty());
    let detail = one.detail.as_deref().map(visible);
    let help = one.help.as_deref().map(|help| format!("help: {}", visible_lines(help)));
    let lines = [Some(visible(&one.summary)), label, detail, help];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
