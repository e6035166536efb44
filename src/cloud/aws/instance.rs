//! Credentials of an instance of EC2, from its metadata service, version 2: a page of a stranger cannot make a browser or
//! a proxy ask it, as a token has to be fetched with PUT first.

use super::credentials::Credentials;
use super::found::Found;
use super::sender::Senders;
use crate::cloud::Machine;
use crate::http::{Header, HeaderValue, Method, Origin, Request, Response, Secret, Url};

const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const MODE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
const ROLES: [&str; 4] = ["latest", "meta-data", "iam", "security-credentials"];

pub(super) fn credentials(machine: &dyn Machine, senders: &Senders) -> Found {
    if machine.variable(DISABLED).is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Found::Nothing(format!("`{DISABLED}` is set"));
    }
    let named = machine.variable(ENDPOINT);
    let is_named = named.is_some();
    let is_new = machine.variable(MODE).is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let usual = if is_new { "http://[fd00:ec2::254]" } else { "http://169.254.169.254" };
    let origin = match Origin::parse_metadata(named.as_deref().unwrap_or(usual)) {
        Ok(origin) => origin,
        Err(error) => return Found::Failed(format!("`{ENDPOINT}` leads to no service: {error}")),
    };
    match ask(senders, &origin) {
        Ok(found) => found,
        Err(why) if is_named => Found::Failed(why),
        // Most machines are no instances.
        Err(why) => Found::Nothing(why),
    }
}

fn ask(senders: &Senders, origin: &Origin) -> Result<Found, String> {
    let request = |method, path: &[&str], header| {
        let url = Url::new(origin.clone(), path, &[]);
        Request { method, url, headers: vec![header], body: None }
    };
    let ttl =
        Header { name: "x-aws-ec2-metadata-token-ttl-seconds", value: HeaderValue::Public("300".into()) };
    let response = senders.metadata(&request(Method::Put, &["latest", "api", "token"], ttl))?;
    let token = text(&response).ok_or_else(|| format!("no token: the answer was {}", response.status))?;
    let token = Secret::new(token).map_err(|error| format!("no token: {error}"))?;
    let header = || Header { name: "x-aws-ec2-metadata-token", value: HeaderValue::Secret(token.clone()) };

    let [a, b, c, d] = ROLES;
    let response = senders.metadata(&request(Method::Get, &[a, b, c, d, ""], header()))?;
    let role = match (response.status, text(&response).and_then(|roles| roles.lines().next())) {
        (404, _) | (_, Some("")) => return Ok(Found::Nothing("this instance has no role".into())),
        (200, Some(role)) => role,
        (status, _) => return Err(format!("no role: the answer was {status}")),
    };
    let response = senders.metadata(&request(Method::Get, &[a, b, c, d, role], header()))?;
    if !response.is_success() {
        return Ok(Found::Failed(format!("no key of the role: the answer was {}", response.status)));
    }
    Ok(Credentials::from_json(&response.body).into())
}

fn text(response: &Response) -> Option<&str> {
    std::str::from_utf8(&response.body).ok().map(str::trim).filter(|_| response.is_success())
}
