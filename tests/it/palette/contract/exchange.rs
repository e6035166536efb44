//! A request and its answer, as they went over the wire.

use serde_json::Value;

/// What a client sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    /// Decoded, in the order in which they were sent.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of that name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The project that the header names.
    pub(crate) fn project(&self) -> Option<&str> {
        self.header("projectuid")
    }

    /// The parts of the path, `v1` first.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.trim_start_matches('/').split('/').collect()
    }

    pub(crate) fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("the body is not JSON: {error}"))
    }

    /// Does it only ask: a GET, or one of the two searches?
    pub(crate) fn only_asks(&self) -> bool {
        self.method == "GET" || (self.method == "POST" && self.path.starts_with("/v1/dashboard/"))
    }

    /// Method and path, as a test likes to compare them.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the server's rules answer, before anything happens to it on its way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
}

/// A request and what the rules answer; nothing where a fault came first.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) answer: Option<Answer>,
}
