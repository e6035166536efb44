//! What can be wrong with a text as YAML, in words that say what to do.

use granit_parser::ErrorKind;

use crate::source::Span;

/// One reason why a text is not YAML that keyplan reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// The headline.
    pub summary: String,
    /// What is seen at the place itself.
    pub label: String,
    /// The next keystroke.
    pub help: String,
}

/// Deepest nesting of collections that is read.
pub(super) const MAX_DEPTH: usize = 255;

impl Fault {
    pub(super) fn new(span: Span, summary: &str, label: &str, help: &str) -> Self {
        Self { span, summary: summary.into(), label: label.into(), help: help.into() }
    }

    /// A fault that the parser found in a line.
    pub(super) fn of_parser(kind: &ErrorKind, span: Span, line: &str) -> Self {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            let label = "this line marks a conflict";
            return Self::new(
                span,
                "a merge conflict is left in the file",
                label,
                "resolve the conflict, and delete its marks",
            );
        }
        let (summary, label, help) = words(kind);
        let label = label.map_or_else(|| kind.to_string(), str::to_owned);
        Self { span, summary: summary.into(), label, help: help.into() }
    }
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
            None,
            "quote the whole value, as in \"...\"",
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
            "collections are nested too deeply",
            Some("more than 255 levels here"),
            "no declaration needs more than ten levels: take the nesting out",
        ),
        _ => ("this is not YAML", None, "mend the text here; quotes around a value often help"),
    }
}
