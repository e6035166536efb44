//! Asking servers that issue tokens.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::http::{
    Clock, Header, HeaderValue, Limits, Method, Rate, Request, RequestKind, Response, Secret, Sender,
    TokenBucket, Url, form,
};

/// How long a server is tried that is somewhere on a network.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the metadata server of a machine is tried: it answers at once where there is one.
const LOCAL_PATIENCE: Duration = Duration::from_secs(2);
/// Nobody needs more tokens than that.
const RATE: Rate = Rate { per_second: 10, burst: 10 };

/// The servers that issue tokens, and how they are reached.
pub struct Issuers {
    sender: Sender,
    bucket: TokenBucket,
}

impl Issuers {
    #[must_use]
    pub fn new(sender: Sender) -> Self {
        Self { sender, bucket: TokenBucket::new(RATE) }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.sender.clock()
    }

    /// What a server answers to a form. None of these secrets is in the error.
    pub(super) fn post_form(
        &self,
        url: Url,
        fields: &[(&str, &str)],
        secrets: &[&str],
    ) -> Result<Value, Refused> {
        let headers = vec![public("Content-Type", "application/x-www-form-urlencoded"), accept()];
        let body = Some(form(fields).into_bytes());
        let request = Request { method: Method::Post, url, headers, body };
        let refused = |why, date| Refused { why: without(secrets, why), date };
        let response = self.send(&request, PATIENCE).map_err(|why| refused(why, None))?;
        json_of(&response).map_err(|why| refused(why, response.date()))
    }

    /// What a server answers to JSON in the name of a token.
    pub(super) fn post_json(&self, url: Url, body: &Value, token: Secret) -> Result<Value, String> {
        let authorization = Header { name: "Authorization", value: HeaderValue::Bearer(token) };
        let headers = vec![public("Content-Type", "application/json"), accept(), authorization];
        let request =
            Request { method: Method::Post, url, headers, body: Some(body.to_string().into_bytes()) };
        json_of(&self.send(&request, PATIENCE)?)
    }

    pub(super) fn get(&self, url: Url, headers: Vec<Header>) -> Result<Response, String> {
        self.send(&Request { method: Method::Get, url, headers, body: None }, PATIENCE)
    }

    /// What a server of this very machine answers.
    pub(super) fn get_local(&self, url: Url, headers: Vec<Header>) -> Result<Response, String> {
        self.send(&Request { method: Method::Get, url, headers, body: None }, LOCAL_PATIENCE)
    }

    fn send(&self, request: &Request, patience: Duration) -> Result<Response, String> {
        let limits = Limits { deadline: self.clock().monotonic() + patience, go_on: &|| Ok(()) };
        let sent = self.sender.send(request, RequestKind::Read, &self.bucket, &limits);
        sent.map_err(|error| format!("`{}` does not answer: {error}", request.url.origin()))
    }
}

/// Why a server gives nothing.
pub(super) struct Refused {
    pub(super) why: String,
    /// The time of the server, if it has answered.
    pub(super) date: Option<Timestamp>,
}

impl From<Refused> for String {
    fn from(refused: Refused) -> Self {
        refused.why
    }
}

pub(super) fn public(name: &'static str, value: &'static str) -> Header {
    Header { name, value: HeaderValue::Public(value.into()) }
}

pub(super) fn accept() -> Header {
    public("Accept", "application/json")
}

fn without(secrets: &[&str], mut text: String) -> String {
    for secret in secrets {
        if let Ok(secret) = Secret::new(secret) {
            text = String::from_utf8_lossy(&secret.redact(text.as_bytes())).into_owned();
        }
    }
    text
}

/// The JSON of an answer that is a success, else what it says.
pub(super) fn json_of(response: &Response) -> Result<Value, String> {
    if !response.is_success() {
        return Err(refusal(response));
    }
    serde_json::from_slice(&response.body)
        .map_err(|_| format!("the answer was {}, and no JSON: is a proxy in between?", response.status))
}

/// What an answer says that is no success: OAuth's `error` and `error_description`, or `error.message` of Google's.
pub(super) fn refusal(response: &Response) -> String {
    let status = response.status;
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let error = &body["error"];
    let texts = [error.as_str(), error["message"].as_str(), body["error_description"].as_str()];
    let words: Vec<_> = texts.into_iter().flatten().map(plain).filter(|text| !text.is_empty()).collect();
    if words.is_empty() {
        format!("the answer was {status}")
    } else {
        format!("{status}: {}", words.join(": "))
    }
}

/// The first line of what a server says, without what a terminal would take for more than text.
pub(super) fn plain(text: &str) -> String {
    const LONGEST: usize = 300;
    let line = text.trim().lines().next().unwrap_or_default();
    let is_shown = |letter: &char| letter.is_ascii_graphic() || *letter == ' ';
    line.chars().filter(is_shown).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> String {
        let response = Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        json_of(&response).map_or_else(|why| why, |json| json.to_string())
    }

    #[test]
    fn what_a_server_says_is_told_in_one_plain_line() {
        assert_eq!(said(200, "{\"a\": 1}"), "{\"a\":1}");
        assert_eq!(said(200, "<html>"), "the answer was 200, and no JSON: is a proxy in between?");
        assert_eq!(said(502, "<html>"), "the answer was 502");
        assert_eq!(said(400, r#"{"error": "invalid_grant"}"#), "400: invalid_grant");
        let aad =
            r#"{"error": "invalid_client", "error_description": "AADSTS7000215: \u001b[31mwrong\r\nTrace"}"#;
        assert_eq!(said(401, aad), "401: invalid_client: AADSTS7000215: [31mwrong");
        assert_eq!(said(403, r#"{"error": {"code": 403, "message": "denied"}}"#), "403: denied");
        assert!(said(400, &format!("{{\"error\": \"{}\"}}", "x".repeat(9999))).len() < 400);
    }
}
