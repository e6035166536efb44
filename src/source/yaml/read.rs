//! Who reads what of a file: the fast lane, the parser one document, or the parser all of it.

use super::arena::Yaml;
use super::character::is_control;
use super::events::EventReader;
use super::fast_path;
use super::whole_file::read_with_parser;

/// Reads the documents of a file. What is not YAML becomes a [`SyntaxError`](super::SyntaxError) and costs its own
/// document alone, which keeps what is before the fault.
///
/// A document that is plain takes the fast lane, and the parser reads any other alone. As soon as
/// something is wrong, or documents cannot be told apart by their `---`, the parser reads the whole file
/// afresh: what it makes of the rest is for it to say.
#[must_use]
pub fn read(text: &str) -> Yaml {
    read_in_parts(text).map_or_else(|| read_with_parser(text), |(yaml, _)| yaml)
}

/// How many documents of a text take the fast lane: for tests, which see to it that it is in use.
#[must_use]
pub fn plain_documents(text: &str) -> usize {
    read_in_parts(text).map_or(0, |(_, plain)| plain)
}

/// Document by document, and how many of them were plain.
fn read_in_parts(text: &str) -> Option<(Yaml, usize)> {
    u32::try_from(text.len()).ok()?;
    let mut reader = EventReader::new(text);
    let mut plain = 0;
    let mut may_be_parted = None;
    let mut at = 0;
    while at < text.len() {
        let before = reader.yaml.documents.len();
        if let Ok(end) = fast_path::read(text, at, &mut reader.yaml) {
            plain += reader.yaml.documents.len() - before;
            at = end;
        } else if *may_be_parted.get_or_insert_with(|| may_be_parted_at_markers(text)) {
            let end = end_of_document(text, at);
            reader.part(at..end)?;
            at = end;
        } else {
            return None;
        }
        if reader.is_dense() {
            return None;
        }
    }
    Some((reader.yaml, plain))
}

/// Whether a document of the text begins where a line is `---`, or begins with it and a space, and
/// nowhere else; none is ended by `...` or has directives before it, and no character is taken for an
/// end of the line, of the text, or for nothing.
fn may_be_parted_at_markers(text: &str) -> bool {
    let is_odd = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\t');
    let divides = |line: &str| line.starts_with(['%', '.']) || line.starts_with("---\t");
    !text.bytes().any(|byte| is_odd(&byte))
        && !text.chars().any(is_control)
        && !text.contains('\u{feff}')
        && !text.split('\n').any(divides)
}

/// Where the document that begins at an offset ends: at the next `---`, or with the text.
fn end_of_document(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let is_marker =
        |&(at, _): &(usize, &str)| matches!(rest.as_bytes().get(at + 4), Some(b' ' | b'\n') | None);
    rest.match_indices("\n---").find(is_marker).map_or(text.len(), |(at, _)| start + at + 1)
}
