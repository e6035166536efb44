//! The part of Palette's REST API that keyplan uses, as its own description in `tests/fixtures/palette/`, and a judge
//! of exchanges by it. Both sides are judged: what the client asks, and what the fake answers.

mod exchange;
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

pub(crate) use exchange::{Answer, Exchange, Request};
use schema::Types;

/// Compiled once for all tests.
static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let text = include_str!("../../../fixtures/palette/operations.json");
    let description: Description = serde_json::from_str(text).unwrap();
    let types = Types::compile(description.types());
    Contract { description, types }
});

pub(crate) struct Contract {
    description: Description,
    types: Types,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    #[serde(rename = "about")]
    _about: String,
    /// Statuses that any operation may answer, with an error as its body.
    errors: BTreeSet<u16>,
    /// Statuses of what stands before the server: the body is anything.
    gateway: BTreeSet<u16>,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    method: String,
    path: String,
    scope: Scope,
    /// The type of the query's parameters; none: there are none.
    query: Option<String>,
    body: Option<String>,
    /// Statuses of success, with the type of the body.
    answers: BTreeMap<u16, Option<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Tenant,
    Project,
}

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Fake,
}

/// What is wrong with an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) side: Side,
    /// Method and path.
    pub(crate) request: String,
    pub(crate) what: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}, {}: {}", self.side, self.request, self.what)
    }
}

impl Contract {
    pub(crate) fn get() -> &'static Self {
        &CONTRACT
    }

    /// All that is wrong with an exchange, on both sides.
    pub(crate) fn check(&self, exchange: &Exchange) -> Vec<Violation> {
        let Exchange { request, answer } = exchange;
        let violation = |side, what| Violation { side, request: request.line(), what };
        let of_client = self.faults_of_request(request).into_iter().map(|what| violation(Side::Client, what));
        let faults = answer.iter().flat_map(|answer| self.faults_of_answer(request, answer));
        of_client.chain(faults.map(|what| violation(Side::Fake, what))).collect()
    }

    /// The operations that none of these exchanges is a success of.
    pub(crate) fn unused(&self, exchanges: &[Exchange]) -> Vec<String> {
        let is_used = |operation: &&Operation| {
            exchanges.iter().any(|Exchange { request, answer }| {
                let status = answer.as_ref().map(|answer| answer.status);
                status.is_some_and(|status| operation.answers.contains_key(&status))
                    && self.operation(request).is_some_and(|one| std::ptr::eq(one, *operation))
            })
        };
        let unused = self.description.operations.iter().filter(|operation| !is_used(operation));
        unused.map(|operation| format!("{} {}", operation.method, operation.path)).collect()
    }

    /// What is wrong with a request, body and all.
    fn faults_of_request(&self, request: &Request) -> Vec<String> {
        let Some(operation) = self.operation(request) else {
            return vec!["there is no such operation".into()];
        };
        let mut faults = operation.faults_of_headers(request);
        faults.extend(self.faults_of_query(operation, request));
        faults.extend(self.faults_of_body(request));
        faults
    }

    /// What is wrong with a request's body: what the server refuses before it looks at its rules.
    pub(crate) fn faults_of_body(&self, request: &Request) -> Vec<String> {
        let Some(operation) = self.operation(request) else { return vec![] };
        match (&operation.body, request.body.is_empty()) {
            (None, true) => vec![],
            (None, false) => vec!["has a body".into()],
            (Some(_), true) => vec!["has no body".into()],
            (Some(name), false) => match request.json() {
                Ok(body) => self.types.faults(name, &body),
                Err(fault) => vec![fault],
            },
        }
    }

    fn faults_of_query(&self, operation: &Operation, request: &Request) -> Vec<String> {
        let mut parameters = Map::new();
        for (name, value) in &request.query {
            if parameters.insert(name.clone(), Value::String(value.clone())).is_some() {
                return vec![format!("the parameter {name} is there twice")];
            }
        }
        match &operation.query {
            Some(name) => self.types.faults(name, &Value::Object(parameters)),
            None if parameters.is_empty() => vec![],
            None => {
                vec![format!("has a query: {}", parameters.keys().cloned().collect::<Vec<_>>().join(", "))]
            }
        }
    }

    fn faults_of_answer(&self, request: &Request, answer: &Answer) -> Vec<String> {
        let Answer { status, body } = answer;
        if self.description.gateway.contains(status) {
            return vec![];
        }
        let declared = if self.description.errors.contains(status) {
            Some("Error".to_owned())
        } else if let Some(declared) = self.operation(request).and_then(|one| one.answers.get(status)) {
            declared.clone()
        } else {
            return vec![format!("the status {status} is not declared")];
        };
        match (declared, body) {
            (None, None) => vec![],
            (None, Some(_)) => vec![format!("an answer of {status} has no body")],
            (Some(_), None) => vec![format!("an answer of {status} has a body")],
            (Some(name), Some(body)) => self.types.faults(&name, body),
        }
    }

    fn operation(&self, request: &Request) -> Option<&Operation> {
        self.description.operations.iter().find(|operation| operation.is_of(request))
    }
}

impl Description {
    /// The names of all types that bodies and queries are of.
    fn types(&self) -> BTreeSet<String> {
        let named = self.operations.iter().flat_map(|operation| {
            operation.answers.values().flatten().chain(&operation.query).chain(&operation.body)
        });
        named.cloned().chain(["Error".into()]).collect()
    }
}

impl Operation {
    fn is_of(&self, request: &Request) -> bool {
        let template: Vec<_> = self.path.trim_start_matches('/').split('/').collect();
        let segments = request.segments();
        self.method == request.method
            && template.len() == segments.len()
            && template
                .iter()
                .zip(segments)
                .all(|(part, segment)| *part == segment || is_uid_at(part, segment))
    }

    fn faults_of_headers(&self, request: &Request) -> Vec<String> {
        let mut faults = Vec::new();
        match (self.scope, request.project()) {
            (Scope::Tenant, Some(_)) => faults.push("is the tenant's, but has a ProjectUid".into()),
            (Scope::Project, None) => faults.push("is a project's, but has no ProjectUid".into()),
            _ => {}
        }
        if request.header("apikey").is_none() {
            faults.push("has no ApiKey".into());
        }
        if !request.header("accept").is_some_and(|value| value.contains("application/json")) {
            faults.push("does not accept JSON".into());
        }
        let is_json =
            request.header("content-type").is_some_and(|value| value.starts_with("application/json"));
        if self.body.is_some() && !is_json {
            faults.push("does not say that its body is JSON".into());
        }
        let repeated = |name: &str| request.headers.iter().filter(|(one, _)| one == name).count() > 1;
        let once = ["apikey", "projectuid", "content-type"];
        faults.extend(once.iter().filter(|name| repeated(name)).map(|name| format!("has {name} twice")));
        faults
    }
}

/// Is a segment what a parameter of the template stands for?
fn is_uid_at(part: &str, segment: &str) -> bool {
    part.starts_with('{') && is_uid(segment)
}

/// Is it an identity as Palette gives them: 24 hexadecimal digits?
fn is_uid(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
