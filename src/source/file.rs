//! The files that were read, and the way from what a rule says to the bytes that it means.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

use super::yaml::{self, NodeId, Yaml};
use super::{FileId, Position, Route, SourceSpan, Span};

/// One file: its text and, when it holds declarations, its documents.
///
/// The nodes of the documents take several times as much memory as the text. They are let go once the file
/// is decoded, and read again from the same text where a finding needs a place in it.
#[derive(Debug)]
pub struct SourceFile {
    path: Utf8PathBuf,
    text: String,
    yaml: OnceLock<Box<Yaml>>,
    /// The line that each document begins on, for when the nodes are not there.
    document_lines: Box<[u32]>,
    is_broken: bool,
    is_verbatim: bool,
    secrets: Vec<Span>,
    lines: OnceLock<Vec<u32>>,
    /// How many characters are before each [`BLOCK`] of the text.
    characters: OnceLock<Vec<usize>>,
}

/// Bytes of a block.
const BLOCK: usize = 4 << 10;

impl SourceFile {
    /// A file of YAML. The text is to be free of secrets by now; `secrets` are the spans where they
    /// stood.
    #[must_use]
    pub fn of_yaml(path: Utf8PathBuf, text: String, secrets: Vec<Span>) -> Self {
        let yaml = yaml::read(&text);
        let document_lines = document_lines(&text, &yaml);
        let is_broken = !yaml.faults().is_empty();
        Self {
            path,
            text,
            yaml: Box::new(yaml).into(),
            document_lines,
            is_broken,
            is_verbatim: secrets.is_empty(),
            secrets,
            lines: OnceLock::new(),
            characters: OnceLock::new(),
        }
    }

    /// A file of any other text, such as a public key; empty when it could not be read.
    #[must_use]
    pub fn of_text(path: Utf8PathBuf, text: String, secrets: Vec<Span>) -> Self {
        let yaml = Box::<Yaml>::default().into();
        Self {
            path,
            text,
            yaml,
            document_lines: Box::default(),
            is_broken: false,
            is_verbatim: secrets.is_empty(),
            secrets,
            lines: OnceLock::new(),
            characters: OnceLock::new(),
        }
    }

    /// Its path and its text again.
    #[must_use]
    pub fn into_parts(self) -> (Utf8PathBuf, String) {
        (self.path, self.text)
    }

    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its documents: the same ones each time, as the text never changes.
    #[must_use]
    pub fn yaml(&self) -> &Yaml {
        self.yaml.get_or_init(|| yaml::read(&self.text).into())
    }

    /// Lets the nodes of the documents go.
    pub fn release_nodes(&mut self) {
        if !self.document_lines.is_empty() {
            self.yaml.take();
        }
    }

    /// Whether a part of it is not YAML.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// This file, whose text is not quite that which was read.
    #[must_use]
    pub fn altered(self) -> Self {
        Self { is_verbatim: false, ..self }
    }

    /// Whether the text is what was read, byte for byte: nothing in it was masked.
    #[must_use]
    pub const fn is_verbatim(&self) -> bool {
        self.is_verbatim
    }

    /// The line that a document begins on, counted from 1.
    #[must_use]
    pub fn line_of_document(&self, number: u32) -> Option<usize> {
        self.document_lines.get(number as usize).map(|&line| line as usize)
    }

    /// The spans where private keys stood: nothing of them is ever shown, and what is found there
    /// is not worth saying.
    #[must_use]
    pub fn secrets(&self) -> &[Span] {
        &self.secrets
    }

    /// The text of a line, counted from 1, without its end; empty past the last one.
    #[must_use]
    pub fn line(&self, number: usize) -> &str {
        let Some(&start) = self.line_starts().get(number - 1) else { return "" };
        let end = self.line_starts().get(number).map_or(self.text.len(), |&next| next as usize);
        let line = &self.text[start as usize..end];
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Where a line begins, counted from 1.
    #[must_use]
    pub fn line_start(&self, number: usize) -> usize {
        self.line_starts().get(number - 1).map_or(self.text.len(), |&start| start as usize)
    }

    /// The number of lines; a line end at the end of the file begins no further one.
    #[must_use]
    pub fn line_count(&self) -> usize {
        let starts = self.line_starts();
        let last_is_empty = starts.last().is_some_and(|&start| start as usize == self.text.len());
        (starts.len() - usize::from(last_is_empty)).max(1)
    }

    /// An offset in bytes as editors count.
    #[must_use]
    pub fn position(&self, byte: u32) -> Position {
        let line = self.line_starts().partition_point(|&start| start <= byte);
        let start = self.line_start(line);
        let column = self.characters_between(start, byte as usize) + 1;
        Position { line, column, byte: byte as usize }
    }

    /// How many characters are between two offsets. On a long line only the ends are counted afresh.
    fn characters_between(&self, start: usize, end: usize) -> usize {
        let count = |from: usize, to: usize| begins(&self.text.as_bytes()[from..to]);
        if end - start < 2 * BLOCK {
            return count(start, end);
        }
        let (first, last) = (start.div_ceil(BLOCK), end / BLOCK);
        let before = self.characters.get_or_init(|| {
            let counts = self.text.as_bytes().chunks(BLOCK).map(begins);
            let sum = |sum: &mut usize, count| Some(std::mem::replace(sum, *sum + count));
            counts.chain([0]).scan(0, sum).collect()
        });
        count(start, first * BLOCK) + (before[last] - before[first]) + count(last * BLOCK, end)
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX))).collect()
        })
    }
}

/// How many characters begin in some bytes of a text.
fn begins(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

/// The line that each document begins on, counted from 1.
fn document_lines(text: &str, yaml: &Yaml) -> Box<[u32]> {
    let (mut line, mut counted) = (1, 0);
    let lines = yaml.documents().iter().map(|document| {
        let start = document.root.map_or(counted, |root| yaml.span(root).start as usize);
        line += text[counted..start].matches('\n').count();
        counted = start;
        clamp(line)
    });
    lines.collect()
}

/// All files of a workspace, in path order; files named by `publicKeyFile` come after those.
#[derive(Debug, Default)]
pub struct SourceSet {
    files: Vec<SourceFile>,
}

impl SourceSet {
    /// A set of these files; the first has the number 0.
    #[must_use]
    pub const fn new(files: Vec<SourceFile>) -> Self {
        Self { files }
    }

    /// The number that the next file added will have.
    #[must_use]
    pub fn next_id(&self) -> FileId {
        FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX))
    }

    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = self.next_id();
        self.files.push(file);
        id
    }

    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0..).map(FileId).zip(&self.files)
    }

    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// Changes the text of a file, byte for byte, without a change of its lines or of what YAML makes of it.
    pub fn edit_text(&mut self, id: FileId, edit: impl FnOnce(&mut String)) {
        if let Some(file) = self.files.get_mut(id.index()) {
            edit(&mut file.text);
            file.is_verbatim = false;
        }
    }

    /// Lets the texts go of files that nothing is to be said of. Their paths and lines are still known.
    pub fn release_texts(&mut self, is_needed: impl Fn(FileId) -> bool) {
        for (id, file) in (0..).map(FileId).zip(&mut self.files) {
            if !is_needed(id) {
                file.release_nodes();
                file.text = String::new();
            }
        }
    }

    /// The top node of a document.
    #[must_use]
    pub fn root(&self, file: FileId, document: u32) -> Option<NodeId> {
        self.file(file).yaml().documents().get(document as usize)?.root
    }

    /// The bytes of the value at a route, or of the nearest node above it that exists.
    #[must_use]
    pub fn value(&self, file: FileId, document: u32, route: &Route) -> SourceSpan {
        let source = self.file(file);
        let span =
            self.node(file, document, route).map_or(Span::default(), |(_, node)| source.yaml().span(node));
        SourceSpan { file, span }
    }

    /// The bytes of the name of the last field of a route.
    #[must_use]
    pub fn key(&self, file: FileId, document: u32, route: &Route) -> SourceSpan {
        let source = self.file(file);
        let span = self
            .node(file, document, route)
            .map_or(Span::default(), |(key, node)| source.yaml().span(key.unwrap_or(node)));
        SourceSpan { file, span }
    }

    /// The bytes that stand for a range of the decoded text at a route: all of its scalar where
    /// they cannot be told apart.
    #[must_use]
    pub fn within(
        &self,
        file: FileId,
        document: u32,
        route: &Route,
        range: &std::ops::Range<usize>,
    ) -> SourceSpan {
        let source = self.file(file);
        let Some((_, node)) = self.node(file, document, route) else {
            return SourceSpan { file, span: Span::default() };
        };
        let span = match source.yaml().text_span(node) {
            Some(text) => Some(Span::new(text.start + clamp(range.start), text.start + clamp(range.end))),
            None => source.rewritten(node, range),
        };
        SourceSpan { file, span: span.unwrap_or_else(|| source.yaml().span(node)) }
    }

    /// The node at exactly a route, with its key.
    #[must_use]
    pub fn find_exactly(
        &self,
        file: FileId,
        document: u32,
        route: &Route,
    ) -> Option<(Option<NodeId>, NodeId)> {
        let source = self.file(file);
        source.yaml().find_exactly(&source.text, self.root(file, document)?, route)
    }

    fn node(&self, file: FileId, document: u32, route: &Route) -> Option<(Option<NodeId>, NodeId)> {
        let source = self.file(file);
        Some(source.yaml().find(&source.text, self.root(file, document)?, route))
    }
}

fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{SourceFile, SourceSet};
    use crate::source::{FileId, Position, Route};

    fn set(text: &str) -> SourceSet {
        SourceSet::new(vec![SourceFile::of_yaml("a.yaml".into(), text.into(), Vec::new())])
    }

    #[test]
    fn positions_count_characters_from_one() {
        let file = SourceFile::of_text("a".into(), "ab\nmäß: x\n".into(), Vec::new());
        assert_eq!(file.position(0), Position { line: 1, column: 1, byte: 0 });
        assert_eq!(file.position(10), Position { line: 2, column: 6, byte: 10 });
        assert_eq!(file.line(2), "mäß: x");
        assert_eq!(file.line_count(), 2);
        assert_eq!(SourceFile::of_text("a".into(), String::new(), Vec::new()).line_count(), 1);
    }

    #[test]
    fn columns_of_a_long_line_count_characters() {
        let text = format!("a\nb: {}\nc", "xß🙂".repeat(5_000));
        let file = SourceFile::of_text("a".into(), text.clone(), Vec::new());
        for (byte, _) in text.char_indices() {
            let Position { line, column, .. } = file.position(u32::try_from(byte).unwrap());
            let start = text[..byte].rfind('\n').map_or(0, |end| end + 1);
            let expected = (text[..byte].matches('\n').count() + 1, text[start..byte].chars().count() + 1);
            assert_eq!((line, column), expected, "{byte}");
        }
    }

    #[test]
    fn a_range_of_any_style_of_text_is_found() {
        for text in [
            "a: one two three\n",
            "a: 'one two three'\n",
            "a: \"one two three\"\n",
            "a: |\n  one two three\n",
            "a: >-\n  one\n  two three\n",
            "a:\n  one\n   two\n   three\n",
            "a: \"one\n  two three\"\n",
        ] {
            let set = set(text);
            let place = set.within(FileId(0), 0, &Route::fields(["a"]), &(4..7));
            assert_eq!(&text[place.span.range()], "two", "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_shown_whole() {
        let text = "a: \"one\\ttwo\"\n";
        let place = set(text).within(FileId(0), 0, &Route::fields(["a"]), &(4..7));
        assert_eq!(&text[place.span.range()], "\"one\\ttwo\"");
    }

    #[test]
    fn a_route_finds_values_keys_and_what_is_above_a_missing_field() {
        let text = "a: {b: [x, y]}\n";
        let set = set(text);
        let at = |place: crate::source::SourceSpan| &text[place.span.range()];
        assert_eq!(at(set.value(FileId(0), 0, &Route::fields(["a", "b"]).item(1))), "y");
        assert_eq!(at(set.key(FileId(0), 0, &Route::fields(["a", "b"]))), "b");
        assert_eq!(at(set.value(FileId(0), 0, &Route::fields(["a", "c"]))), "{b: [x, y]}");
    }
}
