//! Requests and responses, whole in memory.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::{Secret, Url};
use crate::words::words;

words! {
    pub enum Method {
        Get = "GET",
        Put = "PUT",
        Post = "POST",
        Delete = "DELETE",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub name: &'static str,
    pub value: HeaderValue,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    Public(Cow<'static, str>),
    /// It is redacted in whatever the server answers.
    Secret(Secret),
    /// A token behind the word `Bearer`; redacted as well.
    Bearer(Secret),
}

impl HeaderValue {
    /// Its text, for a signature and for what sends it.
    pub(crate) fn as_sent(&self) -> Cow<'_, str> {
        match self {
            Self::Public(text) => Cow::Borrowed(text),
            Self::Secret(secret) => Cow::Borrowed(secret.exposed()),
            Self::Bearer(secret) => Cow::Owned(format!("Bearer {}", secret.exposed())),
        }
    }

    const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Public(_) => None,
            Self::Secret(secret) | Self::Bearer(secret) => Some(secret),
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<Header>,
    pub body: Option<Vec<u8>>,
}

impl Request {
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.headers.iter().filter_map(|header| header.value.secret()).chain(self.url.signature())
    }

    /// A text from the server without the secrets that it was sent.
    pub(super) fn redact<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        self.secrets().fold(Cow::Borrowed(text), |text, secret| match text {
            Cow::Borrowed(text) => secret.redact(text),
            Cow::Owned(text) => Cow::Owned(secret.redact(&text).into_owned()),
        })
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.body.as_ref().map(Vec::len);
        let mut shown = f.debug_struct("Request");
        shown.field("method", &self.method.word()).field("url", &self.url).field("headers", &self.headers);
        shown.field("body bytes", &size).finish()
    }
}

/// An answer, read to its end.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case, in the order of arrival.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name, which is in lower case; nothing where it is no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(other, _)| other == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The time of the server; nothing where it tells none.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        rfc2822::parse(self.header("date")?.trim()).ok().map(|date| date.timestamp())
    }

    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The same without the secrets of its request.
    pub(super) fn redacted(mut self, request: &Request) -> Self {
        let redact = |bytes: &mut Vec<u8>| {
            if let Cow::Owned(redacted) = request.redact(bytes) {
                *bytes = redacted;
            }
        };
        for (name, value) in &mut self.headers {
            if let Cow::Owned(redacted) = request.redact(name.as_bytes()) {
                *name = String::from_utf8_lossy(&redacted).into_owned();
            }
            redact(value);
        }
        redact(&mut self.body);
        self
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>();
        let mut shown = f.debug_struct("Response");
        shown.field("status", &self.status).field("headers", &names);
        shown.field("body bytes", &self.body.len()).finish()
    }
}
