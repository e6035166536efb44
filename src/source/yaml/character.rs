//! Characters that no YAML has, or that are where others belong, each told where it is: a parser notices them
//! late, and at another place.

use std::borrow::Cow;

use granit_parser::ErrorKind;

use super::syntax_error::SyntaxError;
use crate::source::Span;

/// How many runs of control characters of a file are told one by one.
const SHOWN: usize = 10;

/// Whether YAML has no such character, in comments either.
pub(super) fn is_control(letter: char) -> bool {
    let is_white = matches!(letter, '\t' | '\n' | '\r' | '\u{85}');
    (letter.is_control() && !is_white) || matches!(letter, '\u{fffe}' | '\u{ffff}')
}

/// A text of the same length without control characters, and the faults that they are.
pub(super) fn without_controls(text: &str) -> (Cow<'_, str>, Vec<SyntaxError>) {
    if !text.chars().any(is_control) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut clean = String::with_capacity(text.len());
    let mut runs: Vec<(usize, char, usize)> = Vec::new();
    let mut more = 0_usize;
    let mut is_run = false;
    for (at, letter) in text.char_indices() {
        if !is_control(letter) {
            clean.push(letter);
            is_run = false;
            continue;
        }
        clean.extend(std::iter::repeat_n('_', letter.len_utf8()));
        let end = at + letter.len_utf8();
        if is_run && more == 0 {
            runs.iter_mut().rev().take(1).for_each(|run| run.2 = end);
        } else if !is_run && runs.len() < SHOWN {
            runs.push((at, letter, end));
        } else if !is_run {
            more += 1;
        }
        is_run = true;
    }
    let last = runs.len() - 1;
    let faults =
        runs.into_iter().enumerate().map(|(number, run)| control(run, if number == last { more } else { 0 }));
    (Cow::Owned(clean), faults.collect())
}

fn control((start, letter, end): (usize, char, usize), more: usize) -> SyntaxError {
    let number = u32::from(letter);
    let (name, escape) = match letter {
        '\0' => (" (nul)", r"\0".into()),
        '\u{7}' => (" (bell)", r"\a".into()),
        '\u{8}' => (" (backspace)", r"\b".into()),
        '\u{b}' => (" (vertical tab)", r"\v".into()),
        '\u{c}' => (" (form feed)", r"\f".into()),
        '\u{1b}' => (" (escape)", r"\e".into()),
        '\u{7f}' => (" (delete)", r"\x7f".into()),
        _ if number < 0x100 => ("", format!("\\x{number:02x}")),
        _ => ("", format!("\\u{number:04x}")),
    };
    let label = match more {
        0 => "this cannot be seen, and no YAML has it".into(),
        more => format!("this cannot be seen, and no YAML has it; there are {more} more places"),
    };
    SyntaxError {
        span: Span::new(clamp(start), clamp(end)),
        summary: format!("the file has the control character U+{number:04X}{name}"),
        label,
        help: format!("delete it, or write `{escape}` in its place, in a text in double quotes"),
    }
}

/// What a parser stumbles over, where it is another character than the parser says, or is elsewhere.
pub(super) fn syntax_error(kind: &ErrorKind, span: Span, text: &str) -> Option<SyntaxError> {
    let start = span.start as usize;
    if let ErrorKind::UnknownQuotedScalarEscape
    | ErrorKind::InvalidQuotedScalarHexEscape
    | ErrorKind::InvalidUnicodeEscape = kind
    {
        let at = bad_escape(text, start)?;
        return Some(SyntaxError::new(
            at,
            "a backslash escape is unknown",
            "this escape",
            "write `\\\\` for a backslash, or use single quotes, which know no escapes",
        ));
    }
    let lines = lines_around(text, start);
    if let Some(at) = lines.iter().find_map(|&(at, line)| odd_space(at, line)) {
        return Some(SyntaxError::new(
            at,
            "a space is none that YAML knows",
            "a no-break space, or one like it",
            "write a plain space in its place",
        ));
    }
    let is_tab = matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    );
    let indented =
        |lines: &[(usize, &str)]| lines.iter().find_map(|&(at, line)| tab_in_indentation(at, line));
    let at = if is_tab { indented(&lines) } else { indented(&lines[..1]) }?;
    Some(SyntaxError::new(
        at,
        "a tab indents a line",
        "this tab",
        "YAML is indented with spaces: replace the tab by two spaces",
    ))
}

/// The line at an offset, the next one with something in it, and the one before, each with where it begins.
fn lines_around(text: &str, offset: usize) -> Vec<(usize, &str)> {
    let line = |start: usize| (start, text[start..].split('\n').next().unwrap_or_default());
    let start = text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let mut lines = vec![line(start)];
    let mut next = start + lines[0].1.len() + 1;
    while next < text.len() {
        let (at, content) = line(next);
        if !content.trim_matches([' ', '\r']).is_empty() {
            lines.push((at, content));
            break;
        }
        next = at + content.len() + 1;
    }
    if start > 0 {
        lines.push(line(text[..start - 1].rfind('\n').map_or(0, |end| end + 1)));
    }
    lines
}

/// Tabs among the spaces that a line, or the item in it, begins with.
fn tab_in_indentation(at: usize, line: &str) -> Option<Span> {
    let indentation = line.len() - line.trim_start_matches([' ', '\t', '-']).len();
    let first = line[..indentation].find('\t')?;
    let length = line[first..].len() - line[first..].trim_start_matches('\t').len();
    Some(Span::new(clamp(at + first), clamp(at + first + length)))
}

/// A space of another alphabet where a line begins, or behind a `:` or a `-`.
fn odd_space(at: usize, line: &str) -> Option<Span> {
    let is_odd = |letter: char| letter.is_whitespace() && !letter.is_ascii() && letter != '\u{85}';
    let mut before = ' ';
    let mut is_indentation = true;
    for (offset, letter) in line.char_indices() {
        if is_odd(letter) && (is_indentation || matches!(before, ':' | '-')) {
            let start = at + offset;
            return Some(Span::new(clamp(start), clamp(start + letter.len_utf8())));
        }
        is_indentation &= matches!(letter, ' ' | '\t' | '-');
        before = letter;
    }
    None
}

/// The first escape that YAML does not know in the quoted text that begins at an offset, or is in it.
fn bad_escape(text: &str, start: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let digits = match bytes.get(at + 1) {
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(letter) if br#"0abt	nvfre "/\N_LP"#.contains(letter) || matches!(letter, b'\n' | b'\r') => 0,
            _ => return Some(escape(text, at, 1)),
        };
        let value = text
            .get(at + 2..at + 2 + digits)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let is_letter = digits == 0
            || value
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .and_then(char::from_u32)
                .is_some();
        if !is_letter {
            let given =
                bytes[at + 2..].iter().take(digits).take_while(|digit| digit.is_ascii_hexdigit()).count();
            return Some(escape(text, at, 1 + given));
        }
        at += 2 + digits;
    }
    None
}

fn escape(text: &str, at: usize, length: usize) -> Span {
    let end = text.ceil_char_boundary((at + 1 + length).min(text.len()));
    Span::new(clamp(at), clamp(end))
}

fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use crate::source::yaml::read;

    /// What the faults of a text point at.
    fn places(text: &str) -> Vec<(String, String)> {
        let yaml = read(text);
        let fault = |fault: &super::SyntaxError| (fault.summary.clone(), text[fault.span.range()].to_owned());
        yaml.faults().iter().map(fault).collect()
    }

    #[test]
    fn a_fault_is_where_the_character_is() {
        for (text, part, at) in [
            ("a:\n  b: c\n\td: e\n", "tab", "\t"),
            ("a:\n\tb: c\n", "tab", "\t"),
            ("a: \"x \\q y\"\n", "escape", "\\q"),
            ("a: b\nc: \"x\n  y \\xzz\"\n", "escape", "\\x"),
            ("a:\u{a0}b\nc: d\n", "space", "\u{a0}"),
            ("a: b # x\u{1b}[31m\n", "U+001B (escape)", "\u{1b}"),
            ("a: b\u{0}\n", "U+0000 (nul)", "\0"),
            ("\u{7f}a: b\n", "U+007F", "\u{7f}"),
            ("a: \u{9b}b\n", "U+009B", "\u{9b}"),
        ] {
            let places = places(text);
            assert_eq!(places.len(), 1, "{text:?}: {places:?}");
            assert!(places[0].0.contains(part) && places[0].1 == at, "{text:?}: {places:?}");
        }
    }

    #[test]
    fn controls_are_counted_and_cost_their_own_documents_alone() {
        let text = format!("a: b\n---\n{}---\nc: d\n", "e: \u{1}\n".repeat(50));
        let yaml = read(&text);
        assert_eq!(yaml.faults().len(), super::SHOWN);
        assert!(yaml.faults()[super::SHOWN - 1].label.ends_with("40 more places"));
        let broken: Vec<_> = yaml.documents().iter().map(|document| document.broken).collect();
        assert_eq!(broken, [false, true, false]);
    }

    #[test]
    fn lines_that_go_on_are_indented_by_spaces() {
        for text in [
            "a: [b,\nc,\nd]\n",
            "a: \"b\nc\"\n",
            "a: 'b\nc'\n",
            "a: \"b\n\tc\"\n",
            "a: {b: c,\n\td: e}\n",
            "- [a,\nb]\n",
        ] {
            let places = places(text);
            assert_eq!(places.len(), 1, "{text:?}: {places:?}");
            assert!(places[0].0.contains("not indented"), "{text:?}: {places:?}");
        }
        for text in [
            "a: [b,\n c]\n",
            "a: [\n  b,\n]\n",
            "a: \"b\n\n c\"\n",
            "a: \"b\n \tc\"\n",
            "[a,\nb]\n",
            "{\"a\":\n\t\"b\"\n}\n",
            "a: [b,\n# c\n d]\n",
        ] {
            assert!(places(text).is_empty(), "{text:?}: {:?}", places(text));
        }
    }
}
