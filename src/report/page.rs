//! Lines: indented, wrapped, coloured, and free of characters that a terminal would obey.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::iter;

use anstyle::{AnsiColor, Style};
use rayon::prelude::*;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::view::View;
use crate::diagnostics::{is_printable_ascii, visible};
use crate::plan::Action;

/// Longest list that is shown whole.
const MOST: usize = 10;
/// Items of a longer one that are shown.
const SHOWN: usize = 8;

/// Items that one core draws at a time.
const SHARE: usize = 256;
/// Items that are drawn before any of them is written: what is drawn takes memory until then.
const AT_ONCE: usize = 16 * SHARE;

/// The colour of a piece. It never says anything that the words do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Tint {
    Plain,
    Green,
    Yellow,
    Red,
    Dim,
    Bold,
}

impl Tint {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Green => AnsiColor::Green.on_default(),
            Self::Yellow => AnsiColor::Yellow.on_default(),
            Self::Red => AnsiColor::Red.on_default(),
            Self::Dim => Style::new().dimmed(),
            Self::Bold => Style::new().bold(),
        }
    }
}

/// Text that is not broken over lines, safe to print.
#[derive(Clone, Debug)]
pub(in crate::report) struct Piece<'a> {
    text: Cow<'a, str>,
    /// What follows the text without a space.
    tail: &'static str,
    tint: Tint,
    /// Whether no space is before it.
    is_joined: bool,
}

impl<'a> Piece<'a> {
    pub(in crate::report) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let text = if is_printable_ascii(&text) { text } else { visible(&text).into() };
        Self { text, tail: "", tint: Tint::Plain, is_joined: false }
    }

    pub(in crate::report) fn of(what: impl fmt::Display) -> Self {
        // Most are shorter: the text does not have to grow with each part that is displayed.
        let mut text = String::with_capacity(64);
        // A string takes whatever is written to it.
        let _ = write!(text, "{what}");
        Self::new(text)
    }

    pub(in crate::report) const fn tail(mut self, tail: &'static str) -> Self {
        self.tail = tail;
        self
    }

    pub(in crate::report) const fn tint(mut self, tint: Tint) -> Self {
        self.tint = tint;
        self
    }

    fn width(&self) -> usize {
        let text = if self.text.is_ascii() { self.text.len() } else { self.text.width() };
        text + self.tail.len()
    }
}

/// The words of a text. A script that is written without spaces is broken behind any of its wide characters.
pub(in crate::report) fn words(text: &str) -> impl Iterator<Item = Piece<'_>> {
    text.split(' ').flat_map(|word| {
        let parts = parts(word).enumerate();
        parts.map(|(at, part)| Piece { is_joined: at > 0, ..Piece::new(part) })
    })
}

/// A word, broken behind its wide characters.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let is_wide = |letter: char| !letter.is_ascii() && letter.width() == Some(2);
    let mut rest = Some(word);
    iter::from_fn(move || {
        let word = rest?;
        let end = word.find(is_wide).and_then(|at| Some(at + word[at..].chars().next()?.len_utf8()));
        let (part, behind) = word.split_at(end.unwrap_or(word.len()));
        rest = (!behind.is_empty()).then_some(behind);
        Some(part)
    })
}

/// Items with commas between them; of many, the first and how many more there are.
pub(in crate::report) fn listed<'a>(
    items: impl ExactSizeIterator<Item = Piece<'a>>,
) -> impl Iterator<Item = Piece<'a>> {
    let number = items.len();
    let shown = if number <= MOST { number } else { SHOWN };
    let more = (shown < number).then(|| Piece::of(format_args!("and {} more", number - shown)));
    separated(items, number).take(shown).chain(more)
}

/// Items with commas between them, all of them.
pub(in crate::report) fn all<'a>(
    items: impl ExactSizeIterator<Item = Piece<'a>>,
) -> impl Iterator<Item = Piece<'a>> {
    let number = items.len();
    separated(items, number)
}

/// Items with a comma behind each but the last of so many.
fn separated<'a>(items: impl Iterator<Item = Piece<'a>>, number: usize) -> impl Iterator<Item = Piece<'a>> {
    items.enumerate().map(move |(at, item)| if at + 1 == number { item } else { item.tail(",") })
}

/// What is written to, and how.
pub(in crate::report) struct Page<'a> {
    out: &'a mut dyn Write,
    pub(in crate::report) view: View,
    /// The line that is being filled.
    line: String,
}

impl<'a> Page<'a> {
    pub(in crate::report) const fn new(out: &'a mut dyn Write, view: View) -> Self {
        Self { out, view, line: String::new() }
    }

    /// Draws each item, on all cores, and writes what was drawn in the order of the items.
    pub(in crate::report) fn each<T: Sync>(
        &mut self,
        items: &[T],
        draw: impl Fn(&mut Page<'_>, &T) -> io::Result<()> + Sync,
    ) -> io::Result<()> {
        let view = self.view;
        let drawn = |share: &[T]| {
            let mut text = Vec::new();
            let mut page = Page::new(&mut text, view);
            share.iter().try_for_each(|item| draw(&mut page, item))?;
            Ok(text)
        };
        for items in items.chunks(AT_ONCE) {
            let texts: Vec<_> = items.par_chunks(SHARE).map(drawn).collect::<io::Result<_>>()?;
            texts.iter().try_for_each(|text| self.out.write_all(text))?;
        }
        Ok(())
    }

    /// An empty line.
    pub(in crate::report) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line as it is, but for what does not show itself.
    pub(in crate::report) fn verbatim(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", visible(text))
    }

    /// Pieces with a space between them, on as many lines as they need. A piece that is wider than the
    /// page has a line of its own, so that it can be copied whole.
    pub(in crate::report) fn flow<'p>(
        &mut self,
        indent: usize,
        hanging: usize,
        pieces: impl IntoIterator<Item = Piece<'p>>,
    ) -> io::Result<()> {
        self.flow_behind("", (indent, hanging), pieces)
    }

    /// The same with a bar before each line: so is text shown that has lines of its own, which then cannot be
    /// taken for lines of keyplan, nor for commands to a CI runner.
    pub(in crate::report) fn flow_behind_bar<'p>(
        &mut self,
        indent: usize,
        hanging: usize,
        pieces: impl IntoIterator<Item = Piece<'p>>,
    ) -> io::Result<()> {
        self.flow_behind("      |", (indent, hanging), pieces)
    }

    fn flow_behind<'p>(
        &mut self,
        margin: &str,
        (indent, hanging): (usize, usize),
        pieces: impl IntoIterator<Item = Piece<'p>>,
    ) -> io::Result<()> {
        self.begin_line(margin, indent);
        let mut column = margin.len() + indent;
        let mut is_empty = true;
        for piece in pieces {
            let width = piece.width();
            let space = usize::from(!piece.is_joined);
            if is_empty {
                is_empty = false;
            } else if column + space + width > self.view.width {
                self.end_line()?;
                self.begin_line(margin, hanging);
                column = margin.len() + hanging;
            } else if !piece.is_joined {
                self.line.push(' ');
                column += 1;
            }
            column += width;
            self.push(&piece);
        }
        self.end_line()
    }

    fn begin_line(&mut self, margin: &str, indent: usize) {
        self.line.clear();
        self.line.push_str(margin);
        self.line.extend(iter::repeat_n(' ', indent));
    }

    fn push(&mut self, Piece { text, tail, tint, is_joined: _ }: &Piece<'_>) {
        let style = if self.view.color { tint.style() } else { Style::new() };
        // A string takes whatever is written to it.
        let _ = write!(self.line, "{style}{text}{tail}{style:#}");
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.truncate(self.line.trim_end().len());
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())
    }

    /// The sign before the address of a change.
    pub(in crate::report) const fn sign(&self, action: Action) -> &'static str {
        match action {
            action if self.view.accessible => action.word(),
            Action::Create => "+",
            Action::Update => "~",
            Action::Delete => "-",
        }
    }

    /// The sign before what is lost.
    pub(in crate::report) fn lost(&self) -> Piece<'static> {
        Piece::new(if self.view.accessible { "removed:" } else { "-" }).tint(Tint::Red)
    }

    /// The sign before what is gained.
    pub(in crate::report) fn gained(&self) -> Piece<'static> {
        Piece::new(if self.view.accessible { "added:" } else { "+" }).tint(Tint::Green)
    }

    /// The sign before what stays.
    pub(in crate::report) fn kept(&self) -> Piece<'static> {
        Piece::new(if self.view.accessible { "unchanged:" } else { " " })
    }

    /// A short text and what becomes of it.
    pub(in crate::report) fn becomes<'p>(
        &self,
        before: impl Into<Cow<'p, str>>,
        after: impl Into<Cow<'p, str>>,
    ) -> Vec<Piece<'p>> {
        let (before, after) = (Piece::new(before).tint(Tint::Red), Piece::new(after).tint(Tint::Green));
        if self.view.accessible {
            return vec![Piece::new("was"), before.tail(","), Piece::new("becomes"), after];
        }
        let arrow = if self.view.unicode { "→" } else { "->" };
        vec![before, Piece::new(arrow), after]
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, Page, Piece, SHARE};
    use crate::report::view::View;

    #[test]
    fn what_is_drawn_on_all_cores_is_written_in_order() {
        let numbers: Vec<_> = (0..=2 * AT_ONCE + SHARE).collect();
        let view = View { width: 80, color: false, unicode: true, accessible: false };
        let mut text = Vec::new();
        let mut page = Page::new(&mut text, view);
        page.each(&numbers, |page, number| page.flow(0, 0, [Piece::of(number)])).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().map(str::parse).eq(numbers.into_iter().map(Ok)));
    }
}
