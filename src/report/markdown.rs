//! Markdown that shows texts of strangers as they are: in code spans and fences, out of which nothing gets.

use super::view::plural;
use crate::diagnostics::visible;

/// Bytes of a document of which the length is limited that are kept for what always has to be in it.
const RESERVE: usize = 1_500;

/// The mark of a comment, by which it is found again. A workspace without a plain name shares that of others.
pub(super) fn mark(workspace: Option<&str>) -> String {
    let is_plain = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match workspace.filter(is_plain) {
        Some(name) if !name.contains("--") && !name.ends_with('-') => format!("keyplan plan {name}"),
        _ => "keyplan plan".into(),
    }
}

/// A text in a code span, in one line and with every character visible.
pub(super) fn span(text: &str) -> String {
    let text = visible(&text.replace('\n', "⏎"));
    if text.trim().is_empty() {
        return "`(blank)`".into();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Lines in a fenced block.
pub(super) fn fence(lines: &str) -> String {
    let ticks = "`".repeat((longest_run(lines) + 1).max(3));
    format!("{ticks}text\n{}\n{ticks}\n", lines.trim_end())
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default()
}

/// A document that is no longer than so many bytes: of each part, what does not fit is left out whole, and counted.
pub(super) struct Document {
    text: String,
    /// Bytes that are left for items.
    left: usize,
}

impl Document {
    /// A document that begins with a mark that is not shown, by which a comment is found again.
    pub(super) fn new(mark: &str, max_bytes: usize) -> Self {
        Self { text: format!("<!-- {mark} -->\n"), left: max_bytes.saturating_sub(RESERVE) }
    }

    /// A paragraph that is always there.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.text += text;
        self.text += "\n\n";
    }

    /// A title and what is below it; nothing where there are no items. `what` is one of them, as in "CHANGE".
    pub(super) fn section(&mut self, title: &str, what: &str, items: impl ExactSizeIterator<Item = String>) {
        let number = items.len();
        if number == 0 {
            return;
        }
        self.paragraph(title);
        let mut shown = 0;
        for item in items {
            let Some(left) = self.left.checked_sub(item.len() + 1) else { break };
            self.left = left;
            self.text += &item;
            self.text.push('\n');
            shown += 1;
        }
        self.text.push('\n');
        self.note_left_out(number - shown, what);
    }

    /// A title and lines below it, in a fence.
    pub(super) fn fenced(&mut self, title: &str, lines: &str) {
        if lines.trim().is_empty() {
            return;
        }
        self.paragraph(title);
        let (mut end, mut run, mut shown) = (0, 2, 0);
        for line in lines.split_inclusive('\n') {
            let longest = longest_run(line).max(run);
            // Two fences, the word behind the first, and three line ends.
            if end + line.len() + 2 * (longest + 1) + 7 > self.left {
                break;
            }
            (end, run, shown) = (end + line.len(), longest, shown + 1);
        }
        if shown > 0 {
            let text = fence(&lines[..end]);
            self.left = self.left.saturating_sub(text.len());
            self.paragraph(text.trim_end());
        }
        self.note_left_out(lines.lines().count() - shown, "line");
    }

    fn note_left_out(&mut self, number: usize, what: &str) {
        if number > 0 {
            self.paragraph(&format!("*{} left out: there is no room here.*", plural(number, what)));
        }
    }

    pub(super) fn text(&self) -> String {
        format!("{}\n", self.text.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, fence, mark, span};

    #[test]
    fn a_mark_ends_where_it_should() {
        assert_eq!(mark(Some("acme-eu")), "keyplan plan acme-eu");
        for name in [None, Some("a--b"), Some("a-"), Some("--><b>"), Some("ü")] {
            assert_eq!(mark(name), "keyplan plan");
        }
    }

    #[test]
    fn a_span_is_longer_than_what_is_in_it() {
        for (text, expected) in [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("`a```", "```` `a``` ````"),
            ("a\nb|c", "`a⏎b|c`"),
            ("", "`(blank)`"),
            (" ", "`(blank)`"),
            ("\u{202e}", "`\\u{202e}`"),
        ] {
            assert_eq!(span(text), expected);
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_is_in_it() {
        assert_eq!(fence("a\n"), "```text\na\n```\n");
        assert_eq!(fence("````\n<b>"), "`````text\n````\n<b>\n`````\n");
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole_and_counted() {
        let items: Vec<_> = (0..100).map(|number| format!("- {number:0>20}")).collect();
        let lines = items.join(" ``` \n");
        let of = |max_bytes| {
            let mut document = Document::new("m", max_bytes);
            document.fenced("Lines", &lines);
            document.section("Items", "item", items.iter().cloned());
            document.text()
        };
        let whole = of(usize::MAX);
        assert!(!whole.contains("left out"));
        for max_bytes in 1_500..whole.len() + 1_600 {
            let text = of(max_bytes);
            assert!(text.len() <= max_bytes, "{} of {max_bytes}", text.len());
            let shown = text.lines().filter(|line| line.starts_with("- ")).count();
            let counted = text
                .lines()
                .filter_map(|line| line.strip_prefix('*')?.split(' ').next()?.parse::<usize>().ok());
            assert_eq!(shown + counted.sum::<usize>(), 200, "{text}");
        }
    }
}
