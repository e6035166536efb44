//! What is shown of files beside a diagnostic: the lines of its labels, from one file or several,
//! made safe and short. This is the one place that speaks to miette, which draws it.
//!
//! miette takes one text with offsets. It is given a small text of its own here, built from the
//! lines around each label: control characters are escaped in it, long lines are cut around their
//! label, and lines of different files stand one after the other. So no file is ever read through
//! for the sake of one line, and nothing that a terminal would obey reaches it.

use std::fmt;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::quoted::push_visible;
use super::without_secrets;
use super::{Diagnostic, Severity};
use crate::source::{FileId, SourceFile, SourceSet};

/// Lines shown before and after each label.
const CONTEXT: usize = 1;
/// Fewest columns of a line that are shown.
const NARROWEST: usize = 24;
/// Columns of the arm between a label's text and the middle of its line.
const LABEL_ARM: usize = 4;
/// Fewest columns of a line below a label, where it is cut.
const SHORTEST_LINE: usize = 8;
/// Columns that the frame and the line numbers take.
const FRAME: usize = 10;

/// A diagnostic with its excerpts, as miette draws it.
#[derive(Debug)]
pub struct Excerpt<'a> {
    diagnostic: &'a Diagnostic,
    blocks: Vec<Block>,
    labels: Vec<LabeledSpan>,
}

/// Consecutive lines of one file, ready to be shown.
#[derive(Debug)]
struct Block {
    name: String,
    /// Offset of the block in the text that miette sees.
    base: usize,
    text: String,
    /// The number of the first line, from 0.
    first_line: usize,
    /// Offsets of the lines in `text`.
    starts: Vec<usize>,
    /// Where each label of the block begins (an offset in `text`) and its column in the file, from 0.
    columns: Vec<(usize, usize)>,
}

/// A label on its line: columns count characters.
struct Mark {
    label: usize,
    line: usize,
    column: usize,
    end: usize,
}

impl<'a> Excerpt<'a> {
    /// Gathers the excerpts of a diagnostic for a terminal of `width` columns. `shown_path` turns the
    /// path of a file into one that the caller can open.
    #[must_use]
    pub fn new(
        diagnostic: &'a Diagnostic,
        sources: &SourceSet,
        width: usize,
        shown_path: &dyn Fn(&SourceFile) -> String,
    ) -> Self {
        let mut report = Self { diagnostic, blocks: Vec::new(), labels: Vec::new() };
        let mut files: Vec<FileId> = Vec::new();
        for (place, _) in &diagnostic.labels {
            if !files.contains(&place.file) {
                files.push(place.file);
            }
        }
        let width = width.saturating_sub(FRAME).max(NARROWEST);
        for id in files {
            let file = sources.file(id);
            let mut marks: Vec<_> = diagnostic
                .labels
                .iter()
                .enumerate()
                .filter(|(_, (place, _))| place.file == id)
                .map(|(label, (place, _))| mark(label, file, place.span))
                .collect();
            marks.sort_by_key(|mark| (mark.line, mark.column));
            let mut groups: Vec<_> =
                marks.chunk_by(|one, other| other.line <= one.line + 2 * CONTEXT + 1).collect();
            // The problem itself comes first, wherever it stands in the file.
            groups.sort_by_key(|group| group.iter().map(|mark| mark.label).min());
            for group in groups {
                report.add(file, shown_path(file), group, width);
            }
        }
        report
    }

    fn add(&mut self, file: &SourceFile, name: String, marks: &[Mark], width: usize) {
        let first = marks[0].line.saturating_sub(CONTEXT).max(1);
        let last = (marks[marks.len() - 1].line + CONTEXT).min(file.line_count());
        let base = self.blocks.last().map_or(0, |block| block.base + block.text.len() + 1);
        let mut block = Block {
            name,
            base,
            text: String::new(),
            first_line: first - 1,
            starts: Vec::new(),
            columns: Vec::new(),
        };
        for number in first..=last.max(first) {
            let start = block.text.len();
            block.starts.push(start);
            let marks = marks.iter().filter(|mark| mark.line == number);
            let line = ShownLine::new(&without_secrets(file.line(number)), marks.clone().next(), width);
            block.text.push_str(&line.text);
            for mark in marks {
                let (_, text) = &self.diagnostic.labels[mark.label];
                let text = super::visible(text);
                let end = line.end_for(mark, text.width(), width);
                let (from, to) = (line.offset(mark.column), line.offset(end));
                let span = SourceSpan::new((base + start + from).into(), to - from);
                // Two faults in one value that was escaped have no places of their own.
                if self.labels.iter().any(|label| *label.inner() == span && label.label() == Some(&text)) {
                    continue;
                }
                block.columns.push((start + from, mark.column));
                self.labels.push(if mark.label == 0 {
                    LabeledSpan::new_primary_with_span(Some(text), span)
                } else {
                    LabeledSpan::new_with_span(Some(text), span)
                });
            }
            block.text.push('\n');
        }
        self.blocks.push(block);
    }
}

fn mark(label: usize, file: &SourceFile, span: crate::source::Span) -> Mark {
    let start = file.position(span.start);
    let end = file.position(span.end);
    let column = start.column - 1;
    let line_length = || file.line(start.line).chars().count();
    let end = if end.line == start.line { end.column - 1 } else { line_length().max(column) };
    Mark { label, line: start.line, column, end }
}

/// A line as it is shown: escaped, and cut around its label where it is too long.
struct ShownLine {
    text: String,
    /// The column in the file of the first character shown.
    from: usize,
    /// Offsets in `text` of the characters shown, and the end.
    offsets: Vec<usize>,
}

impl ShownLine {
    fn new(line: &str, mark: Option<&Mark>, width: usize) -> Self {
        let (start, end) = mark.map_or((0, 0), |mark| (mark.column, mark.end));
        // The label's start is always shown, and as much before it as there is room for.
        let columns: usize = line.chars().take(end).map(|letter| letter.width().unwrap_or(1)).sum();
        let from = if columns <= width { 0 } else { start.saturating_sub(width / 4) };
        let mut letters = line.chars().skip(from);
        let mut text = String::from(if from > 0 { "…" } else { "" });
        let mut offsets = Vec::new();
        let mut columns = 0;
        while columns < width
            && let Some(letter) = letters.next()
        {
            offsets.push(text.len());
            let before = text.len();
            match letter {
                '\t' => text.push(' '),
                // A byte order mark may begin a file, where it means nothing.
                '\u{feff}' if from == 0 && before == 0 => {}
                letter => push_visible(&mut text, letter),
            }
            columns += text[before..].width();
        }
        offsets.push(text.len());
        if line.is_empty() && mark.is_some() {
            // A label needs something to stand below.
            text.push(' ');
        }
        if letters.next().is_some() {
            text.push('…');
        }
        Self { text, from, offsets }
    }

    /// Where the line below a label ends. One that runs out of what is shown is drawn so short that the
    /// label's text, which stands below its middle, has room.
    fn end_for(&self, mark: &Mark, label: usize, width: usize) -> usize {
        let shown_to = self.from + self.offsets.len() - 1;
        if mark.end <= shown_to {
            return mark.end;
        }
        let (first, start) = (self.offset(self.from), self.offset(mark.column));
        let room = width.saturating_sub(self.text[first..start].width() + LABEL_ARM + label);
        let most = (2 * room).max(SHORTEST_LINE);
        let fits = |column: &usize| self.text[start..self.offset(*column)].width() <= most;
        (mark.column..=shown_to).take_while(fits).last().unwrap_or(shown_to)
    }

    fn offset(&self, column: usize) -> usize {
        let shown = column.saturating_sub(self.from).min(self.offsets.len() - 1);
        self.offsets[shown]
    }
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let end = span.offset() + span.len();
        let block =
            self.blocks.iter().rfind(|block| block.base <= span.offset()).ok_or(MietteError::OutOfBounds)?;
        let (from, to) = (span.offset() - block.base, end - block.base);
        if to > block.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let line_of = |offset: usize| block.starts.partition_point(|&start| start <= offset) - 1;
        let (first, last) = (line_of(from), line_of(to));
        if before == 0 && after == 0 {
            let column =
                block.columns.iter().find(|(offset, _)| *offset == from).map_or(0, |(_, column)| *column);
            let data = &block.text.as_bytes()[from..to];
            let line = block.first_line + first;
            return Ok(contents(block, data, *span, line, column, last - first));
        }
        let first = first.saturating_sub(before);
        let last = (last + after).min(block.starts.len() - 1);
        let (from, to) =
            (block.starts[first], block.starts.get(last + 1).map_or(block.text.len(), |&next| next) - 1);
        let data = &block.text.as_bytes()[from..to];
        let span = SourceSpan::new((block.base + from).into(), to - from);
        Ok(contents(block, data, span, block.first_line + first, 0, last - first + 1))
    }
}

fn contents<'a>(
    block: &Block,
    data: &'a [u8],
    span: SourceSpan,
    line: usize,
    column: usize,
    count: usize,
) -> Box<dyn SpanContents<'a> + 'a> {
    Box::new(MietteSpanContents::new_named(block.name.clone(), data, span, line, column, count))
}

impl miette::Diagnostic for Excerpt<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.rule.name))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Off => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let Diagnostic { detail, help, .. } = self.diagnostic;
        let detail = detail.as_deref().map(super::visible);
        let lines: Vec<_> = detail.into_iter().chain(help.as_deref().map(super::visible_lines)).collect();
        if lines.is_empty() { None } else { Some(Box::new(lines.join("\n"))) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::visible(&self.diagnostic.summary))
    }
}

impl std::error::Error for Excerpt<'_> {}
