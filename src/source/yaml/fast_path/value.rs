//! A line of a plain document: names, scalars, collections in brackets, comments.

use super::class::Class;
use super::{FastPath, MAX_DEPTH, NotPlain, Result, offset};
use crate::source::yaml::arena::{Kind, Style, Text};

/// Longest name of a field in a plain document; the parser has a limit too.
const MAX_KEY: usize = 128;

impl FastPath<'_> {
    /// A name up to its `:`, and the spaces behind it.
    pub(super) fn key(&mut self, end: usize) -> Result<()> {
        self.scalar(Style::Plain, (self.at, end), (self.at, end))?;
        self.at = end + 1;
        self.spaces();
        Ok(())
    }

    /// A value that begins on this line.
    pub(super) fn value(&mut self) -> Result<()> {
        match self.byte() {
            Some(b'|' | b'>') => return self.block(),
            Some(b'[' | b'{') => self.flow(MAX_DEPTH)?,
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote)?,
            _ => self.plain(0)?,
        }
        self.end_of_line()
    }

    /// A block scalar of one line.
    fn block(&mut self) -> Result<()> {
        self.at += 1;
        let is_stripped = self.byte() == Some(b'-');
        self.at += usize::from(is_stripped);
        if self.byte() != Some(b'\n') {
            return Err(NotPlain);
        }
        self.at += 1;
        let column = self.spaces();
        let start = self.at;
        self.rest_of_line()?;
        let end = self.at;
        let parent = self.open.last().map_or(0, |open| open.column);
        if column <= parent || start == end || self.byte().is_none() {
            return Err(NotPlain);
        }
        self.at += 1;
        self.scalar(Style::Block, (start, end), (start, end + usize::from(!is_stripped)))?;
        // A line that belongs to the scalar may follow, and an empty one belongs to it as well.
        let next = self.at;
        let goes_on = self.spaces() >= column;
        let is_empty = self.byte() == Some(b'\n') || (self.byte().is_none() && self.at > next);
        self.at = next;
        if goes_on || is_empty { Err(NotPlain) } else { Ok(()) }
    }

    /// A collection in brackets, on one line.
    fn flow(&mut self, depth: usize) -> Result<()> {
        let (kind, close) =
            if self.byte() == Some(b'[') { (Kind::Sequence, b']') } else { (Kind::Mapping, b'}') };
        let depth = depth.checked_sub(1).ok_or(NotPlain)?;
        let node = self.push(kind, self.at, self.at, Text::None)?;
        self.at += 1;
        self.spaces();
        while self.byte() != Some(close) {
            if kind == Kind::Mapping {
                let end = self.key_end().ok_or(NotPlain)?;
                self.key(end)?;
            }
            match self.byte() {
                Some(b'[' | b'{') => self.flow(depth)?,
                Some(quote @ (b'"' | b'\'')) => self.quoted(quote)?,
                _ => self.plain(Class::BRACKET)?,
            }
            self.spaces();
            if self.byte() == Some(b',') {
                self.at += 1;
                self.spaces();
            } else if self.byte() != Some(close) {
                return Err(NotPlain);
            }
        }
        self.at += 1;
        self.last_end = offset(self.at);
        self.nodes[node].span.end = self.last_end;
        self.nodes[node].next = offset(self.nodes.len());
        Ok(())
    }

    /// A scalar in quotes, without escapes.
    fn quoted(&mut self, quote: u8) -> Result<()> {
        let start = self.at;
        let is_end = |&byte: &u8| byte == quote || byte == b'\\' || Class::is(byte, Class::ODD);
        let length = self.text[start + 1..].iter().position(is_end).ok_or(NotPlain)?;
        let end = start + 1 + length;
        self.at = end + 1;
        if self.text[end] != quote || self.byte() == Some(quote) {
            return Err(NotPlain);
        }
        // The parser's text begins where the same letters stand, be it before the quote.
        let text = if length == 0 { (start, start) } else { (start + 1, end) };
        self.scalar(Style::Quoted, (start, self.at), text)
    }

    /// A scalar without quotes, up to a byte of the class, a comment or the end of the line.
    fn plain(&mut self, end_class: u8) -> Result<()> {
        let start = self.at;
        if !self.byte().is_some_and(|byte| Class::is(byte, Class::FIRST)) {
            return Err(NotPlain);
        }
        loop {
            let is_stop = |&byte: &u8| Class::is(byte, Class::STOP | end_class);
            let rest = &self.text[self.at..];
            self.at += rest.iter().position(is_stop).unwrap_or(rest.len());
            match self.byte() {
                Some(b':') => match self.text.get(self.at + 1) {
                    Some(&next) if !Class::is(next, Class::ODD | end_class) && next != b' ' => {}
                    _ => return Err(NotPlain),
                },
                Some(b'#') if self.text[self.at - 1] != b' ' => {}
                Some(_) | None => break,
            }
            self.at += 1;
        }
        let spaces = self.text[start..self.at].iter().rev().take_while(|&&byte| byte == b' ').count();
        let end = self.at - spaces;
        self.scalar(Style::Plain, (start, end), (start, end))
    }

    /// Where the name of a field ends, if one begins here: at its `:`.
    pub(super) fn key_end(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let length = rest.iter().take(MAX_KEY).position(|&byte| !Class::is(byte, Class::KEY))?;
        let is_key = Class::is(rest[0], Class::FIRST)
            && rest[length] == b':'
            && matches!(rest.get(length + 1), Some(b' ' | b'\n') | None);
        is_key.then_some(self.at + length)
    }

    pub(super) fn is_item(&self) -> bool {
        self.text[self.at..].starts_with(b"- ")
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Passes over spaces, and says how many.
    pub(super) fn spaces(&mut self) -> usize {
        let start = self.at;
        while self.byte() == Some(b' ') {
            self.at += 1;
        }
        self.at - start
    }

    /// Nothing but spaces and a comment up to the end of the line, and the line end.
    pub(super) fn end_of_line(&mut self) -> Result<()> {
        self.spaces();
        match self.byte() {
            None => Ok(()),
            Some(b'\n') => {
                self.at += 1;
                Ok(())
            }
            Some(b'#') if self.text[self.at - 1] == b' ' => self.comment(),
            Some(_) => Err(NotPlain),
        }
    }

    /// The rest of the line, of any characters that are not odd, and the line end.
    pub(super) fn comment(&mut self) -> Result<()> {
        self.rest_of_line()?;
        self.at += usize::from(self.byte().is_some());
        Ok(())
    }

    fn rest_of_line(&mut self) -> Result<()> {
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(|&byte| Class::is(byte, Class::ODD)).unwrap_or(rest.len());
        if matches!(self.byte(), None | Some(b'\n')) { Ok(()) } else { Err(NotPlain) }
    }
}
