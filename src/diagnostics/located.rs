//! A finding whose places are bytes: what is shown.

use super::{Finding, Location, Rule, Severity};
use crate::model::DocumentId;
use crate::source::{FileId, SourceSet, SourceSpan, Span};

/// A finding, its severity settled and its places found.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub rule: &'static Rule,
    /// How much it matters in this workspace.
    pub severity: Severity,
    pub summary: String,
    /// Why, where the headline and the labels do not say it.
    pub detail: Option<String>,
    pub help: Option<String>,
    /// Places and what is to be said of them, the problem itself first. There is always one.
    pub labels: Vec<(SourceSpan, String)>,
}

impl Diagnostic {
    /// Finds the bytes of a finding.
    #[must_use]
    pub fn locate(finding: Finding, severity: Severity, sources: &SourceSet) -> Self {
        let Finding { rule, severity: _, summary, detail, help, labels } = finding;
        let labels = labels.into_iter().map(|label| (place_of(&label.at, sources), label.text)).collect();
        Self { rule, severity, summary, detail, help, labels }
    }

    #[must_use]
    pub fn place(&self) -> SourceSpan {
        self.labels.first().map_or(SourceSpan { file: FileId(0), span: Span::default() }, |(place, _)| *place)
    }
}

/// The bytes that a place means.
#[must_use]
pub fn place_of(at: &Location, sources: &SourceSet) -> SourceSpan {
    let file = |origin: &DocumentId| FileId(origin.file);
    let place = match at {
        Location::Bytes(place) => *place,
        Location::Value(origin, route) => sources.value(file(origin), origin.document, route),
        Location::Key(origin, route) => sources.key(file(origin), origin.document, route),
        Location::Within(origin, route, range) => sources.within(file(origin), origin.document, route, range),
        Location::File(file) => SourceSpan { file: *file, span: Span::default() },
    };
    SourceSpan { file: place.file, span: on_characters(sources.file(place.file).text(), place.span) }
}

/// The span widened to whole characters, inside of the text.
fn on_characters(text: &str, span: Span) -> Span {
    let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.ceil_char_boundary((span.end as usize).max(start));
    Span::new(clamp(start), clamp(end))
}
