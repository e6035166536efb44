//! Where a part of a decoded text stands in its file, when the file has it in other letters.

use super::yaml::{Kind, NodeId, Style};
use super::{SourceFile, Span};

impl SourceFile {
    /// Finds a range of a scalar that is folded or indented in the file: such a text differs from
    /// the file in its white space alone, so that counting the other characters finds the way.
    pub(super) fn rewritten(&self, node: NodeId, range: &std::ops::Range<usize>) -> Option<Span> {
        let value = self.yaml().text(self.text(), node)?;
        let span = self.yaml().span(node);
        let raw = self.text().get(span.range())?;
        let (before, inside) = (value.get(..range.start)?, value.get(range.clone())?);
        let skipped = match self.yaml().node(node).kind {
            Kind::Scalar(Style::Quoted) if raw.contains('\\') || raw[1..raw.len() - 1].contains("''") => {
                return None;
            }
            Kind::Scalar(Style::Quoted) => 1,
            _ => 0,
        };
        let ink = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).count();
        let content = &raw[skipped..];
        let mut start = after_ink(content, ink(before))?;
        if inside.starts_with(|first: char| !first.is_whitespace()) {
            start += content[start..].len() - content[start..].trim_start().len();
        }
        let end = start + after_ink(&content[start..], ink(inside))?;
        let base = span.start as usize + skipped;
        Some(Span::new(clamp(base + start), clamp(base + end)))
    }
}

/// The offset after the first `count` characters that are not white space.
fn after_ink(text: &str, count: usize) -> Option<usize> {
    if count == 0 {
        return Some(0);
    }
    let inked = text.char_indices().filter(|(_, letter)| !letter.is_whitespace());
    inked.map(|(at, letter)| at + letter.len_utf8()).nth(count - 1)
}

fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
