//! Offsets in the text of a file, as the arena keeps them.

use crate::source::Span;

/// The span of the character at an offset, or of the last one before the end of the text.
pub(super) fn character_at(text: &str, offset: usize) -> Span {
    let end_of_content = text.trim_end().len();
    let mut start = offset.min(end_of_content.saturating_sub(1));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    Span::new(clamp(start), clamp(start + length))
}

/// An offset as the arena keeps it. Files are far smaller than 4 GiB (`walk` sees to it).
#[inline]
pub(super) fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
