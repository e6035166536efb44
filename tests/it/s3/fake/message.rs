//! Requests and answers as they are on the wire.

use std::fmt::Write as _;
use std::io::{self, BufRead, Read};

use jiff::Timestamp;

use super::fault::Fault;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) method: String,
    /// The path and the query, encoded.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(&*self.target, |(path, _)| path)
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let pair =
            self.query().split('&').filter_map(|pair| pair.split_once('=')).find(|pair| pair.0 == name);
        pair.map(|(_, value)| decoded(value))
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET"
    }

    /// The next request of a connection; nothing when the client has closed it.
    pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(start) = line(input)? else { return Ok(None) };
        let mut words = start.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut heard =
            Self { method: method.into(), target: target.into(), headers: Vec::new(), body: Vec::new() };
        while let Some(line) = line(input)?.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            heard.headers.push((name.to_ascii_lowercase(), value.trim().into()));
        }
        let length = heard.header("content-length").map_or(0, |length| length.parse().unwrap());
        input.take(length).read_to_end(&mut heard.body)?;
        Ok(Some(heard))
    }
}

fn line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = input.read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end().to_owned()))
}

/// What answers requests.
pub(crate) trait Answers: Send + 'static {
    /// What is answered, or the fault because of which nothing is.
    fn answer(&mut self, heard: &Heard) -> Result<Said, Fault>;
}

/// Text with its `%XX` undone.
pub(crate) fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        let escaped =
            digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%');
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap()
}

/// A time as HTTP writes it.
pub(crate) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What goes back.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Said {
    pub(crate) fn new(status: u16, content: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type", content.into())], body: body.into() }
    }

    /// A refusal of S3.
    pub(crate) fn error(status: u16, code: &str, more: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>The fake says \
             {code}.</Message>{more}<RequestId>4442587FB7D0A2F9</RequestId></Error>"
        );
        Self::new(status, "application/xml", body)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Said\r\ncontent-length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}
