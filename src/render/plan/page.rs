//! Lines: indented, wrapped, coloured, and free of characters that a terminal would obey.

use std::io::{self, Write};

use crate::diagnostics::visible;
use crate::plan::Action;
use crate::render::diagnostics::View;

/// Longest list that is shown whole.
const MOST: usize = 10;
/// Items of a longer one that are shown.
const SHOWN: usize = 8;

/// The colour of a piece. It never says anything that the words do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tint {
    Plain,
    Green,
    Yellow,
    Red,
    Dim,
    Bold,
}

impl Tint {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Green => Some("\u{1b}[32m"),
            Self::Yellow => Some("\u{1b}[33m"),
            Self::Red => Some("\u{1b}[31m"),
            Self::Dim => Some("\u{1b}[2m"),
            Self::Bold => Some("\u{1b}[1m"),
        }
    }
}

const RESET: &str = "\u{1b}[0m";

/// Text that is not broken over lines, safe to print.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    text: String,
    tint: Tint,
}

impl Piece {
    pub(super) fn new(text: &str) -> Self {
        Self { text: visible(text), tint: Tint::Plain }
    }

    pub(super) const fn tint(mut self, tint: Tint) -> Self {
        self.tint = tint;
        self
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = Piece> {
    text.split(' ').map(Piece::new)
}

/// Items with commas between them; of many, the first and how many more there are.
pub(super) fn listed(items: impl ExactSizeIterator<Item = String>) -> Vec<Piece> {
    let number = items.len();
    if number <= MOST {
        return all(items);
    }
    let mut pieces: Vec<_> = items.take(SHOWN).map(|item| Piece::new(&format!("{item},"))).collect();
    pieces.push(Piece::new(&format!("and {} more", number - SHOWN)));
    pieces
}

/// Items with commas between them, all of them.
pub(super) fn all(items: impl ExactSizeIterator<Item = String>) -> Vec<Piece> {
    let last = items.len().saturating_sub(1);
    items
        .enumerate()
        .map(|(at, item)| Piece::new(&if at == last { item } else { format!("{item},") }))
        .collect()
}

/// What is written to, and how.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    pub(super) view: View,
}

impl<'a> Page<'a> {
    pub(super) const fn new(out: &'a mut dyn Write, view: View) -> Self {
        Self { out, view }
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Pieces with a space between them, on as many lines as they need. A piece that is wider than the
    /// page has a line of its own, so that it can be copied whole.
    pub(super) fn flow(
        &mut self,
        indent: usize,
        hanging: usize,
        pieces: impl IntoIterator<Item = Piece>,
    ) -> io::Result<()> {
        let mut line = " ".repeat(indent);
        let mut column = indent;
        let mut is_empty = true;
        for piece in pieces {
            if is_empty {
                is_empty = false;
            } else if column + 1 + piece.width() > self.view.width {
                writeln!(self.out, "{}", line.trim_end())?;
                line = " ".repeat(hanging);
                column = hanging;
            } else {
                line.push(' ');
                column += 1;
            }
            column += piece.width();
            self.push(&mut line, &piece);
        }
        writeln!(self.out, "{}", line.trim_end())
    }

    fn push(&self, line: &mut String, piece: &Piece) {
        match piece.tint.code().filter(|_| self.view.color) {
            Some(code) => line.extend([code, &piece.text, RESET]),
            None => line.push_str(&piece.text),
        }
    }

    /// What stands before the address of a change.
    pub(super) const fn sign(&self, action: Action) -> &'static str {
        match action {
            action if self.view.accessible => action.word(),
            Action::Create => "+",
            Action::Update => "~",
            Action::Delete => "-",
        }
    }

    /// What stands before something that is lost.
    pub(super) fn lost(&self) -> Piece {
        Piece::new(if self.view.accessible { "removed:" } else { "-" }).tint(Tint::Red)
    }

    /// What stands before something that is gained.
    pub(super) fn gained(&self) -> Piece {
        Piece::new(if self.view.accessible { "added:" } else { "+" }).tint(Tint::Green)
    }

    /// What stands before something that stays.
    pub(super) fn kept(&self) -> Piece {
        Piece::new(if self.view.accessible { "unchanged:" } else { " " })
    }

    /// A short text and what becomes of it.
    pub(super) fn becomes(&self, before: &str, after: &str) -> Vec<Piece> {
        let after = Piece::new(after).tint(Tint::Green);
        if self.view.accessible {
            let before = Piece::new(&format!("{before},")).tint(Tint::Red);
            return vec![Piece::new("was"), before, Piece::new("becomes"), after];
        }
        let arrow = if self.view.unicode { "→" } else { "->" };
        vec![Piece::new(before).tint(Tint::Red), Piece::new(arrow), after]
    }
}
