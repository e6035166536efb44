//! A transport that answers from a table, on a clock that passes only when it is waited.
#![expect(clippy::unnecessary_wraps, reason = "an answer may be none")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Client, ClientSettings, Session};
use crate::http::virtual_clock::VirtualClock;
use crate::http::{
    Clock, GoOn, HeaderValue, Limits, Origin, Request, Response, Secret, Transport, TransportError,
};

pub(super) const KEY: &str = "VG9wU2VjcmV0LUtleQ==";
pub(super) const GO_ON: &GoOn<'static> = &|| Ok(());

pub(super) type Answer = Result<Response, TransportError>;

/// What is answered to `METHOD TARGET`, with ` @UID` behind it in the scope of a project: one after the other, and the
/// last again and again. To all else, that it is not there.
#[derive(Default)]
struct Table {
    answers: Mutex<BTreeMap<String, VecDeque<Answer>>>,
    asked: Mutex<Vec<(String, Request)>>,
}

pub(super) struct World {
    table: Arc<Table>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) client: Client,
}

pub(super) fn json_answer(status: u16, body: &Value) -> Answer {
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    Ok(Response { status, headers, body: body.to_string().into_bytes() })
}

pub(super) fn text_answer(status: u16, body: &str) -> Answer {
    Ok(Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

pub(super) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    json_answer(status, &json!({"code": code, "message": message, "details": null, "ref": "5d8a"}))
}

pub(super) fn info(tenant: &str) -> Answer {
    json_answer(200, &json!({"userUid": "u1", "tenantUid": "t1", "orgName": tenant}))
}

impl World {
    /// A world in which the API key is good, with these answers beside that.
    pub(super) fn with(answers: &[(&str, &[Answer])]) -> Self {
        Self::with_parallel(1, answers)
    }

    pub(super) fn with_parallel(parallel: usize, answers: &[(&str, &[Answer])]) -> Self {
        let (table, clock) = (Arc::<Table>::default(), Arc::<VirtualClock>::default());
        let good_key = ("GET /v1/users/info", &[info("acme")][..]);
        for (line, answers) in [good_key].iter().chain(answers) {
            table.answers.lock().unwrap().insert((*line).to_owned(), answers.iter().cloned().collect());
        }
        let settings = ClientSettings {
            origin: Origin::parse("palette.example.com").unwrap(),
            key: Secret::new(KEY).unwrap(),
            tenant: "acme".into(),
            timeout: Duration::from_mins(1),
            parallel,
        };
        let transport = Box::new(Shared(Arc::clone(&table)));
        let client = Client::new(settings, transport, Arc::clone(&clock) as Arc<dyn Clock>, Box::new(|| 0));
        Self { table, clock, client }
    }

    pub(super) fn session(&self) -> Session<'_> {
        Session::new(&self.client, Limits { deadline: Duration::MAX, go_on: GO_ON })
    }

    /// What was asked, in the order of arrival.
    pub(super) fn asked(&self) -> Vec<String> {
        self.table.asked.lock().unwrap().iter().map(|(line, _)| line.clone()).collect()
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.table.asked.lock().unwrap().iter().map(|(_, request)| request.clone()).collect()
    }
}

struct Shared(Arc<Table>);

impl Transport for Shared {
    fn send(&self, request: &Request, _: Duration) -> Answer {
        let scope = header(request, "ProjectUid").map(|uid| format!(" @{uid}")).unwrap_or_default();
        let line = format!("{} {}{scope}", request.method, request.url.target());
        self.0.asked.lock().unwrap().push((line.clone(), request.clone()));
        let mut answers = self.0.answers.lock().unwrap();
        match answers.get_mut(&line) {
            Some(queue) if queue.len() > 1 => queue.pop_front().unwrap(),
            Some(queue) => queue.front().cloned().unwrap(),
            None => refusal(404, "ResourceNotFound", "it is not there"),
        }
    }
}

/// The value of a header that is no secret.
pub(super) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let header = request.headers.iter().find(|header| header.name == name)?;
    match &header.value {
        HeaderValue::Public(text) => Some(text),
        HeaderValue::Secret(_) | HeaderValue::Bearer(_) => None,
    }
}
