//! One call of the API.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::super::Uid;
use super::rates::Rates;
use crate::http::{
    Agent, AgentSettings, AtMost, Clock, Header, HeaderValue, Limits, Method, Origin, Proxy, Request,
    RequestKind, Response, Roots, Secret, SendError, Sender, Transport, Url,
};

/// The longest time until Palette takes a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of one answer.
const LARGEST: u64 = 32 << 20;

/// What a call is about. It is the header `ProjectUid`, and a call without it is the whole tenant's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    Tenant,
    Project(Uid),
}

/// Whom to ask, and as whom.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    pub origin: Origin,
    pub key: Secret,
    /// The name of the organisation or the uid of the tenant that the key is to be of.
    pub tenant: Box<str>,
    /// The longest time that one try may take in all.
    pub timeout: Duration,
    /// Most calls at the same time; at least 1.
    pub parallel: usize,
}

/// Palette's API, for one API key.
pub struct Client {
    pub(super) settings: ClientSettings,
    sender: Sender,
    rates: Rates,
}

/// Connections to Palette.
#[must_use]
pub fn agent(roots: Roots, proxy: Option<Proxy>) -> Agent {
    Agent::new(AgentSettings { roots, proxy, connect_timeout: CONNECT_TIMEOUT, largest: LARGEST })
}

/// A call: what is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) kind: RequestKind,
    pub(super) scope: &'a Scope,
    /// Its first part is `v1`.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a Value>,
}

impl<'a> Call<'a> {
    pub(super) const fn get(scope: &'a Scope, path: &'a [&'a str]) -> Self {
        Self { method: Method::Get, kind: RequestKind::Read, scope, path, query: &[], body: None }
    }

    /// Its method and its path, for people.
    pub(super) fn shown(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
    }
}

impl Client {
    /// `random` makes the pauses between tries differ.
    pub fn new(
        settings: ClientSettings,
        transport: Box<dyn Transport>,
        clock: Arc<dyn Clock>,
        random: Box<dyn Fn() -> u32 + Send + Sync>,
    ) -> Self {
        let transport = Box::new(AtMost::new(settings.parallel, transport));
        let sender = Sender::new(transport, clock, settings.timeout, random);
        Self { settings, sender, rates: Rates::new() }
    }

    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.sender.clock()
    }

    pub(super) fn send(&self, call: &Call<'_>, limits: &Limits<'_>) -> Result<Response, SendError> {
        let request = self.request(call);
        self.sender.send(&request, call.kind, self.rates.bucket(call.path), limits)
    }

    fn request(&self, call: &Call<'_>) -> Request {
        let public = |name, text: String| Header { name, value: HeaderValue::Public(text.into()) };
        let key = HeaderValue::Secret(self.settings.key.clone());
        let mut headers = vec![Header { name: "ApiKey", value: key }, public("Accept", JSON.into())];
        if let Scope::Project(uid) = call.scope {
            headers.push(public("ProjectUid", uid.to_string()));
        }
        if call.body.is_some() {
            headers.push(public("Content-Type", JSON.into()));
        }
        let url = Url::new(self.settings.origin.clone(), call.path, call.query);
        let body = call.body.map(|body| body.to_string().into_bytes());
        Request { method: call.method, url, headers, body }
    }
}

const JSON: &str = "application/json";
