//! What differs in a long text: word by word where it is one line, else line by line.

use std::io;

use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr;

use crate::report::page::{Page, Piece, Tint, words};

/// Most columns of a text that is shown beside its field's name.
const SHORT: usize = 60;
/// Columns between the bar and the text.
const GAP: usize = 1;
/// Columns between the bar and a text that has a mark before it.
const MARKED: usize = 3;
/// Lines that are shown around one that differs.
const AROUND: usize = 1;
/// How much of two texts is to be the same for their words to be compared.
const ALIKE: f32 = 0.5;

/// Whether a text needs lines of its own.
pub(super) fn is_long(text: &str) -> bool {
    text.contains('\n') || text.width() > SHORT
}

pub(super) fn whole(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    text.lines().try_for_each(|line| page.flow_behind_bar(GAP, GAP, words(line)))
}

/// How a text differs. Either may be short, or nothing.
pub(super) fn draw(page: &mut Page<'_>, before: &str, after: &str) -> io::Result<()> {
    let is_line = |text: &str| text.lines().count() == 1;
    if !page.view.accessible
        && is_line(before)
        && is_line(after)
        && let Some(pieces) = differing_words(before.trim_end(), after.trim_end())
    {
        return page.flow_behind_bar(GAP, GAP, pieces);
    }
    differing_lines(page, before, after)
}

/// One text with `[-what is gone-]` and `{+what is new+}` in it. Nothing when they have little in common,
/// or when the marks would not be clear.
fn differing_words<'a>(before: &'a str, after: &'a str) -> Option<Vec<Piece<'a>>> {
    let is_clear = |text: &str| !["[-", "-]", "{+", "+}", "  "].iter().any(|mark| text.contains(mark));
    if !is_clear(before) || !is_clear(after) || before == after {
        return None;
    }
    let (old, new): (Vec<_>, Vec<_>) = (before.split(' ').collect(), after.split(' ').collect());
    let diff = TextDiff::from_slices(&old, &new);
    if diff.ratio() < ALIKE {
        return None;
    }
    let changes: Vec<_> = diff.iter_all_changes().collect();
    let runs = changes.chunk_by(|one, next| one.tag() == next.tag());
    Some(runs.flat_map(|run| marked(run.iter().map(similar::Change::value), run[0].tag())).collect())
}

/// The words of a run, with marks before the first and behind the last.
fn marked<'a>(run: impl ExactSizeIterator<Item = &'a str>, tag: ChangeTag) -> Vec<Piece<'a>> {
    let (open, close, tint) = match tag {
        ChangeTag::Equal => ("", "", Tint::Plain),
        ChangeTag::Delete => ("[-", "-]", Tint::Red),
        ChangeTag::Insert => ("{+", "+}", Tint::Green),
    };
    let last = run.len().saturating_sub(1);
    run.enumerate()
        .map(|(at, word)| {
            let open = if at == 0 { open } else { "" };
            let close = if at == last { close } else { "" };
            Piece::of(format_args!("{open}{word}{close}")).tint(tint)
        })
        .collect()
}

fn differing_lines(page: &mut Page<'_>, before: &str, after: &str) -> io::Result<()> {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::from_slices(&old, &new);
    let groups = diff.grouped_ops(AROUND);
    if groups.is_empty() {
        return page.flow(6, 6, words("(only line breaks differ)"));
    }
    for (number, group) in groups.iter().enumerate() {
        if number > 0 {
            let gap = if page.view.accessible { "(more unchanged lines)" } else { "..." };
            page.flow(6, 6, [Piece::new(gap).tint(Tint::Dim)])?;
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (mark, tint) = match change.tag() {
                ChangeTag::Equal => (page.kept(), Tint::Dim),
                ChangeTag::Delete => (page.lost(), Tint::Red),
                ChangeTag::Insert => (page.gained(), Tint::Green),
            };
            let line = words(change.value()).map(|word| word.tint(tint));
            page.flow_behind_bar(GAP, MARKED, std::iter::once(mark).chain(line))?;
        }
    }
    Ok(())
}
