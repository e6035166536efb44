//! Credentials of a task of ECS or a pod of EKS, from a service beside the container.

use super::credentials::Credentials;
use super::found::Found;
use super::sender::Senders;
use crate::cloud::Machine;
use crate::http::{Header, HeaderValue, Method, Request, Secret, Url};

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

pub(super) fn credentials(machine: &dyn Machine, senders: &Senders) -> Found {
    let address = match (machine.variable(RELATIVE), machine.variable(FULL)) {
        (Some(path), _) => Url::parse_metadata(&format!("http://169.254.170.2{path}"))
            .map_err(|error| format!("`{RELATIVE}` is no path: {error}")),
        (None, Some(text)) => {
            Url::parse_metadata(&text).map_err(|error| format!("`{FULL}` leads to no service: {error}"))
        }
        (None, None) => return Found::Nothing(format!("`{RELATIVE}` and `{FULL}` are not set")),
    };
    address.and_then(|url| ask(machine, senders, url)).into()
}

fn ask(machine: &dyn Machine, senders: &Senders, url: Url) -> Result<Credentials, String> {
    let mut headers = vec![Header { name: "accept", value: HeaderValue::Public("application/json".into()) }];
    if let Some(token) = token(machine)? {
        headers.push(Header { name: "authorization", value: HeaderValue::Secret(token) });
    }
    let request = Request { method: Method::Get, url, headers, body: None };
    let response = senders.metadata(&request)?;
    if response.is_success() {
        Credentials::from_json(&response.body)
    } else {
        Err(format!("`{}` answers {}", request.url.origin(), response.status))
    }
}

/// What the service knows this container by. The file is changed from time to time.
fn token(machine: &dyn Machine) -> Result<Option<Secret>, String> {
    let (name, text) = if let Some(path) = machine.variable(TOKEN_FILE) {
        let bytes =
            machine.read(path.as_ref()).map_err(|error| format!("`{path}` cannot be read: {error}"))?;
        (TOKEN_FILE, String::from_utf8_lossy(&bytes).into_owned())
    } else if let Some(text) = machine.variable(TOKEN) {
        (TOKEN, text)
    } else {
        return Ok(None);
    };
    Secret::new(&text).map(Some).map_err(|error| format!("`{name}` gives no token: {error}"))
}
