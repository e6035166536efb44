//! What an answer says that is no success, and answers that nobody understands.

use std::fmt;

use super::super::{StoreError, StoreErrorKind};
use crate::http::Response;
use crate::model::is_plain;

/// Most characters of a text of the store that are told.
const LONGEST: usize = 200;

/// Most elements and texts of an answer in XML: a page has a thousand objects with a dozen each.
const MOST_NODES: u32 = 200_000;

/// An answer in XML, without a DTD.
///
/// # Errors
/// When it is not that.
pub fn xml(response: &Response) -> Result<roxmltree::Document<'_>, StoreError> {
    let text = std::str::from_utf8(&response.body).map_err(|_| not_understood(response))?;
    let options = roxmltree::ParsingOptions { nodes_limit: MOST_NODES, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).map_err(|_| not_understood(response))
}

/// An answer that the protocol does not know.
#[must_use]
pub fn not_understood(response: &Response) -> StoreError {
    let words = if is_web_page(response) {
        format!(
            "a web page came back with status {}: something between here and the store has answered",
            response.status
        )
    } else {
        format!("the answer with status {} is none of such a store", response.status)
    };
    StoreError::new(StoreErrorKind::Unavailable, words).with_help(
        "see whether a proxy or a sign-in page answers, with `HTTPS_PROXY` and `NO_PROXY`, and whether the place of \
         the state is right",
    )
}

/// Whether it is HTML.
#[must_use]
fn is_web_page(response: &Response) -> bool {
    let start = response.body.trim_ascii_start();
    let begins = |with: &[u8]| start.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let is_html = response.header("content-type").is_some_and(|kind| kind.trim().starts_with("text/html"));
    is_html || begins(b"<!doctype html") || begins(b"<html")
}

/// A text of the store, as it is told.
#[must_use]
pub fn cleaned(text: &str) -> String {
    let mut cleaned: String = text.trim().chars().filter(|letter| is_plain(*letter)).take(LONGEST).collect();
    if text.trim().chars().nth(LONGEST).is_some() {
        cleaned.push('…');
    }
    cleaned
}

/// An answer that says no, in the words of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    /// As in `NoSuchKey`; nothing where the answer has none.
    pub code: Option<String>,
    pub message: Option<String>,
}

impl Refusal {
    /// Reads `<Error><Code>` and `<Message>`, or `{"error": {"message": …}}`. A code is cleaned as well.
    #[must_use]
    pub fn of(response: &Response) -> Self {
        let (code, message) = of_xml(response).or_else(|| of_json(response)).unwrap_or_default();
        Self { status: response.status, code, message }
    }

    /// The code, to be compared.
    #[must_use]
    pub fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_default()
    }
}

type CodeAndMessage = (Option<String>, Option<String>);

fn of_xml(response: &Response) -> Option<CodeAndMessage> {
    let document = xml(response).ok()?;
    // The STS of AWS has its error in an `<ErrorResponse>`.
    let error = document.descendants().find(|node| node.has_tag_name_of("Error"))?;
    let text = |name| error.children().find(|node| node.has_tag_name_of(name))?.text().map(cleaned);
    Some((text("Code"), text("Message")))
}

fn of_json(response: &Response) -> Option<CodeAndMessage> {
    let whole: serde_json::Value = serde_json::from_slice(&response.body).ok()?;
    let error = whole.get("error").unwrap_or(&whole);
    let text = |value: &serde_json::Value, name| value.get(name)?.as_str().map(cleaned);
    Some((text(error, "code"), text(error, "message")))
}

/// Names of elements, whatever their namespace: stores differ in theirs.
trait Named {
    fn has_tag_name_of(&self, name: &str) -> bool;
}

impl Named for roxmltree::Node<'_, '_> {
    fn has_tag_name_of(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        self.message.as_ref().map_or(Ok(()), |message| write!(f, ": {}", message.trim_end_matches('.')))
    }
}
