//! Text whose bytes can be pointed at.

use std::ops::Range;

use super::Location;
use crate::source::{SourceSpan, Span};

/// A decoded text and where it stands, so that a rule can point into it.
#[derive(Clone, Debug)]
pub struct LocatedText<'a> {
    text: &'a str,
    whole: Location,
    /// For a text that was edited: where each of its bytes, and its end, stood before.
    offsets: Option<&'a [usize]>,
}

impl<'a> LocatedText<'a> {
    /// A text that stands at `whole`: a value of a document, or bytes of a file.
    #[must_use]
    pub const fn new(text: &'a str, whole: Location) -> Self {
        Self { text, whole, offsets: None }
    }

    /// This text after an edit: `offsets` has, for each byte of the new text and for its end, the place in
    /// the text before. It must not fall, and lie on character boundaries for those of the new text.
    #[must_use]
    pub fn edited<'b>(&self, text: &'b str, offsets: &'b [usize]) -> LocatedText<'b> {
        LocatedText { text, whole: self.whole(), offsets: Some(offsets) }
    }

    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Whether it differs from the text that stands there.
    #[must_use]
    pub const fn is_edited(&self) -> bool {
        self.offsets.is_some()
    }

    #[must_use]
    pub fn whole(&self) -> Location {
        self.whole.clone()
    }

    /// Where a range of its bytes stands.
    #[must_use]
    pub fn at(&self, range: Range<usize>) -> Location {
        let before = |offset: usize| match self.offsets {
            Some(offsets) => offsets.get(offset).or(offsets.last()).copied().unwrap_or(offset),
            None => offset,
        };
        let range = before(range.start)..before(range.end);
        match &self.whole {
            Location::Value(origin, route) => Location::Within(*origin, route.clone(), range),
            Location::Within(origin, route, outer) => {
                let start = outer.start;
                Location::Within(*origin, route.clone(), start + range.start..start + range.end)
            }
            Location::Bytes(SourceSpan { file, span }) => Location::Bytes(SourceSpan {
                file: *file,
                span: Span::new(
                    span.start.saturating_add(u32::try_from(range.start).unwrap_or(u32::MAX)),
                    span.start.saturating_add(u32::try_from(range.end).unwrap_or(u32::MAX)),
                ),
            }),
            whole @ (Location::Key(..) | Location::Member(..) | Location::Node(..) | Location::File(_)) => {
                whole.clone()
            }
        }
    }
}
