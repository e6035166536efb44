//! As much of HTTP/1.1 as a client of an API needs: requests with a length, answers with one, connections that stay.

use std::io::{self, BufRead, Read};

use super::super::contract::Request;

/// What goes back over the wire.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// Is only half of the body sent, before the connection is closed?
    pub(super) is_cut: bool,
}

impl Message {
    pub(super) fn new(status: u16, content: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("Content-Type", content.into())], body, is_cut: false }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let Self { status, headers, body, is_cut } = self;
        let mut lines = vec![format!("HTTP/1.1 {status} Answer")];
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        if *status != 204 {
            lines.push(format!("Content-Length: {}", body.len()));
        }
        let sent = if *is_cut { body.len() / 2 } else { body.len() };
        let mut bytes = (lines.join("\r\n") + "\r\n\r\n").into_bytes();
        bytes.extend(&body[..sent]);
        bytes
    }
}

/// The next request of a connection; nothing when the client has closed it.
pub(super) fn read_request(input: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(start) = read_line(input)? else { return Ok(None) };
    let mut words = start.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(malformed(&start)) };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request { method: method.into(), path: decoded(path), ..Request::default() };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let [name, value] = [name, value].map(|text| decoded(&text.replace('+', " ")));
        request.query.push((name, value));
    }
    while let Some(line) = read_line(input)?.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
        request.headers.push((name.to_ascii_lowercase(), value.trim().into()));
    }
    let length = request.header("content-length").map_or(Ok(0), str::parse);
    let length = length.map_err(|_| malformed("Content-Length"))?;
    input.take(length).read_to_end(&mut request.body)?;
    Ok(Some(request))
}

fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn malformed(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("no HTTP: {text}"))
}

/// Text with its `%XX` undone.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let escaped = escaped.filter(|_| *first == b'%');
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
