//! Documentation in Markdown, as wide as the terminal.

use std::io;

use super::page::{Page, words};

/// Prints paragraphs and items of lists, wrapped anew; headings, tables and fenced blocks stay as they are.
pub(super) fn prose(page: &mut Page<'_>, markdown: &str) -> io::Result<()> {
    let mut paragraph = Paragraph::default();
    let mut is_fenced = false;
    for line in markdown.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if is_fenced || is_fence || line.is_empty() || line.starts_with(['#', '|']) {
            paragraph.end(page)?;
            page.verbatim(line)?;
            is_fenced ^= is_fence;
            continue;
        }
        if let Some(hanging) = item(line) {
            paragraph.end(page)?;
            paragraph.hanging = hanging;
        }
        paragraph.add(line);
    }
    paragraph.end(page)
}

/// The column at which the text of an item of a list begins; nothing of another line.
fn item(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let is_item = text.starts_with("- ") || (digits > 0 && text[digits..].starts_with(". "));
    is_item.then(|| line.len() - text.len() + if digits > 0 { digits + 2 } else { 2 })
}

#[derive(Default)]
struct Paragraph {
    text: String,
    indent: usize,
    hanging: usize,
}

impl Paragraph {
    fn add(&mut self, line: &str) {
        let text = line.trim();
        if self.text.is_empty() {
            self.indent = line.len() - line.trim_start().len();
            self.hanging = self.hanging.max(self.indent);
        } else {
            self.text.push(' ');
        }
        self.text.push_str(text);
    }

    fn end(&mut self, page: &mut Page<'_>) -> io::Result<()> {
        let Self { text, indent, hanging } = std::mem::take(self);
        if text.is_empty() { Ok(()) } else { page.flow(indent, hanging, words(&text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::prose;
    use crate::report::page::Page;
    use crate::report::view::View;

    #[test]
    fn paragraphs_and_items_are_filled_and_the_rest_stays() {
        let markdown = "### What it does\nFinds this\nand that.\n\n```yaml\na: {b: c, d: e, f: g}\n```\n- one of these\n  things\n\n10. two\n";
        let view = View { width: 12, color: false, unicode: true, accessible: false };
        let mut text = Vec::new();
        prose(&mut Page::new(&mut text, view), markdown).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "### What it does\nFinds this\nand that.\n\n```yaml\na: {b: c, d: e, f: g}\n```\n- one of\n  these\n  things\n\n10. two\n"
        );
    }
}
