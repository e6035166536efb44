//! What the parser stumbles over, in words that say what to do.

use granit_parser::ErrorKind;

use super::character;
use super::syntax_error::SyntaxError;
use crate::source::Span;

impl SyntaxError {
    /// A fault that the parser found in a text.
    pub(super) fn of_parser(kind: &ErrorKind, span: Span, text: &str) -> Self {
        let line = line_of(text, span);
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            let label = "this line marks a conflict";
            return Self::new(
                span,
                "a merge conflict is left in the file",
                label,
                "resolve the conflict, and delete its marks",
            );
        }
        if let Some(syntax_error) = character::syntax_error(kind, span, text) {
            return syntax_error;
        }
        if let Some((summary, label, help)) = words_by_line(kind, line) {
            return Self::new(span, summary, label, help);
        }
        let (summary, label, help) = words(kind);
        let label = label.map_or_else(|| kind.to_string(), str::to_owned);
        Self { span, summary: summary.into(), label, help: help.into() }
    }
}

/// The line that a span begins on, from its start.
fn line_of(text: &str, span: Span) -> &str {
    let start = text[..span.start as usize].rfind('\n').map_or(0, |end| end + 1);
    text[start..].lines().next().unwrap_or_default()
}

/// Headline, label and help where the line itself says more than the parser's error.
fn words_by_line(kind: &ErrorKind, line: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let content = line.trim();
    let is_misplaced_value = matches!(kind, ErrorKind::MappingValueNotAllowed);
    Some(if content.starts_with("```") {
        ("a Markdown fence is left in the file", "this line is not YAML", "delete the line")
    } else if content.len() > 3 && content.bytes().all(|byte| byte == b'-') {
        ("this line is no `---`", "there are too many hyphens", "write `---`: three hyphens and nothing else")
    } else if ["{{", "{%", "<%"].iter().any(|mark| content.contains(mark)) {
        (
            "a template is left in the file",
            "this is not YAML until it is filled in",
            "fill in the template first: keyplan reads plain YAML",
        )
    } else if is_misplaced_value && is_item_without_space(content) {
        (
            "a list item has no space after its `-`",
            "the line is read as one text up to here",
            "write `- ` with a space",
        )
    } else if is_misplaced_value && is_one_field(content) {
        (
            "this field does not go with the line above it",
            "no field can stand here",
            "align it with the fields beside it, or mend the line above:\n\
             a field is `name: value`, with a plain space after the `:`",
        )
    } else if *kind == ErrorKind::ExpectedBlockMappingKey && !content.contains(':') {
        (
            "a field was expected here",
            "this is no field",
            "indent it deeper than the field above if it belongs to it; else write `name: value`",
        )
    } else {
        return None;
    })
}

/// Whether a line is a `-` with something other than a space behind it.
fn is_item_without_space(content: &str) -> bool {
    content.strip_prefix('-').is_some_and(|rest| rest.starts_with(['{', '[', '"', '\'']) || is_word(rest))
}

fn is_word(rest: &str) -> bool {
    rest.starts_with(|first: char| first.is_alphabetic())
}

/// Whether a line is one field and no more: its value holds no further `: `.
fn is_one_field(content: &str) -> bool {
    let content = content.strip_prefix("- ").unwrap_or(content);
    let (name, value) = match content.split_once(": ") {
        Some((name, value)) => (name, value),
        None => (content.strip_suffix(':').unwrap_or_default(), ""),
    };
    let is_text = value.starts_with(['"', '\'', '{', '[']);
    !name.is_empty() && !name.contains(char::is_whitespace) && (is_text || !value.contains(": "))
}

/// Headline, label (the parser's own words where there is none) and help of a parser's error.
#[expect(clippy::too_many_lines, reason = "a table")]
fn words(kind: &ErrorKind) -> (&'static str, Option<&'static str>, &'static str) {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => (
            "a tab indents a line",
            Some("this tab"),
            "YAML is indented with spaces: replace the tab by two spaces",
        ),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => (
            "a quote is not closed",
            Some("the quoted text does not end"),
            "close it with the same quote that opens it",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "text follows a closing quote",
            Some("this stands after the quoted text"),
            "quote the whole value; a `\"` inside of double quotes is written `\\\"`",
        ),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => (
            "a backslash escape is unknown",
            Some("this escape"),
            "write `\\\\` for a backslash, or use single quotes, which know no escapes",
        ),
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::MappingKeyNotAllowed
        | ErrorKind::InvalidMappingValueWhitespace => (
            "a `:` is not allowed here",
            Some("this would begin a value"),
            "quote the value if the colon belongs to it, or begin a new line for a new field",
        ),
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => (
            "a closing bracket does not fit",
            None,
            "close each `[` with `]` and each `{` with `}`, in order",
        ),
        ErrorKind::UnclosedFlowCollection { .. } => (
            "a bracket is not closed",
            Some("this is never closed"),
            "close the list with `]` or the mapping with `}`",
        ),
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => (
            "a list in brackets is not closed",
            Some("expected `,` or `]` here"),
            "close the list with `]`, or put a comma between its items",
        ),
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => (
            "a mapping in braces is not closed",
            Some("expected `,` or `}` here"),
            "close the mapping with `}`, or put a comma between its fields",
        ),
        ErrorKind::UnexpectedEof => (
            "the document ends too early",
            Some("the text ends here"),
            "close what is still open: a quote, a bracket or a brace",
        ),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "a field was expected here",
            Some("no field can start here"),
            "write `name: value`, and align it with the fields beside it",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "a list item was expected here",
            Some("no item can start here"),
            "begin each item with `- `, all at the same indentation",
        ),
        ErrorKind::InvalidIndentation => (
            "the indentation does not fit",
            Some("this line is indented unlike the ones before it"),
            "align it with the lines it belongs to",
        ),
        ErrorKind::ExpectedWhitespace => {
            ("a space is missing", None, "put a space after the `:`, `-`, or `,`")
        }
        ErrorKind::CommentNotSeparated => (
            "a comment needs a space before it",
            Some("this `#`"),
            "put a space before `#`, or quote the whole value",
        ),
        ErrorKind::UnexpectedCharacter { .. } => (
            "a value begins with a character that YAML reserves",
            Some("no value without quotes begins like this"),
            "quote the whole value, as in \"...\"",
        ),
        ErrorKind::MissingAnchorOrAliasName => (
            "an anchor or alias has no name",
            Some("`&` and `*` begin the name of one"),
            "quote the whole value, as in \"...\", if the character belongs to it",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => (
            "a list begins behind the name of its field",
            Some("this `-` begins an item"),
            "begin the list on the next line, or delete the `- `",
        ),
        ErrorKind::BlockEntryInFlowCollection => (
            "an item with `- ` stands inside of brackets",
            Some("this `-` begins an item"),
            "part the items by commas, or write the list without brackets",
        ),
        ErrorKind::BomInsideDocument => (
            "a byte order mark stands inside the document",
            Some("invisible U+FEFF here"),
            "delete the invisible character",
        ),
        ErrorKind::ExpectedDocumentStart | ErrorKind::InvalidDocumentEnd => (
            "text stands outside of the document",
            Some("this does not belong to the document before it"),
            "start a new document with `---` on a line of its own, or mend the indentation",
        ),
        ErrorKind::RecursionLimitExceeded => (
            "lists and mappings are nested too deeply",
            Some("more than 255 levels here"),
            "no declaration needs more than ten levels: take the nesting out",
        ),
        _ => ("this is not YAML", None, "mend the text here; quotes around a value often help"),
    }
}
