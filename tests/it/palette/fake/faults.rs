//! What goes wrong on the way, and for which requests.

use super::super::contract::{Answer, Request};
use super::answers::refusal;
use super::http::Message;

/// Has the request had its effect before the fault?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Before,
    After,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    TooManyRequests {
        retry_after: Option<u32>,
    },
    /// 502, 503 or 504, with the page of a gateway.
    Gateway(u16, Effect),
    /// The connection is closed without an answer.
    NoAnswer(Effect),
    /// It has its effect, and half of the answer's body arrives.
    HalfBody,
    /// Status 302, to that address.
    Redirect(String),
    /// An error of Palette.
    Refused {
        status: u16,
        code: &'static str,
        message: String,
    },
    /// The answer's page has the token by which it was asked for, or that of the first page.
    RepeatedToken,
    /// `listmeta.count` says one more than there are.
    WrongCount,
    /// It has its effect, and the rules answer this instead.
    Answered(Answer),
}

impl Fault {
    pub(crate) fn forbidden() -> Self {
        Self::Refused {
            status: 403,
            code: "OperationForbidden",
            message: "Operation not allowed: insufficient permissions".into(),
        }
    }

    /// A refusal with the API key in its message.
    pub(crate) fn with_api_key(status: u16) -> Self {
        let message = format!("no resource for the key {}", super::API_KEY);
        Self::Refused { status, code: "ResourceNotFound", message }
    }

    /// Does it come before the request has its effect?
    pub(super) fn is_before(&self) -> bool {
        match self {
            Self::TooManyRequests { .. } | Self::Redirect(_) | Self::Refused { .. } => true,
            Self::Gateway(_, effect) | Self::NoAnswer(effect) => *effect == Effect::Before,
            Self::HalfBody | Self::RepeatedToken | Self::WrongCount | Self::Answered(_) => false,
        }
    }

    /// What is sent instead of the answer; the connection is closed where there is nothing.
    pub(super) fn message(&self, request: &Request, answer: Option<Message>) -> Option<Message> {
        match self {
            Self::TooManyRequests { retry_after } => Some(too_many_requests(*retry_after)),
            Self::Gateway(status, _) => {
                let page = format!("<html><body><h1>{status}</h1>the server is away</body></html>");
                Some(Message::new(*status, "text/html", page.into_bytes()))
            }
            Self::NoAnswer(_) => None,
            Self::HalfBody => answer.map(|answer| Message { is_cut: true, ..answer }),
            Self::Redirect(address) => {
                let mut message = Message::new(302, "text/html", vec![]);
                message.headers.push(("Location", address.clone()));
                Some(message)
            }
            Self::Refused { status, code, message } => Some(as_message(&refusal(*status, code, message))),
            Self::RepeatedToken => answer.map(|answer| {
                let asked = request.parameter("continue").unwrap_or(FIRST_TOKEN);
                with_listmeta(answer, "continue", |_| asked.into())
            }),
            Self::WrongCount => answer.map(|answer| {
                with_listmeta(answer, "count", |count| (count.as_u64().unwrap_or_default() + 1).into())
            }),
            Self::Answered(_) => answer,
        }
    }
}

const FIRST_TOKEN: &str = "again";

pub(super) fn too_many_requests(retry_after: Option<u32>) -> Message {
    let mut message = as_message(&refusal(429, "TooManyRequests", "Too many requests, try later"));
    message.headers.extend(retry_after.map(|seconds| ("Retry-After", seconds.to_string())));
    message
}

pub(super) fn as_message(answer: &Answer) -> Message {
    let body = answer.body.as_ref().map_or(vec![], |body| body.to_string().into_bytes());
    Message::new(answer.status, "application/json", body)
}

/// The answer with another value in its `listmeta`.
fn with_listmeta(
    answer: Message,
    field: &str,
    change: impl Fn(&serde_json::Value) -> serde_json::Value,
) -> Message {
    let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return answer };
    let place = &mut body["listmeta"][field];
    *place = change(place);
    Message { body: body.to_string().into_bytes(), ..answer }
}

/// Which requests are meant: by default the next one of those that fit.
#[derive(Clone, Debug)]
pub(crate) struct On {
    method: Option<&'static str>,
    path: String,
    skipped: usize,
    times: usize,
}

impl On {
    pub(crate) fn any() -> Self {
        Self { method: None, path: String::new(), skipped: 0, times: 1 }
    }

    /// Requests with that method, whose path begins so.
    pub(crate) fn the(method: &'static str, path: &str) -> Self {
        Self { method: Some(method), path: path.into(), ..Self::any() }
    }

    /// Not the first so many of them.
    pub(crate) fn after(self, skipped: usize) -> Self {
        Self { skipped, ..self }
    }

    pub(crate) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    pub(crate) fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Is it this request's turn? Counts those that fit.
    pub(super) fn takes(&mut self, request: &Request) -> bool {
        let fits = self.method.is_none_or(|method| method == request.method)
            && request.path.starts_with(&self.path)
            && self.times > 0;
        if !fits {
            return false;
        }
        if self.skipped > 0 {
            self.skipped -= 1;
            return false;
        }
        self.times = self.times.saturating_sub(1);
        true
    }
}
